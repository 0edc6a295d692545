"""The facts that both sides must store, by plain recursion over the document: the nodes by type."""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import duckdb

# by type of node: the number of nodes, and a digest of their sorted ids
NodeFacts = dict[str, tuple[int, str]]

CHILD_TABLE = re.compile(r"files__document(__children)+")


def facts_by_recursion(body: bytes) -> NodeFacts:
    """Count in the JSON itself."""
    return _facts(_walk(json.loads(body)["document"]))


def facts_of_ours(connection: duckdb.DuckDBPyConnection) -> NodeFacts:
    """Count in the table `nodes`."""
    return _facts(connection.sql("select type, node_id from figma.nodes").fetchall())


def facts_of_baseline(connection: duckdb.DuckDBPyConnection) -> NodeFacts:
    """Count in the columns of the root, and in the table of children of each level of the tree."""
    found = connection.sql("select table_name from information_schema.tables where table_schema = 'figma'").fetchall()
    levels = [name for (name,) in found if CHILD_TABLE.fullmatch(name)]
    selects = ["select document__type, document__id from figma.files"]
    selects += [f'select type, id from figma."{name}"' for name in levels]
    return _facts(connection.sql(" union all ".join(selects)).fetchall())


NODE_IDS = {"ours": facts_of_ours, "baseline": facts_of_baseline}


def _walk(node: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield node["type"], node["id"]
    for child in node.get("children", ()):
        yield from _walk(child)


def _facts(nodes: Any) -> NodeFacts:
    ids: dict[str, list[str]] = defaultdict(list)
    for type_, node_id in nodes:
        ids[type_].append(node_id)
    digests = {type_: hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest() for type_, found in ids.items()}
    return {type_: (len(ids[type_]), digests[type_]) for type_ in sorted(ids)}
