"""Layers before they become JSON, and the components, styles and variables that they use."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, field, replace
from typing import Any


def seeded_random(*seeds: object) -> random.Random:
    """A random generator for one purpose, so that a change of one purpose leaves the others as they are."""
    return random.Random("/".join(str(seed) for seed in seeds))  # noqa: S311


def make_key(*seeds: object) -> str:
    """A 40-hex key, as components, styles and variables have."""
    return hashlib.sha1("/".join(str(seed) for seed in seeds).encode(), usedforsecurity=False).hexdigest()


def make_file_key(*seeds: object) -> str:
    """A file key: 22 letters and digits."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    rng = seeded_random("file", *seeds)
    return "".join(rng.choice(alphabet) for _ in range(22))


@dataclass(eq=False, slots=True)
class Style:
    """A style; `type` is FILL, TEXT, EFFECT or GRID, `value` the JSON that a node with the style carries."""

    key: str
    name: str
    type: str
    value: Any
    file_key: str
    node_id: str
    number: int
    description: str = ""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable; `color` is empty if it is no color. Other files bind it as `VariableID:<key>/<id>`."""

    key: str
    id: str
    file_key: str
    color: str


Paint = Style | Variable | str


@dataclass(eq=False, slots=True)
class Layer:
    """A layer. Lengths are pixels, `x` and `y` are relative to the parent.

    `main_component` makes it an instance. `overrides` has what the instance overrides, by the id of the layer in the
    component. `is_unmapped` leaves the component out of the file's map. `property_references` names the component
    property that controls a field. `definition` makes it the node of a component or a set. `extra_fields` go into the
    JSON as they are. `node_id` is set in advance in definitions only.
    """

    type: str
    name: str
    width: float = 24
    height: float = 24
    children: list[Layer] = field(default_factory=list)
    x: float = 0
    y: float = 0
    is_hidden: bool = False
    fill: Paint | None = None
    stroke: Paint | None = None
    text_style: Style | None = None
    effect_style: Style | None = None
    grid_style: Style | None = None
    characters: str = ""
    layout: str = ""
    gap: float = 8
    padding: float = 0
    radius: float = 0
    main_component: Component | None = None
    is_unmapped: bool = False
    overrides: dict[str, LayerOverride] = field(default_factory=dict)
    property_references: dict[str, str] = field(default_factory=dict)
    definition: Component | ComponentSet | None = None
    extra_fields: dict[str, Any] = field(default_factory=dict)
    node_id: str = ""


@dataclass(frozen=True, slots=True)
class LayerOverride:
    """What an instance overrides on one layer of its component."""

    is_hidden: bool | None = None
    characters: str | None = None
    swap: Component | None = None


@dataclass(eq=False, slots=True)
class SampleProperty:
    """A property other than a variant's. Its name ends in `#<id>`. The default of a swap is a component."""

    name: str
    type: str
    default: bool | str | Component


@dataclass(eq=False, slots=True)
class Component:
    """A component, or one variant of a set with its variant properties; `file_key` is the file that defines it."""

    key: str
    name: str
    file_key: str
    number: int
    root: Layer
    properties: list[SampleProperty] = field(default_factory=list)
    component_set: ComponentSet | None = None
    variant_values: dict[str, str] = field(default_factory=dict)
    description: str = ""
    documentation_url: str = ""
    page: str = ""

    @property
    def node_id(self) -> str:
        """The id of its COMPONENT node in the file that defines it."""
        return self.root.node_id


@dataclass(eq=False, slots=True)
class ComponentSet:
    """A component set; `variant_options` has the values of each variant property in order."""

    key: str
    name: str
    file_key: str
    number: int
    root: Layer
    variant_options: dict[str, list[str]]
    properties: list[SampleProperty] = field(default_factory=list)
    variants: list[Component] = field(default_factory=list)
    description: str = ""
    documentation_url: str = ""
    page: str = ""

    @property
    def node_id(self) -> str:
        """The id of its COMPONENT_SET node in the file that defines it."""
        return self.root.node_id


def make_frame(name: str, width: float, height: float, *children: Layer, **fields: Any) -> Layer:
    """A frame. With the `layout` HORIZONTAL or VERTICAL it is an auto layout: its children are placed in a row."""
    made = Layer("FRAME", name, width, height, list(children), **fields)
    return stack_children(made) if made.layout else made


def stack_children(layer: Layer) -> Layer:
    """Place the children of an auto layout one after another."""
    at = layer.padding
    for child in layer.children:
        child.x, child.y = (at, layer.padding) if layer.layout == "HORIZONTAL" else (layer.padding, at)
        at += (child.width if layer.layout == "HORIZONTAL" else child.height) + layer.gap
    return layer


def copy_layer(layer: Layer) -> Layer:
    """A layer with all below it, to change on its own."""
    return replace(layer, children=[copy_layer(child) for child in layer.children])


def make_text(name: str, characters: str, style: Style | None, fill: Paint | None, **fields: Any) -> Layer:
    """A text layer, about as large as its characters."""
    height = style.value["lineHeightPx"] if style else 20
    return Layer(
        "TEXT",
        name,
        max(24.0, 7.5 * len(characters)),
        height,
        text_style=style,
        fill=fill,
        characters=characters,
        **fields,
    )


def make_instance(component: Component, name: str = "", **fields: Any) -> Layer:
    """An instance. Its default name is that of the component set, or of the component."""
    called = name or (component.component_set.name if component.component_set else component.name.rsplit("/", 1)[-1])
    return Layer("INSTANCE", called, component.root.width, component.root.height, main_component=component, **fields)


def count_nodes(layer: Layer) -> int:
    """How many nodes the layer makes in a document, swaps considered."""
    if layer.main_component is None:
        return 1 + sum(count_nodes(child) for child in layer.children)
    return 1 + sum(_count_overridden(child, layer.overrides) for child in layer.main_component.root.children)


def assign_node_ids(layer: Layer, session_id: int, start: int = 1) -> int:
    """Set the ids of a layer and all below it, in preorder. Returns the next free number."""
    layer.node_id = f"{session_id}:{start}"
    start += 1
    for child in layer.children:
        start = assign_node_ids(child, session_id, start)
    return start


def value_text(value: str | bool | Component) -> str:
    """The value of a property as the marts have it: of a swap, the key of the component."""
    if isinstance(value, Component):
        return value.key
    return str(value).lower() if isinstance(value, bool) else value


def font_text(text_style: dict[str, Any]) -> str:
    """A font as the marts have it: family, size and weight."""
    return f"{text_style['fontFamily']} {text_style['fontSize']:g} {text_style['fontWeight']}"


def _count_overridden(layer: Layer, overrides: dict[str, LayerOverride]) -> int:
    override = overrides.get(layer.node_id)
    if override and override.swap:
        return 1 + sum(count_nodes(child) for child in override.swap.root.children)
    if layer.main_component is not None:
        return count_nodes(layer)
    return 1 + sum(_count_overridden(child, overrides) for child in layer.children)
