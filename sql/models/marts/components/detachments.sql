with editors as (
    select
        savers.file_key,
        savers.to_version,
        savers.to_last_modified_at,
        savers.from_last_modified_at,
        max(savers.editor_count) as editor_count,
        {{ listagg('savers.user_handle', "', '", 'order by savers.user_handle') }} as editors
    from {{ ref('int_detachment_editors') }} as savers
    group by
        savers.file_key,
        savers.to_version,
        savers.to_last_modified_at,
        savers.from_last_modified_at
)

select
    events.file_key,
    events.to_version as found_version,
    events.to_last_modified_at as detached_by_at,
    events.node_id,
    events.from_last_modified_at as detached_after_at,
    events.week_start,
    events.component_key_before as component_key,
    components.component_name,
    components.component_set_key,
    components.component_set_name,
    events.node_name as layer_name,
    events.frame_id,
    events.confidence,
    coalesce(nodes.node_type = 'FRAME', false) as is_still_there,
    events.file_name,
    events.folder_id,
    events.folder_path,
    events.team_id,
    events.team_name,
    {{ figma_url('events.file_key', 'events.frame_id') }} as figma_url,
    editors.editors,
    coalesce(editors.editor_count, 0) as editor_count
from {{ ref('int_designer_events') }} as events
left join {{ ref('int_known_components') }} as components
    on events.component_key_before = components.component_key
left join {{ ref('int_event_nodes') }} as nodes
    on
        events.file_key = nodes.file_key
        and events.frame_id = nodes.node_id
left join editors
    on
        events.file_key = editors.file_key
        and events.to_version = editors.to_version
        and events.to_last_modified_at = editors.to_last_modified_at
        and events.from_last_modified_at = editors.from_last_modified_at
where events.event = 'detachment'
