{{ config(materialized='incremental', pre_hook='{{ leave_out_stale_files() }}') }}

-- the components that main files define. What a nested instance brings belongs to another component, whose library
-- changes it, so only the instance itself is a layer. A component of one or two layers has no shape, because many have
-- these. Neither has a drawing, which contains neither a text nor an instance nor a slot: the vectors of icons have the
-- same names, whatever they draw
with definitions as (
    select
        nodes.file_key,
        nodes.node_id,
        nodes.node_name,
        nodes.parent_id,
        nodes.depth
    from {{ ref('stg_nodes') }} as nodes
    inner join {{ ref('int_stale_files') }} as files
        on nodes.file_key = files.file_key
    where
        not files.is_branch
        and nodes.node_type = 'COMPONENT'
),

layered as (
    select
        definitions.file_key,
        definitions.node_id,
        count(*) as layers,
        count(*) filter (where layers.node_type in ('TEXT', 'INSTANCE', 'SLOT')) as telling_layers,
        {{
            listagg(
                "(layers.depth - definitions.depth) || ' ' || layers.node_type || ' ' || coalesce(layers.node_name, '')",
                'chr(31)',
                'order by layers.preorder'
            )
        }} as all_layers
    from definitions
    inner join {{ ref('stg_nodes') }} as layers
        on
            definitions.file_key = layers.file_key
            and definitions.node_id = layers.definition_id
            and definitions.node_id <> layers.node_id
    where layers.instance_id is null
    group by
        definitions.file_key,
        definitions.node_id
)

select
    definitions.file_key,
    definitions.node_id,
    definitions.node_name as component_name,
    file_components.component_key,
    component_sets.node_id as component_set_node_id,
    component_sets.node_name as component_set_name,
    file_component_sets.component_set_key,
    coalesce(layered.layers, 0) as layers,
    case when layered.layers >= 3 and layered.telling_layers > 0 then md5(layered.all_layers) end as shape
from definitions
left join layered
    on
        definitions.file_key = layered.file_key
        and definitions.node_id = layered.node_id
left join {{ ref('int_file_components') }} as file_components
    on
        definitions.file_key = file_components.file_key
        and definitions.node_id = file_components.node_id
left join {{ ref('stg_nodes') }} as component_sets
    on
        definitions.file_key = component_sets.file_key
        and definitions.parent_id = component_sets.node_id
        and component_sets.node_type = 'COMPONENT_SET'
left join {{ ref('stg_file_component_sets') }} as file_component_sets
    on
        component_sets.file_key = file_component_sets.file_key
        and component_sets.node_id = file_component_sets.node_id
