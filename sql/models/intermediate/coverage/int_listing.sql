-- the last run that listed anything: one that was refused before it could begin says nothing of what is there, and
-- neither do those that fetch past versions. What is no list is no part of it: documents, histories, pictures. Nor is
-- what a clock that was ahead has put into the future: else no run would be the last one until then
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
