{{ config(materialized='incremental', pre_hook='{{ leave_out_stale_files() }}') }}

-- the id of a library variable in another file is VariableID:<key>/<suffix>
with bound as (
    select distinct
        node_variables.file_key,
        node_variables.node_id,
        node_variables.variable_key,
        split_part(node_variables.variable_id, '/', 2) as variable_suffix,
        node_variables.bound_property
    from {{ ref('stg_node_variables') }} as node_variables
    inner join {{ ref('int_stale_files') }} as files
        on node_variables.file_key = files.file_key
    where
        not files.is_branch
        and node_variables.variable_key is not null
)

select
    bound.file_key,
    bound.variable_key,
    bound.variable_suffix,
    {{ binding_counts('bound', 'nodes') }}
from bound
inner join {{ ref('stg_nodes') }} as nodes
    on
        bound.file_key = nodes.file_key
        and bound.node_id = nodes.node_id
group by
    bound.file_key,
    bound.variable_key,
    bound.variable_suffix
