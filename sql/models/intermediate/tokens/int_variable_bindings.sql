{{ config(materialized='incremental', pre_hook='{{ leave_out_stale_files() }}') }}

-- a local variable is known by its id in the file. One of a library is known by its key, and may have several ids
select
    bound.file_key,
    bound.variable_key,
    case when bound.variable_key is null then bound.variable_id end as local_variable_id,
    bound.slot_kind,
    {{ binding_counts('bound', 'nodes') }}
from {{ ref('stg_node_variables') }} as bound
inner join {{ ref('int_stale_files') }} as files
    on bound.file_key = files.file_key
inner join {{ ref('stg_nodes') }} as nodes
    on
        bound.file_key = nodes.file_key
        and bound.node_id = nodes.node_id
where not files.is_branch
group by
    bound.file_key,
    bound.variable_key,
    case when bound.variable_key is null then bound.variable_id end,
    bound.slot_kind
