{{ config(materialized='incremental', pre_hook='{{ leave_out_stale_files() }}') }}

-- an instance brings itself and the layers below it
select
    instances.file_key,
    instances.component_key,
    instances.descendant_count + 1 as nodes,
    count(*) as usages
from {{ ref('stg_instances') }} as instances
inner join {{ ref('int_stale_files') }} as files
    on instances.file_key = files.file_key
where
    not files.is_branch
    and not instances.is_in_definition
    and instances.component_key is not null
group by
    instances.file_key,
    instances.component_key,
    instances.descendant_count + 1
