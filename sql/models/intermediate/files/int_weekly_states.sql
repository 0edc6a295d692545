-- the last snapshot of a week counts. A removed file has no snapshot at the end of the week of its removal.
-- a full rebuild is cheap: five years of 114 files that all change every week take 0.1 s of CPU time
with ranked as (
    select
        snapshots.file_key,
        snapshots.version,
        snapshots.last_modified_at,
        {{ week_of('snapshots.last_modified_at') }} as week_start,
        row_number() over (
            partition by snapshots.file_key, {{ week_of('snapshots.last_modified_at') }}
            order by snapshots.last_modified_at desc, snapshots.loaded_at desc, snapshots.version desc
        ) as recency
    from {{ ref('stg_file_snapshots') }} as snapshots
),

states as (
    select
        ranked.file_key,
        ranked.version,
        ranked.last_modified_at,
        ranked.week_start,
        lead(ranked.week_start) over (partition by ranked.file_key order by ranked.week_start) as next_week
    from ranked
    where ranked.recency = 1
),

lasting as (
    select
        states.file_key,
        states.version,
        states.last_modified_at,
        coalesce(files.is_branch, false) as is_branch,
        states.week_start,
        case
            when files.removed_at is null then states.next_week
            when states.next_week < {{ week_of('files.removed_at') }} then states.next_week
            else {{ week_of('files.removed_at') }}
        end as until_week
    from states
    left join {{ ref('stg_files') }} as files
        on states.file_key = files.file_key
)

select
    lasting.file_key,
    lasting.version,
    lasting.last_modified_at,
    lasting.is_branch,
    lasting.week_start,
    lasting.until_week
from lasting
where
    lasting.until_week is null
    or lasting.until_week > lasting.week_start
