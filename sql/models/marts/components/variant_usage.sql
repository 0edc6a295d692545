-- a usage counts once per property, under its value. The value of a variant property is what the name of the variant
-- says, because Figma leaves the properties out of many instances; what an instance says counts if the name says
-- nothing. Texts vary without limit: the default has a row of its own, and all other texts share the row without a
-- value. So do all values of slots and of unknown types. Values that no set declares are kept: they come from an older
-- release, or from a set whose library is not loaded
with named as (
    select distinct variant_parts.component_key
    from {{ ref('int_variant_parts') }} as variant_parts
),

valued as (
    select
        counts.file_key,
        counts.component_key,
        variant_parts.property,
        'VARIANT' as property_type,
        variant_parts.value,
        counts.usages,
        counts.placements,
        counts.sample_place,
        counts.sample_node_id
    from {{ ref('int_instance_counts') }} as counts
    inner join {{ ref('int_variant_parts') }} as variant_parts
        on counts.component_key = variant_parts.component_key
    where counts.usages > 0
    union all
    select
        properties.file_key,
        properties.component_key,
        properties.property_name as property,
        properties.property_type,
        case
            when properties.property_type <> 'TEXT' or offered.is_default then properties.property_value
        end as value,
        properties.usages,
        properties.placements,
        properties.sample_place,
        properties.sample_node_id
    from {{ ref('int_property_values') }} as properties
    inner join {{ ref('int_components') }} as components
        on properties.component_key = components.component_key
    left join named
        on properties.component_key = named.component_key
    left join {{ ref('int_variant_values') }} as offered
        on
            components.component_set_key = offered.component_set_key
            and properties.property_name = offered.property
            and properties.property_type = offered.property_type
            and properties.property_value = offered.value
    where
        properties.property_type <> 'VARIANT'
        or named.component_key is null
),

used as (
    select
        components.component_set_key,
        valued.file_key,
        valued.property,
        valued.property_type,
        valued.value,
        sum(valued.usages) as usages,
        coalesce(
            sum(valued.placements) filter (
                where not coalesce(components.is_published and components.library_file_key = valued.file_key, false)
            ), 0
        ) as placements,
        coalesce(
            sum(valued.usages) filter (
                where not coalesce(components.is_published and components.library_file_key = valued.file_key, false)
            ), 0
        ) as usages_elsewhere,
        {{ first_by('valued.sample_node_id', 'valued.sample_place') }} as sample_node_id
    from valued
    inner join {{ ref('int_files') }} as files
        on valued.file_key = files.file_key
    inner join {{ ref('int_components') }} as components
        on valued.component_key = components.component_key
    where
        not files.is_branch
        and components.component_set_key is not null
    group by
        components.component_set_key,
        valued.file_key,
        valued.property,
        valued.property_type,
        valued.value
),

ranked as (
    select
        used.component_set_key,
        used.property,
        used.property_type,
        used.value,
        used.file_key,
        used.sample_node_id,
        used.usages,
        used.placements,
        used.usages_elsewhere,
        row_number() over (
            partition by
                used.component_set_key,
                used.property,
                used.property_type,
                used.value
            order by
                used.placements desc,
                used.usages desc,
                used.file_key asc
        ) as choice
    from used
),

totals as (
    select
        ranked.component_set_key,
        ranked.property,
        ranked.property_type,
        ranked.value,
        cast(sum(ranked.usages) as bigint) as usages,
        cast(sum(ranked.placements) as bigint) as placements,
        count(*) filter (where ranked.usages_elsewhere > 0) as files_using,
        max(case when ranked.choice = 1 then ranked.file_key end) as sample_file_key,
        max(case when ranked.choice = 1 then ranked.sample_node_id end) as sample_node_id
    from ranked
    group by
        ranked.component_set_key,
        ranked.property,
        ranked.property_type,
        ranked.value
),

known as (
    select
        coalesce(totals.component_set_key, offered.component_set_key) as component_set_key,
        coalesce(totals.property, offered.property) as property,
        coalesce(totals.property_type, offered.property_type) as property_type,
        coalesce(totals.value, offered.value) as value,
        offered.component_set_key is not null as is_declared,
        offered.is_default,
        coalesce(totals.usages, 0) as usages,
        coalesce(totals.placements, 0) as placements,
        coalesce(totals.files_using, 0) as files_using,
        totals.sample_file_key,
        totals.sample_node_id
    from totals
    full outer join {{ ref('int_variant_values') }} as offered
        on
            totals.component_set_key = offered.component_set_key
            and totals.property = offered.property
            and totals.property_type = offered.property_type
            and totals.value = offered.value
),

sets as (
    select
        components.component_set_key,
        min(components.component_set_name) as component_set_name
    from {{ ref('int_components') }} as components
    where components.component_set_key is not null
    group by components.component_set_key
)

select
    known.component_set_key,
    known.property,
    known.property_type,
    known.value,
    coalesce(published.component_set_name, sets.component_set_name) as component_set_name,
    published.file_key as library_file_key,
    coalesce(published.is_published, false) as is_published,
    regexp_replace(known.property, '#[0-9:]+$', '') as property_name,
    case
        when known.property_type = 'INSTANCE_SWAP'
            then coalesce(swapped.component_set_name || ' / ', '') || swapped.component_name
        else known.value
    end as value_name,
    known.is_declared,
    known.is_default,
    known.usages,
    known.placements,
    known.files_using,
    known.is_declared and known.files_using = 0 as is_unused,
    {{ figma_url('known.sample_file_key', 'known.sample_node_id') }} as sample_url,
    scan.files_expected,
    scan.files_scanned,
    scan.is_conclusive
from known
cross join {{ ref('int_scan') }} as scan
left join {{ ref('stg_component_sets') }} as published
    on known.component_set_key = published.component_set_key
left join sets
    on known.component_set_key = sets.component_set_key
left join {{ ref('int_components') }} as swapped
    on known.value = swapped.component_key
