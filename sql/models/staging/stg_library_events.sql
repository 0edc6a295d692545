select
    library_events.kind,
    library_events.item_key,
    library_events.event,
    library_events.happened_at,
    library_events.file_key,
    library_events.node_id,
    library_events.name as item_name,
    library_events.name_before,
    library_events.place,
    library_events.place_before,
    library_events.user_id,
    library_events.user_handle,
    library_events.seen_at
from {{ source('figma', 'library_events') }} as library_events
