select
    node_paints.file_key,
    node_paints.node_id,
    node_paints.role,
    node_paints.position,
    node_paints.type as paint_type,
    node_paints.color,
    node_paints.opacity,
    node_paints.is_visible,
    node_paints.image_ref,
    node_paints.variable_id,
    case
        when node_paints.variable_id like 'VariableID:%/%'
            then substr({{ split_part('node_paints.variable_id', "'/'", 1) }}, 12)
    end as variable_key
from {{ source('figma', 'node_paints') }} as node_paints
