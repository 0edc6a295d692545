-- every component that contains the component, at any depth, changes with it. A pair that was found is not followed
-- again, so a cycle ends the search. Each placement belongs to one component, so the sum over the component and its
-- dependants counts no placement twice. The file that publishes a component is not a touched file
with recursive dependants as (
    select
        needs.needed_key as component_key,
        needs.component_key as dependant_key
    from {{ ref('component_dependencies') }} as needs
    union distinct
    select
        dependants.component_key,
        needs.component_key as dependant_key
    from dependants
    inner join {{ ref('component_dependencies') }} as needs
        on dependants.dependant_key = needs.needed_key
),

keys as (
    select component_reach.component_key
    from {{ ref('component_reach') }} as component_reach
    union distinct
    select needs.component_key
    from {{ ref('component_dependencies') }} as needs
),

direct_totals as (
    select
        needs.needed_key as component_key,
        count(*) as dependants
    from {{ ref('component_dependencies') }} as needs
    where needs.is_direct
    group by needs.needed_key
),

dependant_totals as (
    select
        dependants.component_key,
        count(*) as dependants
    from dependants
    where dependants.component_key <> dependants.dependant_key
    group by dependants.component_key
),

changed as (
    select
        keys.component_key,
        keys.component_key as changed_key
    from keys
    union distinct
    select
        dependants.component_key,
        dependants.dependant_key as changed_key
    from dependants
),

touched as (
    select
        changed.component_key,
        component_usage.file_key,
        component_usage.folder_id,
        component_usage.team_id,
        component_usage.placements,
        component_usage.sample_url,
        row_number() over (
            partition by changed.component_key
            order by
                component_usage.placements desc,
                component_usage.usages desc,
                component_usage.file_key asc,
                component_usage.component_key asc
        ) as choice
    from changed
    inner join {{ ref('component_usage') }} as component_usage
        on changed.changed_key = component_usage.component_key
    where {{ is_use('component_usage') }}
),

touched_totals as (
    select
        touched.component_key,
        count(distinct touched.file_key) as files,
        count(distinct touched.folder_id) as folders,
        count(distinct touched.team_id) as teams,
        cast(sum(touched.placements) as bigint) as placements,
        max(case when touched.choice = 1 then touched.sample_url end) as sample_url
    from touched
    group by touched.component_key
)

select
    keys.component_key,
    components.component_name,
    components.component_set_key,
    components.component_set_name,
    components.library_file_key,
    coalesce(components.is_published, false) as is_published,
    coalesce(direct_totals.dependants, 0) as direct_dependants,
    coalesce(dependant_totals.dependants, 0) as dependants,
    coalesce(touched_totals.files, 0) as files_touched,
    coalesce(touched_totals.folders, 0) as folders_touched,
    coalesce(touched_totals.teams, 0) as teams_touched,
    coalesce(component_reach.placements, 0) as placements,
    coalesce(touched_totals.placements, 0) as placements_touched,
    touched_totals.sample_url,
    scan.files_expected,
    scan.files_scanned,
    scan.is_conclusive
from keys
cross join {{ ref('int_scan') }} as scan
left join {{ ref('int_components') }} as components
    on keys.component_key = components.component_key
left join {{ ref('component_reach') }} as component_reach
    on keys.component_key = component_reach.component_key
left join direct_totals
    on keys.component_key = direct_totals.component_key
left join dependant_totals
    on keys.component_key = dependant_totals.component_key
left join touched_totals
    on keys.component_key = touched_totals.component_key
