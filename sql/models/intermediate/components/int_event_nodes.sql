{{ config(materialized='incremental', pre_hook='{{ leave_out_stale_files() }}') }}

-- the nodes that instance events are about, if they are still in the loaded state of the file
with named as (
    select
        events.file_key,
        events.node_id
    from {{ ref('stg_instance_events') }} as events
    union distinct
    select
        events.file_key,
        events.frame_id as node_id
    from {{ ref('stg_instance_events') }} as events
    where events.frame_id is not null
)

select
    nodes.file_key,
    nodes.node_id,
    nodes.node_type
from named
inner join {{ ref('int_stale_files') }} as files
    on named.file_key = files.file_key
inner join {{ ref('stg_nodes') }} as nodes
    on
        named.file_key = nodes.file_key
        and named.node_id = nodes.node_id
where files.is_branch is not null
