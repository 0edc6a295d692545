"""A document's layers as plain recursion over its JSON finds them."""

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


@dataclass(frozen=True)
class Look:
    """How some characters of a text, or a region of a vector, look; `paints` are all fills, hidden ones included."""

    font: Font
    text_style: str | None
    has_font_variable: bool
    paints: list[Json]
    fill_style: str | None


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
    """Slot and style id of each reference of a node: what its base shows, and what parts of it show."""
    names = {name.removesuffix("s") for name in node.get("styles") or {}}
    base = {(slot, id_) for slot in names if (id_ := style_of(node, slot))}
    if node["type"] == "TEXT":
        base, parts = _text_slots(node, base)
    else:
        parts = {("fill_range", id_) for entry in _regions(node) if (id_ := entry.get("inheritFillStyleId"))}
    return sorted(base | parts)


def _text_slots(node: Json, base: set[tuple[str, str]]) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """The slots of the base that characters show, and those of parts."""
    entries = _shown_entries(node)
    shown = {(slot, id_) for slot, id_ in base if any(_keeps_base(node, entry, slot) for entry in entries)}
    names = (("text_range", "inheritTextStyleId"), ("fill_range", "inheritFillStyleId"))
    parts = {(slot, entry[name]) for entry in entries if entry for slot, name in names if entry.get(name)}
    return shown, parts


def _keeps_base(node: Json, entry: Json | None, slot: str) -> bool:
    """Whether characters with an entry of the override table still show the base's style in a slot."""
    if entry is None or slot not in ("text", "fill"):
        return True
    if slot == "fill":
        return "fills" not in entry and not entry.get("inheritFillStyleId")
    return not entry.get("inheritTextStyleId") and _font(node, entry) == _font(node, {})


def _shown_entries(node: Json) -> list[Json | None]:
    """The entries of the override table that characters show; None for the base."""
    table = node.get("styleOverrideTable") or {}
    numbers = node.get("characterStyleOverrides") or []
    length = len(node.get("characters") or "")
    shown = set(numbers) | ({0} if len(numbers) < length or not numbers else set())
    return [table.get(str(number)) or None if number else None for number in sorted(shown)]


def _regions(node: Json) -> list[Json]:
    """The regions of a vector that do not show its base."""
    return [entry for entry in (node.get("fillOverrideTable") or {}).values() if entry]


def looks(node: Json) -> list[Look]:
    """The distinct looks that characters of a text show, or those of a vector's base and regions."""
    found: list[Look] = []
    for entry in _shown_entries(node) if node["type"] == "TEXT" else [None, *_regions(node)]:
        look = _look(node, entry)
        if look not in found:
            found.append(look)
    return found


def _font(node: Json, delta: Json) -> Font:
    family, size, weight = (
        delta.get(name, (node.get("style") or {}).get(name)) for name in ("fontFamily", "fontSize", "fontWeight")
    )
    return family, size, weight


def _look(node: Json, entry: Json | None) -> Look:
    delta = entry or {}
    base_text = style_of(node, "text") if _keeps_base(node, entry, "text") else None
    base_fill = style_of(node, "fill") if _keeps_base(node, entry, "fill") else None
    paints = delta["fills"] if "fills" in delta else node.get("fills")
    return Look(
        _font(node, delta),
        delta.get("inheritTextStyleId") or base_text,
        any(_has_font_variable(node, delta, name) for name in ("fontFamily", "fontSize")),
        paints or [],
        delta.get("inheritFillStyleId") or base_fill,
    )


def _has_font_variable(node: Json, delta: Json, name: str) -> bool:
    if name in (delta.get("boundVariables") or {}):
        return True
    if name in delta and delta[name] != (node.get("style") or {}).get(name):
        return False
    base = (node.get("boundVariables") or {}, (node.get("style") or {}).get("boundVariables") or {})
    return any(name in bound for bound in base)
