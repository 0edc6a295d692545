"""How heavy component sets are: set_weight."""

from collections import defaultdict
from functools import cached_property
from statistics import median

from tests.oracles.marts.documents import Json, State
from tests.oracles.marts.facts import Facts, OneOf, Row, url


class SetWeight:
    """The mart as a list of rows."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    @cached_property
    def set_weight(self) -> list[Row]:
        published = {one.key for one in self.facts.published["component_sets"].values() if one.is_now}
        return [self._row(key) for key in sorted(published | self._nodes.keys() | self._sizes.keys())]

    @cached_property
    def _nodes(self) -> dict[str, list[tuple[State, Json]]]:
        """The nodes of each set in main files."""
        found: dict[str, list[tuple[State, Json]]] = defaultdict(list)
        for state in self.facts.main_states:
            for layer in state.layers:
                key = state.definition_key(layer.node) if layer.type == "COMPONENT_SET" else None
                if key:
                    found[key].append((state, layer.node))
        return dict(found)

    @cached_property
    def _sizes(self) -> dict[str, list[int]]:
        """The nodes of each instance outside definitions, the instance included, by set key."""
        found: dict[str, list[int]] = defaultdict(list)
        for state in self.facts.main_states:
            for one in state.instances:
                key = self.facts.set_of(one.component_key)
                if key and one.is_usage:
                    found[key].append(_count(one.layer.node))
        return dict(found)

    def _row(self, key: str) -> Row:
        library = self.facts.library_of("component_sets", key)
        nodes, sizes = self._nodes.get(key, []), self._sizes.get(key, [])
        at_home = [(state, node) for state, node in nodes if state.file_key == library]
        chosen = at_home or nodes
        variants = [[child for child in node["children"] if child["type"] == "COMPONENT"] for _, node in chosen]
        weights = [(len(each), sum(map(_count, each))) for each in variants]
        places = [(state.file_key, node["id"]) for state, node in chosen]
        if not places and library:
            places = [(library, self.facts.published["component_sets"][key].row["node_id"])]
        return {
            **self.facts.of_set(key),
            "library_file_key": library,
            "is_published": self.facts.is_published("component_sets", key),
            ("variants", "nodes_of_variants"): OneOf(weights or [(None, None)]),
            "usages": len(sizes),
            "nodes_brought_median": float(median(sizes)) if sizes else None,
            "nodes_brought": sum(sizes),
            "figma_url": OneOf([url(*place) for place in places] or [None]),
            **self.facts.scan(),
        }


def _count(node: Json) -> int:
    """The nodes of a layer, itself included."""
    return 1 + sum(map(_count, node.get("children") or ()))
