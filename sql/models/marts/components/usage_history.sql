-- each snapshot of a file counts from its week until the week of the next snapshot. Its figures are added in the first
-- week and subtracted in the last, and a running sum gives the weeks between, so no row per file and week is needed. A
-- component is at home in the file that publishes it now. It is local if the file defines it now and nobody publishes
-- it. Only events that a designer caused count as insertions, removals, swaps and detachments.
-- the model is rebuilt in full, because any past week changes if a backfill adds a snapshot or if the published list
-- changes. Five years of 114 files that all change every week (29,640 snapshots, 2.6 million rows of
-- snapshot_components, 1.1 million events) take 2.2 s of CPU time, in proportion to the rows
with snapshots as (
    select
        snapshots.file_key,
        snapshots.version,
        snapshots.last_modified_at,
        snapshots.component_key,
        snapshots.usages,
        case
            when components.is_published and components.library_file_key = snapshots.file_key then 0
            else snapshots.direct_visible
        end as placements,
        case
            when defined.component_key is null or components.is_published then 0
            else snapshots.direct_visible
        end as local_placements
    from {{ ref('stg_snapshot_components') }} as snapshots
    left join {{ ref('stg_files') }} as files
        on snapshots.file_key = files.file_key
    left join {{ ref('int_known_components') }} as components
        on snapshots.component_key = components.component_key
    left join {{ ref('int_defined_components') }} as defined
        on
            snapshots.file_key = defined.file_key
            and snapshots.component_key = defined.component_key
    where not coalesce(files.is_branch, false)
),

held as (
    select
        snapshots.component_key,
        states.week_start,
        states.until_week,
        snapshots.usages,
        snapshots.placements,
        snapshots.local_placements,
        case when snapshots.usages > 0 then 1 else 0 end as files
    from {{ ref('int_weekly_states') }} as states
    inner join snapshots
        on
            states.file_key = snapshots.file_key
            and states.version = snapshots.version
            and states.last_modified_at = snapshots.last_modified_at
),

steps as (
    select
        held.component_key,
        held.week_start,
        held.usages,
        held.placements,
        held.local_placements,
        held.files
    from held
    union all
    select
        held.component_key,
        held.until_week as week_start,
        -held.usages as usages,
        -held.placements as placements,
        -held.local_placements as local_placements,
        -held.files as files
    from held
    where held.until_week is not null
),

changes as (
    select
        steps.component_key,
        steps.week_start,
        sum(steps.usages) as usages,
        sum(steps.placements) as placements,
        sum(steps.local_placements) as local_placements,
        sum(steps.files) as files
    from steps
    group by
        steps.component_key,
        steps.week_start
),

sided_events as (
    select
        done.component_key_after as component_key,
        done.week_start,
        case when done.event = 'swap' then 'swap in' else done.event end as what,
        done.confidence
    from {{ ref('int_designer_events') }} as done
    where done.component_key_after is not null
    union all
    select
        done.component_key_before as component_key,
        done.week_start,
        case when done.event = 'swap' then 'swap out' else done.event end as what,
        done.confidence
    from {{ ref('int_designer_events') }} as done
    where done.component_key_before is not null
),

events as (
    select
        sided_events.component_key,
        sided_events.week_start,
        count(*) filter (where sided_events.what = 'insertion') as insertions,
        count(*) filter (where sided_events.what = 'removal') as removals,
        count(*) filter (where sided_events.what = 'swap in') as swaps_in,
        count(*) filter (where sided_events.what = 'swap out') as swaps_out,
        count(*) filter (where sided_events.what = 'detachment') as detachments,
        avg(sided_events.confidence) filter (where sided_events.what = 'detachment') as detachment_confidence
    from sided_events
    group by
        sided_events.component_key,
        sided_events.week_start
),

first_weeks as (
    select
        seen.component_key,
        min(seen.week_start) as week_start
    from (
        select
            snapshots.component_key,
            {{ week_of('min(snapshots.last_modified_at)') }} as week_start
        from snapshots
        group by snapshots.component_key
        union all
        select
            events.component_key,
            events.week_start
        from events
    ) as seen
    group by seen.component_key
),

-- a file without a version history existed at its last edit, even if a run first saw it later
beginnings as (
    select
        files.file_key,
        min(
            coalesce(
                versions.created_at,
                least(
                    coalesce(files.first_seen_at, files.last_modified_at),
                    coalesce(files.last_modified_at, files.first_seen_at)
                )
            )
        ) as began_at,
        min(files.removed_at) as removed_at
    from {{ ref('stg_files') }} as files
    left join {{ ref('int_files') }} as present
        on files.file_key = present.file_key
    left join {{ ref('stg_file_versions') }} as versions
        on files.file_key = versions.file_key
    where
        not files.is_branch
        and coalesce(present.is_expected, true)
    group by files.file_key
),

lives as (
    select
        beginnings.file_key,
        {{ week_of('beginnings.began_at') }} as from_week,
        {{ week_of('beginnings.removed_at') }} as until_week
    from beginnings
    where
        beginnings.removed_at is null
        or beginnings.removed_at >= beginnings.began_at
),

