select
    component_states.file_key,
    component_states.definitions_hash,
    component_states.node_id,
    component_states.kind,
    nullif(component_states.item_key, '') as item_key,
    component_states.set_node_id,
    component_states.name as item_name,
    component_states.description,
    component_states.width,
    component_states.height,
    cast(component_states.layers as bigint) as layers,
    component_states.parts_hash
from {{ source('figma', 'component_states') }} as component_states
