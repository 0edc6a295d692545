select
    activity_events.event_id,
    activity_events.happened_at,
    activity_events.action,
    activity_events.file_key,
    activity_events.main_file_key,
    activity_events.team_id,
    activity_events.user_id,
    activity_events.user_name,
    activity_events.user_email,
    activity_events.client_name,
    activity_events.fetched_at
from {{ source('figma', 'activity_events') }} as activity_events
