{{ config(materialized='incremental', pre_hook='{{ leave_out_stale_files() }}') }}

-- a layer is in the library if its nearest instance is; the layer may be that instance itself
select
    nodes.file_key,
    coalesce(instances.is_in_library, false) as is_in_library,
    count(*) as visible_layers,
    min(nodes.preorder) as sample_preorder,
    {{ first_by('nodes.node_id', 'nodes.preorder') }} as sample_node_id
from {{ ref('stg_nodes') }} as nodes
inner join {{ ref('int_stale_files') }} as files
    on nodes.file_key = files.file_key
left join {{ ref('int_instances') }} as instances
    on
        nodes.file_key = instances.file_key
        and {{ nearest_instance('nodes') }} = instances.node_id
where
    not files.is_branch
    and nodes.is_layer
    and nodes.is_effectively_visible
group by
    nodes.file_key,
    coalesce(instances.is_in_library, false)
