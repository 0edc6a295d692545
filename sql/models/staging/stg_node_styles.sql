select
    node_styles.file_key,
    node_styles.node_id,
    node_styles.slot,
    node_styles.style_id,
    node_styles.style_key
from {{ source('figma', 'node_styles') }} as node_styles
