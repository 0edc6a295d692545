-- removed files are left out; branches and files that were never readable are included and flagged
select
    files.file_key,
    files.file_name,
    files.team_id,
    files.team_name,
    files.folder_id,
    files.folder_path,
    files.main_file_key,
    files.is_branch,
    files.last_modified_at,
    files.loaded_version,
    files.loaded_modified_at,
    files.loaded_at,
    files.is_loaded,
    files.is_current,
    files.is_expected,
    files.status,
    files.skip_reason,
    files.skip_detail,
    files.retry_at
from {{ ref('int_files') }} as files
