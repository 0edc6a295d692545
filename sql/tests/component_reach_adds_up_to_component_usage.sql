-- usages and placements have the same sums in component_reach and in component_usage
with by_file as (
    select
        coalesce(sum(component_usage.usages), 0) as usages,
        coalesce(sum(component_usage.placements), 0) as placements
    from {{ ref('component_usage') }} as component_usage
),

by_component as (
    select
        coalesce(sum(component_reach.usages), 0) as usages,
        coalesce(sum(component_reach.placements), 0) as placements
    from {{ ref('component_reach') }} as component_reach
)

select
    by_file.usages as usages_by_file,
    by_component.usages as usages_by_component,
    by_file.placements as placements_by_file,
    by_component.placements as placements_by_component
from by_file
inner join by_component
    on
        by_file.usages != by_component.usages
        or by_file.placements != by_component.placements
