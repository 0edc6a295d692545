-- a detachment is in the week of the later of the two snapshots that show it
with counted as (
    select
        editors.user_id,
        editors.team_id,
        editors.folder_id,
        editors.week_start,
        case when editors.is_branch then 0 else 1 end as files_saved,
        case when editors.is_branch then 0 else editors.saved_versions end as saved_versions,
        case when editors.is_branch then 0 else editors.named_versions end as named_versions,
        case when editors.is_branch then 0 else editors.sessions end as sessions,
        case when editors.is_branch or libraries.file_key is null then 0 else 1 end as library_files_saved,
        case
            when editors.is_branch or libraries.file_key is null then 0
            else editors.saved_versions
        end as library_saved_versions,
        case when editors.is_branch then editors.saved_versions else 0 end as branch_saved_versions,
        0 as detachments,
        0 as possible_detachments,
        editors.last_saved_at
    from {{ ref('file_editors') }} as editors
    left join {{ ref('int_library_files') }} as libraries
        on editors.file_key = libraries.file_key
    union all
    select
        savers.user_id,
        detachments.team_id,
        detachments.folder_id,
        detachments.week_start,
        0 as files_saved,
        0 as saved_versions,
        0 as named_versions,
        0 as sessions,
        0 as library_files_saved,
        0 as library_saved_versions,
        0 as branch_saved_versions,
        case when savers.editor_count = 1 then 1 else 0 end as detachments,
        case when savers.editor_count = 1 then 0 else 1 end as possible_detachments,
        null as last_saved_at
    from {{ ref('detachments') }} as detachments
    inner join {{ ref('int_detachment_editors') }} as savers
        on
            detachments.file_key = savers.file_key
            and detachments.found_version = savers.to_version
            and detachments.detached_by_at = savers.to_last_modified_at
            and detachments.detached_after_at = savers.from_last_modified_at
),

activity as (
    select
        counted.user_id,
        counted.team_id,
        counted.folder_id,
        counted.week_start,
        cast(sum(counted.files_saved) as bigint) as files_saved,
        cast(sum(counted.saved_versions) as bigint) as saved_versions,
        cast(sum(counted.named_versions) as bigint) as named_versions,
        cast(sum(counted.sessions) as bigint) as sessions,
        cast(sum(counted.library_files_saved) as bigint) as library_files_saved,
        cast(sum(counted.library_saved_versions) as bigint) as library_saved_versions,
        cast(sum(counted.branch_saved_versions) as bigint) as branch_saved_versions,
        cast(sum(counted.detachments) as bigint) as detachments,
        cast(sum(counted.possible_detachments) as bigint) as possible_detachments,
        max(counted.last_saved_at) as last_saved_at
    from counted
    group by
        counted.user_id,
        counted.team_id,
        counted.folder_id,
        counted.week_start
),

handles as (
    select
        editors.user_id,
        max(editors.user_handle) as user_handle
    from {{ ref('file_editors') }} as editors
    where editors.user_id is not null
    group by editors.user_id
),

histories as (
    select
        coalesce(histories.team_id, '') as team_id,
        coalesce(histories.folder_id, '') as folder_id,
        count(*) as files_expected,
        count(*) filter (where histories.is_read) as files_scanned
    from {{ ref('file_histories') }} as histories
    where histories.is_expected
    group by
        coalesce(histories.team_id, ''),
        coalesce(histories.folder_id, '')
)

select
    activity.user_id,
    activity.team_id,
    activity.folder_id,
    activity.week_start,
    handles.user_handle,
    teams.team_name,
    folders.folder_path,
    activity.files_saved,
    activity.saved_versions,
    activity.named_versions,
    activity.saved_versions - activity.named_versions as autosaves,
    activity.sessions,
    activity.library_files_saved,
    activity.library_saved_versions,
    activity.branch_saved_versions,
    activity.detachments,
    activity.possible_detachments,
    activity.last_saved_at,
    coalesce(histories.files_expected, 0) as files_expected,
    coalesce(histories.files_scanned, 0) as files_scanned,
    coalesce(histories.files_scanned = histories.files_expected, false) as is_conclusive
from activity
left join handles
    on activity.user_id = handles.user_id
left join {{ ref('stg_teams') }} as teams
    on activity.team_id = teams.team_id
left join {{ ref('stg_folders') }} as folders
    on activity.folder_id = folders.folder_id
left join histories
    on
        coalesce(activity.team_id, '') = histories.team_id
        and coalesce(activity.folder_id, '') = histories.folder_id
