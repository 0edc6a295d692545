"""What plugins share at nodes, in the namespaces that a setting names, as rows of node_plugin_data.

Figma sends it only for `plugin_data=shared`, and then of all plugins:

    {"id": "1:2", "sharedPluginData": {"tokens": {"fill": "\\"color.brand\\"", "spacing": "\\"space.2\\""}}, ...}
"""

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Any

import pyarrow as pa

from figma_warehouse.source.documents.model import Node
from figma_warehouse.source.resources import PLUGIN_DATA
from figma_warehouse.source.schema import as_table

# of a node, the first entries; of a value, the first characters
MOST_ENTRIES = 200
LONGEST_VALUE = 2_000


def plugin_data_table(file_key: str, nodes: Iterable[Node], namespaces: Collection[str]) -> pa.Table:
    """Return the entries of some nodes in these namespaces, each node and value cut to its bounds."""
    rows = (row for node in nodes if node.shared_plugin_data for row in _node_rows(node, namespaces))
    return as_table(PLUGIN_DATA, [{"file_key": file_key} | row for row in rows])


def _node_rows(node: Node, namespaces: Collection[str]) -> Iterator[dict[str, Any]]:
    shared: Any = node.shared_plugin_data
    given = shared if isinstance(shared, dict) else {}
    entries = [
        (namespace, key, value)
        for namespace in sorted(namespaces)
        if isinstance(given.get(namespace), dict)
        for key, value in sorted(given[namespace].items())
        if isinstance(value, str)
    ]
    for namespace, key, value in islice(entries, MOST_ENTRIES):
        yield {
            "node_id": node.id,
            "namespace": namespace,
            "entry_key": key,
            "value": value[:LONGEST_VALUE],
            "value_length": len(value),
            "node_entries": len(entries),
        }
