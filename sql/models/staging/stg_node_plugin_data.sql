select
    node_plugin_data.file_key,
    node_plugin_data.node_id,
    node_plugin_data.namespace,
    node_plugin_data.entry_key,
    node_plugin_data.value as entry_value,
    node_plugin_data.value_length,
    node_plugin_data.node_entries
from {{ source('figma', 'node_plugin_data') }} as node_plugin_data
