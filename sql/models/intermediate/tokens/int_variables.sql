-- a library's variable has a row in the file that defines it, and one in each requested file that has a copy. Of the
-- rows with one key, the definition names it; without one, the copy that was read last
select
    file_variables.file_key,
    file_variables.variable_id,
    file_variables.variable_key,
    file_variables.variable_name,
    file_variables.collection_id,
    collections.collection_name,
    collections.default_mode_id,
    file_variables.resolved_type,
    file_variables.is_remote,
    file_variables.is_deleted,
    file_variables.is_hidden_from_publishing,
    file_variables.published_at,
    case when file_variables.is_remote then 'copy' else 'definition' end as name_source,
    row_number() over (
        partition by file_variables.variable_key
        order by
            file_variables.is_remote asc,
            file_variables.is_deleted asc,
            file_variables.fetched_at desc,
            file_variables.file_key asc,
            file_variables.variable_id asc
    ) as choice
from {{ ref('stg_variables') }} as file_variables
inner join {{ ref('int_files') }} as files
    on file_variables.file_key = files.file_key
left join {{ ref('stg_variable_collections') }} as collections
    on
        file_variables.file_key = collections.file_key
        and file_variables.collection_id = collections.collection_id
where not files.is_branch
