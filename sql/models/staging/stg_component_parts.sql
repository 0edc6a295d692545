select
    component_parts.parts_hash,
    component_parts.position,
    component_parts.part,
    component_parts.part_id,
    component_parts.name as part_name,
    component_parts.path as layer_path,
    component_parts.type as part_type,
    component_parts.value as part_value
from {{ source('figma', 'component_parts') }} as component_parts
