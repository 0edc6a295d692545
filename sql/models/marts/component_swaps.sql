-- as usage_history counts them: outside definitions and branches, and not inside another instance
select
    events.file_key,
    events.to_version as found_version,
    events.to_last_modified_at as swapped_by_at,
    events.node_id,
    events.from_last_modified_at as swapped_after_at,
    {{ week_of('events.to_last_modified_at') }} as week_start,
    events.component_key_before,
    befores.component_name as component_name_before,
    befores.component_set_key as component_set_key_before,
    befores.component_set_name as component_set_name_before,
    events.component_key_after,
    afters.component_name as component_name_after,
    afters.component_set_key as component_set_key_after,
    afters.component_set_name as component_set_name_after,
    coalesce(befores.component_set_key = afters.component_set_key, false) as is_within_set,
    events.node_name as layer_name,
    coalesce(nodes.node_type = 'INSTANCE', false) as is_still_there,
    files.file_name,
    files.folder_id,
    coalesce(files.team_id, folders.team_id) as team_id,
    teams.team_name,
    {{ figma_url('events.file_key', 'events.node_id') }} as figma_url
from {{ ref('stg_instance_events') }} as events
left join {{ ref('stg_files') }} as files
    on events.file_key = files.file_key
left join {{ ref('stg_folders') }} as folders
    on files.folder_id = folders.folder_id
left join {{ ref('stg_teams') }} as teams
    on coalesce(files.team_id, folders.team_id) = teams.team_id
left join {{ ref('int_components') }} as befores
    on events.component_key_before = befores.component_key
left join {{ ref('int_components') }} as afters
    on events.component_key_after = afters.component_key
left join {{ ref('stg_nodes') }} as nodes
    on
        events.file_key = nodes.file_key
        and events.node_id = nodes.node_id
where
    events.event = 'swap'
    and not events.is_nested
    and not events.is_in_definition
    and not coalesce(files.is_branch, false)
