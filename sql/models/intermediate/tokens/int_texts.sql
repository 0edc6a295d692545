-- each text node has one font: the font of its base style
with styled as (
    select
        node_styles.file_key,
        node_styles.node_id,
        node_styles.style_key,
        case when styles.is_published then styles.style_key end as published_style_key
    from {{ ref('stg_node_styles') }} as node_styles
    left join {{ ref('int_styles') }} as styles
        on node_styles.style_key = styles.style_key
    where node_styles.slot = 'text'
),

bound as (
    select distinct
        node_variables.file_key,
        node_variables.node_id
    from {{ ref('stg_node_variables') }} as node_variables
    where
        node_variables.property in ('fontFamily', 'fontSize', 'style/fontFamily', 'style/fontSize')
        or node_variables.property like 'fontFamily/%'
        or node_variables.property like 'fontSize/%'
)

select
    nodes.file_key,
    coalesce(instances.is_in_library, false) as is_in_library,
    nodes.font_family,
    nodes.font_size,
    nodes.font_weight,
    styled.node_id is not null as has_style,
    styled.published_style_key is not null or bound.node_id is not null as is_bound,
    styled.published_style_key as source_key,
    count(*) as texts,
    min(nodes.preorder) as sample_preorder
from {{ ref('stg_nodes') }} as nodes
inner join {{ ref('int_files') }} as files
    on nodes.file_key = files.file_key
left join {{ ref('int_instances') }} as instances
    on
        nodes.file_key = instances.file_key
        and {{ nearest_instance('nodes') }} = instances.node_id
left join styled
    on
        nodes.file_key = styled.file_key
        and nodes.node_id = styled.node_id
left join bound
    on
        nodes.file_key = bound.file_key
        and nodes.node_id = bound.node_id
where
    not files.is_branch
    and nodes.node_type = 'TEXT'
    and nodes.is_effectively_visible
group by
    nodes.file_key,
    coalesce(instances.is_in_library, false),
    nodes.font_family,
    nodes.font_size,
    nodes.font_weight,
    styled.node_id is not null,
    styled.published_style_key is not null or bound.node_id is not null,
    styled.published_style_key
