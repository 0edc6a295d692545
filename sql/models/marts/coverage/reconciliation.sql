-- Figma counts the whole organisation as of the last 00:00 UTC. The usages that only Figma counts are on branches, in
-- unscanned files, and outside the reach of the token: in drafts, and in teams that are not in the settings
with shares as (
    select
        component_usage.component_key,
        sum(component_usage.hidden) as hidden,
        sum(component_usage.usages) filter (where component_usage.is_at_home) as library_usages
    from {{ ref('component_usage') }} as component_usage
    group by component_usage.component_key
)

select
    library_usages.library_file_key,
    libraries.file_name as library_file_name,
    library_usages.component_key,
    coalesce(reach.component_name, library_usages.component_name) as component_name,
    coalesce(reach.component_set_key, library_usages.component_set_key) as component_set_key,
    coalesce(reach.component_set_name, library_usages.component_set_name) as component_set_name,
    library_usages.figma_usages,
    coalesce(reach.usages, 0) as usages,
    library_usages.figma_usages - coalesce(reach.usages, 0) as difference,
    coalesce(reach.branch_usages, 0) as branch_usages,
    cast(coalesce(shares.hidden, 0) as bigint) as hidden,
    cast(coalesce(shares.library_usages, 0) as bigint) as library_usages,
    coalesce(reach.in_definitions, 0) as in_definitions,
    library_usages.figma_files_using,
    coalesce(reach.files_using, 0) as files_using,
    library_usages.figma_teams_using,
    coalesce(reach.teams_using, 0) as teams_using,
    scan.files_expected - scan.files_scanned as unscanned_files,
    scan.is_conclusive,
    library_usages.fetched_at,
    scan.last_run_at,
    reach.sample_url,
    branches.branch_sample_url
from {{ ref('stg_library_usages') }} as library_usages
cross join {{ ref('int_scan') }} as scan
left join {{ ref('component_reach') }} as reach
    on library_usages.component_key = reach.component_key
left join shares
    on library_usages.component_key = shares.component_key
left join {{ ref('int_branch_usage') }} as branches
    on library_usages.component_key = branches.component_key
left join {{ ref('int_files') }} as libraries
    on library_usages.library_file_key = libraries.file_key