-- the first save after each state of a file that no load and no backfill has read
unread_saves as (
    select
        versions.file_key,
        versions.created_at
    from {{ ref('stg_file_versions') }} as versions
    left join {{ ref('stg_file_snapshots') }} as loaded
        on
            versions.file_key = loaded.file_key
            and versions.version_id = loaded.version
    where
        versions.created_at is not null
        and loaded.version is null
),

moments as (
    select
        states.file_key,
        states.last_modified_at as happened_at,
        cast(null as timestamp with time zone) as unread_at,
        states.week_start
    from {{ ref('int_weekly_states') }} as states
    union all
    select
        unread_saves.file_key,
        unread_saves.created_at as happened_at,
        unread_saves.created_at as unread_at,
        cast(null as date) as week_start
    from unread_saves
),

followed as (
    select
        moments.file_key,
        moments.week_start,
        min(moments.unread_at) over (
            partition by moments.file_key
            order by moments.happened_at, case when moments.week_start is null then 0 else 1 end
            rows between 1 following and unbounded following
        ) as unread_at
    from moments
),

unread as (
    select
        followed.file_key,
        followed.week_start,
        {{ week_of('followed.unread_at') }} as from_week
    from followed
    where
        followed.week_start is not null
        and followed.unread_at is not null
),

-- the loaded state of a file holds until an edit that was not loaded
unseen as (
    select
        files.file_key,
        {{ week_of('files.outdated_since') }} as from_week
    from {{ ref('int_files') }} as files
    where files.outdated_since is not null
),

ending as (
    select
        states.file_key,
        states.week_start,
        least(
            coalesce(states.until_week, unseen.from_week, lives.until_week),
            coalesce(lives.until_week, states.until_week, unseen.from_week)
        ) as until_week,
        lives.from_week
    from {{ ref('int_weekly_states') }} as states
    inner join lives
        on states.file_key = lives.file_key
    left join unseen
        on states.file_key = unseen.file_key
),

lasting as (
    select
        ending.file_key,
        ending.week_start,
        case
            when ending.until_week <= unread.from_week then ending.until_week
            else coalesce(unread.from_week, ending.until_week)
        end as until_week,
        ending.from_week
    from ending
    left join unread
        on
            ending.file_key = unread.file_key
            and ending.week_start = unread.week_start
),

scanned as (
    select
        case when lasting.week_start < lasting.from_week then lasting.from_week else lasting.week_start end
            as week_start,
        lasting.until_week
    from lasting
    where
        lasting.until_week is null
        or (lasting.until_week > lasting.week_start and lasting.until_week > lasting.from_week)
),

-- the snapshots of a file follow each other, so at most one of them holds in a week
file_steps as (
    select
        weeks.week_start,
        0 as files_expected,
        0 as files_scanned
    from {{ ref('int_weeks') }} as weeks
    union all
    select
        lives.from_week as week_start,
        1 as files_expected,
        0 as files_scanned
    from lives
    union all
    select
        lives.until_week as week_start,
        -1 as files_expected,
        0 as files_scanned
    from lives
    where lives.until_week is not null
    union all
    select
        scanned.week_start,
        0 as files_expected,
        1 as files_scanned
    from scanned
    union all
    select
        scanned.until_week as week_start,
        0 as files_expected,
        -1 as files_scanned
    from scanned
    where scanned.until_week is not null
),

known as (
    select
        file_steps.week_start,
        cast(sum(sum(file_steps.files_expected)) over (order by file_steps.week_start) as bigint) as files_expected,
        cast(sum(sum(file_steps.files_scanned)) over (order by file_steps.week_start) as bigint) as files_scanned
    from file_steps
    group by file_steps.week_start
)

select
    first_weeks.component_key,
    known.week_start,
    components.component_name,
    components.component_set_key,
    components.component_set_name,
    components.library_file_key,
    coalesce(components.is_published, false) as is_published,
    cast(sum(coalesce(changes.usages, 0)) over so_far as bigint) as usages,
    cast(sum(coalesce(changes.placements, 0)) over so_far as bigint) as placements,
    cast(sum(coalesce(changes.local_placements, 0)) over so_far as bigint) as local_placements,
    cast(sum(coalesce(changes.files, 0)) over so_far as bigint) as files_with_usages,
    coalesce(events.insertions, 0) as insertions,
    coalesce(events.removals, 0) as removals,
    coalesce(events.swaps_in, 0) as swaps_in,
    coalesce(events.swaps_out, 0) as swaps_out,
    coalesce(events.detachments, 0) as detachments,
    events.detachment_confidence,
    known.files_expected,
    known.files_scanned,
    known.files_scanned >= 0.95 * known.files_expected as is_mostly_scanned,
    known.files_scanned >= known.files_expected
    and (listing.has_all_lists or known.week_start < {{ week_of('listing.listed_at') }}) as is_conclusive
from first_weeks
inner join {{ ref('int_weeks') }} as weeks
    on first_weeks.week_start <= weeks.week_start
inner join known
    on weeks.week_start = known.week_start
left join changes
    on
        first_weeks.component_key = changes.component_key
        and known.week_start = changes.week_start
left join events
    on
        first_weeks.component_key = events.component_key
        and known.week_start = events.week_start
left join {{ ref('int_known_components') }} as components
    on first_weeks.component_key = components.component_key
cross join {{ ref('int_listing') }} as listing
window so_far as (partition by first_weeks.component_key order by known.week_start)
