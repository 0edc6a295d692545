-- what Figma says about a variable comes before what a tokens file says. A library's variable has the row of its key, a
-- variable of a file also one of its id there, because a document binds it by that id
with modes as (
    select
        variable_modes.file_key,
        variable_modes.collection_id,
        count(*) as collection_modes
    from {{ ref('stg_variable_modes') }} as variable_modes
    group by
        variable_modes.file_key,
        variable_modes.collection_id
),

requested as (
    select
        named.file_key,
        named.variable_id,
        named.variable_key,
        named.choice,
        named.is_remote,
        named.variable_name,
        named.collection_name,
        named.resolved_type,
        named.name_source,
        modes.collection_modes,
        variable_values.variable_value as default_value,
        coalesce(targets.variable_name, libraries.variable_name) as default_alias_name
    from {{ ref('int_variables') }} as named
    left join modes
        on
            named.file_key = modes.file_key
            and named.collection_id = modes.collection_id
    left join {{ ref('stg_variable_values') }} as variable_values
        on
            named.file_key = variable_values.file_key
            and named.variable_id = variable_values.variable_id
            and named.collection_id = variable_values.collection_id
            and named.default_mode_id = variable_values.mode_id
    left join {{ ref('int_variables') }} as targets
        on
            variable_values.file_key = targets.file_key
            and variable_values.alias_id = targets.variable_id
    left join {{ ref('int_variables') }} as libraries
        on
            split_part(replace(variable_values.alias_id, 'VariableID:', ''), '/', 1) = libraries.variable_key
            and libraries.choice = 1
),

named as (
    select
        requested.variable_key,
        cast(null as varchar) as local_file_key,
        cast(null as varchar) as local_variable_id,
        requested.variable_name,
        requested.collection_name,
        requested.resolved_type,
        requested.name_source,
        requested.collection_modes,
        requested.default_value,
        requested.default_alias_name
    from requested
    where
        requested.choice = 1
        and requested.variable_key is not null
    union all
    select
        cast(null as varchar) as variable_key,
        requested.file_key as local_file_key,
        requested.variable_id as local_variable_id,
        requested.variable_name,
        requested.collection_name,
        requested.resolved_type,
        requested.name_source,
        requested.collection_modes,
        requested.default_value,
        requested.default_alias_name
    from requested
    where not requested.is_remote
)

select
    named.variable_key,
    named.local_file_key,
    named.local_variable_id,
    named.variable_name,
    named.collection_name,
    named.resolved_type,
    named.name_source,
    named.collection_modes,
    named.default_value,
    named.default_alias_name
from named
union all
select
    tokens.variable_key,
    tokens.local_file_key,
    tokens.local_variable_id,
    tokens.variable_name,
    tokens.collection_name,
    tokens.resolved_type,
    'tokens_file' as name_source,
    tokens.collection_modes,
    tokens.default_value,
    tokens.default_alias_name
from {{ ref('int_token_variables') }} as tokens
where
    not exists (
        select 1
        from {{ ref('int_variables') }} as known
        where known.variable_key = tokens.variable_key
    )
    and not exists (
        select 1
        from {{ ref('int_variables') }} as known
        where
            known.file_key = tokens.local_file_key
            and known.variable_id = tokens.local_variable_id
    )
