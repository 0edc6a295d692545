-- styles and variables of the same value are one offer. Styles come first, because they have a name; then the one that
-- main files use most in the role, then in any role. A document has the keys of library variables, but no names
with roles as (
    select 'fill' as value_role
    union all
    select 'text' as value_role
    union all
    select 'stroke' as value_role
    union all
    select 'font' as value_role
),

uses as (
    select
        paints.source_key,
        case
            when paints.role = 'stroke' then 'stroke'
            when paints.is_text then 'text'
            else 'fill'
        end as role,
        sum(paints.paints) as uses
    from {{ ref('int_paints') }} as paints
    where paints.source_key is not null
    group by
        paints.source_key,
        case
            when paints.role = 'stroke' then 'stroke'
            when paints.is_text then 'text'
            else 'fill'
        end
    union all
    select
        texts.source_key,
        'font' as role,
        sum(texts.texts) as uses
    from {{ ref('int_texts') }} as texts
    where texts.source_key is not null
    group by texts.source_key
),

variables as (
    select
        colors.variable_key,
        colors.color,
        row_number() over (
            partition by colors.variable_key
            order by sum(colors.paints) desc, colors.color asc
        ) as choice
    from {{ ref('int_variable_colors') }} as colors
    group by
        colors.variable_key,
        colors.color
),

offers as (
    select
        style_values.style_value as value,
        style_values.color,
        style_values.font_family,
        style_values.font_size,
        style_values.font_weight,
        'style' as kind,
        styles.style_key as key,
        styles.style_name as name
    from {{ ref('int_style_values') }} as style_values
    inner join {{ ref('int_styles') }} as styles
        on style_values.style_key = styles.style_key
    where styles.is_published
    union all
    select
        variables.color as value,
        variables.color,
        cast(null as varchar) as font_family,
        cast(null as double precision) as font_size,
        cast(null as double precision) as font_weight,
        'variable' as kind,
        variables.variable_key as key,
        cast(null as varchar) as name
    from variables
    where variables.choice = 1
),

offered as (
    select
        offers.value,
        roles.value_role as role,
        offers.color,
        offers.font_family,
        offers.font_size,
        offers.font_weight,
        offers.kind,
        offers.key,
        offers.name,
        coalesce(uses.uses, 0) as role_uses,
        sum(coalesce(uses.uses, 0)) over (partition by offers.key) as all_uses
    from offers
    inner join roles
        on (offers.color is null) = (roles.value_role = 'font')
    left join uses
        on
            offers.key = uses.source_key
            and roles.value_role = uses.role
),

ranked as (
    select
        offered.value,
        offered.role,
        offered.color,
        offered.font_family,
        offered.font_size,
        offered.font_weight,
        offered.kind,
        offered.key,
        offered.name,
        offered.role_uses,
        row_number() over (
            partition by
                offered.value,
                offered.role
            order by
                offered.kind asc,
                offered.role_uses desc,
                offered.all_uses desc,
                offered.name asc,
                offered.key asc
        ) as choice
    from offered
),

candidates as (
    select
        ranked.value,
        ranked.role,
        count(*) as candidates,
        {{ listagg('ranked.name', "', '", 'order by ranked.choice') }} as candidate_names
    from ranked
    group by
        ranked.value,
        ranked.role
)

select
    ranked.value,
    ranked.role,
    ranked.color,
    ranked.font_family,
    ranked.font_size,
    ranked.font_weight,
    ranked.kind,
    ranked.key,
    ranked.name,
    cast(ranked.role_uses as bigint) as role_uses,
    candidates.candidates,
    candidates.candidate_names
from ranked
inner join candidates
    on
        ranked.value = candidates.value
        and ranked.role = candidates.role
where ranked.choice = 1
