-- styles and variables of equal colors are one color to choose: the style goes first, as it has a name. A document
-- gives the keys of a library's variables only, and no names
with variables as (
    select
        node_paints.variable_key,
        node_paints.color,
        row_number() over (
            partition by node_paints.variable_key
            order by count(*) desc, node_paints.color asc
        ) as choice
    from {{ ref('stg_node_paints') }} as node_paints
    inner join {{ ref('int_files') }} as files
        on node_paints.file_key = files.file_key
    where
        not files.is_branch
        and node_paints.variable_key is not null
        and node_paints.color is not null
    group by
        node_paints.variable_key,
        node_paints.color
),

offers as (
    select
        style_values.color,
        'style' as kind,
        styles.style_key as key,
        styles.style_name as name
    from {{ ref('int_style_values') }} as style_values
    inner join {{ ref('int_styles') }} as styles
        on style_values.style_key = styles.style_key
    where
        styles.is_published
        and style_values.color is not null
    union all
    select
        variables.color,
        'variable' as kind,
        variables.variable_key as key,
        cast(null as varchar) as name
    from variables
    where variables.choice = 1
),

ranked as (
    select
        offers.color,
        offers.kind,
        offers.key,
        offers.name,
        row_number() over (
            partition by offers.color
            order by offers.kind, offers.name, offers.key
        ) as choice
    from offers
)

select
    ranked.color,
    ranked.kind,
    ranked.key,
    ranked.name
from ranked
where ranked.choice = 1
