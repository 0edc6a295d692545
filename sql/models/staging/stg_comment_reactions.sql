select
    comment_reactions.file_key,
    comment_reactions.comment_id,
    comment_reactions.user_id,
    comment_reactions.emoji,
    comment_reactions.created_at
from {{ source('figma', 'comment_reactions') }} as comment_reactions
