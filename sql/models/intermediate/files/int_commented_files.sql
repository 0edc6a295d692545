-- a run requests the comments of a file that changed or has an open thread. So the last response is current if the file
-- has not changed since, and if it left a thread open, only if it is of the last run
with requested as (
    select
        outcomes.file_key,
        outcomes.status,
        outcomes.last_modified_at,
        outcomes.finished_at,
        row_number() over (
            partition by outcomes.file_key
            order by outcomes.finished_at desc, outcomes.run_id desc
        ) as newness,
        max(case when outcomes.status = 'loaded' then 1 else 0 end) over (
            partition by outcomes.file_key
        ) as was_loaded
    from {{ ref('stg_outcomes') }} as outcomes
    where
        outcomes.resource = 'comments'
        and outcomes.file_key is not null
        and outcomes.finished_at <= current_timestamp
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
    coalesce(requested.was_loaded = 1, false) as is_loaded,
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
left join open_threads
    on files.file_key = open_threads.file_key
where not files.is_branch
