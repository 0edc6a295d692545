-- the last week of usage_history adds up to the usages in the latest snapshots of all main files that are not removed
with ends as (
    select sum(history.usages) as usages
    from {{ ref('usage_history') }} as history
    where history.week_start = (select max(weeks.week_start) from {{ ref('int_weeks') }} as weeks)
),

latest as (
    select sum(components.usages) as usages
    from {{ ref('file_growth') }} as growth
    inner join {{ ref('stg_snapshot_components') }} as components
        on
            growth.file_key = components.file_key
            and growth.version = components.version
            and growth.last_modified_at = components.last_modified_at
    where
        growth.is_latest
        and not growth.is_removed
        and not growth.is_branch
)

select
    ends.usages,
    latest.usages as latest_usages
from ends
cross join latest
where coalesce(ends.usages, 0) <> coalesce(latest.usages, 0)
