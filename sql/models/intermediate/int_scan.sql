-- what "none" and "unused" are concluded from: a file not scanned may use anything, a folder not listed may hold files,
-- a published list not read leaves open what is published
with scan as (
    select
        count(*) filter (where files.is_expected) as files_expected,
        count(*) filter (where files.is_expected and files.is_current) as files_scanned
    from {{ ref('int_files') }} as files
),

last_run as (
    select max(runs.started_at) as started_at
    from {{ ref('stg_runs') }} as runs
),

unread as (
    select count(*) as lists
    from {{ ref('stg_outcomes') }} as outcomes
    inner join {{ ref('stg_runs') }} as runs
        on outcomes.run_id = runs.run_id
    inner join last_run
        on runs.started_at = last_run.started_at
    where
        outcomes.status = 'skipped'
        and outcomes.resource not in ('documents', 'file_versions', 'archive', 'backfill')
        and coalesce(outcomes.reason, '') <> 'unsupported_type'
)

select
    scan.files_expected,
    scan.files_scanned,
    scan.files_expected > 0 and scan.files_scanned = scan.files_expected and unread.lists = 0 as is_conclusive,
    unread.lists = 0 as has_all_lists,
    last_run.started_at as last_run_at
from scan
cross join last_run
cross join unread
