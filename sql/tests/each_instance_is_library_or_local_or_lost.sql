-- each instance of a main file belongs to a published component, or to a component of its own file, or is lost
with sorted as (
    select
        count(*) as instances,
        count(*) filter (where instances.is_library) as of_library,
        count(*) filter (
            where not instances.is_library and coalesce(file_components.is_defined, false)
        ) as of_file
    from {{ ref('int_instances') }} as instances
    left join {{ ref('stg_file_components') }} as file_components
        on
            instances.file_key = file_components.file_key
            and instances.component_id = file_components.node_id
),

lost as (
    select coalesce(sum(lost_components.instances), 0) as instances
    from {{ ref('lost_components') }} as lost_components
)

select
    sorted.instances,
    sorted.of_library,
    sorted.of_file,
    lost.instances as lost
from sorted
inner join lost
    on sorted.instances <> sorted.of_library + sorted.of_file + lost.instances
