-- a file may map one key twice: it defines the component all the same
select distinct
    file_components.file_key,
    file_components.component_key
from {{ ref('stg_file_components') }} as file_components
where
    not file_components.is_remote
    and file_components.component_key is not null
