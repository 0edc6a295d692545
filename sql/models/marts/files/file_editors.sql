with named as (
    select
        saves.user_id,
        saves.user_handle,
        row_number() over (
            partition by saves.user_id
            order by saves.created_at desc, saves.file_key asc, saves.version_id asc
        ) as choice
    from {{ ref('int_saves') }} as saves
    where saves.user_handle is not null
),

saved as (
    select
        saves.file_key,
        saves.user_id,
        saves.week_start,
        count(*) as saved_versions,
        count(*) filter (where saves.is_named) as named_versions,
        count(*) filter (where saves.is_session_start) as sessions,
        max(saves.created_at) as last_saved_at
    from {{ ref('int_saves') }} as saves
    group by
        saves.file_key,
        saves.user_id,
        saves.week_start
)

select
    saved.file_key,
    saved.user_id,
    saved.week_start,
    named.user_handle,
    files.file_name,
    files.folder_id,
    folders.folder_path,
    coalesce(files.team_id, folders.team_id) as team_id,
    teams.team_name,
    coalesce(files.is_branch, false) as is_branch,
    saved.saved_versions,
    saved.named_versions,
    saved.sessions,
    saved.last_saved_at
from saved
left join named
    on
        saved.user_id = named.user_id
        and named.choice = 1
left join {{ ref('stg_files') }} as files
    on saved.file_key = files.file_key
left join {{ ref('stg_folders') }} as folders
    on files.folder_id = folders.folder_id
left join {{ ref('stg_teams') }} as teams
    on coalesce(files.team_id, folders.team_id) = teams.team_id
