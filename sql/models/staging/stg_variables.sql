select
    variables.file_key,
    variables.variable_id,
    variables.variable_key,
    variables.collection_id,
    variables.name as variable_name,
    variables.description,
    variables.resolved_type,
    variables.is_remote,
    variables.is_hidden_from_publishing,
    variables.is_deleted,
    variables.scopes,
    variables.code_syntax_web,
    variables.code_syntax_android,
    variables.code_syntax_ios,
    variables.subscribed_id,
    variables.published_at,
    variables.fetched_at
from {{ source('figma', 'variables') }} as variables
