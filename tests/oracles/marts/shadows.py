"""What files define again although a library publishes it: shadow_components."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from tests.oracles.marts.documents import DEFINITIONS, Json, State
from tests.oracles.marts.facts import Facts, OneOf, Row, url

Shape = tuple[tuple[int, str, str], ...]


@dataclass
class Item:
    """A single component, or a set with its variants: the node, its name, and the COMPONENT nodes."""

    node: Json
    components: list[Json] = field(default_factory=list)


@dataclass
class Offer:
    """What a library publishes now: a component, or a set; `shapes` are those of its variants."""

    kind: str
    key: str
    name: str | None
    library: str
    node_ids: list[str] = field(default_factory=list)
    shapes: set[Shape] = field(default_factory=set)


class Shadows:
    """The mart as a list of rows."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    @cached_property
    def shadow_components(self) -> list[Row]:
        return [
            self._row(state, item, found)
            for state in self.facts.main_states
            for item in items_of(state)
            if not self._is_published(state, item) and (found := list(self._matches(state, item)))
        ]

    def _is_published(self, state: State, item: Item) -> bool:
        keys = [("components", state.definition_key(node)) for node in item.components]
        if item.node["type"] == "COMPONENT_SET":
            keys.append(("component_sets", state.definition_key(item.node)))
        return any(self.facts.is_published(kind, key) for kind, key in keys)

    def _matches(self, state: State, item: Item) -> Iterator[tuple[Offer, bool, int]]:
        """Yield what is published elsewhere with the name, or with the shape of so many variants."""
        shapes = [shape_of(node) for node in item.components]
        for offer in self._offers:
            alike = sum(shape in offer.shapes for shape in shapes if shape)
            has_name = bool(_folded(item.node["name"])) and _folded(item.node["name"]) == _folded(offer.name)
            if offer.library != state.file_key and (alike or has_name):
                yield offer, has_name, alike

    @cached_property
    def _offers(self) -> list[Offer]:
        states = {state.file_key: state for state in self.facts.main_states}
        found: dict[str, Offer] = {}
        for one in self.facts.published["components"].values():
            if not one.is_now:
                continue
            set_key, library = self.facts.set_of(one.key), one.row["file_key"]
            name = self.facts.set_name(set_key) if set_key else one.row["name"]
            kind = "component_set" if set_key else "component"
            offer = found.setdefault(set_key or one.key, Offer(kind, set_key or one.key, name, library))
            published_set = self.facts.published["component_sets"].get(set_key or "")
            offer.node_ids.append(published_set.row["node_id"] if published_set else one.row["node_id"])
            if library in states:
                offer.shapes |= self._shapes_by_key(states[library])[one.key]
        return list(found.values())

    def _shapes_by_key(self, state: State) -> dict[str | None, set[Shape]]:
        if state.file_key not in self._known_shapes:
            shapes: dict[str | None, set[Shape]] = defaultdict(set)
            for item in items_of(state):
                for node in item.components:
                    shapes[state.definition_key(node)] |= {shape_of(node)} - {()}
            self._known_shapes[state.file_key] = shapes
        return self._known_shapes[state.file_key]

    @cached_property
    def _known_shapes(self) -> dict[str, dict[str | None, set[Shape]]]:
        return {}

    def _row(self, state: State, item: Item, matches: list[tuple[Offer, bool, int]]) -> Row:
        kind = "component_set" if item.node["type"] == "COMPONENT_SET" else "component"
        offer, has_name, alike = min(
            matches,
            key=lambda one: (
                (not one[1], not one[2]) if one[1] else (True, True),
                -one[2],
                one[0].kind != kind,
                one[0].name or "",
                one[0].key,
            ),
        )
        ids = {node["id"] for node in item.components}
        instances = [one for one in state.instances if one.component_id in ids]
        return {
            "file_key": state.file_key,
            "node_id": item.node["id"],
            "kind": kind,
            "item_key": state.definition_key(item.node),
            "item_name": item.node["name"],
            "match_kind": "both" if has_name and alike else "name" if has_name else "shape",
            "published_kind": offer.kind,
            "published_key": offer.key,
            "published_name": offer.name,
            "library_file_key": offer.library,
            "library_file_name": self.facts.name_of(offer.library),
            "published_items": len(matches),
            "layers": max(len(list(own_layers(node))) for node in item.components),
            "variants": len(item.components),
            "variants_alike": alike,
            "usages": sum(one.is_usage for one in instances),
            "placements": sum(one.is_placed for one in instances),
            **self.facts.place(state.file_key),
            "figma_url": url(state.file_key, item.node["id"]),
            "published_url": OneOf([url(offer.library, id_) for id_ in offer.node_ids]),
            **self.facts.scan(),
        }


def items_of(state: State) -> list[Item]:
    """The sets and the single components that a document defines."""
    found: dict[str, Item] = {}
    for layer in state.layers:
        if layer.type == "COMPONENT":
            parent = state.by_id[layer.parent_id].node if layer.parent_id else layer.node
            owner = parent if parent["type"] == "COMPONENT_SET" else layer.node
            found.setdefault(owner["id"], Item(owner)).components.append(layer.node)
    return list(found.values())


def own_layers(node: Json, depth: int = 1) -> Iterator[tuple[int, str, str]]:
    """Yield depth, type and name of what is in a definition, but not of what instances bring or others define."""
    for child in node.get("children") or ():
        if child["type"] not in DEFINITIONS:
            yield depth, child["type"], child["name"]
            if child["type"] != "INSTANCE":
                yield from own_layers(child, depth + 1)


def shape_of(component: Json) -> Shape:
    """Its own layers; empty if they are fewer than three, or a drawing."""
    layers = tuple(own_layers(component))
    kinds = Counter(type_ for _, type_, _ in layers)
    return layers if len(layers) >= 3 and any(kinds[one] for one in ("TEXT", "INSTANCE", "SLOT")) else ()


def _folded(name: str | None) -> str:
    return (name or "").strip(" ").lower()
