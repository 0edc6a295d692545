{{ config(materialized='view') }}

-- what happens on a branch happens to its main file
select
    events.event_id,
    main_files.file_key,
    {{ week_of('events.happened_at') }} as week_start,
    events.happened_at,
    events.action,
    events.user_id
from {{ ref('stg_activity_events') }} as events
left join {{ ref('int_files') }} as files
    on events.file_key = files.file_key
inner join {{ ref('int_files') }} as main_files
    on coalesce(events.main_file_key, files.main_file_key, events.file_key) = main_files.file_key
where not main_files.is_branch
