select
    file_styles.file_key,
    file_styles.node_id,
    nullif(file_styles.style_key, '') as style_key,
    file_styles.name as style_name,
    file_styles.description,
    file_styles.style_type,
    coalesce(file_styles.is_remote, false) as is_remote
from {{ source('figma', 'file_styles') }} as file_styles
