-- a single component or a set counts as one item, as a designer sees it in the assets panel. Names are compared trimmed
-- and regardless of case, of a variant the name of its set. A single component may repeat a set, and the other way
-- round: who detaches an instance and makes a component of it has one variant, with the name of its set. The shape of a
-- set are those of its variants: one that equals a variant, or a single component, of the other item is enough. An item
-- is unpublished if neither it nor any variant of it is published, also if its library withdrew it; its own file is no
-- other library, so drafts beside what they become are left out. The nearest published item is the one with the same
-- name and shape, otherwise the same name, otherwise the most variants of its shape; one of the same kind comes first
with parts as (
    select
        shapes.file_key,
        shapes.node_id as component_id,
        case when shapes.component_set_node_id is null then 'component' else 'component_set' end as kind,
        coalesce(shapes.component_set_node_id, shapes.node_id) as node_id,
        case
            when shapes.component_set_node_id is null then shapes.component_key
            else shapes.component_set_key
        end as item_key,
        coalesce(shapes.component_set_name, shapes.component_name) as item_name,
        shapes.layers,
        shapes.shape,
        coalesce(components.is_published, false) or coalesce(component_sets.is_published, false) as is_published
    from {{ ref('int_component_shapes') }} as shapes
    inner join {{ ref('int_files') }} as files
        on shapes.file_key = files.file_key
    left join {{ ref('int_components') }} as components
        on shapes.component_key = components.component_key
    left join {{ ref('stg_component_sets') }} as component_sets
        on shapes.component_set_key = component_sets.component_set_key
    where not files.is_branch
),

used as (
    select
        counts.file_key,
        counts.component_id,
        cast(sum(counts.usages) as bigint) as usages,
        cast(sum(counts.placements) as bigint) as placements
    from {{ ref('int_instance_counts') }} as counts
    group by
        counts.file_key,
        counts.component_id
),

items as (
    select
        parts.file_key,
        parts.node_id,
        parts.kind,
        parts.item_key,
        parts.item_name,
        count(*) as variants,
        max(parts.layers) as layers,
        cast(coalesce(sum(used.usages), 0) as bigint) as usages,
        cast(coalesce(sum(used.placements), 0) as bigint) as placements
    from parts
    left join used
        on
            parts.file_key = used.file_key
            and parts.component_id = used.component_id
    group by
        parts.file_key,
        parts.node_id,
        parts.kind,
        parts.item_key,
        parts.item_name
    having count(*) filter (where parts.is_published) = 0
),

published_parts as (
    select
        components.component_key,
        components.library_file_key,
        case when components.component_set_key is null then 'component' else 'component_set' end as kind,
        coalesce(components.component_set_key, components.component_key) as item_key,
        case
            when components.component_set_key is null then components.component_name
            else components.component_set_name
        end as item_name,
        coalesce(component_sets.node_id, components.library_node_id) as node_id
    from {{ ref('int_components') }} as components
    left join {{ ref('stg_component_sets') }} as component_sets
        on components.component_set_key = component_sets.component_set_key
    where components.is_published
),

published as (
    select
        published_parts.item_key,
        published_parts.kind,
        published_parts.library_file_key,
        min(published_parts.item_name) as item_name,
        min(published_parts.node_id) as node_id
    from published_parts
    group by
        published_parts.item_key,
        published_parts.kind,
        published_parts.library_file_key
),

published_shapes as (
    select distinct
        published_parts.item_key,
        published_parts.library_file_key,
        shapes.shape
    from published_parts
    inner join {{ ref('int_component_shapes') }} as shapes
        on
            published_parts.library_file_key = shapes.file_key
            and published_parts.component_key = shapes.component_key
    where shapes.shape is not null
),

matches as (
    select
        items.file_key,
        items.node_id,
        published.item_key as published_key,
        true as has_same_name,
        cast(null as varchar) as component_id
    from items
    inner join published
        on
            lower(trim(items.item_name)) = lower(trim(published.item_name))
            and items.file_key <> published.library_file_key
    where trim(items.item_name) <> ''
    union all
    select
        parts.file_key,
        parts.node_id,
        published_shapes.item_key as published_key,
        false as has_same_name,
        parts.component_id
    from parts
    inner join items
        on
            parts.file_key = items.file_key
            and parts.node_id = items.node_id
    inner join published_shapes
        on
            parts.shape = published_shapes.shape
            and parts.file_key <> published_shapes.library_file_key
),

matched as (
    select
        matches.file_key,
        matches.node_id,
        matches.published_key,
        count(*) filter (where matches.has_same_name) > 0 as has_same_name,
        count(distinct matches.component_id) as variants_alike
    from matches
    group by
        matches.file_key,
        matches.node_id,
        matches.published_key
),

ranked as (
    select
        matched.file_key,
        matched.node_id,
        matched.published_key,
        matched.has_same_name,
        matched.variants_alike,
        count(*) over (partition by matched.file_key, matched.node_id) as published_items,
        row_number() over (
            partition by matched.file_key, matched.node_id
            order by
                case
                    when matched.has_same_name and matched.variants_alike > 0 then 1
                    when matched.has_same_name then 2
                    else 3
                end asc,
                matched.variants_alike desc,
                case when items.kind = published.kind then 1 else 2 end asc,
                published.item_name asc,
                matched.published_key asc
        ) as choice
    from matched
    inner join items
        on
            matched.file_key = items.file_key
            and matched.node_id = items.node_id
    inner join published
        on matched.published_key = published.item_key
)

select
    items.file_key,
    items.node_id,
    items.kind,
    items.item_key,
    items.item_name,
    case
        when ranked.has_same_name and ranked.variants_alike > 0 then 'both'
        when ranked.has_same_name then 'name'
        else 'shape'
    end as match_kind,
    published.kind as published_kind,
    published.item_key as published_key,
    published.item_name as published_name,
    published.library_file_key,
    libraries.file_name as library_file_name,
    ranked.published_items,
    items.layers,
    items.variants,
    ranked.variants_alike,
    items.usages,
    items.placements,
    files.file_name,
    files.folder_id,
    files.folder_path,
    files.team_id,
    files.team_name,
    {{ figma_url('items.file_key', 'items.node_id') }} as figma_url,
    {{ figma_url('published.library_file_key', 'published.node_id') }} as published_url,
    scan.files_expected,
    scan.files_scanned,
    scan.is_conclusive
from ranked
cross join {{ ref('int_scan') }} as scan
inner join items
    on
        ranked.file_key = items.file_key
        and ranked.node_id = items.node_id
inner join published
    on ranked.published_key = published.item_key
inner join {{ ref('int_files') }} as files
    on items.file_key = files.file_key
left join {{ ref('int_files') }} as libraries
    on published.library_file_key = libraries.file_key
where ranked.choice = 1
