{{ config(materialized='incremental', pre_hook='{{ leave_out_stale_files() }}') }}

-- the slots that are neither paints nor fonts, of visible layers. A corner, a padding, a gap and a stroke weight is a
-- slot if it is not zero. A corner of a layer that can have one radius only (a vector, star or polygon) is one slot.
-- A padding counts if the frame has a child in its flow, a gap if it has two: visible, and not placed absolutely. A gap
-- that fills the space between the children (SPACE_BETWEEN) is no value. Sides with stroke weights of their own are
-- slots each, otherwise the layer has one. An effect is bound by a style, or by a variable in any of its fields. Its
-- value is all visible effects of its layer, because a style has them all. A value that a variable gives counts for the
-- variable, even if the layer has a style, too
with children as (
    select
        nodes.file_key,
        nodes.parent_id,
        count(*) as separated
    from {{ ref('stg_nodes') }} as nodes
    inner join {{ ref('int_stale_files') }} as files
        on nodes.file_key = files.file_key
    where
        nodes.is_visible
        and coalesce(nodes.layout_positioning, 'AUTO') <> 'ABSOLUTE'
    group by
        nodes.file_key,
        nodes.parent_id
),

layers as (
    select
        nodes.file_key,
        nodes.node_id,
        nodes.preorder,
        {{ nearest_instance('nodes') }} as instance_id,
        nodes.node_type in ('VECTOR', 'STAR', 'REGULAR_POLYGON', 'BOOLEAN_OPERATION', 'LINE', 'ELLIPSE')
            as has_one_radius,
        nodes.layout_mode,
        nodes.layout_wrap,
        nodes.primary_axis_align,
        nodes.corner_radius,
        nodes.corner_radius_top_left,
        nodes.corner_radius_top_right,
        nodes.corner_radius_bottom_right,
        nodes.corner_radius_bottom_left,
        nodes.padding_left,
        nodes.padding_right,
        nodes.padding_top,
        nodes.padding_bottom,
        nodes.item_spacing,
        nodes.counter_axis_spacing,
        nodes.stroke_weight,
        nodes.stroke_weight_top,
        nodes.stroke_weight_right,
        nodes.stroke_weight_bottom,
        nodes.stroke_weight_left,
        nodes.opacity,
        case
            when nodes.layout_mode in ('HORIZONTAL', 'VERTICAL', 'GRID') then coalesce(children.separated, 0)
            else 0
        end as separated
    from {{ ref('stg_nodes') }} as nodes
    inner join {{ ref('int_stale_files') }} as files
        on nodes.file_key = files.file_key
    left join children
        on
            nodes.file_key = children.file_key
            and nodes.node_id = children.parent_id
    where
        not files.is_branch
        and nodes.is_layer
        and nodes.is_effectively_visible
),

stroked as (
    select distinct
        node_paints.file_key,
        node_paints.node_id
    from {{ ref('stg_node_paints') }} as node_paints
    inner join {{ ref('int_stale_files') }} as files
        on node_paints.file_key = files.file_key
    where
        node_paints.role = 'stroke'
        and node_paints.is_visible
        and node_paints.opacity > 0
),

bound as (
    select distinct
        node_variables.file_key,
        node_variables.node_id,
        case node_variables.bound_property
            when 'topLeftRadius' then 'rectangleCornerRadii/RECTANGLE_TOP_LEFT_CORNER_RADIUS'
            when 'topRightRadius' then 'rectangleCornerRadii/RECTANGLE_TOP_RIGHT_CORNER_RADIUS'
            when 'bottomRightRadius' then 'rectangleCornerRadii/RECTANGLE_BOTTOM_RIGHT_CORNER_RADIUS'
            when 'bottomLeftRadius' then 'rectangleCornerRadii/RECTANGLE_BOTTOM_LEFT_CORNER_RADIUS'
            when 'effects' then 'effects/' || {{ split_part('node_variables.property', "'/'", 2) }}
            else node_variables.bound_property
        end as property,
        node_variables.variable_key
    from {{ ref('stg_node_variables') }} as node_variables
    inner join {{ ref('int_stale_files') }} as files
        on node_variables.file_key = files.file_key
    where node_variables.slot_kind in ('radius', 'spacing', 'stroke_weight', 'effect', 'opacity')
),

