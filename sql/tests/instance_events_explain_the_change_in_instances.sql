-- between two snapshots, for each component: instances after = instances before + insertions + swaps in - removals
-- - swaps out - detachments. The test only warns, because inferred history does not justify a failed build
{{ config(severity='warn') }}

with transitions as (
    select distinct
        events.file_key,
        events.from_version,
        events.from_last_modified_at,
        events.to_version,
        events.to_last_modified_at
    from {{ ref('stg_instance_events') }} as events
),

steps as (
    select
        transitions.file_key,
        transitions.to_version,
        transitions.to_last_modified_at,
        snapshots.component_key,
        snapshots.instances as step
    from transitions
    inner join {{ ref('stg_snapshot_components') }} as snapshots
        on
            transitions.file_key = snapshots.file_key
            and transitions.to_version = snapshots.version
            and transitions.to_last_modified_at = snapshots.last_modified_at
    union all
    select
        transitions.file_key,
        transitions.to_version,
        transitions.to_last_modified_at,
        snapshots.component_key,
        -snapshots.instances as step
    from transitions
    inner join {{ ref('stg_snapshot_components') }} as snapshots
        on
            transitions.file_key = snapshots.file_key
            and transitions.from_version = snapshots.version
            and transitions.from_last_modified_at = snapshots.last_modified_at
    union all
    select
        events.file_key,
        events.to_version,
        events.to_last_modified_at,
        events.component_key_after as component_key,
        -1 as step
    from {{ ref('stg_instance_events') }} as events
    where events.component_key_after is not null
    union all
    select
        events.file_key,
        events.to_version,
        events.to_last_modified_at,
        events.component_key_before as component_key,
        1 as step
    from {{ ref('stg_instance_events') }} as events
    where events.component_key_before is not null
)

select
    steps.file_key,
    steps.to_version,
    steps.to_last_modified_at,
    steps.component_key,
    sum(steps.step) as unexplained
from steps
group by
    steps.file_key,
    steps.to_version,
    steps.to_last_modified_at,
    steps.component_key
having sum(steps.step) <> 0
