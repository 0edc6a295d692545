{{ config(materialized='incremental', pre_hook='{{ leave_out_stale_files() }}') }}

-- a paint shows no color if it, its layer or an ancestor is hidden, or if it is fully transparent. A text or vector
-- whose parts differ has the fills that its parts show, each once however many parts show it. Together they are one
-- slot, which counts as bound if all of them are: the slot is counted with a fill that is not bound if there is one,
-- and among these with one that has no style
with styled as (
    select
        node_styles.file_key,
        node_styles.node_id,
        node_styles.slot as role,
        max(case when styles.is_published then styles.style_key end) as published_style_key
    from {{ ref('stg_node_styles') }} as node_styles
    inner join {{ ref('int_stale_files') }} as files
        on node_styles.file_key = files.file_key
    left join {{ ref('int_styles') }} as styles
        on node_styles.style_key = styles.style_key
    where node_styles.slot in ('fill', 'stroke')
    group by
        node_styles.file_key,
        node_styles.node_id,
        node_styles.slot
),

ranged as (
    select distinct
        text_ranges.file_key,
        text_ranges.node_id,
        'fill' as role
    from {{ ref('stg_text_ranges') }} as text_ranges
),

paints as (
    select
        node_paints.file_key,
        node_paints.node_id,
        node_paints.role,
        node_paints.variable_id is not null as has_variable,
        node_paints.variable_key,
        {{ shown_color('node_paints.color', 'node_paints.opacity') }} as color,
        styled.node_id is not null as has_style,
        styled.published_style_key,
        1 as slot_choice
    from {{ ref('stg_node_paints') }} as node_paints
    inner join {{ ref('int_stale_files') }} as files
        on node_paints.file_key = files.file_key
    left join styled
        on
            node_paints.file_key = styled.file_key
            and node_paints.node_id = styled.node_id
            and node_paints.role = styled.role
    left join ranged
        on
            node_paints.file_key = ranged.file_key
            and node_paints.node_id = ranged.node_id
            and node_paints.role = ranged.role
    where
        not files.is_branch
        and node_paints.paint_type = 'SOLID'
        and node_paints.color is not null
        and node_paints.is_visible
        and ranged.node_id is null
),

fills_of_ranges as (
    select distinct
        text_ranges.file_key,
        text_ranges.node_id,
        text_ranges.position,
        text_ranges.variable_id,
        text_ranges.variable_key,
        {{ shown_color('text_ranges.color', 'text_ranges.opacity') }} as color,
        text_ranges.fill_style_id,
        case when styles.is_published then styles.style_key end as published_style_key
    from {{ ref('stg_text_ranges') }} as text_ranges
    inner join {{ ref('int_stale_files') }} as files
        on text_ranges.file_key = files.file_key
    left join {{ ref('int_styles') }} as styles
        on text_ranges.fill_style_key = styles.style_key
    where
        not files.is_branch
        and text_ranges.paint_type = 'SOLID'
        and text_ranges.color is not null
        and text_ranges.is_visible
        and {{ channel('text_ranges.color', 8) }} * text_ranges.opacity >= 0.5
),

all_paints as (
    select
        paints.file_key,
        paints.node_id,
        paints.role,
        paints.has_variable,
        paints.variable_key,
        paints.color,
        paints.has_style,
        paints.published_style_key,
        paints.slot_choice
    from paints
    union all
    select
        fills_of_ranges.file_key,
        fills_of_ranges.node_id,
        'fill' as role,
        fills_of_ranges.variable_id is not null as has_variable,
        fills_of_ranges.variable_key,
        fills_of_ranges.color,
        fills_of_ranges.fill_style_id is not null as has_style,
        fills_of_ranges.published_style_key,
        row_number() over (
            partition by
                fills_of_ranges.file_key,
                fills_of_ranges.node_id,
                fills_of_ranges.position
            order by
                case when fills_of_ranges.variable_id is null then 0 else 1 end
                + case when fills_of_ranges.published_style_key is null then 0 else 1 end,
                case when fills_of_ranges.fill_style_id is null then 0 else 1 end,
                fills_of_ranges.color,
                fills_of_ranges.variable_id,
                fills_of_ranges.fill_style_id
        ) as slot_choice
    from fills_of_ranges
)

select
    all_paints.file_key,
    all_paints.role,
    nodes.node_type = 'TEXT' as is_text,
    all_paints.color,
    coalesce(instances.is_in_library, false) as is_in_library,
    all_paints.has_style,
    all_paints.has_variable,
    all_paints.published_style_key is not null or all_paints.has_variable as is_bound,
    coalesce(all_paints.variable_key, all_paints.published_style_key) as source_key,
    count(*) as paints,
    count(*) filter (where all_paints.slot_choice = 1) as slots,
    min(nodes.preorder) as sample_preorder,
    {{ first_by('nodes.node_id', 'nodes.preorder') }} as sample_node_id
from all_paints
inner join {{ ref('stg_nodes') }} as nodes
    on
        all_paints.file_key = nodes.file_key
        and all_paints.node_id = nodes.node_id
left join {{ ref('int_instances') }} as instances
    on
        nodes.file_key = instances.file_key
        and {{ nearest_instance('nodes') }} = instances.node_id
where
    nodes.is_effectively_visible
    and substr(all_paints.color, 8, 2) <> '00'
group by
    all_paints.file_key,
    all_paints.role,
    nodes.node_type = 'TEXT',
    all_paints.color,
    coalesce(instances.is_in_library, false),
    all_paints.has_style,
    all_paints.has_variable,
    all_paints.published_style_key is not null or all_paints.has_variable,
    coalesce(all_paints.variable_key, all_paints.published_style_key)
