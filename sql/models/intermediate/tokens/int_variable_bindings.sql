{{ config(materialized='incremental', pre_hook='{{ leave_out_stale_files() }}') }}

-- a binding is one property of one node, at however many places Figma lists it. A local variable is known by its id in
-- the file. One of a library is known by its key, and may have several ids
with bound as (
    select distinct
        node_variables.file_key,
        node_variables.node_id,
        node_variables.variable_key,
        case when node_variables.variable_key is null then node_variables.variable_id end as local_variable_id,
        node_variables.slot_kind,
        node_variables.bound_property
    from {{ ref('stg_node_variables') }} as node_variables
    inner join {{ ref('int_stale_files') }} as files
        on node_variables.file_key = files.file_key
    where not files.is_branch
)

select
    bound.file_key,
    bound.variable_key,
    bound.local_variable_id,
    bound.slot_kind,
    {{ binding_counts('bound', 'nodes') }}
from bound
inner join {{ ref('stg_nodes') }} as nodes
    on
        bound.file_key = nodes.file_key
        and bound.node_id = nodes.node_id
group by
    bound.file_key,
    bound.variable_key,
    bound.local_variable_id,
    bound.slot_kind
