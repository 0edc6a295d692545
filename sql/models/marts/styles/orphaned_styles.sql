-- unused: a defined style that no node refers to. dangling: a style that nodes refer to, and that is neither published
-- nor defined in their file. A style of a library outside the configured teams is dangling too, because the published
-- list of that library is unknown. other library: with key_lookups, Figma named the library that publishes such a
-- style. Each key has one row, even if copies of a file repeat it; references without a key
-- share one row with style_key null
with lookups as (
    select
        key_lookups.item_key,
        key_lookups.library_file_key,
        key_lookups.library_team_id,
        key_lookups.node_id
    from {{ ref('stg_key_lookups') }} as key_lookups
    left join {{ ref('int_styles') }} as styles
        on key_lookups.item_key = styles.style_key
    where
        key_lookups.kind = 'style'
        and key_lookups.is_found
        and styles.defined_in_file_key is null
),

dangling as (
    select
        style_usage.style_key,
        style_usage.file_key,
        style_usage.slot,
        style_usage.style_references as reference_count,
        style_usage.sample_url,
        row_number() over (
            partition by style_usage.style_key
            order by
                style_usage.references_visible desc,
                style_usage.style_references desc,
                style_usage.file_key asc,
                style_usage.slot asc
        ) as choice
    from {{ ref('style_usage') }} as style_usage
    where
        not style_usage.is_published
        and not style_usage.is_defined_here
),

dangling_totals as (
    select
        dangling.style_key,
        sum(dangling.reference_count) as reference_count,
        count(distinct dangling.file_key) as files_using,
        max(files.loaded_modified_at) as last_seen_at,
        max(case when dangling.choice = 1 then dangling.sample_url end) as sample_url
    from dangling
    inner join {{ ref('int_files') }} as files
        on dangling.file_key = files.file_key
    group by dangling.style_key
),

last_referred as (
    select
        snapshots.style_key,
        max(snapshots.last_modified_at) as last_seen_at
    from {{ ref('stg_snapshot_styles') }} as snapshots
    group by snapshots.style_key
),

used as (
    select distinct style_usage.style_key
    from {{ ref('style_usage') }} as style_usage
    where style_usage.style_key is not null
),

on_branches as (
    select
        counts.style_key,
        cast(sum(counts.reference_count) as bigint) as reference_count
    from {{ ref('int_style_references') }} as counts
    inner join {{ ref('int_files') }} as files
        on counts.file_key = files.file_key
    where
        files.is_branch
        and counts.style_key is not null
    group by counts.style_key
),

orphans as (
    select
        case when lookups.item_key is null then 'dangling' else 'other library' end as kind,
        dangling_totals.style_key,
        cast(dangling_totals.reference_count as bigint) as reference_count,
        dangling_totals.files_using,
        dangling_totals.last_seen_at,
        dangling_totals.sample_url
    from dangling_totals
    left join lookups
        on dangling_totals.style_key = lookups.item_key
    union all
    select
        'unused' as kind,
        styles.style_key,
        cast(0 as bigint) as reference_count,
        cast(0 as bigint) as files_using,
        last_referred.last_seen_at,
        {{ figma_url('styles.defined_in_file_key', 'styles.node_id') }} as sample_url
    from {{ ref('int_styles') }} as styles
    left join used
        on styles.style_key = used.style_key
    left join last_referred
        on styles.style_key = last_referred.style_key
    where
        styles.is_defined
        and used.style_key is null
)

select
    orphans.kind,
    orphans.style_key,
    styles.style_name,
    styles.style_type,
    coalesce(styles.defined_in_file_key, lookups.library_file_key) as defined_in_file_key,
    files.file_name as defined_in_file_name,
    coalesce(styles.node_id, lookups.node_id) as node_id,
    coalesce(styles.is_published, false) as is_published,
    orphans.reference_count as style_references,
    orphans.files_using,
    case when orphans.kind = 'unused' then coalesce(on_branches.reference_count, 0) end as branch_references,
    orphans.last_seen_at,
    shown.color as preview_color,
    case when shown.color is null then shown.style_value end as preview_font,
    orphans.sample_url,
    scan.files_expected,
    scan.files_scanned,
    scan.is_conclusive,
    coalesce(files.team_id, lookups.library_team_id) as defined_in_team_id,
    teams.team_name as defined_in_team_name
from orphans
cross join {{ ref('int_scan') }} as scan
left join {{ ref('int_styles') }} as styles
    on orphans.style_key = styles.style_key
left join on_branches
    on orphans.style_key = on_branches.style_key
left join lookups
    on orphans.style_key = lookups.item_key
left join {{ ref('stg_files') }} as files
    on coalesce(styles.defined_in_file_key, lookups.library_file_key) = files.file_key
left join {{ ref('stg_teams') }} as teams
    on coalesce(files.team_id, lookups.library_team_id) = teams.team_id
left join {{ ref('int_style_values') }} as shown
    on orphans.style_key = shown.style_key
