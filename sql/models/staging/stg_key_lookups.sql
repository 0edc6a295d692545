select
    key_lookups.kind,
    key_lookups.item_key,
    key_lookups.status = 'found' as is_found,
    key_lookups.library_file_key,
    key_lookups.team_id as library_team_id,
    key_lookups.node_id,
    key_lookups.name as item_name,
    key_lookups.description,
    key_lookups.style_type,
    key_lookups.containing_page_id,
    key_lookups.containing_page_name,
    key_lookups.containing_frame_id,
    key_lookups.containing_frame_name,
    key_lookups.component_set_node_id,
    key_lookups.component_set_name,
    key_lookups.looked_up_at
from {{ source('figma', 'key_lookups') }} as key_lookups
