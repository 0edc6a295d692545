{{ config(materialized='incremental', pre_hook='{{ leave_out_stale_files() }}') }}

-- a document does not contain the value of a style, but every node that refers to the style shows it
with ranged as (
    select distinct
        text_ranges.file_key,
        text_ranges.node_id
    from {{ ref('stg_text_ranges') }} as text_ranges
),

usages as (
    select
        node_styles.style_key,
        node_styles.file_key,
        node_styles.node_id,
        node_styles.slot as role
    from {{ ref('stg_node_styles') }} as node_styles
    inner join {{ ref('int_stale_files') }} as files
        on node_styles.file_key = files.file_key
    left join ranged
        on
            node_styles.file_key = ranged.file_key
            and node_styles.node_id = ranged.node_id
    where
        not files.is_branch
        and node_styles.style_key is not null
        and node_styles.slot in ('fill', 'stroke', 'text')
        and (ranged.node_id is null or node_styles.slot = 'stroke')
),

ranges as (
    select
        text_ranges.file_key,
        text_ranges.node_id,
        text_ranges.look,
        text_ranges.position,
        text_ranges.font_family,
        text_ranges.font_size,
        text_ranges.font_weight,
        text_ranges.text_style_key,
        text_ranges.fill_style_key,
        {{ shown_color('text_ranges.color', 'text_ranges.opacity') }} as color,
        count(*) over (
            partition by
                text_ranges.file_key,
                text_ranges.node_id,
                text_ranges.look
        ) as fills
    from {{ ref('stg_text_ranges') }} as text_ranges
    inner join {{ ref('int_stale_files') }} as files
        on text_ranges.file_key = files.file_key
    where not files.is_branch
),

colors as (
    select
        usages.style_key,
        usages.file_key,
        usages.node_id,
        case
            when count(*) = 1 then max({{ shown_color('node_paints.color', 'node_paints.opacity') }})
        end as color
    from usages
    inner join {{ ref('stg_node_paints') }} as node_paints
        on
            usages.file_key = node_paints.file_key
            and usages.node_id = node_paints.node_id
            and usages.role = node_paints.role
    group by
        usages.style_key,
        usages.file_key,
        usages.node_id,
        usages.role
    union all
    -- a part may show a style with another look of its font: it is one usage
    select distinct
        ranges.fill_style_key as style_key,
        ranges.file_key,
        ranges.node_id,
        case when ranges.fills = 1 then ranges.color end as color
    from ranges
    where
        ranges.fill_style_key is not null
        and ranges.position = 0
),

fonts as (
    select
        usages.style_key,
        usages.file_key,
        usages.node_id,
        nodes.font_family,
        nodes.font_size,
        nodes.font_weight
    from usages
    inner join {{ ref('stg_nodes') }} as nodes
        on
            usages.file_key = nodes.file_key
            and usages.node_id = nodes.node_id
    where
        usages.role = 'text'
        and nodes.font_family is not null
    union all
    select distinct
        ranges.text_style_key as style_key,
        ranges.file_key,
        ranges.node_id,
        ranges.font_family,
        ranges.font_size,
        ranges.font_weight
    from ranges
    where
        ranges.text_style_key is not null
        and ranges.font_family is not null
),

shown as (
    select
        colors.style_key,
        colors.file_key,
        'color' as kind,
        colors.color,
        cast(null as varchar) as font_family,
        cast(null as double precision) as font_size,
        cast(null as double precision) as font_weight
    from colors
    union all
    select
        fonts.style_key,
        fonts.file_key,
        'font' as kind,
        cast(null as varchar) as color,
        fonts.font_family,
        fonts.font_size,
        fonts.font_weight
    from fonts
)

select
    shown.file_key,
    shown.style_key,
    shown.kind,
    shown.color,
    shown.font_family,
    shown.font_size,
    shown.font_weight,
    count(*) as nodes
from shown
group by
    shown.file_key,
    shown.style_key,
    shown.kind,
    shown.color,
    shown.font_family,
    shown.font_size,
    shown.font_weight
