-- the parent exists in the same file, and the preorder of the node is in the range of the parent's subtree
select
    nodes.file_key,
    nodes.node_id,
    nodes.parent_id
from {{ ref('stg_nodes') }} as nodes
inner join {{ ref('int_stale_files') }} as stale
    on nodes.file_key = stale.file_key
left join {{ ref('stg_nodes') }} as parents
    on
        nodes.file_key = parents.file_key
        and nodes.parent_id = parents.node_id
where
    nodes.parent_id is not null
    and (
        parents.node_id is null
        or nodes.preorder <= parents.preorder
        or nodes.preorder + nodes.descendant_count > parents.preorder + parents.descendant_count
    )
