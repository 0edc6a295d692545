-- component_reach over all variants of a set. A file that uses two variants counts as one file
with keys as (
    select component_sets.component_set_key
    from {{ ref('stg_component_sets') }} as component_sets
    where component_sets.is_published
    union distinct
    select component_usage.component_set_key
    from {{ ref('component_usage') }} as component_usage
    where component_usage.component_set_key is not null
),

variants as (
    select
        components.component_set_key,
        min(components.component_set_name) as component_set_name,
        count(*) filter (where components.is_published) as variants_published
    from {{ ref('int_components') }} as components
    where components.component_set_key is not null
    group by components.component_set_key
),

totals as (
    select
        component_usage.component_set_key,
        sum(component_usage.instances) as instances,
        sum(component_usage.usages) as usages,
        sum(component_usage.placements) as placements,
        sum(component_usage.in_definitions) as in_definitions,
        count(distinct component_usage.component_key) filter (
            where {{ is_use('component_usage') }}
        ) as variants_used,
        {{ users_of('component_usage') }}
    from {{ ref('component_usage') }} as component_usage
    where component_usage.component_set_key is not null
    group by component_usage.component_set_key
),

unused as (
    select
        unused_components.component_set_key,
        count(*) as variants,
        count(*) filter (where unused_components.is_needed_by_unpublished) as variants_needed
    from {{ ref('unused_components') }} as unused_components
    where unused_components.component_set_key is not null
    group by unused_components.component_set_key
),

all_placements as (
    select sum(component_usage.placements) as placements
    from {{ ref('component_usage') }} as component_usage
),

samples as (
    select
        component_usage.component_set_key,
        component_usage.sample_url,
        row_number() over (
            partition by component_usage.component_set_key
            order by
                component_usage.placements desc,
                component_usage.usages desc,
                component_usage.file_key asc,
                component_usage.component_key asc
        ) as choice
    from {{ ref('component_usage') }} as component_usage
    where component_usage.component_set_key is not null
)

select
    keys.component_set_key,
    coalesce(component_sets.component_set_name, variants.component_set_name) as component_set_name,
    component_sets.file_key as library_file_key,
    coalesce(component_sets.is_published, false) as is_published,
    coalesce(variants.variants_published, 0) as variants_published,
    coalesce(totals.variants_used, 0) as variants_used,
    coalesce(unused.variants, 0) as variants_unused,
    coalesce(unused.variants = variants.variants_published and unused.variants_needed = 0, false)
    and coalesce(totals.files_using, 0) = 0 as is_deletable,
    cast(coalesce(totals.instances, 0) as bigint) as instances,
    cast(coalesce(totals.usages, 0) as bigint) as usages,
    cast(coalesce(totals.placements, 0) as bigint) as placements,
    cast(coalesce(totals.in_definitions, 0) as bigint) as in_definitions,
    coalesce(totals.files_using, 0) as files_using,
    coalesce(totals.folders_using, 0) as folders_using,
    coalesce(totals.teams_using, 0) as teams_using,
    cast(coalesce(totals.placements, 0) as double precision)
    / nullif(all_placements.placements, 0) as placement_share,
    component_sets.created_at as published_at,
    samples.sample_url,
    scan.files_expected,
    scan.files_scanned,
    scan.is_conclusive
from keys
cross join {{ ref('int_scan') }} as scan
cross join all_placements
left join {{ ref('stg_component_sets') }} as component_sets
    on keys.component_set_key = component_sets.component_set_key
left join variants
    on keys.component_set_key = variants.component_set_key
left join unused
    on keys.component_set_key = unused.component_set_key
left join totals
    on keys.component_set_key = totals.component_set_key
left join samples
    on
        keys.component_set_key = samples.component_set_key
        and samples.choice = 1
