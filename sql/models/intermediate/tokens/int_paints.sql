-- a paint shows no color if it, its layer or an ancestor is hidden, or if it is fully transparent
with styled as (
    select
        node_styles.file_key,
        node_styles.node_id,
        case when node_styles.slot in ('fill', 'fills') then 'fill' else 'stroke' end as role,
        max(case when styles.is_published then styles.style_key end) as published_style_key
    from {{ ref('stg_node_styles') }} as node_styles
    left join {{ ref('int_styles') }} as styles
        on node_styles.style_key = styles.style_key
    where node_styles.slot in ('fill', 'fills', 'stroke', 'strokes')
    group by
        node_styles.file_key,
        node_styles.node_id,
        case when node_styles.slot in ('fill', 'fills') then 'fill' else 'stroke' end
),

paints as (
    select
        node_paints.file_key,
        node_paints.node_id,
        node_paints.role,
        node_paints.variable_id is not null as has_variable,
        node_paints.variable_key,
        {{ shown_color('node_paints.color', 'node_paints.opacity') }} as color
    from {{ ref('stg_node_paints') }} as node_paints
    where
        node_paints.paint_type = 'SOLID'
        and node_paints.color is not null
        and node_paints.is_visible
)

select
    paints.file_key,
    paints.role,
    nodes.node_type = 'TEXT' as is_text,
    paints.color,
    coalesce(instances.is_in_library, false) as is_in_library,
    styled.node_id is not null as has_style,
    paints.has_variable,
    styled.published_style_key is not null or paints.has_variable as is_bound,
    coalesce(paints.variable_key, styled.published_style_key) as source_key,
    count(*) as paints,
    min(nodes.preorder) as sample_preorder
from paints
inner join {{ ref('stg_nodes') }} as nodes
    on
        paints.file_key = nodes.file_key
        and paints.node_id = nodes.node_id
inner join {{ ref('int_files') }} as files
    on paints.file_key = files.file_key
left join {{ ref('int_instances') }} as instances
    on
        nodes.file_key = instances.file_key
        and {{ nearest_instance('nodes') }} = instances.node_id
left join styled
    on
        paints.file_key = styled.file_key
        and paints.node_id = styled.node_id
        and paints.role = styled.role
where
    not files.is_branch
    and nodes.is_effectively_visible
    and substr(paints.color, 8, 2) <> '00'
group by
    paints.file_key,
    paints.role,
    nodes.node_type = 'TEXT',
    paints.color,
    coalesce(instances.is_in_library, false),
    styled.node_id is not null,
    paints.has_variable,
    styled.published_style_key is not null or paints.has_variable,
    coalesce(paints.variable_key, styled.published_style_key)
