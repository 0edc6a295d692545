-- a load that ended early has stored the older events only: its outcome tells, the events do not
with events as (
    select min(events.happened_at) as covered_from
    from {{ ref('stg_activity_events') }} as events
),

loads as (
    select max(outcomes.finished_at) as read_until
    from {{ ref('stg_outcomes') }} as outcomes
    where
        outcomes.resource = 'activity_events'
        and outcomes.status = 'loaded'
)

select
    events.covered_from,
    case when events.covered_from is not null then loads.read_until end as read_until,
    coalesce(loads.read_until >= scan.last_run_at, false) as is_current
from events
cross join loads
cross join {{ ref('int_scan') }} as scan
