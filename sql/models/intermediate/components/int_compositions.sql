{{ config(materialized='incremental', pre_hook='{{ leave_out_stale_files() }}') }}

-- what the definitions of a main file are made of. An instance that came along inside another instance counts, too
select
    instances.file_key,
    instances.definition_id,
    instances.component_key,
    count(*) as instances,
    count(*) filter (where instances.is_direct) as direct,
    count(*) filter (where not instances.is_direct) as nested,
    {{ first_by('instances.node_id', 'instances.preorder + case when instances.is_direct then 0 else 4294967296 end') }}
        as sample_node_id
from {{ ref('int_instances') }} as instances
inner join {{ ref('int_stale_files') }} as files
    on instances.file_key = files.file_key
where
    not files.is_branch
    and instances.is_in_definition
    and instances.component_key is not null
group by
    instances.file_key,
    instances.definition_id,
    instances.component_key
