"""Cutting a document answer down to some nodes or to some depth, as `ids` and `depth` ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Node = dict[str, Any]

RANGE_TABLES = ("styleOverrideTable", "fillOverrideTable")
RANGE_STYLES = ("inheritTextStyleId", "inheritFillStyleId")


def find_nodes(root: Node, ids: set[str]) -> dict[str, Node]:
    """The nodes of these ids, whole; unknown ids are left out."""
    return {node["id"]: node for node in walk(root) if node["id"] in ids}


def keep_branches(root: Node, ids: set[str]) -> Node | None:
    """The tree with these nodes, their ancestors and their descendants only; None when none is in it."""
    if root["id"] in ids:
        return root
    kept = [cut for child in root.get("children", []) if (cut := keep_branches(child, ids))]
    return {**root, "children": kept} if kept else None


def cut_depth(root: Node, depth: int) -> Node:
    """The tree down to `depth` levels below its root; nodes at the last level keep no `children`."""
    if "children" not in root:
        return root
    if depth == 0:
        return {name: value for name, value in root.items() if name != "children"}
    return {**root, "children": [cut_depth(child, depth - 1) for child in root["children"]]}


def maps_for(root: Node, answer: dict[str, Any]) -> dict[str, Any]:
    """The answer's `components`, `componentSets` and `styles`, reduced to what the tree refers to or defines."""
    seen = {name for node in walk(root) for name in _references(node)}
    components = _among(answer, "components", seen)
    seen |= {row["componentSetId"] for row in components.values() if "componentSetId" in row}
    sets, styles = _among(answer, "componentSets", seen), _among(answer, "styles", seen)
    return {"components": components, "componentSets": sets, "styles": styles}


def own_maps(answer: dict[str, Any]) -> dict[str, Any]:
    """What in the answer's maps no node refers to: local styles that nothing uses, which are the file's own."""
    used = maps_for(answer["document"], answer)
    return {
        name: {id_: row for id_, row in answer.get(name, {}).items() if id_ not in entries}
        for name, entries in used.items()
    }


def walk(root: Node) -> Iterator[Node]:
    """Every node, parents first."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.get("children", [])))


def _among(answer: dict[str, Any], name: str, ids: set[str]) -> dict[str, Any]:
    # recordings from before 2022 have no componentSets
    return {id_: row for id_, row in answer.get(name, {}).items() if id_ in ids}


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
