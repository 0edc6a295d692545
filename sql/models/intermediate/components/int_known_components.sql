-- a component that is gone keeps the name and the set of the newest snapshot that had it
with present_sets as (
    select
        components.component_set_key,
        min(components.component_set_name) as component_set_name
    from {{ ref('int_components') }} as components
    where components.component_set_name is not null
    group by components.component_set_key
),

gone as (
    select
        snapshots.component_key,
        snapshots.component_name,
        snapshots.component_set_key,
        row_number() over (
            partition by snapshots.component_key
            order by
                case when snapshots.component_name is null then 1 else 0 end,
                snapshots.last_modified_at desc,
                snapshots.file_key asc,
                snapshots.version desc
        ) as choice
    from {{ ref('stg_snapshot_components') }} as snapshots
    left join {{ ref('int_components') }} as components
        on snapshots.component_key = components.component_key
    where components.component_key is null
),

gone_sets as (
    select
        snapshots.component_set_key,
        snapshots.component_set_name,
        row_number() over (
            partition by snapshots.component_set_key
            order by
                snapshots.last_modified_at desc,
                snapshots.file_key asc,
                snapshots.version desc,
                snapshots.component_key asc
        ) as choice
    from {{ ref('stg_snapshot_components') }} as snapshots
    left join present_sets
        on snapshots.component_set_key = present_sets.component_set_key
    where
        snapshots.component_set_name is not null
        and present_sets.component_set_key is null
),

known as (
    select
        components.component_key,
        components.component_name,
        components.component_set_key,
        components.library_file_key,
        components.is_published
    from {{ ref('int_components') }} as components
    union all
    select
        gone.component_key,
        gone.component_name,
        gone.component_set_key,
        null as library_file_key,
        false as is_published
    from gone
    where gone.choice = 1
)

select
    known.component_key,
    known.component_name,
    known.component_set_key,
    coalesce(present_sets.component_set_name, gone_sets.component_set_name) as component_set_name,
    known.library_file_key,
    known.is_published
from known
left join present_sets
    on known.component_set_key = present_sets.component_set_key
left join gone_sets
    on
        known.component_set_key = gone_sets.component_set_key
        and gone_sets.choice = 1
