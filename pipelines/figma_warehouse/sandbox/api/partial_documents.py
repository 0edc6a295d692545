"""The parts of a document that `ids` and `depth` select."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Node = dict[str, Any]

RANGE_TABLES = ("styleOverrideTable", "fillOverrideTable")
RANGE_STYLES = ("inheritTextStyleId", "inheritFillStyleId")


def find_nodes(root: Node, ids: set[str]) -> dict[str, Node]:
    """The nodes of these ids, whole. Unknown ids are left out."""
    return {node["id"]: node for node in walk(root) if node["id"] in ids}


def keep_nodes(root: Node, ids: set[str]) -> Node | None:
    """The tree with only these nodes, their ancestors and their descendants; None if it has none of the nodes."""
    if root["id"] in ids:
        return root
    kept = [part for child in root.get("children", []) if (part := keep_nodes(child, ids))]
    return {**root, "children": kept} if kept else None


def limit_depth(root: Node, depth: int) -> Node:
    """The tree down to `depth` levels below its root. Nodes at the last level have no `children`."""
    if "children" not in root:
        return root
    if depth == 0:
        return {name: value for name, value in root.items() if name != "children"}
    return {**root, "children": [limit_depth(child, depth - 1) for child in root["children"]]}


def used_map_entries(root: Node, answer: dict[str, Any]) -> dict[str, Any]:
    """The entries of `components`, `componentSets` and `styles` that the tree refers to or defines."""
    ids = {id_ for node in walk(root) for id_ in _references(node)}
    components = _select_entries(answer, "components", ids)
    ids |= {entry["componentSetId"] for entry in components.values() if "componentSetId" in entry}
    sets, styles = _select_entries(answer, "componentSets", ids), _select_entries(answer, "styles", ids)
    return {"components": components, "componentSets": sets, "styles": styles}


def unused_map_entries(answer: dict[str, Any]) -> dict[str, Any]:
    """The map entries that no node refers to: local styles that nothing uses. They belong to the file itself."""
    used = used_map_entries(answer["document"], answer)
    return {
        name: {id_: entry for id_, entry in answer.get(name, {}).items() if id_ not in entries}
        for name, entries in used.items()
    }


def walk(root: Node) -> Iterator[Node]:
    """Every node in preorder."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.get("children", [])))


def _select_entries(answer: dict[str, Any], name: str, ids: set[str]) -> dict[str, Any]:
    # recordings from before 2022 have no componentSets
    return {id_: entry for id_, entry in answer.get(name, {}).items() if id_ in ids}


def _references(node: Node) -> Iterator[str]:
    yield node["id"]
    if "componentId" in node:
        yield node["componentId"]
    yield from node.get("styles", {}).values()
    for table in RANGE_TABLES:
        for part in node.get(table, {}).values():
            yield from (part[name] for name in RANGE_STYLES if part and name in part)
    for property_ in node.get("componentProperties", {}).values():
        if property_.get("type") == "INSTANCE_SWAP" and isinstance(property_.get("value"), str):
            yield property_["value"]
