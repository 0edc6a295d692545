select
    snapshot_components.file_key,
    snapshot_components.version,
    snapshot_components.last_modified_at,
    snapshot_components.component_key,
    snapshot_components.component_set_key,
    cast(snapshot_components.instances as bigint) as instances,
    cast(snapshot_components.direct as bigint) as direct,
    cast(snapshot_components.nested as bigint) as nested,
    cast(snapshot_components.in_definitions as bigint) as in_definitions,
    cast(snapshot_components.hidden as bigint) as hidden,
    cast(snapshot_components.usages as bigint) as usages,
    cast(snapshot_components.direct_visible as bigint) as direct_visible,
    snapshot_components.component_name,
    snapshot_components.component_set_name
from {{ source('figma', 'snapshot_components') }} as snapshot_components
