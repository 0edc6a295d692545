-- the INSTANCE nodes, with whether a designer placed them and whether they compose a component
select
    nodes.file_key,
    nodes.node_id,
    nodes.page_id,
    nodes.preorder,
    nodes.descendant_count,
    nodes.component_id,
    nodes.component_key,
    nodes.component_set_key,
    nodes.definition_id,
    nodes.is_effectively_visible,
    nodes.instance_id is null as is_direct,
    nodes.definition_id is not null as is_in_definition
from {{ ref('stg_nodes') }} as nodes
where nodes.node_type = 'INSTANCE'
