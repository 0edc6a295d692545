select
    snapshot_styles.file_key,
    snapshot_styles.version,
    snapshot_styles.last_modified_at,
    snapshot_styles.style_key,
    cast(snapshot_styles."references" as bigint) as "references",
    cast(snapshot_styles.references_visible as bigint) as references_visible,
    cast(snapshot_styles.nodes as bigint) as nodes
from {{ source('figma', 'snapshot_styles') }} as snapshot_styles
