-- Figma does not say on which day its weeks begin: a week is that of the Monday in or after its first days
select
    library_actions.library_file_key,
    library_actions.kind,
    library_actions.item_key,
    cast({{ week_of("library_actions.week + interval '3 days'") }} as date) as week_start,
    library_actions.item_name,
    library_actions.item_type,
    library_actions.component_set_key,
    library_actions.component_set_name,
    library_actions.collection_key,
    library_actions.collection_name,
    library_actions.insertions,
    library_actions.detachments,
    library_actions.fetched_at
from {{ source('figma', 'library_actions') }} as library_actions
