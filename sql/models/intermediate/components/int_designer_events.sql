{{ config(materialized='view') }}

-- instance events that a designer caused: in main files, outside definitions and not inside another instance. The file
-- may be removed by now; its name is still known
select
    events.file_key,
    events.from_last_modified_at,
    events.to_version,
    events.to_last_modified_at,
    {{ week_of('events.to_last_modified_at') }} as week_start,
    events.node_id,
    events.node_name,
    events.event,
    events.component_key_before,
    events.component_key_after,
    events.frame_id,
    events.confidence,
    files.file_name,
    files.folder_id,
    folders.folder_path,
    coalesce(files.team_id, folders.team_id) as team_id,
    teams.team_name
from {{ ref('stg_instance_events') }} as events
left join {{ ref('stg_files') }} as files
    on events.file_key = files.file_key
left join {{ ref('stg_folders') }} as folders
    on files.folder_id = folders.folder_id
left join {{ ref('stg_teams') }} as teams
    on coalesce(files.team_id, folders.team_id) = teams.team_id
where
    not events.is_nested
    and not events.is_in_definition
    and not coalesce(files.is_branch, false)
