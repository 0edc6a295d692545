-- the saves of a person in a week add up to those of the person in each file
with people as (
    select
        coalesce(people_activity.user_id, '') as user_id,
        people_activity.week_start,
        sum(people_activity.saved_versions + people_activity.branch_saved_versions) as saved_versions
    from {{ ref('people_activity') }} as people_activity
    group by
        coalesce(people_activity.user_id, ''),
        people_activity.week_start
),

editors as (
    select
        coalesce(file_editors.user_id, '') as user_id,
        file_editors.week_start,
        sum(file_editors.saved_versions) as saved_versions
    from {{ ref('file_editors') }} as file_editors
    group by
        coalesce(file_editors.user_id, ''),
        file_editors.week_start
)

select
    coalesce(people.user_id, editors.user_id) as user_id,
    coalesce(people.week_start, editors.week_start) as week_start
from people
full join editors
    on
        people.user_id = editors.user_id
        and people.week_start = editors.week_start
where coalesce(people.saved_versions, 0) <> coalesce(editors.saved_versions, 0)
