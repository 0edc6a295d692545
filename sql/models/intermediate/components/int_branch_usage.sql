-- branches are counted separately, because a branch repeats the content of its main file and may be abandoned
with usages as (
    select
        counts.component_key,
        counts.file_key,
        counts.usages,
        coalesce(
            components.is_published and components.library_file_key = files.main_file_key, false
        ) as is_of_the_library,
        {{ figma_url('counts.file_key', 'counts.sample_node_id') }} as figma_url,
        row_number() over (
            partition by counts.component_key
            order by counts.file_key, counts.sample_place
        ) as place
    from {{ ref('int_instance_counts') }} as counts
    inner join {{ ref('int_files') }} as files
        on counts.file_key = files.file_key
    left join {{ ref('int_components') }} as components
        on counts.component_key = components.component_key
    where
        files.is_branch
        and counts.component_key is not null
        and counts.usages > 0
)

select
    usages.component_key,
    cast(sum(usages.usages) as bigint) as branch_usages,
    count(distinct usages.file_key) filter (where not usages.is_of_the_library) as branch_files,
    max(usages.figma_url) filter (where usages.place = 1) as branch_sample_url
from usages
group by usages.component_key
