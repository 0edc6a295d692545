select
    file_components.file_key,
    file_components.node_id,
    nullif(file_components.component_key, '') as component_key,
    file_components.name as component_name,
    file_components.description,
    coalesce(file_components.is_remote, definitions.node_id is null) as is_remote,
    definitions.node_id is not null as is_defined,
    file_components.component_set_id,
    nullif(file_components.component_set_key, '') as component_set_key
from {{ source('figma', 'file_components') }} as file_components
left join {{ source('figma', 'nodes') }} as definitions
    on
        file_components.file_key = definitions.file_key
        and file_components.node_id = definitions.node_id
        and definitions.type = 'COMPONENT'
