select
    actions.library_file_key,
    libraries.file_name as library_file_name,
    actions.week_start,
    actions.kind,
    actions.item_key,
    actions.item_name,
    actions.item_type,
    actions.component_set_key,
    actions.component_set_name,
    actions.collection_name,
    actions.insertions,
    actions.detachments,
    actions.fetched_at
from {{ ref('stg_library_actions') }} as actions
left join {{ ref('int_files') }} as libraries
    on actions.library_file_key = libraries.file_key
