-- each instance of a main file belongs to a published component, or to a component of its own file, or is lost
with sorted as (
    select
        instances.file_key,
        count(*) as instances,
        count(*) filter (where instances.is_library) as of_library,
        count(*) filter (
            where not instances.is_library and coalesce(file_components.is_defined, false)
        ) as of_file
    from {{ ref('int_instances') }} as instances
    inner join {{ ref('int_stale_files') }} as stale
        on instances.file_key = stale.file_key
    left join {{ ref('int_file_components') }} as file_components
        on
            instances.file_key = file_components.file_key
            and instances.component_id = file_components.node_id
    where not stale.is_branch
    group by instances.file_key
),

lost as (
    select
        lost_components.file_key,
        sum(lost_components.instances) as instances
    from {{ ref('lost_components') }} as lost_components
    group by lost_components.file_key
)

select
    sorted.file_key,
    sorted.instances,
    sorted.of_library,
    sorted.of_file,
    lost.instances as lost
from sorted
left join lost
    on sorted.file_key = lost.file_key
where sorted.instances <> sorted.of_library + sorted.of_file + coalesce(lost.instances, 0)
