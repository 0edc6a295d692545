-- an instance brings itself and the layers below it. Usages count, as in component_set_reach: instances outside
-- definitions, direct or nested, visible or not. A nested instance brings its nodes for its own set and for the set
-- around it, so that nodes_brought does not add up over sets
with definitions as (
    select
        set_nodes.component_set_key,
        set_nodes.file_key,
        set_nodes.node_id,
        set_nodes.variants,
        set_nodes.nodes_of_variants,
        row_number() over (
            partition by set_nodes.component_set_key
            order by
                case when set_nodes.file_key = published.file_key then 0 else 1 end,
                set_nodes.file_key,
                set_nodes.node_id
        ) as choice
    from {{ ref('int_set_nodes') }} as set_nodes
    inner join {{ ref('int_files') }} as files
        on set_nodes.file_key = files.file_key
    left join {{ ref('stg_component_sets') }} as published
        on set_nodes.component_set_key = published.component_set_key
    where not files.is_branch
),

names as (
    select
        components.component_set_key,
        min(components.component_set_name) as component_set_name
    from {{ ref('int_components') }} as components
    where components.component_set_key is not null
    group by components.component_set_key
),

sizes as (
    select
        components.component_set_key,
        sizes.nodes,
        sum(sizes.usages) as usages
    from {{ ref('int_instance_sizes') }} as sizes
    inner join {{ ref('int_files') }} as files
        on sizes.file_key = files.file_key
    inner join {{ ref('int_components') }} as components
        on sizes.component_key = components.component_key
    where
        not files.is_branch
        and components.component_set_key is not null
    group by
        components.component_set_key,
        sizes.nodes
),

ranked as (
    select
        sizes.component_set_key,
        sizes.nodes,
        sizes.usages,
        sum(sizes.usages) over (partition by sizes.component_set_key order by sizes.nodes) as usages_so_far,
        sum(sizes.usages) over (partition by sizes.component_set_key) as all_usages
    from sizes
),

-- the median is the mean of the two middle usages, which are the same one if their number is odd
brought as (
    select
        ranked.component_set_key,
        cast(sum(ranked.usages) as bigint) as usages,
        cast(sum(ranked.nodes * ranked.usages) as bigint) as nodes_brought,
        (
            min(ranked.nodes) filter (where 2 * ranked.usages_so_far >= ranked.all_usages)
            + min(ranked.nodes) filter (where 2 * ranked.usages_so_far > ranked.all_usages)
        ) / cast(2 as double precision) as nodes_brought_median
    from ranked
    group by ranked.component_set_key
),

keys as (
    select component_sets.component_set_key
    from {{ ref('stg_component_sets') }} as component_sets
    where component_sets.is_published
    union distinct
    select definitions.component_set_key
    from definitions
    union distinct
    select brought.component_set_key
    from brought
)

select
    keys.component_set_key,
    coalesce(component_sets.component_set_name, names.component_set_name) as component_set_name,
    component_sets.file_key as library_file_key,
    coalesce(component_sets.is_published, false) as is_published,
    definitions.variants,
    definitions.nodes_of_variants,
    coalesce(brought.usages, 0) as usages,
    brought.nodes_brought_median,
    coalesce(brought.nodes_brought, 0) as nodes_brought,
    {{
        figma_url(
            'coalesce(definitions.file_key, component_sets.file_key)',
            'coalesce(definitions.node_id, component_sets.node_id)'
        )
    }} as figma_url,
    scan.files_expected,
    scan.files_scanned,
    scan.is_conclusive
from keys
cross join {{ ref('int_scan') }} as scan
left join {{ ref('stg_component_sets') }} as component_sets
    on keys.component_set_key = component_sets.component_set_key
left join names
    on keys.component_set_key = names.component_set_key
left join definitions
    on
        keys.component_set_key = definitions.component_set_key
        and definitions.choice = 1
left join brought
    on keys.component_set_key = brought.component_set_key
