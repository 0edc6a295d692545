-- a document does not contain the value of a style, but every node that refers to the style shows it. The value that
-- most nodes of the defining file show wins, otherwise the value that most nodes elsewhere show. A style of several
-- paints, or of a gradient, has no single color
with usages as (
    select
        node_styles.style_key,
        node_styles.file_key,
        node_styles.node_id,
        case when node_styles.slot in ('fill', 'fills') then 'fill' else 'stroke' end as role
    from {{ ref('stg_node_styles') }} as node_styles
    inner join {{ ref('int_files') }} as files
        on node_styles.file_key = files.file_key
    where
        not files.is_branch
        and node_styles.style_key is not null
        and node_styles.slot in ('fill', 'fills', 'stroke', 'strokes')
),

colors as (
    select
        usages.style_key,
        usages.file_key,
        max({{ shown_color('node_paints.color', 'node_paints.opacity') }}) as color
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
    having
        count(*) = 1
        and count(node_paints.color) = 1
),

fonts as (
    select
        node_styles.style_key,
        node_styles.file_key,
        nodes.font_family,
        nodes.font_size,
        nodes.font_weight
    from {{ ref('stg_node_styles') }} as node_styles
    inner join {{ ref('int_files') }} as files
        on node_styles.file_key = files.file_key
    inner join {{ ref('stg_nodes') }} as nodes
        on
            node_styles.file_key = nodes.file_key
            and node_styles.node_id = nodes.node_id
    where
        not files.is_branch
        and node_styles.style_key is not null
        and node_styles.slot = 'text'
        and nodes.font_family is not null
),

shown as (
    select
        colors.style_key,
        colors.file_key,
        colors.color,
        cast(null as varchar) as font_family,
        cast(null as double precision) as font_size,
        cast(null as double precision) as font_weight
    from colors
    union all
    select
        fonts.style_key,
        fonts.file_key,
        cast(null as varchar) as color,
        fonts.font_family,
        fonts.font_size,
        fonts.font_weight
    from fonts
),

ranked as (
    select
        shown.style_key,
        shown.color,
        shown.font_family,
        shown.font_size,
        shown.font_weight,
        row_number() over (
            partition by shown.style_key
            order by
                count(*) filter (where shown.file_key = styles.defined_in_file_key) desc,
                count(*) desc,
                shown.color asc,
                shown.font_family asc,
                shown.font_size asc,
                shown.font_weight asc
        ) as choice
    from shown
    inner join {{ ref('int_styles') }} as styles
        on shown.style_key = styles.style_key
    where (styles.style_type = 'TEXT') = (shown.color is null)
    group by
        shown.style_key,
        shown.color,
        shown.font_family,
        shown.font_size,
        shown.font_weight
)

select
    ranked.style_key,
    ranked.color,
    ranked.font_family,
    ranked.font_size,
    ranked.font_weight,
    coalesce(
        ranked.color,
        {{ font('ranked.font_family', 'ranked.font_size', 'ranked.font_weight') }}
    ) as style_value
from ranked
where ranked.choice = 1
