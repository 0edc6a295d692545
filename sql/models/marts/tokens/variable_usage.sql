-- bindings come with every document; names, collections and values of variables do not, so a variable is shown by its
-- key. Variables that a document binds in a range that no character shows count too. A document does not tell the keys
-- of its own variables: a variable counts in its own file by its id there, apart from its bindings in other files
select
    bindings.variable_key,
    bindings.local_variable_id,
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
where not files.is_branch
