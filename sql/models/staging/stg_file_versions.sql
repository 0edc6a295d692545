select
    file_versions.file_key,
    file_versions.version_id,
    file_versions.created_at,
    file_versions.label,
    file_versions.description,
    file_versions.user_id,
    file_versions.user_handle
from {{ source('figma', 'file_versions') }} as file_versions
