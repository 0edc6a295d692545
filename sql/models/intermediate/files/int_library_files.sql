select components.file_key
from {{ ref('stg_components') }} as components
where components.file_key is not null
union distinct
select component_sets.file_key
from {{ ref('stg_component_sets') }} as component_sets
where component_sets.file_key is not null
union distinct
select styles.file_key
from {{ ref('stg_styles') }} as styles
where styles.file_key is not null
