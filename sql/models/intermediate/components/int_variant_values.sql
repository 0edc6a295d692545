-- a set declares the values in the names of its variants ("Size=Large, State=Hover"). The variants are the published
-- ones or, if the set is not published, those that a file defines. Only the node of the set declares the other
-- properties: their defaults, and both values of a boolean
with defined as (
    select distinct file_components.component_key
    from {{ ref('int_file_components') }} as file_components
    inner join {{ ref('int_files') }} as files
        on file_components.file_key = files.file_key
    where
        not files.is_branch
        and file_components.is_defined
),

variants as (
    select components.component_key
    from {{ ref('int_components') }} as components
    left join defined
        on components.component_key = defined.component_key
    left join {{ ref('stg_component_sets') }} as component_sets
        on components.component_set_key = component_sets.component_set_key
    where
        components.is_published
        or (defined.component_key is not null and not coalesce(component_sets.is_published, false))
),

declared as (
    select
        owners.component_set_key,
        properties.property_name as property,
        properties.property_type,
        properties.default_value,
        row_number() over (
            partition by
                owners.component_set_key,
                properties.property_name
            order by
                case when owners.file_key = published.file_key then 0 else 1 end,
                owners.file_key,
                owners.node_id
        ) as choice
    from {{ ref('stg_file_component_sets') }} as owners
    inner join {{ ref('int_files') }} as files
        on owners.file_key = files.file_key
    inner join {{ ref('int_set_properties') }} as properties
        on
            owners.file_key = properties.file_key
            and owners.node_id = properties.node_id
    left join {{ ref('stg_component_sets') }} as published
        on owners.component_set_key = published.component_set_key
    where not files.is_branch
),

offered as (
    select
        variant_parts.component_set_key,
        variant_parts.property,
        'VARIANT' as property_type,
        variant_parts.value
    from {{ ref('int_variant_parts') }} as variant_parts
    inner join variants
        on variant_parts.component_key = variants.component_key
    union distinct
    select
        declared.component_set_key,
        declared.property,
        declared.property_type,
        declared.default_value as value
    from declared
    where
        declared.choice = 1
        and declared.default_value is not null
        and declared.property_type in ('BOOLEAN', 'TEXT', 'INSTANCE_SWAP')
    union distinct
    select
        declared.component_set_key,
        declared.property,
        declared.property_type,
        case when declared.default_value = 'true' then 'false' else 'true' end as value
    from declared
    where
        declared.choice = 1
        and declared.property_type = 'BOOLEAN'
)

select
    offered.component_set_key,
    offered.property,
    offered.property_type,
    offered.value,
    declared.default_value = offered.value as is_default
from offered
left join declared
    on
        offered.component_set_key = declared.component_set_key
        and offered.property = declared.property
        and declared.choice = 1
