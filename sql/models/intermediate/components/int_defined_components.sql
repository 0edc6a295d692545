-- a file may map one key to several nodes and still defines the component once. A component that the map calls local,
-- but whose node is gone, is not defined: lost_components reports it as missing
select distinct
    file_components.file_key,
    file_components.component_key
from {{ ref('int_file_components') }} as file_components
where
    file_components.is_defined
    and file_components.component_key is not null
