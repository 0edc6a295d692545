-- the first load reports the items that are published then, their first publication and their last update; earlier
-- changes are not known. The kind is part of each join key, because a separate condition on the left side alone would
-- turn the join into a cross join
select
    events.kind,
    events.item_key,
    events.event,
    events.happened_at,
    {{ week_of('events.happened_at') }} as week_start,
    events.item_name,
    events.name_before,
    events.place,
    events.place_before,
    events.file_key as library_file_key,
    coalesce(files.file_name, documents.document_name) as library_file_name,
    events.user_id,
    events.user_handle,
    events.seen_at,
    coalesce(components.is_published, component_sets.is_published, styles.is_published, false) as is_published,
    {{ figma_url('events.file_key', 'events.node_id') }} as figma_url
from {{ ref('stg_library_events') }} as events
left join {{ ref('stg_files') }} as files
    on events.file_key = files.file_key
left join {{ ref('stg_documents') }} as documents
    on events.file_key = documents.file_key
left join {{ ref('stg_components') }} as components
    on case when events.kind = 'component' then events.item_key end = components.component_key
left join {{ ref('stg_component_sets') }} as component_sets
    on case when events.kind = 'component_set' then events.item_key end = component_sets.component_set_key
left join {{ ref('stg_styles') }} as styles
    on case when events.kind = 'style' then events.item_key end = styles.style_key
