select
    node_variables.file_key,
    node_variables.node_id,
    node_variables.property,
    node_variables.variable_id,
    node_variables.variable_key
from {{ source('figma', 'node_variables') }} as node_variables
