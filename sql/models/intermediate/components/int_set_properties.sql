{{ config(materialized='incremental', pre_hook='{{ leave_out_stale_files() }}') }}

-- the properties that the nodes of the component sets of a main file declare, with their defaults
select
    properties.file_key,
    properties.node_id,
    properties.property_name,
    properties.property_type,
    case
        when properties.property_type = 'INSTANCE_SWAP'
            then coalesce(file_components.component_key, properties.property_value)
        else properties.property_value
    end as default_value
from {{ ref('stg_file_component_sets') }} as owners
inner join {{ ref('int_stale_files') }} as files
    on owners.file_key = files.file_key
inner join {{ ref('stg_node_properties') }} as properties
    on
        owners.file_key = properties.file_key
        and owners.node_id = properties.node_id
left join {{ ref('int_file_components') }} as file_components
    on
        properties.file_key = file_components.file_key
        and properties.property_value = file_components.node_id
left join {{ ref('stg_nodes') }} as definitions
    on
        owners.file_key = definitions.file_key
        and owners.node_id = definitions.node_id
        and definitions.node_type = 'COMPONENT_SET'
where
    not files.is_branch
    and not coalesce(owners.is_remote, definitions.node_id is null)
