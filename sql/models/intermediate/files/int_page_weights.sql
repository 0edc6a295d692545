{{ config(materialized='incremental', pre_hook='{{ leave_out_stale_files() }}') }}

-- the nodes of each page of a main file, the page itself included. Of top-level layers of one size, the first is the
-- heaviest. A page without layers has no heaviest one
with images as (
    select
        node_paints.file_key,
        nodes.page_id,
        count(*) as image_references,
        count(distinct node_paints.image_ref) as images
    from {{ ref('stg_node_paints') }} as node_paints
    inner join {{ ref('int_stale_files') }} as files
        on node_paints.file_key = files.file_key
    inner join {{ ref('stg_nodes') }} as nodes
        on
            node_paints.file_key = nodes.file_key
            and node_paints.node_id = nodes.node_id
    where
        not files.is_branch
        and node_paints.image_ref is not null
    group by
        node_paints.file_key,
        nodes.page_id
),

pages as (
    select
        pages.file_key,
        pages.node_id as page_id,
        pages.node_name as page_name,
        pages.position,
        pages.depth
    from {{ ref('stg_nodes') }} as pages
    inner join {{ ref('int_stale_files') }} as files
        on pages.file_key = files.file_key
    where
        not files.is_branch
        and pages.node_type = 'CANVAS'
),

counted as (
    select
        pages.file_key,
        pages.page_id,
        count(*) as nodes,
        count(*) filter (where not nodes.is_visible) as hidden_nodes,
        count(*) filter (where nodes.is_visible and not nodes.is_effectively_visible) as nodes_in_hidden,
        count(*) filter (where nodes.node_type = 'INSTANCE') as instances,
        count(nodes.instance_id) as nodes_in_instances,
        count(*) filter (where nodes.node_type = 'TEXT') as text_nodes,
        count(*) filter (where nodes.node_type = 'VECTOR') as vector_nodes,
        count(*) filter (where nodes.node_type = 'COMPONENT') as component_definitions,
        max(nodes.depth - pages.depth) as deepest_level,
        {{
            first_by(
                'nodes.node_id',
                'case when nodes.parent_id = pages.page_id'
                ' then nodes.preorder - 4294967296 * nodes.descendant_count end'
            )
        }} as heaviest_layer_id
    from pages
    inner join {{ ref('stg_nodes') }} as nodes
        on
            pages.file_key = nodes.file_key
            and pages.page_id = nodes.page_id
    group by
        pages.file_key,
        pages.page_id
),

sets as (
    select
        component_sets.file_key,
        component_sets.page_id,
        sum(component_sets.child_count) as variants
    from {{ ref('stg_nodes') }} as component_sets
    inner join {{ ref('int_stale_files') }} as files
        on component_sets.file_key = files.file_key
    where
        not files.is_branch
        and component_sets.node_type = 'COMPONENT_SET'
    group by
        component_sets.file_key,
        component_sets.page_id
)

select
    counted.file_key,
    counted.page_id,
    pages.page_name,
    pages.position,
    counted.nodes,
    counted.hidden_nodes,
    counted.nodes_in_hidden,
    counted.instances,
    counted.nodes_in_instances,
    counted.text_nodes,
    counted.vector_nodes,
    counted.component_definitions,
    coalesce(sets.variants, 0) as variants,
    coalesce(images.image_references, 0) as image_references,
    coalesce(images.images, 0) as images,
    counted.deepest_level,
    counted.heaviest_layer_id,
    heaviest.node_name as heaviest_layer_name,
    heaviest.descendant_count + 1 as heaviest_layer_nodes
from counted
inner join pages
    on
        counted.file_key = pages.file_key
        and counted.page_id = pages.page_id
left join sets
    on
        counted.file_key = sets.file_key
        and counted.page_id = sets.page_id
left join images
    on
        counted.file_key = images.file_key
        and counted.page_id = images.page_id
left join {{ ref('stg_nodes') }} as heaviest
    on
        counted.file_key = heaviest.file_key
        and counted.heaviest_layer_id = heaviest.node_id
