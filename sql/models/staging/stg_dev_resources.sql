select
    dev_resources.file_key,
    dev_resources.dev_resource_id,
    dev_resources.node_id,
    dev_resources.name as dev_resource_name,
    dev_resources.url,
    dev_resources.host
from {{ source('figma', 'dev_resources') }} as dev_resources
