-- what is published and deprecated, by the setting deprecated_pattern, and each file that still uses it. named_in is
-- the first place that says so, in the order name, set, page, frame, description. The set says so by its name or by its
-- description. A style has no page and no frame. A set has a row beside those of its variants, because both may be
-- deprecated: add up the rows without is_in_deprecated_set. The replacement is a published set, single component or,
-- for a style, style whose name is in the description as a whole, in the same case, and that is not deprecated. The
-- longest name wins, and then a name of the same library. Usages of a style are its references, and its placements are
-- the visible ones. Variables are left out, because documents do not name them. What nobody uses has no row
with component_items as (
    select
        published.component_key as item_key,
        published.component_name as item_name,
        published.file_key as library_file_key,
        published.node_id,
        components.component_set_key,
        components.component_set_name,
        coalesce(published.description, '') || ' ' || coalesce(component_sets.description, '') as descriptions,
        case
            when {{ is_deprecated('published.component_name') }} then 'name'
            when
                {{ is_deprecated('components.component_set_name') }}
                or {{ is_deprecated('component_sets.description') }}
                then 'set'
            when {{ is_deprecated('published.containing_page_name') }} then 'page'
            when {{ is_deprecated('published.containing_frame_name') }} then 'frame'
            when {{ is_deprecated('published.description') }} then 'description'
        end as named_in
    from {{ ref('stg_components') }} as published
    inner join {{ ref('int_components') }} as components
        on published.component_key = components.component_key
    left join {{ ref('stg_component_sets') }} as component_sets
        on components.component_set_key = component_sets.component_set_key
    where published.is_published
),

set_items as (
    select
        component_sets.component_set_key as item_key,
        component_sets.component_set_name as item_name,
        component_sets.file_key as library_file_key,
        component_sets.node_id,
        coalesce(component_sets.description, '') as descriptions,
        case
            when {{ is_deprecated('component_sets.component_set_name') }} then 'name'
            when {{ is_deprecated('component_sets.containing_page_name') }} then 'page'
            when {{ is_deprecated('component_sets.containing_frame_name') }} then 'frame'
            when {{ is_deprecated('component_sets.description') }} then 'description'
        end as named_in
    from {{ ref('stg_component_sets') }} as component_sets
    where component_sets.is_published
),

style_items as (
    select
        styles.style_key as item_key,
        styles.style_name as item_name,
        styles.file_key as library_file_key,
        styles.node_id,
        coalesce(styles.description, '') as descriptions,
        case
            when {{ is_deprecated('styles.style_name') }} then 'name'
            when {{ is_deprecated('styles.description') }} then 'description'
        end as named_in
    from {{ ref('stg_styles') }} as styles
    where styles.is_published
),

items as (
    select
        'component' as kind,
        component_items.item_key,
        component_items.item_name,
        component_items.component_set_key,
        component_items.component_set_name,
        component_items.library_file_key,
        component_items.node_id,
        component_items.descriptions,
        component_items.named_in
    from component_items
    union all
    select
        'component_set' as kind,
        set_items.item_key,
        set_items.item_name,
        null as component_set_key,
        null as component_set_name,
        set_items.library_file_key,
        set_items.node_id,
        set_items.descriptions,
        set_items.named_in
    from set_items
    union all
    select
        'style' as kind,
        style_items.item_key,
        style_items.item_name,
        null as component_set_key,
        null as component_set_name,
        style_items.library_file_key,
        style_items.node_id,
        style_items.descriptions,
        style_items.named_in
    from style_items
),

replacements as (
    select
        items.kind,
        items.item_key,
        candidates.item_key as replacement_key,
        candidates.item_name as replacement_name,
        row_number() over (
            partition by
                items.kind,
                items.item_key
            order by
                length(candidates.item_name) desc,
                case when candidates.library_file_key = items.library_file_key then 0 else 1 end,
                candidates.item_key
        ) as choice
    from items
    inner join items as candidates
        on
            (items.kind = 'style') = (candidates.kind = 'style')
            and {{ words('candidates.item_name') }} <> ' '
            and strpos({{ words('items.descriptions') }}, {{ words('candidates.item_name') }}) > 0
    where
        items.named_in is not null
        and candidates.named_in is null
        and candidates.component_set_key is null
),

uses as (
    select
        'component' as kind,
        component_usage.component_key as item_key,
        component_usage.file_key,
        component_usage.usages,
        component_usage.placements,
        component_usage.in_definitions,
        component_usage.sample_url
    from {{ ref('component_usage') }} as component_usage
    union all
    select
        'component_set' as kind,
        component_usage.component_set_key as item_key,
        component_usage.file_key,
        component_usage.usages,
        component_usage.placements,
        component_usage.in_definitions,
        component_usage.sample_url
    from {{ ref('component_usage') }} as component_usage
    union all
    select
        'style' as kind,
        style_usage.style_key as item_key,
        style_usage.file_key,
        style_usage.style_references as usages,
        case when style_usage.is_defined_here then 0 else style_usage.references_visible end as placements,
        null as in_definitions,
        style_usage.sample_url
    from {{ ref('style_usage') }} as style_usage
),

added_up as (
    select
        uses.kind,
        uses.item_key,
        uses.file_key,
        cast(sum(uses.usages) as bigint) as usages,
        cast(sum(uses.placements) as bigint) as placements,
        cast(sum(uses.in_definitions) as bigint) as in_definitions,
        min(uses.sample_url) as sample_url
    from uses
    group by
        uses.kind,
        uses.item_key,
        uses.file_key
)

select
    items.kind,
    items.item_key,
    added_up.file_key,
    items.item_name,
    items.component_set_key,
    items.component_set_name,
    items.library_file_key,
    libraries.file_name as library_file_name,
    items.named_in,
    replacements.replacement_key,
    replacements.replacement_name,
    files.file_name,
    files.folder_id,
    files.folder_path,
    files.team_id,
    files.team_name,
    added_up.usages,
    added_up.placements,
    added_up.in_definitions,
    items.library_file_key = added_up.file_key as is_at_home,
    {{ figma_url('items.library_file_key', 'items.node_id') }} as figma_url,
    added_up.sample_url,
    deprecated_sets.item_key is not null as is_in_deprecated_set
from items
inner join added_up
    on
        items.kind = added_up.kind
        and items.item_key = added_up.item_key
inner join {{ ref('int_files') }} as files
    on added_up.file_key = files.file_key
left join replacements
    on
        items.kind = replacements.kind
        and items.item_key = replacements.item_key
        and replacements.choice = 1
left join items as deprecated_sets
    on
        items.component_set_key = deprecated_sets.item_key
        and deprecated_sets.kind = 'component_set'
        and deprecated_sets.named_in is not null
left join {{ ref('stg_files') }} as libraries
    on items.library_file_key = libraries.file_key
where items.named_in is not null
