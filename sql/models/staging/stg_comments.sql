select
    file_comments.file_key,
    file_comments.comment_id,
    coalesce(file_comments.parent_id, file_comments.comment_id) as thread_id,
    file_comments.parent_id is null as is_thread_start,
    file_comments.order_id,
    file_comments.node_id,
    file_comments.x,
    file_comments.y,
    file_comments.user_id,
    file_comments.user_handle,
    file_comments.created_at,
    file_comments.resolved_at,
    file_comments.message
from {{ source('figma', 'comments') }} as file_comments
