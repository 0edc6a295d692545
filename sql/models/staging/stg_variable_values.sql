select
    variable_values.file_key,
    variable_values.variable_id,
    variable_values.collection_id,
    variable_values.mode_id,
    variable_values.value as variable_value,
    variable_values.alias_id,
    variable_values.opacity,
    variable_values.opacity_alias_id
from {{ source('figma', 'variable_values') }} as variable_values
