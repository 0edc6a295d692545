{{ config(materialized='incremental', pre_hook='{{ leave_out_stale_files() }}') }}

-- the rules are those of pinterest/figma-calculations 0.1.89-alpha, for documents of the REST API. Each check is of a
-- layer, not of its corners or sides. Of bindings, it reads those that a layer names itself, and knows the variables of
-- libraries only: a binding to a local variable is one to no variable. A corner that Figma names within
-- rectangleCornerRadii is none of the names that it reads
with layers as (
    select
        nodes.file_key,
        nodes.node_id,
        nodes.node_type,
        nodes.layout_mode,
        nodes.layout_wrap,
        case
            when nodes.corner_radius is not null then nodes.corner_radius <> 0
            else greatest(
                coalesce(nodes.corner_radius_top_left, 0),
                coalesce(nodes.corner_radius_top_right, 0),
                coalesce(nodes.corner_radius_bottom_right, 0),
                coalesce(nodes.corner_radius_bottom_left, 0)
            ) > 0
        end as is_rounded
    from {{ ref('stg_nodes') }} as nodes
    inner join {{ ref('int_stale_files') }} as files
        on nodes.file_key = files.file_key
    left join {{ ref('int_instances') }} as instances
        on
            nodes.file_key = instances.file_key
            and {{ nearest_instance('nodes') }} = instances.node_id
    where
        not files.is_branch
        and nodes.is_effectively_visible
        and nodes.node_type in (
            'ELLIPSE', 'FRAME', 'INSTANCE', 'LINE', 'POLYGON', 'RECTANGLE', 'REGULAR_POLYGON', 'STAR', 'TEXT', 'VECTOR'
        )
        and not coalesce(instances.is_in_library, false)
),

bound as (
    select
        node_variables.file_key,
        node_variables.node_id,
        count(*) filter (where node_variables.property = 'cornerRadius' and node_variables.variable_key is not null)
            as radii,
        count(*) filter (
            where
            node_variables.property in ('topLeftRadius', 'topRightRadius', 'bottomLeftRadius', 'bottomRightRadius')
            and node_variables.variable_key is not null
        ) as corners,
        count(*) filter (
            where
            node_variables.property in (
                'counterAxisSpacing', 'itemSpacing', 'paddingBottom', 'paddingLeft', 'paddingRight', 'paddingTop'
            )
            and node_variables.variable_key is not null
        ) as spacings,
        count(*) filter (where node_variables.property = 'counterAxisSpacing') as counter_spacings,
        count(*) filter (where node_variables.property = 'strokes/0' and node_variables.variable_key is not null)
            as strokes
    from {{ ref('stg_node_variables') }} as node_variables
    inner join {{ ref('int_stale_files') }} as files
        on node_variables.file_key = files.file_key
    where node_variables.slot_kind in ('radius', 'spacing', 'stroke')
    group by
        node_variables.file_key,
        node_variables.node_id
),

stroked as (
    select
        node_paints.file_key,
        node_paints.node_id,
        count(node_paints.variable_id) > 0 as has_color_variable
    from {{ ref('stg_node_paints') }} as node_paints
    inner join {{ ref('int_stale_files') }} as files
        on node_paints.file_key = files.file_key
    where node_paints.role = 'stroke'
    group by
        node_paints.file_key,
        node_paints.node_id
    having count(*) = count(*) filter (where node_paints.is_visible)
),

styled as (
    select
        node_styles.file_key,
        node_styles.node_id,
        max(case when styles.is_published and styles.style_type = 'FILL' then 1 else 0 end) = 1 as is_published
    from {{ ref('stg_node_styles') }} as node_styles
    inner join {{ ref('int_stale_files') }} as files
        on node_styles.file_key = files.file_key
    left join {{ ref('int_styles') }} as styles
        on node_styles.style_key = styles.style_key
    where
        node_styles.slot = 'stroke'
        and node_styles.style_key is not null
    group by
        node_styles.file_key,
        node_styles.node_id
),

checks as (
    select
        layers.file_key,
        'rounding' as slot_kind,
        coalesce(bound.radii > 0 or bound.corners = 4, false) as is_bound
    from layers
    left join bound
        on
            layers.file_key = bound.file_key
            and layers.node_id = bound.node_id
    where
        layers.is_rounded
        and layers.node_type in ('INSTANCE', 'POLYGON', 'REGULAR_POLYGON', 'RECTANGLE', 'STAR', 'VECTOR')
    union all
    select
        layers.file_key,
        'spacing' as slot_kind,
        coalesce(
            bound.spacings = 6
            or (
                bound.spacings = 5
                and bound.counter_spacings = 0
                and coalesce(layers.layout_wrap, 'NO_WRAP') <> 'WRAP'
            ),
            false
        ) as is_bound
    from layers
    left join bound
        on
            layers.file_key = bound.file_key
            and layers.node_id = bound.node_id
    where
        layers.layout_mode in ('HORIZONTAL', 'VERTICAL')
        and layers.node_type in ('FRAME', 'INSTANCE')
    union all
    -- the check of the style is skipped if a variable gives a color, that of the variable if the layer has a style. Of
    -- what is left, a layer counts as unbound only if both fail: not with a style that nobody published, nor with a
    -- color from a local variable or one that the layer itself does not name
    select
        layers.file_key,
        'stroke' as slot_kind,
        coalesce(styled.is_published, coalesce(bound.strokes, 0) > 0) as is_bound
    from layers
    inner join stroked
        on
            layers.file_key = stroked.file_key
            and layers.node_id = stroked.node_id
    left join styled
        on
            layers.file_key = styled.file_key
            and layers.node_id = styled.node_id
    left join bound
        on
            layers.file_key = bound.file_key
            and layers.node_id = bound.node_id
    where
        layers.node_type <> 'FRAME'
        and case
            when styled.node_id is not null then styled.is_published and not stroked.has_color_variable
            else coalesce(bound.strokes, 0) > 0 or not stroked.has_color_variable
        end
)

select
    checks.file_key,
    checks.slot_kind,
    count(*) as slots,
    count(*) filter (where checks.is_bound) as bound_slots
from checks
group by
    checks.file_key,
    checks.slot_kind
