-- Figma counts the whole organisation as of the last 00:00 UTC. The usages that only Figma counts are on branches, in
-- unscanned files, and outside the reach of the token: in drafts, and in teams that are not in the settings
with shares as (
    select
        component_usage.component_key,
        sum(component_usage.hidden) as hidden,
        sum(component_usage.usages) filter (where component_usage.is_at_home) as library_usages
    from {{ ref('component_usage') }} as component_usage
    group by component_usage.component_key
),

ranked_references as (
    select
        style_usage.style_key,
        style_usage.file_key,
        files.team_id,
        style_usage.style_references,
        style_usage.references_visible,
        style_usage.sample_url,
        row_number() over (
            partition by style_usage.style_key
            order by style_usage.style_references desc, style_usage.file_key asc, style_usage.slot asc
        ) as choice
    from {{ ref('style_usage') }} as style_usage
    inner join {{ ref('int_files') }} as files
        on style_usage.file_key = files.file_key
),

style_counts as (
    select
        library_usages.library_file_key,
        library_usages.style_key,
        cast(sum(counts.style_references) as bigint) as usages,
        cast(sum(counts.style_references - counts.references_visible) as bigint) as hidden,
        cast(
            sum(counts.style_references) filter (where counts.file_key = library_usages.library_file_key) as bigint
        ) as library_usages,
        count(distinct counts.file_key) as files_using,
        count(distinct counts.team_id) as teams_using,
        max(case when counts.choice = 1 then counts.sample_url end) as sample_url
    from {{ ref('stg_library_style_usages') }} as library_usages
    left join ranked_references as counts
        on library_usages.style_key = counts.style_key
    group by
        library_usages.library_file_key,
        library_usages.style_key
),

style_branches as (
    select
        counts.style_key,
        cast(sum(counts.reference_count) as bigint) as branch_usages
    from {{ ref('int_style_references') }} as counts
    inner join {{ ref('int_files') }} as files
        on counts.file_key = files.file_key
    where files.is_branch
    group by counts.style_key
),

variable_counts as (
    select
        library_usages.library_file_key,
        library_usages.variable_key,
        cast(sum(counts.bindings) as bigint) as usages,
        cast(sum(counts.bindings - counts.bindings_visible) as bigint) as hidden,
        cast(
            sum(counts.bindings) filter (where counts.file_key = library_usages.library_file_key) as bigint
        ) as library_usages
    from {{ ref('stg_library_variable_usages') }} as library_usages
    left join {{ ref('variable_usage') }} as counts
        on library_usages.variable_key = counts.variable_key
    group by
        library_usages.library_file_key,
        library_usages.variable_key
),

counted as (
    select
        library_usages.library_file_key,
        'component' as kind,
        library_usages.component_key as item_key,
        coalesce(reach.component_name, library_usages.component_name) as item_name,
        library_usages.component_key,
        coalesce(reach.component_name, library_usages.component_name) as component_name,
        coalesce(reach.component_set_key, library_usages.component_set_key) as component_set_key,
        coalesce(reach.component_set_name, library_usages.component_set_name) as component_set_name,
        library_usages.figma_usages,
        coalesce(reach.usages, 0) as usages,
        coalesce(reach.branch_usages, 0) as branch_usages,
        cast(coalesce(shares.hidden, 0) as bigint) as hidden,
        cast(coalesce(shares.library_usages, 0) as bigint) as library_usages,
        coalesce(reach.in_definitions, 0) as in_definitions,
        library_usages.figma_files_using,
        coalesce(reach.files_using, 0) as files_using,
        library_usages.figma_teams_using,
        coalesce(reach.teams_using, 0) as teams_using,
        library_usages.fetched_at,
        reach.sample_url,
        branches.branch_sample_url
    from {{ ref('stg_library_usages') }} as library_usages
    left join {{ ref('component_reach') }} as reach
        on library_usages.component_key = reach.component_key
    left join shares
        on library_usages.component_key = shares.component_key
    left join {{ ref('int_branch_usage') }} as branches
        on library_usages.component_key = branches.component_key
    union all
    select
        library_usages.library_file_key,
        'style' as kind,
        library_usages.style_key as item_key,
        coalesce(styles.style_name, library_usages.style_name) as item_name,
        null as component_key,
        null as component_name,
        null as component_set_key,
        null as component_set_name,
        library_usages.figma_usages,
        coalesce(counts.usages, 0) as usages,
        coalesce(branches.branch_usages, 0) as branch_usages,
        coalesce(counts.hidden, 0) as hidden,
        coalesce(counts.library_usages, 0) as library_usages,
        null as in_definitions,
        library_usages.figma_files_using,
        counts.files_using,
        library_usages.figma_teams_using,
        counts.teams_using,
        library_usages.fetched_at,
        counts.sample_url,
        null as branch_sample_url
    from {{ ref('stg_library_style_usages') }} as library_usages
    inner join style_counts as counts
        on
            library_usages.library_file_key = counts.library_file_key
            and library_usages.style_key = counts.style_key
    left join style_branches as branches
        on library_usages.style_key = branches.style_key
    left join {{ ref('int_styles') }} as styles
        on library_usages.style_key = styles.style_key
    union all
    select
        library_usages.library_file_key,
        'variable' as kind,
        library_usages.variable_key as item_key,
        library_usages.variable_name as item_name,
        null as component_key,
        null as component_name,
        null as component_set_key,
        null as component_set_name,
        library_usages.figma_usages,
        coalesce(counts.usages, 0) as usages,
        null as branch_usages,
        coalesce(counts.hidden, 0) as hidden,
        coalesce(counts.library_usages, 0) as library_usages,
        null as in_definitions,
        library_usages.figma_files_using,
        coalesce(reach.files_using, 0) as files_using,
        library_usages.figma_teams_using,
        coalesce(reach.teams_using, 0) as teams_using,
        library_usages.fetched_at,
        reach.sample_url,
        null as branch_sample_url
    from {{ ref('stg_library_variable_usages') }} as library_usages
    inner join variable_counts as counts
        on
            library_usages.library_file_key = counts.library_file_key
            and library_usages.variable_key = counts.variable_key
    left join {{ ref('variable_reach') }} as reach
        on library_usages.variable_key = reach.variable_key
)

select
    counted.library_file_key,
    libraries.file_name as library_file_name,
    counted.kind,
    counted.item_key,
    counted.item_name,
    counted.component_key,
    counted.component_name,
    counted.component_set_key,
    counted.component_set_name,
    counted.figma_usages,
    counted.usages,
    counted.figma_usages - counted.usages as difference,
    counted.branch_usages,
    counted.hidden,
    counted.library_usages,
    counted.in_definitions,
    counted.figma_files_using,
    counted.files_using,
    counted.figma_teams_using,
    counted.teams_using,
    scan.files_expected - scan.files_scanned as unscanned_files,
    scan.is_conclusive,
    counted.fetched_at,
    scan.last_run_at,
    counted.sample_url,
    counted.branch_sample_url
from counted
cross join {{ ref('int_scan') }} as scan
left join {{ ref('int_files') }} as libraries
    on counted.library_file_key = libraries.file_key
