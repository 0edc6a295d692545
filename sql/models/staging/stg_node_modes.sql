select
    node_modes.file_key,
    node_modes.node_id,
    node_modes.collection_id,
    node_modes.mode_id
from {{ source('figma', 'node_modes') }} as node_modes