givers as (
    select
        bound.file_key,
        bound.node_id,
        bound.property,
        max(bound.variable_key) as variable_key
    from bound
    group by
        bound.file_key,
        bound.node_id,
        bound.property
),

styled as (
    select
        node_styles.file_key,
        node_styles.node_id,
        max(case when styles.is_published then styles.style_key end) as published_style_key
    from {{ ref('stg_node_styles') }} as node_styles
    inner join {{ ref('int_stale_files') }} as files
        on node_styles.file_key = files.file_key
    left join {{ ref('int_styles') }} as styles
        on node_styles.style_key = styles.style_key
    where node_styles.slot = 'effect'
    group by
        node_styles.file_key,
        node_styles.node_id
),

shown_effects as (
    select
        effects.file_key,
        effects.node_id,
        {{ listagg(effect('effects'), "', '", 'order by effects.position') }} as value
    from {{ ref('stg_node_effects') }} as effects
    inner join {{ ref('int_stale_files') }} as files
        on effects.file_key = files.file_key
    where effects.is_visible
    group by
        effects.file_key,
        effects.node_id
),

measures as (
    select
        layers.file_key,
        layers.node_id,
        'radius' as slot_kind,
        'rectangleCornerRadii/RECTANGLE_TOP_LEFT_CORNER_RADIUS' as property,
        'cornerRadius' as whole,
        coalesce(layers.corner_radius_top_left, layers.corner_radius) as number
    from layers
    union all
    select
        layers.file_key,
        layers.node_id,
        'radius' as slot_kind,
        'rectangleCornerRadii/RECTANGLE_TOP_RIGHT_CORNER_RADIUS' as property,
        'cornerRadius' as whole,
        coalesce(layers.corner_radius_top_right, layers.corner_radius) as number
    from layers
    where not layers.has_one_radius
    union all
    select
        layers.file_key,
        layers.node_id,
        'radius' as slot_kind,
        'rectangleCornerRadii/RECTANGLE_BOTTOM_RIGHT_CORNER_RADIUS' as property,
        'cornerRadius' as whole,
        coalesce(layers.corner_radius_bottom_right, layers.corner_radius) as number
    from layers
    where not layers.has_one_radius
    union all
    select
        layers.file_key,
        layers.node_id,
        'radius' as slot_kind,
        'rectangleCornerRadii/RECTANGLE_BOTTOM_LEFT_CORNER_RADIUS' as property,
        'cornerRadius' as whole,
        coalesce(layers.corner_radius_bottom_left, layers.corner_radius) as number
    from layers
    where not layers.has_one_radius
    union all
    select
        layers.file_key,
        layers.node_id,
        'spacing' as slot_kind,
        'paddingLeft' as property,
        cast(null as varchar) as whole,
        layers.padding_left as number
    from layers
    where layers.separated >= 1
    union all
    select
        layers.file_key,
        layers.node_id,
        'spacing' as slot_kind,
        'paddingRight' as property,
        cast(null as varchar) as whole,
        layers.padding_right as number
    from layers
    where layers.separated >= 1
    union all
    select
        layers.file_key,
        layers.node_id,
        'spacing' as slot_kind,
        'paddingTop' as property,
        cast(null as varchar) as whole,
        layers.padding_top as number
    from layers
    where layers.separated >= 1
    union all
    select
        layers.file_key,
        layers.node_id,
        'spacing' as slot_kind,
        'paddingBottom' as property,
        cast(null as varchar) as whole,
        layers.padding_bottom as number
    from layers
    where layers.separated >= 1
    union all
    select
        layers.file_key,
        layers.node_id,
        'spacing' as slot_kind,
        'itemSpacing' as property,
        cast(null as varchar) as whole,
        layers.item_spacing as number
    from layers
    where
        layers.separated >= 2
        and layers.layout_mode <> 'GRID'
        and coalesce(layers.primary_axis_align, 'MIN') <> 'SPACE_BETWEEN'
    union all
    select
        layers.file_key,
        layers.node_id,
        'spacing' as slot_kind,
        'counterAxisSpacing' as property,
        cast(null as varchar) as whole,
        layers.counter_axis_spacing as number
    from layers
    where
        layers.separated >= 2
        and layers.layout_wrap = 'WRAP'
    union all
    select
        layers.file_key,
        layers.node_id,
        'stroke_weight' as slot_kind,
        'individualStrokeWeights/top' as property,
        'strokeWeight' as whole,
        coalesce(layers.stroke_weight_top, layers.stroke_weight) as number
    from layers
    inner join stroked
        on
            layers.file_key = stroked.file_key
            and layers.node_id = stroked.node_id
    union all
    select
        layers.file_key,
        layers.node_id,
        'stroke_weight' as slot_kind,
        'individualStrokeWeights/right' as property,
        'strokeWeight' as whole,
        layers.stroke_weight_right as number
    from layers
    inner join stroked
        on
            layers.file_key = stroked.file_key
            and layers.node_id = stroked.node_id
    union all
    select
        layers.file_key,
        layers.node_id,
        'stroke_weight' as slot_kind,
        'individualStrokeWeights/bottom' as property,
        'strokeWeight' as whole,
        layers.stroke_weight_bottom as number
    from layers
    inner join stroked
        on
            layers.file_key = stroked.file_key
            and layers.node_id = stroked.node_id
    union all
    select
        layers.file_key,
        layers.node_id,
        'stroke_weight' as slot_kind,
        'individualStrokeWeights/left' as property,
        'strokeWeight' as whole,
        layers.stroke_weight_left as number
    from layers
    inner join stroked
        on
            layers.file_key = stroked.file_key
            and layers.node_id = stroked.node_id
    union all
    select
        layers.file_key,
        layers.node_id,
        'opacity' as slot_kind,
        'opacity' as property,
        cast(null as varchar) as whole,
        layers.opacity as number
    from layers
    where layers.opacity <> 1
),

