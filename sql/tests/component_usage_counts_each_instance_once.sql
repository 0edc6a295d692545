-- component_usage counts all instances of main files that have a component, and no others
with expected as (
    select
        instances.file_key,
        count(*) as instances
    from {{ ref('stg_instances') }} as instances
    inner join {{ ref('int_stale_files') }} as stale
        on instances.file_key = stale.file_key
    where
        not stale.is_branch
        and instances.component_key is not null
    group by instances.file_key
),

counted as (
    select
        component_usage.file_key,
        sum(component_usage.instances) as instances
    from {{ ref('component_usage') }} as component_usage
    group by component_usage.file_key
)

select
    stale.file_key,
    expected.instances as expected,
    counted.instances as counted
from {{ ref('int_stale_files') }} as stale
left join expected
    on stale.file_key = expected.file_key
left join counted
    on stale.file_key = counted.file_key
where coalesce(expected.instances, 0) <> coalesce(counted.instances, 0)
