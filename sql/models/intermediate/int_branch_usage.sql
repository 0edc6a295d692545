-- branches are counted apart: a branch repeats what its main file has, and may be given up
select
    instances.component_key,
    count(*) as branch_usages,
    count(distinct instances.file_key) filter (
        where not coalesce(components.is_published and components.library_file_key = files.main_file_key, false)
    ) as branch_files
from {{ ref('stg_instances') }} as instances
inner join {{ ref('int_files') }} as files
    on instances.file_key = files.file_key
left join {{ ref('int_components') }} as components
    on instances.component_key = components.component_key
where
    files.is_branch
    and instances.component_key is not null
    and not instances.is_in_definition
group by instances.component_key
