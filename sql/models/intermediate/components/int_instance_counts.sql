{{ config(materialized='incremental', pre_hook='{{ leave_out_stale_files() }}') }}

-- all groups of instances that a count may tell apart. The sample is the first placement, otherwise the first usage,
-- otherwise the first instance
with counted as (
    select
        instances.file_key,
        instances.page_id,
        instances.component_id,
        instances.component_key,
        instances.is_in_library,
        {{ instance_counts('instances') }},
        min({{ sample_place('instances') }}) as sample_place,
        {{ first_by('instances.node_id', sample_place('instances')) }} as sample_node_id
    from {{ ref('int_instances') }} as instances
    group by
        instances.file_key,
        instances.page_id,
        instances.component_id,
        instances.component_key,
        instances.is_in_library
)

select
    counted.file_key,
    counted.page_id,
    counted.component_id,
    counted.component_key,
    counted.is_in_library,
    counted.instances,
    counted.direct,
    counted.nested,
    counted.in_definitions,
    counted.hidden,
    counted.usages,
    counted.placements,
    counted.sample_place,
    counted.sample_node_id,
    samples.node_name as sample_node_name
from counted
inner join {{ ref('stg_nodes') }} as samples
    on
        counted.file_key = samples.file_key
        and counted.sample_node_id = samples.node_id
