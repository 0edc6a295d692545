-- a week counts what happened in it; open_threads is the state at its end. A comment can be older than the first known
-- version of its file, so that the weeks start with the first comment of all
with recursive written as (
    select
        file_comments.file_key,
        file_comments.is_thread_start,
        file_comments.user_id,
        {{ week_of('file_comments.created_at') }} as week_start,
        {{ week_of('file_comments.resolved_at') }} as resolved_week
    from {{ ref('stg_comments') }} as file_comments
),

bounds as (
    select
        min(known.week_start) as first_week,
        max(known.week_start) as last_week
    from (
        select int_weeks.week_start
        from {{ ref('int_weeks') }} as int_weeks
        union distinct
        select written.week_start
        from written
        union distinct
        select written.resolved_week
        from written
        where written.resolved_week is not null
    ) as known
),

weeks as (
    {{ weeks_between('bounds') }}
),

first_weeks as (
    select
        written.file_key,
        min(written.week_start) as week_start
    from written
    group by written.file_key
),

comments_by_week as (
    select
        written.file_key,
        written.week_start,
        count(*) filter (where written.is_thread_start) as threads_opened,
        count(*) filter (where not written.is_thread_start) as replies,
        count(distinct written.user_id) as people
    from written
    group by
        written.file_key,
        written.week_start
),

resolved_by_week as (
    select
        written.file_key,
        written.resolved_week as week_start,
        count(*) as threads_resolved
    from written
    where
        written.is_thread_start
        and written.resolved_week is not null
    group by
        written.file_key,
        written.resolved_week
),

counted as (
    select
        files.file_key,
        weeks.week_start,
        files.file_name,
        files.folder_id,
        files.folder_path,
        files.team_id,
        files.team_name,
        files.is_loaded,
        files.is_conclusive,
        coalesce(comments_by_week.threads_opened, 0) as threads_opened,
        coalesce(comments_by_week.replies, 0) as replies,
        coalesce(comments_by_week.people, 0) as people,
        coalesce(resolved_by_week.threads_resolved, 0) as threads_resolved
    from {{ ref('int_commented_files') }} as files
    left join first_weeks
        on files.file_key = first_weeks.file_key
    inner join weeks
        on coalesce(first_weeks.week_start, weeks.last_week) <= weeks.week_start
    left join comments_by_week
        on
            files.file_key = comments_by_week.file_key
            and weeks.week_start = comments_by_week.week_start
    left join resolved_by_week
        on
            files.file_key = resolved_by_week.file_key
            and weeks.week_start = resolved_by_week.week_start
)

select
    counted.file_key,
    counted.week_start,
    counted.file_name,
    counted.folder_id,
    counted.folder_path,
    counted.team_id,
    counted.team_name,
    case when counted.is_loaded then counted.threads_opened end as threads_opened,
    case when counted.is_loaded then counted.replies end as replies,
    case when counted.is_loaded then counted.threads_resolved end as threads_resolved,
    case when counted.is_loaded then counted.people end as people,
    case
        when counted.is_loaded
            then
                cast(sum(counted.threads_opened - counted.threads_resolved) over (
                    partition by counted.file_key order by counted.week_start
                ) as bigint)
    end as open_threads,
    counted.is_conclusive
from counted
