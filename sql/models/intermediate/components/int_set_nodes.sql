{{ config(materialized='incremental', pre_hook='{{ leave_out_stale_files() }}') }}

-- the nodes of component sets in main files, with the size of their variants
select
    owners.file_key,
    owners.node_id,
    owners.component_set_key,
    count(variants.node_id) as variants,
    cast(coalesce(sum(variants.descendant_count + 1), 0) as bigint) as nodes_of_variants
from {{ ref('stg_file_component_sets') }} as owners
inner join {{ ref('int_stale_files') }} as files
    on owners.file_key = files.file_key
inner join {{ ref('stg_nodes') }} as definitions
    on
        owners.file_key = definitions.file_key
        and owners.node_id = definitions.node_id
        and definitions.node_type = 'COMPONENT_SET'
left join {{ ref('stg_nodes') }} as variants
    on
        definitions.file_key = variants.file_key
        and definitions.node_id = variants.parent_id
        and variants.node_type = 'COMPONENT'
where
    not files.is_branch
    and owners.component_set_key is not null
group by
    owners.file_key,
    owners.node_id,
    owners.component_set_key
