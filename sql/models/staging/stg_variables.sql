select
    file_variables.file_key,
    file_variables.variable_id,
    file_variables.variable_key,
    file_variables.collection_id,
    file_variables.name as variable_name,
    file_variables.description,
    file_variables.resolved_type,
    file_variables.is_remote,
    file_variables.is_hidden_from_publishing,
    file_variables.is_deleted,
    file_variables.scopes,
    file_variables.code_syntax_web,
    file_variables.code_syntax_android,
    file_variables.code_syntax_ios,
    file_variables.subscribed_id,
    file_variables.published_at,
    file_variables.fetched_at
from {{ source('figma', 'variables') }} as file_variables
