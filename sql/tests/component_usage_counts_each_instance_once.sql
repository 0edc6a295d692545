-- component_usage counts all instances of main files that have a component, and no others
with expected as (
    select count(*) as instances
    from {{ ref('stg_instances') }} as instances
    inner join {{ ref('int_files') }} as files
        on instances.file_key = files.file_key
    where
        not files.is_branch
        and instances.component_key is not null
),

counted as (
    select coalesce(sum(component_usage.instances), 0) as instances
    from {{ ref('component_usage') }} as component_usage
)

select
    expected.instances as expected,
    counted.instances as counted
from expected
inner join counted
    on expected.instances != counted.instances
