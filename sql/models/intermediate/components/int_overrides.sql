{{ config(materialized='incremental', pre_hook='{{ leave_out_stale_files() }}') }}

-- how many placements of a component override a field, any field of a group, or any field: a placement that overrides
-- two fields counts once in the row of their group. Only the instance that a designer placed counts: it lists the
-- overrides of the instances inside it too. A width or height that follows from the layout (HUG or FILL) is none
with overrides as (
    select
        node_overrides.file_key,
        node_overrides.node_id,
        placements.preorder,
        placements.component_key,
        node_overrides.field,
        {{ override_group('node_overrides.field') }} as field_group,
        node_overrides.target_node_id = node_overrides.node_id as is_own
    from {{ ref('stg_node_overrides') }} as node_overrides
    inner join {{ ref('int_stale_files') }} as files
        on node_overrides.file_key = files.file_key
    inner join {{ ref('stg_instances') }} as placements
        on
            node_overrides.file_key = placements.file_key
            and node_overrides.node_id = placements.node_id
    left join {{ ref('stg_nodes') }} as targets
        on
            node_overrides.file_key = targets.file_key
            and node_overrides.target_node_id = targets.node_id
    where
        not files.is_branch
        and {{ is_placed('placements') }}
        and placements.component_key is not null
        and coalesce(
            case node_overrides.field
                when 'width' then targets.layout_sizing_horizontal
                when 'height' then targets.layout_sizing_vertical
            end,
            'FIXED'
        ) not in ('HUG', 'FILL')
)

select
    overrides.file_key,
    overrides.component_key,
    overrides.field_group,
    overrides.field,
    count(distinct overrides.node_id) as placements,
    count(distinct case when overrides.is_own then overrides.node_id end) as own_placements,
    count(distinct case when not overrides.is_own then overrides.node_id end) as layer_placements,
    {{ first_by('overrides.node_id', 'overrides.preorder') }} as sample_node_id
from overrides
group by grouping sets (
    (overrides.file_key, overrides.component_key, overrides.field_group, overrides.field),
    (overrides.file_key, overrides.component_key, overrides.field_group),
    (overrides.file_key, overrides.component_key)
)
