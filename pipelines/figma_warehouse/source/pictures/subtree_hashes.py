"""Content hashes of subtrees: equal exactly if the stored content is equal, at any position in the file."""

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from figma_warehouse.source.documents.flatten import Tables
from figma_warehouse.source.documents.text_hash import hash_texts

ATTACHED = ("node_styles", "node_paints", "node_variables", "node_properties", "node_overrides")
SUBTREE_TABLES = ("nodes", *ATTACHED)
# columns that can change without a change of the picture
POSITION = frozenset(
    {"file_key", "parent_id", "page_id", "position", "preorder", "depth", "section_id", "is_effectively_visible"}
)
CANVAS = ("x", "y", "render_x", "render_y")
DECIMALS = 2


def subtree_hashes(tables: Tables, node_ids: Iterable[str]) -> dict[str, str]:
    """Return the content hash of each of these nodes that exists. `tables` are the SUBTREE_TABLES of one file."""
    nodes = tables["nodes"].sort_by("preorder")
    rows = _texts(nodes, [name for name in nodes.column_names if name not in POSITION and name not in CANVAS])
    attached = [_attached(tables[name], nodes["node_id"]) for name in ATTACHED if tables[name].num_rows]
    hashes = {}
    for node_id, start in _starts(nodes, set(node_ids)).items():
        end = start + nodes["descendant_count"][start].as_py() + 1
        parts = [rows[start:end], _texts(_relative_boxes(nodes, start, end), list(CANVAS))]
        parts += [texts[firsts[start] : firsts[end]] for texts, firsts in attached]
        hashes[node_id] = hash_texts(*parts)
    return hashes


def _starts(nodes: pa.Table, node_ids: set[str]) -> dict[str, int]:
    return {node_id: at for at, node_id in enumerate(nodes["node_id"].to_pylist()) if node_id in node_ids}


def _relative_boxes(nodes: pa.Table, start: int, end: int) -> pa.Table:
    """Return the boxes of a subtree's nodes, relative to the top left corner of its root."""
    part = nodes.slice(start, end - start)
    columns = {}
    for name in CANVAS:
        root = part["x" if name.endswith("x") else "y"][0]
        columns[name] = pc.round(pc.subtract(part[name], pc.coalesce(root, pa.scalar(0.0))), DECIMALS)
    return pa.table(columns)


def _attached(table: pa.Table, node_ids: pa.ChunkedArray) -> tuple[list[str], list[int]]:
    """Return the rows as texts in the order of their nodes, and the index at which the rows of each node begin."""
    owners = pc.index_in(table["node_id"], value_set=node_ids)
    names = [name for name in table.column_names if name not in POSITION]
    owned = zip(owners.to_pylist(), _texts(table, names), strict=True)
    texts = sorted(pair for pair in owned if pair[0] is not None)
    counts = [0] * (len(node_ids) + 1)
    for owner, _ in texts:
        counts[owner + 1] += 1
    for at in range(1, len(counts)):
        counts[at] += counts[at - 1]
    return [text for _, text in texts], counts


def _texts(table: pa.Table, names: list[str]) -> list[str]:
    """Return each row as one text, with its values in the order of the column names."""
    cells = [pc.fill_null(pc.cast(table[name], pa.string()), "\x00") for name in sorted(names)]
    texts: list[str] = pc.binary_join_element_wise(*cells, "\x1f").to_pylist()
    return texts
