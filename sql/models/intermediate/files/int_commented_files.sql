-- a run requests the comments of a file that changed or has an open thread. So the last response is current if the file
-- has not changed since, and if it left a thread open, only if it is of the last run
with requested as (
    {{ last_outcomes('comments') }}
),

loaded as (
    select distinct outcomes.file_key
    from {{ ref('stg_outcomes') }} as outcomes
    where
        outcomes.resource = 'comments'
        and outcomes.status = 'loaded'
),

open_threads as (
    select distinct threads.file_key
    from {{ ref('stg_comments') }} as threads
    where
        threads.is_thread_start
        and threads.resolved_at is null
)

select
    files.file_key,
    files.file_name,
    files.folder_id,
    files.folder_path,
    files.team_id,
    files.team_name,
    loaded.file_key is not null as is_loaded,
    coalesce(requested.status = 'loaded', false)
    and coalesce(
        requested.last_modified_at = coalesce(files.last_modified_at, files.loaded_modified_at),
        requested.last_modified_at is null and files.last_modified_at is null and files.loaded_modified_at is null
    )
    and (open_threads.file_key is null or coalesce(requested.finished_at >= scan.last_run_at, false)) as is_conclusive
from {{ ref('int_files') }} as files
cross join {{ ref('int_scan') }} as scan
left join requested
    on
        files.file_key = requested.file_key
        and requested.newness = 1
left join loaded
    on files.file_key = loaded.file_key
left join open_threads
    on files.file_key = open_threads.file_key
where not files.is_branch
