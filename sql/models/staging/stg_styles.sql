select
    styles.style_key,
    styles.file_key,
    styles.node_id,
    styles.team_id,
    styles.name as style_name,
    styles.description,
    styles.style_type,
    styles.sort_position,
    styles.created_at,
    styles.updated_at,
    styles.user_id,
    styles.user_handle,
    styles.first_seen_at,
    styles.last_seen_at,
    styles.removed_at,
    styles.removed_at is null as is_published
from {{ source('figma', 'styles') }} as styles
