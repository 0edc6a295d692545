{{ config(materialized='incremental', pre_hook='{{ leave_out_stale_files() }}') }}

-- the values of component properties of the usages in main files. The value of an instance swap is the key of the
-- component, if the map of the document has one. Values of slots and of unknown types are not told apart
with valued as (
    select
        instances.file_key,
        instances.component_key,
        properties.property_name,
        properties.property_type,
        case
            when properties.property_type in ('VARIANT', 'BOOLEAN', 'TEXT') then properties.property_value
            when properties.property_type = 'INSTANCE_SWAP'
                then coalesce(swapped.component_key, properties.property_value)
        end as property_value,
        instances.node_id,
        {{ is_placed('instances') }} as is_placed,
        {{ sample_place('instances') }} as sample_place
    from {{ ref('stg_node_properties') }} as properties
    inner join {{ ref('int_instances') }} as instances
        on
            properties.file_key = instances.file_key
            and properties.node_id = instances.node_id
    inner join {{ ref('int_stale_files') }} as files
        on instances.file_key = files.file_key
    left join {{ ref('int_file_components') }} as swapped
        on
            properties.file_key = swapped.file_key
            and properties.property_value = swapped.node_id
    where
        not files.is_branch
        and not instances.is_in_definition
        and instances.component_key is not null
)

select
    valued.file_key,
    valued.component_key,
    valued.property_name,
    valued.property_type,
    valued.property_value,
    count(*) as usages,
    count(*) filter (where valued.is_placed) as placements,
    min(valued.sample_place) as sample_place,
    {{ first_by('valued.node_id', 'valued.sample_place') }} as sample_node_id
from valued
group by
    valued.file_key,
    valued.component_key,
    valued.property_name,
    valued.property_type,
    valued.property_value
