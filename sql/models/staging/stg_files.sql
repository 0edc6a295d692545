select
    files.file_key,
    files.name as file_name,
    files.team_id,
    files.folder_id,
    files.main_file_key,
    files.last_modified_at,
    files.version as listed_version,
    files.first_seen_at,
    files.last_seen_at,
    files.removed_at,
    files.main_file_key is not null as is_branch
from {{ source('figma', 'files') }} as files
