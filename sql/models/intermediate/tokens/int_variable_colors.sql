{{ config(materialized='incremental', pre_hook='{{ leave_out_stale_files() }}') }}

-- the colors that paints bound to a library variable show in a main file
with colored as (
    select
        node_paints.file_key,
        node_paints.variable_key,
        node_paints.color
    from {{ ref('stg_node_paints') }} as node_paints
    union all
    -- the base of such a node is among its paints
    select
        text_ranges.file_key,
        text_ranges.variable_key,
        text_ranges.color
    from {{ ref('stg_text_ranges') }} as text_ranges
    where text_ranges.look > 0
)

select
    colored.file_key,
    colored.variable_key,
    colored.color,
    count(*) as paints
from colored
inner join {{ ref('int_stale_files') }} as files
    on colored.file_key = files.file_key
where
    not files.is_branch
    and colored.variable_key is not null
    and colored.color is not null
group by
    colored.file_key,
    colored.variable_key,
    colored.color