slots as (
    select
        measures.file_key,
        measures.node_id,
        measures.slot_kind,
        measures.property,
        measures.whole,
        {{ hundredths("measures.number") }} as number,
        {{ plain_number(hundredths("measures.number")) }} as value,
        cast(null as varchar) as style_node_id
    from measures
    where
        measures.number <> 0
        or measures.slot_kind = 'opacity'
    union all
    select
        effects.file_key,
        effects.node_id,
        'effect' as slot_kind,
        'effects/' || cast(effects.position as varchar) as property,
        cast(null as varchar) as whole,
        cast(null as double precision) as number,
        shown_effects.value,
        effects.node_id as style_node_id
    from {{ ref('stg_node_effects') }} as effects
    inner join shown_effects
        on
            effects.file_key = shown_effects.file_key
            and effects.node_id = shown_effects.node_id
    where effects.is_visible
)

select
    slots.file_key,
    slots.slot_kind,
    slots.value,
    slots.number,
    coalesce(instances.is_in_library, false) as is_in_library,
    styled.node_id is not null as has_style,
    givers.property is not null or whole_givers.property is not null as has_variable,
    coalesce(givers.variable_key, whole_givers.variable_key, styled.published_style_key) as source_key,
    styled.published_style_key as style_key,
    styled.published_style_key is not null
    or givers.property is not null
    or whole_givers.property is not null as is_bound,
    count(*) as slots,
    min(layers.preorder) as sample_preorder,
    {{ first_by('layers.node_id', 'layers.preorder') }} as sample_node_id
from slots
inner join layers
    on
        slots.file_key = layers.file_key
        and slots.node_id = layers.node_id
left join givers
    on
        slots.file_key = givers.file_key
        and slots.node_id = givers.node_id
        and slots.property = givers.property
left join givers as whole_givers
    on
        slots.file_key = whole_givers.file_key
        and slots.node_id = whole_givers.node_id
        and slots.whole = whole_givers.property
left join styled
    on
        slots.file_key = styled.file_key
        and slots.style_node_id = styled.node_id
left join {{ ref('int_instances') }} as instances
    on
        layers.file_key = instances.file_key
        and layers.instance_id = instances.node_id
group by
    slots.file_key,
    slots.slot_kind,
    slots.value,
    slots.number,
    coalesce(instances.is_in_library, false),
    styled.node_id is not null,
    givers.property is not null or whole_givers.property is not null,
    coalesce(givers.variable_key, whole_givers.variable_key, styled.published_style_key),
    styled.published_style_key,
    styled.published_style_key is not null or givers.property is not null or whole_givers.property is not null
