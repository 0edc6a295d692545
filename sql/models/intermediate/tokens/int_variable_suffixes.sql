{{ config(materialized='incremental', pre_hook='{{ leave_out_stale_files() }}') }}

-- the id of a library variable in another file is VariableID:<key>/<suffix>
select
    bound.file_key,
    bound.variable_key,
    split_part(bound.variable_id, '/', 2) as variable_suffix,
    {{ binding_counts('bound', 'nodes') }}
from {{ ref('stg_node_variables') }} as bound
inner join {{ ref('int_stale_files') }} as files
    on bound.file_key = files.file_key
inner join {{ ref('stg_nodes') }} as nodes
    on
        bound.file_key = nodes.file_key
        and bound.node_id = nodes.node_id
where
    not files.is_branch
    and bound.variable_key is not null
group by
    bound.file_key,
    bound.variable_key,
    split_part(bound.variable_id, '/', 2)
