select
    node_overrides.file_key,
    node_overrides.node_id,
    node_overrides.target_node_id,
    node_overrides.field
from {{ source('figma', 'node_overrides') }} as node_overrides
