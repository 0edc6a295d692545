-- published facts win over the maps of documents; among maps, the map of the file that defines the component wins
with mapped as (
    select
        file_components.component_key,
        file_components.component_name,
        file_components.component_set_key,
        row_number() over (
            partition by file_components.component_key
            order by file_components.is_remote, file_components.file_key, file_components.node_id
        ) as choice
    from {{ ref('int_file_components') }} as file_components
    inner join {{ ref('int_files') }} as files
        on file_components.file_key = files.file_key
    where
        not files.is_branch
        and file_components.component_key is not null
),

published_sets as (
    select
        component_sets.file_key,
        component_sets.node_id,
        component_sets.component_set_key,
        row_number() over (
            partition by component_sets.file_key, component_sets.node_id
            order by
                component_sets.is_published desc,
                component_sets.updated_at desc,
                component_sets.component_set_key asc
        ) as choice
    from {{ ref('stg_component_sets') }} as component_sets
),

mapped_set_names as (
    select
        file_component_sets.component_set_key,
        min(file_component_sets.component_set_name) as component_set_name
    from {{ ref('stg_file_component_sets') }} as file_component_sets
    inner join {{ ref('int_files') }} as files
        on file_component_sets.file_key = files.file_key
    where not files.is_branch
    group by file_component_sets.component_set_key
),

known as (
    select
        coalesce(components.component_key, mapped.component_key) as component_key,
        coalesce(components.component_name, mapped.component_name) as component_name,
        case
            when components.is_published and components.component_set_node_id is null then null
            else coalesce(published_sets.component_set_key, mapped.component_set_key)
        end as component_set_key,
        components.file_key as library_file_key,
        components.node_id as library_node_id,
        components.team_id,
        coalesce(components.is_published, false) as is_published,
        components.created_at
    from {{ ref('stg_components') }} as components
    full outer join (
        select
            mapped.component_key,
            mapped.component_name,
            mapped.component_set_key
        from mapped
        where mapped.choice = 1
    ) as mapped
        on components.component_key = mapped.component_key
    left join published_sets
        on
            components.file_key = published_sets.file_key
            and components.component_set_node_id = published_sets.node_id
            and published_sets.choice = 1
)

select
    known.component_key,
    known.component_name,
    known.component_set_key,
    coalesce(component_sets.component_set_name, mapped_set_names.component_set_name) as component_set_name,
    known.library_file_key,
    known.library_node_id,
    known.team_id,
    known.is_published,
    known.created_at
from known
left join {{ ref('stg_component_sets') }} as component_sets
    on known.component_set_key = component_sets.component_set_key
left join mapped_set_names
    on known.component_set_key = mapped_set_names.component_set_key
