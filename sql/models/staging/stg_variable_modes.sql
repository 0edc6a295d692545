select
    variable_modes.file_key,
    variable_modes.collection_id,
    variable_modes.mode_id,
    variable_modes.name as mode_name,
    variable_modes.position as mode_position,
    variable_modes.parent_mode_id
from {{ source('figma', 'variable_modes') }} as variable_modes
