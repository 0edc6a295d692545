select
    folders.folder_id,
    folders.team_id,
    folders.parent_folder_id,
    folders.name as folder_name,
    folders.path as folder_path,
    folders.last_seen_at,
    folders.removed_at
from {{ source('figma', 'folders') }} as folders
