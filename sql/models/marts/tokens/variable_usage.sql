-- bindings come with every document; names of variables only with a setting, from an Enterprise plan or from tokens
-- files, so a variable may have no more than its key. Variables that a document binds in a range that no character
-- shows count too. A document does not tell the keys of its own variables: a variable counts in its own file by its id
-- there, apart from its bindings in other files. A token that Tokens Studio applied is known by its name only
with counted as (
    select
        bindings.file_key,
        bindings.variable_key,
        bindings.local_variable_id,
        cast(null as varchar) as token_name,
        bindings.slot_kind,
        bindings.bindings,
        bindings.bindings_visible,
        bindings.nodes,
        bindings.sample_node_id
    from {{ ref('int_variable_bindings') }} as bindings
    union all
    select
        applied.file_key,
        cast(null as varchar) as variable_key,
        cast(null as varchar) as local_variable_id,
        applied.token_name,
        applied.slot_kind,
        applied.bindings,
        applied.bindings_visible,
        applied.nodes,
        applied.sample_node_id
    from {{ ref('int_applied_tokens') }} as applied
)

select
    counted.variable_key,
    counted.local_variable_id,
    counted.token_name,
    coalesce(counted.token_name, named.variable_name, local_names.variable_name) as variable_name,
    coalesce(named.collection_name, local_names.collection_name) as collection_name,
    coalesce(named.resolved_type, local_names.resolved_type) as resolved_type,
    case
        when counted.token_name is not null then 'tokens_studio'
        else coalesce(named.name_source, local_names.name_source, 'not loaded')
    end as name_source,
    coalesce(named.collection_modes, local_names.collection_modes) as collection_modes,
    coalesce(named.default_value, local_names.default_value) as default_value,
    coalesce(named.default_alias_name, local_names.default_alias_name) as default_alias_name,
    counted.file_key,
    counted.slot_kind,
    counted.bindings,
    counted.bindings_visible,
    counted.nodes,
    files.file_name,
    files.folder_id,
    files.folder_path,
    files.team_id,
    files.team_name,
    {{ figma_url('counted.file_key', 'counted.sample_node_id') }} as sample_url
from counted
inner join {{ ref('int_files') }} as files
    on counted.file_key = files.file_key
left join {{ ref('int_variable_names') }} as named
    on counted.variable_key = named.variable_key
left join {{ ref('int_variable_names') }} as local_names
    on
        counted.file_key = local_names.local_file_key
        and counted.local_variable_id = local_names.local_variable_id
where not files.is_branch
