-- a file may map one key twice: it defines the component all the same. What its map calls its own, but has no node any
-- more, is missing (lost_components)
select distinct
    file_components.file_key,
    file_components.component_key
from {{ ref('stg_file_components') }} as file_components
where
    file_components.is_defined
    and file_components.component_key is not null
