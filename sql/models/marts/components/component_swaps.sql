select
    events.file_key,
    events.to_version as found_version,
    events.to_last_modified_at as swapped_by_at,
    events.node_id,
    events.from_last_modified_at as swapped_after_at,
    events.week_start,
    events.component_key_before,
    befores.component_name as component_name_before,
    befores.component_set_key as component_set_key_before,
    befores.component_set_name as component_set_name_before,
    events.component_key_after,
    afters.component_name as component_name_after,
    afters.component_set_key as component_set_key_after,
    afters.component_set_name as component_set_name_after,
    coalesce(befores.component_set_key = afters.component_set_key, false) as is_within_set,
    events.node_name as layer_name,
    coalesce(nodes.node_type = 'INSTANCE', false) as is_still_there,
    events.file_name,
    events.folder_id,
    events.folder_path,
    events.team_id,
    events.team_name,
    {{ figma_url('events.file_key', 'events.node_id') }} as figma_url
from {{ ref('int_designer_events') }} as events
left join {{ ref('int_known_components') }} as befores
    on events.component_key_before = befores.component_key
left join {{ ref('int_known_components') }} as afters
    on events.component_key_after = afters.component_key
left join {{ ref('int_event_nodes') }} as nodes
    on
        events.file_key = nodes.file_key
        and events.node_id = nodes.node_id
where events.event = 'swap'
