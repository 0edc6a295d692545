-- the usages and placements of sets, and of components without a set, add up to those of component_usage
with by_set as (
    select
        coalesce(sum(component_set_reach.usages), 0) as usages,
        coalesce(sum(component_set_reach.placements), 0) as placements
    from {{ ref('component_set_reach') }} as component_set_reach
),

by_file as (
    select
        coalesce(sum(component_usage.usages), 0) as usages,
        coalesce(
            sum(component_usage.usages) filter (where component_usage.component_set_key is null), 0
        ) as setless_usages,
        coalesce(sum(component_usage.placements), 0) as placements,
        coalesce(
            sum(component_usage.placements) filter (where component_usage.component_set_key is null), 0
        ) as setless_placements
    from {{ ref('component_usage') }} as component_usage
)

select
    by_file.usages,
    by_file.placements
from by_file
inner join by_set
    on
        by_file.usages <> by_set.usages + by_file.setless_usages
        or by_file.placements <> by_set.placements + by_file.setless_placements
