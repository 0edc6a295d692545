-- bindings come with every document; names and collections of variables only with a setting and an Enterprise plan, so
-- a variable may have no more than its key. Variables that a document binds in a range that no character shows count
-- too. A document does not tell the keys of its own variables: a variable counts in its own file by its id there, apart
-- from its bindings in other files
select
    bindings.variable_key,
    bindings.local_variable_id,
    coalesce(local_variables.variable_name, named.variable_name) as variable_name,
    coalesce(local_variables.collection_name, named.collection_name) as collection_name,
    coalesce(local_variables.resolved_type, named.resolved_type) as resolved_type,
    coalesce(local_variables.name_source, named.name_source, 'not loaded') as name_source,
    bindings.file_key,
    bindings.slot_kind,
    bindings.bindings,
    bindings.bindings_visible,
    bindings.nodes,
    files.file_name,
    files.folder_id,
    files.folder_path,
    files.team_id,
    files.team_name,
    {{ figma_url('bindings.file_key', 'bindings.sample_node_id') }} as sample_url
from {{ ref('int_variable_bindings') }} as bindings
inner join {{ ref('int_files') }} as files
    on bindings.file_key = files.file_key
left join {{ ref('int_variables') }} as named
    on
        bindings.variable_key = named.variable_key
        and named.choice = 1
left join {{ ref('int_variables') }} as local_variables
    on
        bindings.file_key = local_variables.file_key
        and bindings.local_variable_id = local_variables.variable_id
where not files.is_branch
