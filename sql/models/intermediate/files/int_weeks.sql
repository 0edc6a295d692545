-- from the first known time of any file to the last run: history ends with the last load of the data
with recursive moments as (
    select
        snapshots.last_modified_at as first_at,
        snapshots.last_modified_at as last_at
    from {{ ref('stg_file_snapshots') }} as snapshots
    union all
    select
        versions.created_at as first_at,
        versions.created_at as last_at
    from {{ ref('stg_file_versions') }} as versions
    union all
    select
        null as first_at,
        runs.started_at as last_at
    from {{ ref('stg_runs') }} as runs
    where runs.started_at <= current_timestamp
),

bounds as (
    select
        {{ week_of('min(moments.first_at)') }} as first_week,
        {{ week_of('max(moments.last_at)') }} as last_week
    from moments
),

weeks as (
    {{ weeks_between('bounds') }}
)

select weeks.week_start
from weeks
