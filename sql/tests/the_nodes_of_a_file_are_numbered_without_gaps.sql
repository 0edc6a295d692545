-- preorder is 0 .. n - 1, where n is the node count of the loaded document
select
    nodes.file_key,
    count(*) as nodes
from {{ ref('stg_nodes') }} as nodes
inner join {{ ref('int_stale_files') }} as stale
    on nodes.file_key = stale.file_key
inner join {{ ref('stg_documents') }} as documents
    on nodes.file_key = documents.file_key
group by nodes.file_key
having
    min(nodes.preorder) != 0
    or max(nodes.preorder) != count(*) - 1
    or count(distinct nodes.preorder) != count(*)
    or max(documents.node_count) != count(*)
