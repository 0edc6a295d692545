-- each variant property that the names of all used variants of a set have is counted once per usage of the set
with used as (
    select
        component_usage.component_set_key,
        component_usage.component_key,
        sum(component_usage.usages) as usages
    from {{ ref('component_usage') }} as component_usage
    where
        component_usage.component_set_key is not null
        and component_usage.usages > 0
    group by
        component_usage.component_set_key,
        component_usage.component_key
),

sets as (
    select
        used.component_set_key,
        count(*) as variants,
        sum(used.usages) as usages
    from used
    group by used.component_set_key
),

properties as (
    select
        used.component_set_key,
        variant_parts.property,
        count(*) as variants
    from used
    inner join {{ ref('int_variant_parts') }} as variant_parts
        on used.component_key = variant_parts.component_key
    group by
        used.component_set_key,
        variant_parts.property
),

counted as (
    select
        variant_usage.component_set_key,
        variant_usage.property,
        sum(variant_usage.usages) as usages
    from {{ ref('variant_usage') }} as variant_usage
    where variant_usage.property_type = 'VARIANT'
    group by
        variant_usage.component_set_key,
        variant_usage.property
)

select
    sets.component_set_key,
    properties.property,
    sets.usages as expected,
    counted.usages as counted
from sets
inner join properties
    on
        sets.component_set_key = properties.component_set_key
        and sets.variants = properties.variants
left join counted
    on
        properties.component_set_key = counted.component_set_key
        and properties.property = counted.property
where sets.usages <> coalesce(counted.usages, 0)
