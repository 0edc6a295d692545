-- branches are counted separately, because a branch repeats the content of its main file and may be abandoned
with usages as (
    select
        instances.component_key,
        instances.file_key,
        coalesce(
            components.is_published and components.library_file_key = files.main_file_key, false
        ) as is_of_the_library,
        {{ figma_url('instances.file_key', 'instances.node_id') }} as figma_url,
        row_number() over (
            partition by instances.component_key
            order by instances.file_key, instances.preorder
        ) as place
    from {{ ref('stg_instances') }} as instances
    inner join {{ ref('int_files') }} as files
        on instances.file_key = files.file_key
    left join {{ ref('int_components') }} as components
        on instances.component_key = components.component_key
    where
        files.is_branch
        and instances.component_key is not null
        and not instances.is_in_definition
)

select
    usages.component_key,
    count(*) as branch_usages,
    count(distinct usages.file_key) filter (where not usages.is_of_the_library) as branch_files,
    max(usages.figma_url) filter (where usages.place = 1) as branch_sample_url
from usages
group by usages.component_key
