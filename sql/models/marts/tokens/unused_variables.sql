-- a variable that gives another one its value is in use, even if no file binds that one. Bindings on branches do not
-- make a variable used, because a branch repeats its main file and may be abandoned
select
    named.file_key,
    named.variable_id,
    named.variable_key,
    named.variable_name,
    named.collection_name,
    named.resolved_type,
    named.published_at is not null as is_published,
    named.published_at,
    named.is_hidden_from_publishing,
    files.file_name,
    files.folder_id,
    files.folder_path,
    files.team_id,
    files.team_name,
    scan.files_expected,
    scan.files_scanned,
    scan.is_conclusive and variable_scan.has_all_variables as is_conclusive
from {{ ref('int_variables') }} as named
inner join {{ ref('int_files') }} as files
    on named.file_key = files.file_key
cross join {{ ref('int_scan') }} as scan
cross join {{ ref('int_variable_scan') }} as variable_scan
where
    not named.is_remote
    and not named.is_deleted
    and not exists (
        select 1
        from {{ ref('int_variable_bindings') }} as bindings
        where bindings.variable_key = named.variable_key
    )
    and not exists (
        select 1
        from {{ ref('int_variable_bindings') }} as bindings
        where
            bindings.file_key = named.file_key
            and bindings.local_variable_id = named.variable_id
    )
    and not exists (
        select 1
        from {{ ref('int_variable_aliases') }} as aliases
        where aliases.target_key = named.variable_key
    )
