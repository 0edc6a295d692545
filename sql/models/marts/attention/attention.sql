-- findings that a person can act on, each in the file to open for it. The thresholds are the settings attention_…. A
-- finding is high if content or a component may be lost, medium if files show something else than their library does,
-- and low if it can wait. Detachments are those of the last 28 days before the last run, against the 28 days before
with moment as (
    select
        scan.last_run_at,
        scan.last_run_at - interval '28 days' as four_weeks_before_at,
        scan.last_run_at - interval '56 days' as eight_weeks_before_at
    from {{ ref('int_scan') }} as scan
),

stale_files as (
    select
        'stale_file' as kind,
        'medium' as severity,
        'file' as subject_type,
        files.file_key as subject_key,
        files.file_name as subject_name,
        files.file_key,
        (
            cast(date_part('epoch', moment.last_run_at) as double precision)
            - cast(date_part('epoch', files.outdated_since) as double precision)
        ) / 86400 as figure,
        cast(null as double precision) as figure_before,
        files.outdated_since as since_at,
        '' as words_before,
        case when files.is_loaded then ' is loaded in an older state' else ' was never loaded' end as words_after,
        cast(null as varchar) as sample_url,
        true as is_conclusive
    from {{ ref('int_files') }} as files
    cross join moment
    where
        files.is_expected
        and not files.is_current
),

sizes as (
    select
        growth.file_key,
        growth.file_name,
        growth.nodes,
        growth.nodes_4_weeks_before as nodes_before,
        growth.four_weeks_before_at,
        growth.has_shrunk_much as has_shrunk
    from {{ ref('file_growth') }} as growth
    where
        growth.is_latest
        and not growth.is_branch
        and not growth.is_removed
        and (growth.has_shrunk_much or growth.has_grown_fast)
),

resized_files as (
    select
        case when sizes.has_shrunk then 'shrunk_file' else 'grown_file' end as kind,
        case when sizes.has_shrunk then 'high' else 'low' end as severity,
        'file' as subject_type,
        sizes.file_key as subject_key,
        sizes.file_name as subject_name,
        sizes.file_key,
        sizes.nodes as figure,
        sizes.nodes_before as figure_before,
        sizes.four_weeks_before_at as since_at,
        '' as words_before,
        case when sizes.has_shrunk then ' shrank' else ' grew' end
        || ' from '
        || {{ counted('sizes.nodes_before', 'node', 'nodes') }}
        || ' to '
        || cast(sizes.nodes as varchar)
        || ' in four weeks' as words_after,
        null as sample_url,
        true as is_conclusive
    from sizes
),

lost_instances as (
    select
        'lost_instances' as kind,
        'high' as severity,
        'component' as subject_type,
        coalesce(lost.component_key, lost.component_id, '') as subject_key,
        min(coalesce(lost.component_set_name || ': ' || lost.component_name, lost.component_name)) as subject_name,
        lost.file_key,
        sum(lost.usages) as figure,
        null as figure_before,
        min(lost.unpublished_at) as since_at,
        {{ counted('sum(lost.usages)', 'instance', 'instances') }} || ' of ' as words_before,
        case when sum(lost.usages) = 1 then ' has lost its component' else ' have lost their component' end
            as words_after,
        min(lost.sample_url) as sample_url,
        lost.is_conclusive
    from {{ ref('lost_components') }} as lost
    where
        lost.is_lost
        and lost.usages > 0
    group by
        coalesce(lost.component_key, lost.component_id, ''),
        lost.file_key,
        lost.is_conclusive
),

unused_components as (
    select
        'unused_component' as kind,
        'low' as severity,
        'component' as subject_type,
        unused.component_key as subject_key,
        coalesce(unused.component_set_name || ': ' || unused.component_name, unused.component_name) as subject_name,
        unused.library_file_key as file_key,
        unused.days_published as figure,
        null as figure_before,
        unused.published_at as since_at,
        '' as words_before,
        ', published on '
        || cast(cast(unused.published_at at time zone 'UTC' as date) as varchar)
        || case when unused.is_conclusive then ', is used nowhere' else ', is perhaps used nowhere' end as words_after,
        unused.figma_url as sample_url,
        unused.is_conclusive
    from {{ ref('unused_components') }} as unused
    where
        unused.days_published >= {{ attention_threshold('unused_days') }}
        and unused.library_file_key is not null
),

deprecated_uses as (
    select
        'deprecated_use' as kind,
        'medium' as severity,
        deprecated.kind as subject_type,
        deprecated.item_key as subject_key,
        coalesce(deprecated.component_set_name || ': ' || deprecated.item_name, deprecated.item_name) as subject_name,
        deprecated.file_key,
        deprecated.usages as figure,
        null as figure_before,
        null as since_at,
        '' as words_before,
        ' is deprecated and used '
        || {{ counted('deprecated.usages', 'time', 'times') }}
        || coalesce('; use ' || deprecated.replacement_name || ' instead', '') as words_after,
        deprecated.sample_url,
        true as is_conclusive
    from {{ ref('deprecated_usage') }} as deprecated
    where
        deprecated.usages > 0
        and not deprecated.is_at_home
        and not deprecated.is_in_deprecated_set
),

