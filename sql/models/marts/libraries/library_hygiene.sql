-- what a designer of the library can repair. Names are compared exactly, among those that a designer sees side by side:
-- in one library, components and component sets together, styles of one type. A variant is described by its set, and
-- its name lists its values, so it needs no description, and its name may repeat. Two variants are indistinct if their
-- names give the same values of the same properties, in whatever order. A property is unused if its set has placements
-- and each of them tells its value, which is the default: Figma leaves the properties out of many instances, and their
-- values are unknown. Properties of components outside sets are left out, because only the defaults of sets are
-- compared with instances. A missing documentation link is a problem only if the library has one on another component
-- or set: a library without links may have its documentation elsewhere, or was read before links were stored. A variant
-- is documented by its set
with items as (
    select
        'component' as kind,
        components.component_key as item_key,
        components.component_name as item_name,
        components.description,
        '' as style_type,
        components.component_set_node_id is not null as is_variant,
        known.component_set_key,
        known.component_set_name,
        components.file_key,
        components.node_id,
        components.team_id
    from {{ ref('stg_components') }} as components
    inner join {{ ref('int_components') }} as known
        on components.component_key = known.component_key
    where components.is_published
    union all
    select
        'component_set' as kind,
        component_sets.component_set_key as item_key,
        component_sets.component_set_name as item_name,
        component_sets.description,
        '' as style_type,
        false as is_variant,
        null as component_set_key,
        null as component_set_name,
        component_sets.file_key,
        component_sets.node_id,
        component_sets.team_id
    from {{ ref('stg_component_sets') }} as component_sets
    where component_sets.is_published
    union all
    select
        'style' as kind,
        styles.style_key as item_key,
        styles.style_name as item_name,
        styles.description,
        styles.style_type,
        false as is_variant,
        null as component_set_key,
        null as component_set_name,
        styles.file_key,
        styles.node_id,
        styles.team_id
    from {{ ref('stg_styles') }} as styles
    where styles.is_published
),

namesakes as (
    select
        items.kind,
        items.item_key,
        count(*) over (partition by items.file_key, items.style_type, items.item_name) - 1 as alike
    from items
    where
        not items.is_variant
        and items.item_name is not null
),

listed_values as (
    select
        parts.component_key,
        parts.component_set_key,
        {{ listagg("parts.property || '=' || parts.value", "', '", 'order by parts.property') }} as all_values
    from {{ ref('int_variant_parts') }} as parts
    inner join items
        on
            parts.component_key = items.item_key
            and items.kind = 'component'
            and items.is_variant
    group by
        parts.component_key,
        parts.component_set_key
),

twins as (
    select
        listed_values.component_key,
        count(*) over (partition by listed_values.component_set_key, listed_values.all_values) - 1 as alike
    from listed_values
),

properties as (
    select
        variant_usage.component_set_key,
        variant_usage.property,
        sum(variant_usage.placements) as placements,
        sum(variant_usage.placements) filter (where variant_usage.is_default) as with_default
    from {{ ref('variant_usage') }} as variant_usage
    group by
        variant_usage.component_set_key,
        variant_usage.property
),

linked as (
    select
        items.kind,
        items.item_key,
        items.file_key,
        file_components.documentation_url
    from items
    inner join {{ ref('stg_file_components') }} as file_components
        on
            items.file_key = file_components.file_key
            and items.node_id = file_components.node_id
    where
        items.kind = 'component'
        and not items.is_variant
    union all
    select
        items.kind,
        items.item_key,
        items.file_key,
        file_component_sets.documentation_url
    from items
    inner join {{ ref('stg_file_component_sets') }} as file_component_sets
        on
            items.file_key = file_component_sets.file_key
            and items.node_id = file_component_sets.node_id
    where items.kind = 'component_set'
),

links as (
    select
        linked.kind,
        linked.item_key,
        linked.documentation_url,
        count(linked.documentation_url) over (partition by linked.file_key) as links_of_library
    from linked
),

problems as (
    select
        items.kind,
        items.item_key,
        'no_description' as problem,
        cast(null as varchar) as property,
        cast(null as bigint) as alike
    from items
    where
        not items.is_variant
        and regexp_replace(coalesce(items.description, ''), '\s', '', 'g') = ''
    union all
    select
        links.kind,
        links.item_key,
        'no_documentation_link' as problem,
        null as property,
        null as alike
    from links
    where
        links.documentation_url is null
        and links.links_of_library > 0
    union all
    select
        items.kind,
        items.item_key,
        'control_characters' as problem,
        null as property,
        null as alike
    from items
    where regexp_replace(items.item_name, '[\x01-\x1f\x7f-\x9f]', '', 'g') <> items.item_name
    union all
    select
        items.kind,
        items.item_key,
        'doubled_spaces' as problem,
        null as property,
        null as alike
    from items
    where strpos(items.item_name, '  ') > 0
    union all
    select
        namesakes.kind,
        namesakes.item_key,
        'same_name' as problem,
        null as property,
        namesakes.alike
    from namesakes
    where namesakes.alike > 0
    union all
    select
        'component' as kind,
        twins.component_key as item_key,
        'indistinct_variants' as problem,
        null as property,
        twins.alike
    from twins
    where twins.alike > 0
    union all
    select
        'component_set' as kind,
        properties.component_set_key as item_key,
        'unused_property' as problem,
        properties.property,
        null as alike
    from properties
    inner join {{ ref('component_set_reach') }} as reach
        on properties.component_set_key = reach.component_set_key
    where
        reach.is_published
        and reach.placements > 0
        and properties.placements = reach.placements
        and properties.with_default = reach.placements
)

select
    problems.kind,
    problems.item_key,
    problems.problem,
    problems.property,
    problems.alike,
    items.item_name,
    items.component_set_key,
    items.component_set_name,
    items.file_key as library_file_key,
    files.file_name as library_file_name,
    files.folder_id,
    files.folder_path,
    coalesce(items.team_id, files.team_id) as team_id,
    teams.team_name,
    {{ figma_url('items.file_key', 'items.node_id') }} as figma_url,
    scan.files_expected,
    scan.files_scanned,
    scan.is_conclusive
from problems
cross join {{ ref('int_scan') }} as scan
inner join items
    on
        problems.kind = items.kind
        and problems.item_key = items.item_key
left join {{ ref('int_files') }} as files
    on items.file_key = files.file_key
left join {{ ref('stg_teams') }} as teams
    on coalesce(items.team_id, files.team_id) = teams.team_id
