select
    file_components.file_key,
    file_components.node_id,
    nullif(file_components.component_key, '') as component_key,
    file_components.name as component_name,
    file_components.description,
    file_components.is_remote,
    file_components.component_set_id,
    nullif(file_components.component_set_key, '') as component_set_key,
    file_components.documentation_url
from {{ source('figma', 'file_components') }} as file_components