dangling_styles as (
    select
        'dangling_style' as kind,
        'medium' as severity,
        'style' as subject_type,
        coalesce(styles.style_key, '') as subject_key,
        min(styles.style_name) as subject_name,
        styles.file_key,
        sum(styles.style_references) as figure,
        null as figure_before,
        null as since_at,
        {{ counted('sum(styles.style_references)', 'reference', 'references') }} || ' to the style ' as words_before,
        ' that no library publishes' as words_after,
        min(styles.sample_url) as sample_url,
        scan.is_conclusive
    from {{ ref('style_usage') }} as styles
    inner join {{ ref('orphaned_styles') }} as orphaned
        on
            coalesce(styles.style_key, '') = coalesce(orphaned.style_key, '')
            and orphaned.kind = 'dangling'
    cross join {{ ref('int_scan') }} as scan
    where
        not styles.is_published
        and not styles.is_defined_here
    group by
        coalesce(styles.style_key, ''),
        styles.file_key,
        scan.is_conclusive
),

stale_bindings as (
    select
        'stale_bindings' as kind,
        'low' as severity,
        'file' as subject_type,
        stale.file_key as subject_key,
        min(stale.file_name) as subject_name,
        stale.file_key,
        sum(stale.bindings) as figure,
        null as figure_before,
        null as since_at,
        '' as words_before,
        ' binds '
        || {{ counted('sum(stale.bindings)', 'property', 'properties') }}
        || ', probably to earlier publications of variables' as words_after,
        min(stale.sample_url) as sample_url,
        stale.is_conclusive
    from {{ ref('stale_bindings') }} as stale
    where stale.is_stale
    group by
        stale.file_key,
        stale.is_conclusive
),

recent_detachments as (
    select
        case when detachments.component_set_key is null then 'component' else 'component_set' end as subject_type,
        coalesce(detachments.component_set_key, detachments.component_key, '') as subject_key,
        detachments.file_key,
        min(
            case
                when detachments.component_set_key is null then detachments.component_name
                else detachments.component_set_name
            end
        ) as subject_name,
        count(*) filter (where detachments.detached_by_at > moment.four_weeks_before_at) as detached,
        count(*) filter (where detachments.detached_by_at <= moment.four_weeks_before_at) as detached_before,
        min(
            case when detachments.detached_by_at > moment.four_weeks_before_at then detachments.detached_by_at end
        ) as since_at,
        min(
            case when detachments.detached_by_at > moment.four_weeks_before_at then detachments.figma_url end
        ) as sample_url
    from {{ ref('detachments') }} as detachments
    cross join moment
    where
        detachments.detached_by_at > moment.eight_weeks_before_at
        and detachments.detached_by_at <= moment.last_run_at
    group by
        case when detachments.component_set_key is null then 'component' else 'component_set' end,
        coalesce(detachments.component_set_key, detachments.component_key, ''),
        detachments.file_key
),

detachments as (
    select
        'detachments' as kind,
        'medium' as severity,
        recent.subject_type,
        recent.subject_key,
        recent.subject_name,
        recent.file_key,
        recent.detached as figure,
        recent.detached_before as figure_before,
        recent.since_at,
        '' as words_before,
        ' was detached '
        || {{ counted('recent.detached', 'time', 'times') }}
        || ' in four weeks' as words_after,
        recent.sample_url,
        true as is_conclusive
    from recent_detachments as recent
    where recent.detached >= {{ attention_threshold('detachments') }}
),

findings as (
    {{ finding('stale_files') }}
    union all
    {{ finding('resized_files') }}
    union all
    {{ finding('lost_instances') }}
    union all
    {{ finding('unused_components') }}
    union all
    {{ finding('deprecated_uses') }}
    union all
    {{ finding('dangling_styles') }}
    union all
    {{ finding('stale_bindings') }}
    union all
    {{ finding('detachments') }}
)

select
    findings.kind,
    findings.severity,
    findings.subject_type,
    findings.subject_key,
    findings.file_key,
    findings.subject_name,
    findings.figure,
    findings.figure_before,
    findings.since_at,
    case when findings.subject_type = 'file' then '' else coalesce(files.file_name, findings.file_key) || ': ' end
    || findings.words_before
    || coalesce(findings.subject_name, '(no name)')
    || findings.words_after
    || '.' as sentence,
    files.file_name,
    files.folder_id,
    files.folder_path,
    files.team_id,
    files.team_name,
    coalesce(findings.sample_url, 'https://www.figma.com/design/' || findings.file_key) as sample_url,
    scan.files_expected,
    scan.files_scanned,
    findings.is_conclusive
from findings
cross join {{ ref('int_scan') }} as scan
left join {{ ref('int_files') }} as files
    on findings.file_key = files.file_key
