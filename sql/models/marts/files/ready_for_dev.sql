-- a status is that of the loaded state of the file; a document does not say since when. NONE is no status. A layer
-- inside an instance has the status of its original, so it is left out
select
    nodes.file_key,
    nodes.node_id,
    nodes.node_name,
    nodes.node_type,
    nodes.dev_status,
    nodes.page_id,
    pages.node_name as page_name,
    sections.node_name as section_name,
    files.file_name,
    files.folder_id,
    files.folder_path,
    files.team_id,
    files.team_name,
    cast(nodes.descendant_count + 1 as bigint) as nodes,
    nodes.is_effectively_visible,
    files.loaded_modified_at as last_modified_at,
    {{ figma_url('nodes.file_key', 'nodes.node_id') }} as figma_url
from {{ ref('stg_nodes') }} as nodes
inner join {{ ref('int_files') }} as files
    on nodes.file_key = files.file_key
left join {{ ref('stg_nodes') }} as pages
    on
        nodes.file_key = pages.file_key
        and nodes.page_id = pages.node_id
left join {{ ref('stg_nodes') }} as sections
    on
        nodes.file_key = sections.file_key
        and nodes.section_id = sections.node_id
where
    nodes.dev_status <> 'NONE'
    and nodes.instance_id is null
    and not files.is_branch
