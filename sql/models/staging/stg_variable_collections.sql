select
    variable_collections.file_key,
    variable_collections.collection_id,
    variable_collections.collection_key,
    variable_collections.name as collection_name,
    variable_collections.default_mode_id,
    variable_collections.parent_collection_id,
    variable_collections.is_remote,
    variable_collections.is_hidden_from_publishing,
    variable_collections.subscribed_id,
    variable_collections.published_at
from {{ source('figma', 'variable_collections') }} as variable_collections
