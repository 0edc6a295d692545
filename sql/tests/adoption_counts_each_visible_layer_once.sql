-- adoption counts each visible layer of the main design files
with expected as (
    select count(*) as visible_layers
    from {{ ref('stg_nodes') }} as nodes
    inner join {{ ref('int_files') }} as files
        on nodes.file_key = files.file_key
    where
        not files.is_branch
        and files.is_design
        and nodes.is_layer
        and nodes.is_effectively_visible
),

counted as (
    select coalesce(sum(adoption.visible_layers), 0) as visible_layers
    from {{ ref('adoption') }} as adoption
    where adoption.level = 'organisation'
)

select
    expected.visible_layers as expected,
    counted.visible_layers as counted
from expected
inner join counted
    on expected.visible_layers <> counted.visible_layers
