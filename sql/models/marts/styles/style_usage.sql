-- a reference has no key if the document's map does not name its style; such references are kept with style_key null
with node_references as (
    select
        node_styles.style_key,
        node_styles.file_key,
        node_styles.slot,
        node_styles.node_id,
        nodes.preorder,
        nodes.is_effectively_visible
    from {{ ref('stg_node_styles') }} as node_styles
    inner join {{ ref('int_files') }} as files
        on node_styles.file_key = files.file_key
    inner join {{ ref('stg_nodes') }} as nodes
        on
            node_styles.file_key = nodes.file_key
            and node_styles.node_id = nodes.node_id
    where not files.is_branch
),

counted as (
    select
        node_references.style_key,
        node_references.file_key,
        node_references.slot,
        count(*) as reference_count,
        count(*) filter (where node_references.is_effectively_visible) as references_visible,
        count(distinct node_references.node_id) as nodes,
        coalesce(
            min(node_references.preorder) filter (where node_references.is_effectively_visible),
            min(node_references.preorder)
        ) as sample_preorder
    from node_references
    group by
        node_references.style_key,
        node_references.file_key,
        node_references.slot
),

defined_here as (
    select distinct
        file_styles.file_key,
        file_styles.style_key
    from {{ ref('stg_file_styles') }} as file_styles
    where not file_styles.is_remote
)

select
    counted.style_key,
    counted.file_key,
    counted.slot,
    counted.reference_count as style_references,
    counted.references_visible,
    counted.nodes,
    styles.style_name,
    styles.style_type,
    coalesce(styles.is_published, false) as is_published,
    case
        when styles.is_published then coalesce(styles.defined_in_file_key = counted.file_key, false)
        else defined_here.style_key is not null
    end as is_defined_here,
    files.file_name,
    {{ figma_url('counted.file_key', 'samples.node_id') }} as sample_url
from counted
inner join {{ ref('stg_nodes') }} as samples
    on
        counted.file_key = samples.file_key
        and counted.sample_preorder = samples.preorder
inner join {{ ref('int_files') }} as files
    on counted.file_key = files.file_key
left join {{ ref('int_styles') }} as styles
    on counted.style_key = styles.style_key
left join defined_here
    on
        counted.file_key = defined_here.file_key
        and counted.style_key = defined_here.style_key
