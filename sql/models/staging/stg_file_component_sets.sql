select
    file_component_sets.file_key,
    file_component_sets.node_id,
    nullif(file_component_sets.component_set_key, '') as component_set_key,
    file_component_sets.name as component_set_name,
    file_component_sets.description,
    file_component_sets.is_remote,
    file_component_sets.documentation_url
from {{ source('figma', 'file_component_sets') }} as file_component_sets
