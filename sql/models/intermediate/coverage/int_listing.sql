-- the last run that listed anything. A run that was refused before it could begin, or that only fetched past versions,
-- did not list. Documents, version histories and pictures are not listings. A run dated in the future, by a clock that
-- was ahead, does not count, because no run would be the last one until that time
with listings as (
    select
        runs.started_at,
        outcomes.status,
        outcomes.reason
    from {{ ref('stg_outcomes') }} as outcomes
    inner join {{ ref('stg_runs') }} as runs
        on outcomes.run_id = runs.run_id
    where
        outcomes.resource in ('teams', 'folders', 'files', 'components', 'component_sets', 'styles')
        and runs.started_at <= current_timestamp
),

latest as (
    select max(listings.started_at) as listed_at
    from listings
)

select
    latest.listed_at,
    count(*) filter (
        where listings.status = 'skipped' and coalesce(listings.reason, '') <> 'unsupported_type'
    ) = 0 as has_all_lists
from latest
left join listings
    on latest.listed_at = listings.started_at
group by latest.listed_at
