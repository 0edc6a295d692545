-- the basis for "unused" of a variable: a file whose variables were refused may define or alias anything. Each run
-- settles every file that it had to request; a run that had none says nothing new
with outcomes as (
    select
        runs.started_at,
        outcomes.status
    from {{ ref('stg_outcomes') }} as outcomes
    inner join {{ ref('stg_runs') }} as runs
        on outcomes.run_id = runs.run_id
    where
        outcomes.resource = 'variables'
        and runs.started_at <= current_timestamp
),

latest as (
    select max(outcomes.started_at) as started_at
    from outcomes
)

select
    latest.started_at as last_requested_at,
    count(*) filter (where outcomes.status = 'skipped') = 0 as has_all_variables
from latest
left join outcomes
    on latest.started_at = outcomes.started_at
group by latest.started_at
