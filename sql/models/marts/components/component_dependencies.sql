-- if several files define a component, as copies of each other, the definition in its library counts, otherwise the
-- first. An instance that came along inside another instance is a dependency too, an indirect one: it may have been
-- swapped or overridden
with definitions as (
    select
        file_components.component_key,
        file_components.file_key,
        file_components.node_id,
        row_number() over (
            partition by file_components.component_key
            order by
                case when file_components.file_key = components.library_file_key then 0 else 1 end,
                file_components.file_key,
                file_components.node_id
        ) as choice
    from {{ ref('int_file_components') }} as file_components
    inner join {{ ref('int_files') }} as files
        on file_components.file_key = files.file_key
    inner join {{ ref('int_components') }} as components
        on file_components.component_key = components.component_key
    where
        not files.is_branch
        and file_components.is_defined
),

composed as (
    select
        definitions.component_key,
        definitions.file_key,
        parts.component_key as needed_key,
        parts.instances,
        parts.direct,
        parts.nested,
        parts.sample_node_id
    from definitions
    inner join {{ ref('int_compositions') }} as parts
        on
            definitions.file_key = parts.file_key
            and definitions.node_id = parts.definition_id
    where
        definitions.choice = 1
        and parts.component_key <> definitions.component_key
)

select
    composed.component_key,
    composed.needed_key,
    dependants.component_name,
    dependants.component_set_key,
    dependants.component_set_name,
    dependants.is_published,
    composed.file_key,
    files.file_name,
    needed.component_name as needed_name,
    needed.component_set_key as needed_set_key,
    needed.component_set_name as needed_set_name,
    needed.is_published as needed_is_published,
    composed.instances,
    composed.direct,
    composed.nested,
    composed.direct > 0 as is_direct,
    {{ figma_url('composed.file_key', 'composed.sample_node_id') }} as sample_url
from composed
inner join {{ ref('int_components') }} as dependants
    on composed.component_key = dependants.component_key
inner join {{ ref('int_components') }} as needed
    on composed.needed_key = needed.component_key
inner join {{ ref('int_files') }} as files
    on composed.file_key = files.file_key
