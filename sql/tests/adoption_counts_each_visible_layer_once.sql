-- adoption counts each visible layer of the main design files
with expected as (
    select
        nodes.file_key,
        count(*) as visible_layers
    from {{ ref('stg_nodes') }} as nodes
    inner join {{ ref('int_stale_files') }} as stale
        on nodes.file_key = stale.file_key
    inner join {{ ref('int_files') }} as files
        on nodes.file_key = files.file_key
    where
        not files.is_branch
        and files.is_design
        and nodes.is_layer
        and nodes.is_effectively_visible
    group by nodes.file_key
)

select
    stale.file_key,
    expected.visible_layers as expected,
    adoption.visible_layers as counted
from {{ ref('int_stale_files') }} as stale
left join expected
    on stale.file_key = expected.file_key
left join {{ ref('adoption') }} as adoption
    on
        adoption.level = 'file'
        and stale.file_key = adoption.id
where coalesce(expected.visible_layers, 0) <> coalesce(adoption.visible_layers, 0)
