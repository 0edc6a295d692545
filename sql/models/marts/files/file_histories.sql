-- a refused history has the reason of its own outcome. If no run has asked for it, because the document was refused, it
-- has the reason of the document
with requested as (
    {{ last_outcomes('file_versions') }}
),

saved as (
    select
        saves.file_key,
        count(*) as saved_versions,
        count(distinct saves.user_id) as people,
        min(saves.created_at) as first_saved_at,
        max(saves.created_at) as last_saved_at
    from {{ ref('int_saves') }} as saves
    group by saves.file_key
),

histories as (
    select
        files.file_key,
        files.file_name,
        files.folder_id,
        files.folder_path,
        files.team_id,
        files.team_name,
        files.is_branch,
        libraries.file_key is not null as is_library,
        files.is_expected,
        files.is_current and coalesce(requested.status <> 'skipped', false) as is_read,
        requested.status = 'skipped' as is_refused,
        requested.reason,
        requested.detail,
        requested.retry_at,
        files.skip_reason,
        files.skip_detail,
        files.retry_at as document_retry_at,
        saved.saved_versions,
        saved.people,
        saved.first_saved_at,
        saved.last_saved_at
    from {{ ref('int_files') }} as files
    left join requested
        on
            files.file_key = requested.file_key
            and requested.newness = 1
    left join {{ ref('int_library_files') }} as libraries
        on files.file_key = libraries.file_key
    left join saved
        on files.file_key = saved.file_key
)

select
    histories.file_key,
    histories.file_name,
    histories.folder_id,
    histories.folder_path,
    histories.team_id,
    histories.team_name,
    histories.is_branch,
    histories.is_library,
    histories.is_expected,
    histories.is_read,
    case
        when histories.is_refused then histories.reason
        when not histories.is_read then histories.skip_reason
    end as skip_reason,
    case
        when histories.is_refused then histories.detail
        when not histories.is_read then histories.skip_detail
    end as skip_detail,
    case
        when histories.is_refused then histories.retry_at
        when not histories.is_read then histories.document_retry_at
    end as retry_at,
    coalesce(histories.saved_versions, 0) as saved_versions,
    coalesce(histories.people, 0) as people,
    histories.first_saved_at,
    histories.last_saved_at
from histories
