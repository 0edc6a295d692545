select
    node_effects.file_key,
    node_effects.node_id,
    node_effects.position,
    node_effects.type as effect_type,
    node_effects.is_visible,
    node_effects.radius,
    node_effects.offset_x,
    node_effects.offset_y,
    coalesce(node_effects.spread, 0) as spread,
    node_effects.color,
    node_effects.blend_mode,
    node_effects.variable_id,
    case
        when node_effects.variable_id like 'VariableID:%/%'
            then substr({{ split_part('node_effects.variable_id', "'/'", 1) }}, 12)
    end as variable_key
from {{ source('figma', 'node_effects') }} as node_effects
