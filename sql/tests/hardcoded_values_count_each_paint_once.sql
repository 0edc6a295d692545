-- each visible solid paint of a main design file is bound to a style or a variable, is inside a library instance, or is
-- set by hand. A text or vector whose parts differ has the fills that its parts show, each once
with shown as (
    select
        node_paints.file_key,
        node_paints.node_id,
        node_paints.color,
        node_paints.opacity
    from {{ ref('stg_node_paints') }} as node_paints
    where
        node_paints.paint_type = 'SOLID'
        and node_paints.is_visible
        and node_paints.variable_id is null
        and not exists (
            select 1
            from {{ ref('stg_node_styles') }} as node_styles
            where
                node_paints.file_key = node_styles.file_key
                and node_paints.node_id = node_styles.node_id
                and node_paints.role = node_styles.slot
        )
        and not exists (
            select 1
            from {{ ref('stg_text_ranges') }} as text_ranges
            where
                node_paints.file_key = text_ranges.file_key
                and node_paints.node_id = text_ranges.node_id
                and node_paints.role = 'fill'
        )
    union all
    select
        fills.file_key,
        fills.node_id,
        fills.color,
        1.0 as opacity
    from (
        select distinct
            text_ranges.file_key,
            text_ranges.node_id,
            text_ranges.position,
            {{ shown_color('text_ranges.color', 'text_ranges.opacity') }} as color
        from {{ ref('stg_text_ranges') }} as text_ranges
        where
            text_ranges.paint_type = 'SOLID'
            and text_ranges.is_visible
            and text_ranges.variable_id is null
            and text_ranges.fill_style_id is null
    ) as fills
),

expected as (
    select
        nodes.file_key,
        count(*) as paints
    from shown
    inner join {{ ref('stg_nodes') }} as nodes
        on
            shown.file_key = nodes.file_key
            and shown.node_id = nodes.node_id
    inner join {{ ref('int_stale_files') }} as stale
        on nodes.file_key = stale.file_key
    inner join {{ ref('int_files') }} as files
        on nodes.file_key = files.file_key
    where
        not files.is_branch
        and files.is_design
        and nodes.is_effectively_visible
        and {{ channel('shown.color', 8) }} * shown.opacity >= 0.5
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
    group by nodes.file_key
),

counted as (
    select
        hardcoded_values.file_key,
        sum(hardcoded_values.fills + hardcoded_values.strokes) as paints
    from {{ ref('hardcoded_values') }} as hardcoded_values
    group by hardcoded_values.file_key
)

select
    stale.file_key,
    expected.paints as expected,
    counted.paints as counted
from {{ ref('int_stale_files') }} as stale
left join expected
    on stale.file_key = expected.file_key
left join counted
    on stale.file_key = counted.file_key
where coalesce(expected.paints, 0) <> coalesce(counted.paints, 0)
