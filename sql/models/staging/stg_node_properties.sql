select
    node_properties.file_key,
    node_properties.node_id,
    node_properties.name as property_name,
    node_properties.type as property_type,
    node_properties.value as property_value
from {{ source('figma', 'node_properties') }} as node_properties
