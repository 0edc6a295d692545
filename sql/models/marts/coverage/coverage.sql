-- a run that was cut off has fewer outcomes than documents it expected. To show that gap, expected comes from the
-- listing if the run recorded it
with asked as (
    select
        outcomes.run_id,
        outcomes.resource
    from {{ ref('stg_outcomes') }} as outcomes
    union distinct
    select
        runs.run_id,
        'documents' as resource
    from {{ ref('stg_runs') }} as runs
    where runs.files_expected is not null
),

counted as (
    select
        outcomes.run_id,
        outcomes.resource,
        count(*) filter (where outcomes.status = 'loaded') as loaded,
        count(*) filter (where outcomes.status = 'unchanged') as unchanged,
        count(*) filter (where outcomes.status = 'skipped') as skipped,
        count(*) filter (where outcomes.status = 'removed') as removed
    from {{ ref('stg_outcomes') }} as outcomes
    group by
        outcomes.run_id,
        outcomes.resource
),

reasons as (
    select
        outcomes.run_id,
        outcomes.resource,
        coalesce(outcomes.reason, 'unknown') as reason,
        count(*) as items
    from {{ ref('stg_outcomes') }} as outcomes
    where outcomes.status = 'skipped'
    group by
        outcomes.run_id,
        outcomes.resource,
        coalesce(outcomes.reason, 'unknown')
),

skip_reasons as (
    select
        reasons.run_id,
        reasons.resource,
        {{ listagg(
            "reasons.reason || ' ' || cast(reasons.items as varchar)",
            "', '",
            'order by reasons.items desc, reasons.reason'
        ) }} as skip_reasons
    from reasons
    group by
        reasons.run_id,
        reasons.resource
)

select
    asked.run_id,
    asked.resource,
    cast(
        coalesce(
            case when asked.resource = 'documents' then runs.files_expected end,
            counted.loaded + counted.unchanged + counted.skipped
        ) as bigint
    ) as expected,
    coalesce(counted.loaded, 0) as loaded,
    coalesce(counted.unchanged, 0) as unchanged,
    coalesce(counted.skipped, 0) as skipped,
    coalesce(counted.removed, 0) as removed,
    skip_reasons.skip_reasons,
    runs.started_at,
    runs.finished_at
from asked
left join counted
    on
        asked.run_id = counted.run_id
        and asked.resource = counted.resource
left join skip_reasons
    on
        asked.run_id = skip_reasons.run_id
        and asked.resource = skip_reasons.resource
left join {{ ref('stg_runs') }} as runs
    on asked.run_id = runs.run_id
