select
    text_ranges.file_key,
    text_ranges.node_id,
    text_ranges.look,
    text_ranges.position,
    text_ranges.characters,
    text_ranges.font_family,
    text_ranges.font_size,
    text_ranges.font_weight,
    text_ranges.font_family_variable_id,
    text_ranges.font_size_variable_id,
    text_ranges.text_style_id,
    text_ranges.text_style_key,
    text_ranges.fill_style_id,
    text_ranges.fill_style_key,
    text_ranges.type as paint_type,
    text_ranges.color,
    text_ranges.opacity,
    text_ranges.is_visible,
    text_ranges.image_ref,
    text_ranges.variable_id,
    case
        when text_ranges.variable_id like 'VariableID:%/%'
            then substr({{ split_part('text_ranges.variable_id', "'/'", 1) }}, 12)
    end as variable_key
from {{ source('figma', 'text_ranges') }} as text_ranges
