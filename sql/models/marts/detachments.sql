-- as usage_history counts them: outside definitions and branches; none lies inside another instance
select
    events.file_key,
    events.to_version as found_version,
    events.to_last_modified_at as detached_by_at,
    events.node_id,
    events.from_last_modified_at as detached_after_at,
    {{ week_of('events.to_last_modified_at') }} as week_start,
    events.component_key_before as component_key,
    components.component_name,
    components.component_set_key,
    components.component_set_name,
    events.node_name as layer_name,
    events.frame_id,
    events.confidence,
    coalesce(nodes.node_type = 'FRAME', false) as is_still_there,
    files.file_name,
    files.folder_id,
    coalesce(files.team_id, folders.team_id) as team_id,
    teams.team_name,
    {{ figma_url('events.file_key', 'events.frame_id') }} as figma_url
from {{ ref('stg_instance_events') }} as events
left join {{ ref('stg_files') }} as files
    on events.file_key = files.file_key
left join {{ ref('stg_folders') }} as folders
    on files.folder_id = folders.folder_id
left join {{ ref('stg_teams') }} as teams
    on coalesce(files.team_id, folders.team_id) = teams.team_id
left join {{ ref('int_components') }} as components
    on events.component_key_before = components.component_key
left join {{ ref('stg_nodes') }} as nodes
    on
        events.file_key = nodes.file_key
        and events.frame_id = nodes.node_id
where
    events.event = 'detachment'
    and not events.is_nested
    and not events.is_in_definition
    and not coalesce(files.is_branch, false)
