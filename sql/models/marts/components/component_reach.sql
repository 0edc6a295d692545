-- files, folders and teams count if they use the component outside its library file, because usage in the library is
-- not reach. So a published component with files_using = 0 is unused
with keys as (
    select components.component_key
    from {{ ref('int_components') }} as components
    where components.is_published
    union distinct
    select component_usage.component_key
    from {{ ref('component_usage') }} as component_usage
),

totals as (
    select
        component_usage.component_key,
        sum(component_usage.instances) as instances,
        sum(component_usage.usages) as usages,
        sum(component_usage.placements) as placements,
        sum(component_usage.in_definitions) as in_definitions,
        sum(component_usage.pages) as pages,
        {{ users_of('component_usage') }}
    from {{ ref('component_usage') }} as component_usage
    group by component_usage.component_key
),

samples as (
    select
        component_usage.component_key,
        component_usage.sample_url,
        row_number() over (
            partition by component_usage.component_key
            order by
                component_usage.placements desc,
                component_usage.usages desc,
                component_usage.file_key asc
        ) as choice
    from {{ ref('component_usage') }} as component_usage
)

select
    keys.component_key,
    components.component_name,
    components.component_set_key,
    components.component_set_name,
    components.library_file_key,
    coalesce(components.is_published, false) as is_published,
    cast(coalesce(totals.instances, 0) as bigint) as instances,
    cast(coalesce(totals.usages, 0) as bigint) as usages,
    cast(coalesce(totals.placements, 0) as bigint) as placements,
    cast(coalesce(totals.in_definitions, 0) as bigint) as in_definitions,
    coalesce(totals.files_using, 0) as files_using,
    coalesce(totals.folders_using, 0) as folders_using,
    coalesce(totals.teams_using, 0) as teams_using,
    cast(coalesce(totals.placements, 0) as double precision)
    / nullif(sum(totals.placements) over (), 0) as placement_share,
    cast(coalesce(totals.pages, 0) as bigint) as pages,
    coalesce(branches.branch_usages, 0) as branch_usages,
    coalesce(branches.branch_files, 0) as branch_files,
    components.created_at as published_at,
    samples.sample_url
from keys
left join {{ ref('int_components') }} as components
    on keys.component_key = components.component_key
left join totals
    on keys.component_key = totals.component_key
left join {{ ref('int_branch_usage') }} as branches
    on keys.component_key = branches.component_key
left join samples
    on
        keys.component_key = samples.component_key
        and samples.choice = 1
