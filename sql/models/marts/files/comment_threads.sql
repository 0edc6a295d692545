-- a reaction is no answer. A node that was deleted, or that lies in a document that is not loaded, has no name and page
with replies as (
    select
        follow_ups.file_key,
        follow_ups.thread_id,
        count(*) as replies,
        min(follow_ups.created_at) filter (
            where coalesce(follow_ups.user_id, '') <> coalesce(openers.user_id, '')
        ) as first_reply_at
    from {{ ref('stg_comments') }} as follow_ups
    inner join {{ ref('stg_comments') }} as openers
        on
            follow_ups.file_key = openers.file_key
            and follow_ups.thread_id = openers.comment_id
    where not follow_ups.is_thread_start
    group by
        follow_ups.file_key,
        follow_ups.thread_id
),

reactions as (
    select
        reacted.file_key,
        reacted.thread_id,
        count(*) as reactions
    from {{ ref('stg_comment_reactions') }} as reactions
    inner join {{ ref('stg_comments') }} as reacted
        on
            reactions.file_key = reacted.file_key
            and reactions.comment_id = reacted.comment_id
    group by
        reacted.file_key,
        reacted.thread_id
)

select
    threads.file_key,
    threads.thread_id,
    threads.order_id as thread_number,
    files.file_name,
    files.folder_id,
    files.folder_path,
    files.team_id,
    files.team_name,
    nodes.page_id,
    pages.node_name as page_name,
    threads.node_id,
    nodes.node_name,
    threads.user_id as author_id,
    threads.user_handle as author_handle,
    threads.message,
    threads.created_at as opened_at,
    replies.first_reply_at,
    {{ hours_between('threads.created_at', 'replies.first_reply_at') }} as hours_to_first_reply,
    threads.resolved_at,
    {{ hours_between('threads.created_at', 'threads.resolved_at') }} as hours_to_resolve,
    coalesce(replies.replies, 0) as replies,
    coalesce(reactions.reactions, 0) as reactions,
    threads.resolved_at is null as is_open,
    threads.resolved_at is null and replies.first_reply_at is null as is_waiting,
    case
        when threads.node_id is null then {{ file_url('threads.file_key') }}
        else {{ figma_url('threads.file_key', 'threads.node_id') }}
    end || '#' || threads.thread_id as figma_url,
    files.is_conclusive
from {{ ref('stg_comments') }} as threads
inner join {{ ref('int_commented_files') }} as files
    on threads.file_key = files.file_key
left join replies
    on
        threads.file_key = replies.file_key
        and threads.thread_id = replies.thread_id
left join reactions
    on
        threads.file_key = reactions.file_key
        and threads.thread_id = reactions.thread_id
left join {{ ref('stg_nodes') }} as nodes
    on
        threads.file_key = nodes.file_key
        and threads.node_id = nodes.node_id
left join {{ ref('stg_nodes') }} as pages
    on
        nodes.file_key = pages.file_key
        and nodes.page_id = pages.node_id
where threads.is_thread_start
