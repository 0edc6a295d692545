-- the pages of a file have all of its nodes but the document itself
with counted as (
    select
        page_weight.file_key,
        sum(page_weight.nodes) as nodes
    from {{ ref('page_weight') }} as page_weight
    group by page_weight.file_key
)

select
    counted.file_key,
    counted.nodes,
    documents.node_count
from counted
inner join {{ ref('stg_documents') }} as documents
    on counted.file_key = documents.file_key
where counted.nodes + 1 <> documents.node_count
