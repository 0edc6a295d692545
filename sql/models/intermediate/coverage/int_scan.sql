-- the basis for "none" and "unused": an unscanned file may use anything, an unlisted folder may contain files, and an
-- unread published list leaves open which items are published
with scan as (
    select
        count(*) filter (where files.is_expected) as files_expected,
        count(*) filter (where files.is_expected and files.is_current) as files_scanned
    from {{ ref('int_files') }} as files
),

last_run as (
    select max(runs.started_at) as started_at
    from {{ ref('stg_runs') }} as runs
    where runs.started_at <= current_timestamp
)

select
    scan.files_expected,
    scan.files_scanned,
    scan.files_expected > 0 and scan.files_scanned = scan.files_expected and listing.has_all_lists as is_conclusive,
    listing.has_all_lists,
    last_run.started_at as last_run_at
from scan
cross join last_run
cross join {{ ref('int_listing') }} as listing
