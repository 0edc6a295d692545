-- each visible solid paint of a main design file is bound to a style or a variable, is inside a library instance, or is
-- set by hand
with expected as (
    select count(*) as paints
    from {{ ref('stg_node_paints') }} as node_paints
    inner join {{ ref('stg_nodes') }} as nodes
        on
            node_paints.file_key = nodes.file_key
            and node_paints.node_id = nodes.node_id
    inner join {{ ref('int_files') }} as files
        on nodes.file_key = files.file_key
    where
        not files.is_branch
        and files.is_design
        and node_paints.paint_type = 'SOLID'
        and node_paints.is_visible
        and nodes.is_effectively_visible
        and node_paints.variable_id is null
        and {{ channel('node_paints.color', 8) }} * node_paints.opacity >= 0.5
        and not exists (
            select 1
            from {{ ref('stg_node_styles') }} as node_styles
            where
                node_paints.file_key = node_styles.file_key
                and node_paints.node_id = node_styles.node_id
                and node_styles.slot in (node_paints.role, node_paints.role || 's')
        )
        and not exists (
            select 1
            from {{ ref('int_instances') }} as instances
            where
                nodes.file_key = instances.file_key
                and instances.is_in_library
                and instances.node_id = nodes.node_id
        )
        -- separate from the condition before: with `or`, the database could not use a hash join
        and not exists (
            select 1
            from {{ ref('int_instances') }} as instances
            where
                nodes.file_key = instances.file_key
                and instances.is_in_library
                and instances.node_id = nodes.instance_id
        )
),

counted as (
    select coalesce(sum(hardcoded_values.fills + hardcoded_values.strokes), 0) as paints
    from {{ ref('hardcoded_values') }} as hardcoded_values
)

select
    expected.paints as expected,
    counted.paints as counted
from expected
inner join counted
    on expected.paints <> counted.paints
