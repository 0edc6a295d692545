-- the log has seconds: a week is covered from its first one if the oldest event is not later than midnight
with visits as (
    select
        visits.file_key,
        visits.week_start,
        count(*) filter (where visits.action <> 'fig_file_export') as opens,
        count(*) filter (where visits.action = 'fig_file_view_prototype') as prototype_opens,
        count(*) filter (where visits.action = 'fig_file_export') as exports,
        count(*) filter (where visits.action <> 'fig_file_export' and visits.user_id is null) as anonymous_opens,
        count(distinct case when visits.action <> 'fig_file_export' then visits.user_id end) as people_opened,
        count(distinct case when visits.action = 'fig_file_export' then visits.user_id end) as people_exported
    from {{ ref('int_file_visits') }} as visits
    group by
        visits.file_key,
        visits.week_start
),

saved as (
    select
        coalesce(files.main_file_key, saves.file_key) as file_key,
        saves.week_start,
        count(distinct saves.user_id) as people_saved
    from {{ ref('int_saves') }} as saves
    left join {{ ref('stg_files') }} as files
        on saves.file_key = files.file_key
    group by
        coalesce(files.main_file_key, saves.file_key),
        saves.week_start
)

select
    visits.file_key,
    visits.week_start,
    files.file_name,
    files.folder_id,
    files.folder_path,
    files.team_id,
    files.team_name,
    visits.opens,
    visits.prototype_opens,
    visits.anonymous_opens,
    visits.exports,
    visits.people_opened,
    visits.people_exported,
    coalesce(saved.people_saved, 0) as people_saved,
    coalesce(
        visits.week_start >= cast(log.covered_from + interval '86399 seconds' as date)
        and cast(visits.week_start + interval '7 days' as date) <= cast(log.read_until as date),
        false
    ) as is_conclusive
from visits
inner join {{ ref('int_files') }} as files
    on visits.file_key = files.file_key
cross join {{ ref('int_activity_log') }} as log
left join saved
    on
        visits.file_key = saved.file_key
        and visits.week_start = saved.week_start
