select
    file_snapshots.file_key,
    file_snapshots.version,
    file_snapshots.last_modified_at,
    file_snapshots.name as file_name,
    file_snapshots.loaded_at,
    cast(file_snapshots.pages as bigint) as pages,
    cast(file_snapshots.nodes as bigint) as nodes,
    cast(file_snapshots.visible_nodes as bigint) as visible_nodes,
    cast(file_snapshots.instances as bigint) as instances,
    cast(file_snapshots.component_definitions as bigint) as component_definitions,
    cast(file_snapshots.component_sets as bigint) as component_sets,
    cast(file_snapshots.text_nodes as bigint) as text_nodes,
    cast(file_snapshots.styles as bigint) as styles,
    cast(file_snapshots.style_references as bigint) as style_references,
    cast(file_snapshots.bytes as bigint) as bytes,
    file_snapshots.content_hash,
    file_snapshots.definitions_hash
from {{ source('figma', 'file_snapshots') }} as file_snapshots
