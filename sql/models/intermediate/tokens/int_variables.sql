-- a library's variable has a row in the file that defines it, and one in each requested file that has a copy. Of the
-- rows with one key, the definition names it; without one, the copy that was read last
select
    variables.file_key,
    variables.variable_id,
    variables.variable_key,
    variables.variable_name,
    collections.collection_name,
    variables.resolved_type,
    variables.is_remote,
    variables.is_deleted,
    variables.is_hidden_from_publishing,
    variables.published_at,
    case when variables.is_remote then 'copy' else 'definition' end as name_source,
    row_number() over (
        partition by variables.variable_key
        order by
            variables.is_remote asc,
            variables.is_deleted asc,
            variables.fetched_at desc,
            variables.file_key asc,
            variables.variable_id asc
    ) as choice
from {{ ref('stg_variables') }} as variables
inner join {{ ref('int_files') }} as files
    on variables.file_key = files.file_key
left join {{ ref('stg_variable_collections') }} as collections
    on
        variables.file_key = collections.file_key
        and variables.collection_id = collections.collection_id
where not files.is_branch
