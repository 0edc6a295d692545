-- what placements override, over all files but the library's own. Figma lists an override of a text as several fields
-- (characters, lineTypes, ...): placements_overriding_group counts such a placement once. A property that a designer
-- sets shows as componentProperties and as the field that it changes. A stroke is in the group other. Documents from
-- before 2023 do not say which widths and heights follow from the layout, so that these count as overrides; so does the
-- size of a text outside of an auto layout
with overrides as (
    select
        overrides.component_key,
        overrides.field_group,
        overrides.field,
        sum(overrides.placements) as placements,
        sum(overrides.own_placements) as own_placements,
        sum(overrides.layer_placements) as layer_placements,
        count(*) as files,
        min({{ figma_url('overrides.file_key', 'overrides.sample_node_id') }}) as sample_url
    from {{ ref('int_overrides') }} as overrides
    inner join {{ ref('int_files') }} as files
        on overrides.file_key = files.file_key
    left join {{ ref('int_components') }} as components
        on overrides.component_key = components.component_key
    where
        not files.is_branch
        and not coalesce(components.is_published and components.library_file_key = overrides.file_key, false)
    group by
        overrides.component_key,
        overrides.field_group,
        overrides.field
),

placed as (
    select
        component_usage.component_key,
        sum(component_usage.placements) as placements
    from {{ ref('component_usage') }} as component_usage
    group by component_usage.component_key
)

select
    of_field.component_key,
    of_field.field,
    of_field.field_group,
    components.component_name,
    components.component_set_key,
    components.component_set_name,
    components.library_file_key,
    coalesce(components.is_published, false) as is_published,
    cast(placed.placements as bigint) as placements,
    cast(of_field.placements as bigint) as placements_overriding,
    cast(of_field.placements as double precision) / placed.placements as override_share,
    cast(of_field.own_placements as bigint) as placements_overriding_own,
    cast(of_field.layer_placements as bigint) as placements_overriding_layers,
    cast(of_group.placements as bigint) as placements_overriding_group,
    cast(of_any.placements as bigint) as placements_overriding_any,
    of_field.files as files_overriding,
    of_field.sample_url
from overrides as of_field
inner join overrides as of_group
    on
        of_field.component_key = of_group.component_key
        and of_field.field_group = of_group.field_group
        and of_group.field is null
inner join overrides as of_any
    on
        of_field.component_key = of_any.component_key
        and of_any.field_group is null
inner join placed
    on of_field.component_key = placed.component_key
left join {{ ref('int_components') }} as components
    on of_field.component_key = components.component_key
where of_field.field is not null
