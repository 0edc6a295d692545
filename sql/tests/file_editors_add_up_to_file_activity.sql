-- the saves of all people in a file and week add up to the saves of the file in that week
select
    file_activity.file_key,
    file_activity.week_start
from {{ ref('file_activity') }} as file_activity
left join {{ ref('file_editors') }} as file_editors
    on
        file_activity.file_key = file_editors.file_key
        and file_activity.week_start = file_editors.week_start
group by
    file_activity.file_key,
    file_activity.week_start,
    file_activity.saved_versions,
    file_activity.named_versions,
    file_activity.sessions,
    file_activity.people
having
    file_activity.saved_versions <> coalesce(sum(file_editors.saved_versions), 0)
    or file_activity.named_versions <> coalesce(sum(file_editors.named_versions), 0)
    or file_activity.sessions <> coalesce(sum(file_editors.sessions), 0)
    or file_activity.people <> count(file_editors.user_id)
