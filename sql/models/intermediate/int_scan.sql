-- what "none" and "unused" were concluded from
with scan as (
    select
        count(*) filter (where files.is_expected) as files_expected,
        count(*) filter (where files.is_expected and files.is_current) as files_scanned
    from {{ ref('int_files') }} as files
),

last_run as (
    select max(runs.started_at) as started_at
    from {{ ref('stg_runs') }} as runs
)

select
    scan.files_expected,
    scan.files_scanned,
    scan.files_expected > 0 and scan.files_scanned = scan.files_expected as is_conclusive,
    last_run.started_at as last_run_at
from scan
cross join last_run
