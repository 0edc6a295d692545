{{ config(materialized='incremental', pre_hook='{{ leave_out_stale_files() }}') }}

-- the references to styles. A reference has no key if the document's map does not name its style
select
    node_styles.file_key,
    node_styles.style_key,
    node_styles.slot,
    count(*) as reference_count,
    count(*) filter (where nodes.is_effectively_visible) as references_visible,
    count(distinct node_styles.node_id) as nodes,
    {{
        first_by(
            'nodes.node_id',
            'nodes.preorder + case when nodes.is_effectively_visible then 0 else 4294967296 end'
        )
    }} as sample_node_id
from {{ ref('stg_node_styles') }} as node_styles
inner join {{ ref('int_stale_files') }} as files
    on node_styles.file_key = files.file_key
inner join {{ ref('stg_nodes') }} as nodes
    on
        node_styles.file_key = nodes.file_key
        and node_styles.node_id = nodes.node_id
where files.is_branch is not null
group by
    node_styles.file_key,
    node_styles.style_key,
    node_styles.slot
