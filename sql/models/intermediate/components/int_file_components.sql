{{ config(materialized='incremental', pre_hook='{{ leave_out_stale_files() }}') }}

-- the components that the map of a document names, with whether the document has the component's node
select
    file_components.file_key,
    file_components.node_id,
    file_components.component_key,
    file_components.component_name,
    file_components.description,
    coalesce(file_components.is_remote, definitions.node_id is null) as is_remote,
    definitions.node_id is not null as is_defined,
    file_components.component_set_id,
    file_components.component_set_key
from {{ ref('stg_file_components') }} as file_components
inner join {{ ref('int_stale_files') }} as files
    on file_components.file_key = files.file_key
left join {{ ref('stg_nodes') }} as definitions
    on
        file_components.file_key = definitions.file_key
        and file_components.node_id = definitions.node_id
        and definitions.node_type = 'COMPONENT'
where files.is_branch is not null
