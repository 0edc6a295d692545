select
    token_values.tokens_file,
    token_values.position as token_position,
    token_values.name as token_name,
    token_values.description,
    token_values.resolved_type,
    token_values.collection_name,
    token_values.mode_name,
    token_values.is_default_mode,
    token_values.variable_key,
    token_values.file_key,
    token_values.variable_id,
    token_values.value as token_value,
    token_values.alias_name,
    token_values.alias_key
from {{ source('figma', 'token_values') }} as token_values
