"""A document's layers as plain recursion over its JSON finds them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

Json = dict[str, Any]
Font = tuple[str | None, float | None, float | None]
DEFINITIONS = ("COMPONENT", "COMPONENT_SET")


@dataclass(frozen=True)
class Layer:
    """One node and what its ancestors make of it.

    `instances` are its INSTANCE ancestors, outermost first; `definitions` its COMPONENT and COMPONENT_SET ancestors,
    outermost first, itself included; `order` its place in the document, depth first.
    """

    node: Json
    order: int
    parent_id: str | None
    page_id: str | None
    is_visible: bool
    instances: tuple[Json, ...]
    definitions: tuple[Json, ...]

    @property
    def id(self) -> str:
        return str(self.node["id"])

    @property
    def type(self) -> str:
        return str(self.node["type"])

    @property
    def is_layer(self) -> bool:
        return self.type not in ("DOCUMENT", "CANVAS")


@dataclass(frozen=True)
class Instance:
    """One INSTANCE node with what the document's maps say of its component; keys are None where they say nothing."""

    layer: Layer
    component_id: str | None
    component_key: str | None
    is_in_definition: bool
    is_direct: bool
    is_visible: bool

    @property
    def is_usage(self) -> bool:
        return not self.is_in_definition

    @property
    def is_placed(self) -> bool:
        """Whether it is a placement, if the file is not the library."""
        return self.is_usage and self.is_direct and self.is_visible


@dataclass
class State:
    """One state of a file that was read; `load` is the load that read it, None for a backfill."""

    file_key: str
    version: str
    at: datetime
    answer: Json
    size: int
    load: int | None
    _keys: dict[str, str | None] = field(default_factory=dict)

    @cached_property
    def layers(self) -> list[Layer]:
        """All nodes, the document and its pages included, depth first."""
        found: list[Layer] = []
        _descend(self.answer["document"], None, None, True, (), (), found)
        return found

    @cached_property
    def by_id(self) -> dict[str, Layer]:
        return {layer.id: layer for layer in self.layers}

    @cached_property
    def instances(self) -> list[Instance]:
        return [self._instance(layer) for layer in self.layers if layer.type == "INSTANCE"]

    @cached_property
    def style_references(self) -> list[tuple[Layer, str, str]]:
        """Layer, slot and style id of each reference."""
        return [(layer, slot, id_) for layer in self.layers for slot, id_ in style_slots(layer.node)]

    def mapped(self, map_name: str, id_: str | None) -> Json | None:
        entry = (self.answer.get(map_name) or {}).get(id_)
        return entry if isinstance(entry, dict) else None

    def key_of(self, map_name: str, id_: str | None) -> str | None:
        """The key that a map has for an id; None if there is none, or an empty one."""
        return (self.mapped(map_name, id_) or {}).get("key") or None

    def entries(self, map_name: str) -> Iterator[tuple[str, Json]]:
        yield from (self.answer.get(map_name) or {}).items()

    def component_key(self, node: Json) -> str | None:
        """The key of an instance's component."""
        return self.key_of("components", node.get("componentId"))

    def definition_key(self, node: Json) -> str | None:
        """The key of a COMPONENT or COMPONENT_SET node."""
        return self.key_of("components" if node["type"] == "COMPONENT" else "componentSets", node["id"])

    def _instance(self, layer: Layer) -> Instance:
        return Instance(
            layer,
            layer.node.get("componentId"),
            self.component_key(layer.node),
            bool(layer.definitions),
            not layer.instances,
            layer.is_visible,
        )


@dataclass
class Look:
    """How some characters of a text, or a region of a vector, look; `paints` are all fills, hidden ones included."""

    font: Font
    text_style: str | None
    has_font_variable: bool
    paints: list[Json]
    fill_style: str | None
    characters: int = field(default=0, compare=False)


def _descend(
    node: Json,
    parent_id: str | None,
    page_id: str | None,
    is_visible: bool,
    instances: tuple[Json, ...],
    definitions: tuple[Json, ...],
    found: list[Layer],
) -> None:
    is_visible = is_visible and node.get("visible", True)
    page_id = node["id"] if node["type"] == "CANVAS" else page_id
    if node["type"] in DEFINITIONS:
        definitions = (*definitions, node)
    found.append(Layer(node, len(found), parent_id, page_id, is_visible, instances, definitions))
    if node["type"] == "INSTANCE":
        instances = (*instances, node)
    for child in node.get("children") or ():
        _descend(child, node["id"], page_id, is_visible, instances, definitions, found)


def style_of(node: Json, slot: str) -> str | None:
    """The id of the style in a slot; the singular and the plural name are one slot."""
    styles = node.get("styles") or {}
    return styles.get(slot) or styles.get(f"{slot}s")


def style_slots(node: Json) -> list[tuple[str, str]]:
    """Slot and style id of each style that a node shows; a text or a fill that only parts have is a range."""
    slots = set()
    for name in {name.removesuffix("s") for name in node.get("styles") or {}} - {"text", "fill"}:
        slots.add((name, style_of(node, name)))
    for look in looks(node):
        for name, id_ in (("text", look.text_style), ("fill", look.fill_style)):
            slots.add((name if id_ == style_of(node, name) else f"{name}_range", id_))
    return sorted((name, id_) for name, id_ in slots if id_)


def looks(node: Json) -> list[Look]:
    """The distinct looks that characters of a text show, or those of the base and the regions of any other layer."""
    found: list[Look] = []
    for entry, characters in _shown_entries(node) if node["type"] == "TEXT" else _regions(node):
        look = _look(node, entry or {})
        same = next((one for one in found if one == look), None)
        if same:
            same.characters += characters
        else:
            look.characters = characters
            found.append(look)
    return found


def _shown_entries(node: Json) -> list[tuple[Json | None, int]]:
    """The entries of the override table that characters show, None for the base, each with its characters."""
    table = node.get("styleOverrideTable") or {}
    numbers = Counter(node.get("characterStyleOverrides") or ())
    numbers[0] += len(node.get("characters") or "") - numbers.total()
    return [(table.get(str(number)), count) for number, count in numbers.items() if count > 0] or [(None, 0)]


def _regions(node: Json) -> list[tuple[Json | None, int]]:
    """The base and the regions of a vector that do not show it."""
    return [(None, 0), *((entry, 0) for entry in (node.get("fillOverrideTable") or {}).values() if entry)]


def _font(node: Json, delta: Json) -> Font:
    family, size, weight = (
        delta.get(name, (node.get("style") or {}).get(name)) for name in ("fontFamily", "fontSize", "fontWeight")
    )
    return family, size, weight


def _look(node: Json, delta: Json) -> Look:
    """The look of a part that differs from the base by `delta`."""
    has_base_font = _font(node, delta) == _font(node, {})
    paints = delta["fills"] if "fills" in delta else node.get("fills")
    return Look(
        _font(node, delta),
        delta.get("inheritTextStyleId") or (style_of(node, "text") if has_base_font else None),
        any(_has_font_variable(node, delta, name) for name in ("fontFamily", "fontSize")),
        paints or [],
        delta.get("inheritFillStyleId") or (None if "fills" in delta else style_of(node, "fill")),
    )


def _has_font_variable(node: Json, delta: Json, name: str) -> bool:
    if name in (delta.get("boundVariables") or {}):
        return True
    if name in delta and delta[name] != (node.get("style") or {}).get(name):
        return False
    base = (node.get("boundVariables") or {}, (node.get("style") or {}).get("boundVariables") or {})
    return any(name in bound for bound in base)
