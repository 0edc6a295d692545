-- instances in definitions are composition and do not make a component used; in_definitions counts them. Instances on
-- branches do not make it used either; branch_usages and branch_files count them
with totals as (
    select
        component_usage.component_key,
        sum(component_usage.in_definitions) as in_definitions,
        sum(component_usage.usages) filter (where component_usage.is_at_home) as library_usages,
        sum(component_usage.usages) filter (where not component_usage.is_at_home) as usages_elsewhere
    from {{ ref('component_usage') }} as component_usage
    group by component_usage.component_key
),

published_definitions as (
    select
        components.file_key,
        components.node_id
    from {{ ref('stg_components') }} as components
    where components.is_published
    union distinct
    select
        component_sets.file_key,
        component_sets.node_id
    from {{ ref('stg_component_sets') }} as component_sets
    where component_sets.is_published
),

needed as (
    select distinct parts.component_key
    from {{ ref('int_compositions') }} as parts
    left join published_definitions
        on
            parts.file_key = published_definitions.file_key
            and parts.definition_id = published_definitions.node_id
    where published_definitions.node_id is null
),

ages as (
    select
        components.component_key,
        cast(date_part('epoch', scan.last_run_at) as double precision) / 86400
        - cast(date_part('epoch', components.created_at) as double precision) / 86400 as days_published
    from {{ ref('int_components') }} as components
    cross join {{ ref('int_scan') }} as scan
)

select
    components.component_key,
    components.component_name,
    components.component_set_key,
    components.component_set_name,
    components.library_file_key,
    files.file_name as library_file_name,
    files.folder_id,
    files.folder_path,
    coalesce(components.team_id, files.team_id) as team_id,
    teams.team_name,
    components.created_at as published_at,
    ages.days_published,
    case
        when ages.days_published >= 366 then 'over a year'
        when ages.days_published >= 181 then '181 to 365 days'
        when ages.days_published >= 91 then '91 to 180 days'
        when ages.days_published >= 31 then '31 to 90 days'
        when ages.days_published is not null then 'up to 30 days'
    end as published_for,
    coalesce(ages.days_published >= 91, false) as is_long_published,
    needed.component_key is not null as is_needed_by_unpublished,
    cast(coalesce(totals.in_definitions, 0) as bigint) as in_definitions,
    cast(coalesce(totals.library_usages, 0) as bigint) as library_usages,
    coalesce(branches.branch_usages, 0) as branch_usages,
    coalesce(branches.branch_files, 0) as branch_files,
    scan.files_expected,
    scan.files_scanned,
    scan.is_conclusive,
    {{ figma_url('components.library_file_key', 'components.library_node_id') }} as figma_url
from {{ ref('int_components') }} as components
cross join {{ ref('int_scan') }} as scan
inner join ages
    on components.component_key = ages.component_key
left join totals
    on components.component_key = totals.component_key
left join {{ ref('int_branch_usage') }} as branches
    on components.component_key = branches.component_key
left join needed
    on components.component_key = needed.component_key
left join {{ ref('int_files') }} as files
    on components.library_file_key = files.file_key
left join {{ ref('stg_teams') }} as teams
    on coalesce(components.team_id, files.team_id) = teams.team_id
where
    components.is_published
    and coalesce(totals.usages_elsewhere, 0) = 0
