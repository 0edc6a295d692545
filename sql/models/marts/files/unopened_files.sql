with opened as (
    select distinct visits.file_key
    from {{ ref('int_file_visits') }} as visits
    where visits.action <> 'fig_file_export'
)

select
    files.file_key,
    files.file_name,
    files.folder_id,
    files.folder_path,
    files.team_id,
    files.team_name,
    files.last_modified_at,
    log.covered_from as log_covered_from,
    log.read_until as log_read_until,
    log.is_current and scan.has_all_lists as is_conclusive
from {{ ref('int_files') }} as files
cross join {{ ref('int_activity_log') }} as log
cross join {{ ref('int_scan') }} as scan
left join opened
    on files.file_key = opened.file_key
where
    files.is_expected
    and log.read_until is not null
    and opened.file_key is null
