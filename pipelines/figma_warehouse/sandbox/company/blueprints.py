"""What a drawing is made of before it becomes JSON: parts, components, styles, variables."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, field
from typing import Any


def dice(*seeds: object) -> random.Random:
    """A generator of its own for every purpose, so that one more throw here changes nothing there."""
    return random.Random("/".join(str(seed) for seed in seeds))  # noqa: S311


def hex_key(*seeds: object) -> str:
    """A 40-hex key as components, styles and variables have them."""
    return hashlib.sha1("/".join(str(seed) for seed in seeds).encode(), usedforsecurity=False).hexdigest()


def file_key(*seeds: object) -> str:
    """A file key: 22 alphanumerics."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    throw = dice("file", *seeds)
    return "".join(throw.choice(alphabet) for _ in range(22))


@dataclass(eq=False, slots=True)
class Style:
    """A style; `kind` is FILL, TEXT, EFFECT or GRID and `value` the JSON that a node using it carries."""

    key: str
    name: str
    kind: str
    value: Any
    home: str
    node_id: str
    number: int
    description: str = ""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable, and the colour it stands for if any; bound in other files as `VariableID:<key>/<id>`."""

    key: str
    id: str
    home: str
    colour: str


JsonPaint = Style | Variable | str


@dataclass(eq=False, slots=True)
class Part:
    """One layer to draw. Lengths are pixels, `x` and `y` relative to the parent.

    `uses` makes it an instance of that component; `changes` says, by part id of that component, what the instance
    overrides. `binds` maps a field to the component property that drives it. `node_id` is fixed inside definitions
    only. `extra` is sent as it is.
    """

    kind: str
    name: str
    width: float = 24
    height: float = 24
    children: list[Part] = field(default_factory=list)
    x: float = 0
    y: float = 0
    hidden: bool = False
    fill: JsonPaint | None = None
    stroke: JsonPaint | None = None
    text: Style | None = None
    effect: Style | None = None
    grid: Style | None = None
    characters: str = ""
    layout: str = ""
    gap: float = 8
    padding: float = 0
    radius: float = 0
    uses: Component | None = None
    is_lost: bool = False
    changes: dict[str, Change] = field(default_factory=dict)
    binds: dict[str, str] = field(default_factory=dict)
    defines: Component | ComponentSet | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    node_id: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What an instance overrides on one part of its component."""

    hidden: bool | None = None
    characters: str | None = None
    swap: Component | None = None


@dataclass(eq=False, slots=True)
class Property:
    """A component property; the name of a non-variant ends in `#<id>`, a swap's default is a component."""

    name: str
    type: str
    default: bool | str | Component


@dataclass(eq=False, slots=True)
class Component:
    """A component or one variant of a set: `values` are its variant properties."""

    key: str
    name: str
    home: str
    number: int
    root: Part
    properties: list[Property] = field(default_factory=list)
    owner: ComponentSet | None = None
    values: dict[str, str] = field(default_factory=dict)
    description: str = ""
    page: str = ""

    @property
    def node_id(self) -> str:
        """The id of the COMPONENT node in the file that defines it."""
        return self.root.node_id


@dataclass(eq=False, slots=True)
class ComponentSet:
    """A set of variants; `options` gives each variant property's values in order."""

    key: str
    name: str
    home: str
    number: int
    root: Part
    options: dict[str, list[str]]
    properties: list[Property] = field(default_factory=list)
    variants: list[Component] = field(default_factory=list)
    description: str = ""
    page: str = ""

    @property
    def node_id(self) -> str:
        """The id of the COMPONENT_SET node in the file that defines it."""
        return self.root.node_id


def frame(name: str, width: float, height: float, *children: Part, **rest: Any) -> Part:
    """A frame; with `layout` HORIZONTAL or VERTICAL its children are set one after the other."""
    made = Part("FRAME", name, width, height, list(children), **rest)
    return stack(made) if made.layout else made


def stack(part: Part) -> Part:
    """Place the children of an auto layout one after the other."""
    at = part.padding
    for child in part.children:
        child.x, child.y = (at, part.padding) if part.layout == "HORIZONTAL" else (part.padding, at)
        at += (child.width if part.layout == "HORIZONTAL" else child.height) + part.gap
    return part


def text(name: str, characters: str, style: Style | None, fill: JsonPaint | None, **rest: Any) -> Part:
    """A text layer, sized roughly as its characters need."""
    height = style.value["lineHeightPx"] if style else 20
    return Part(
        "TEXT", name, max(24.0, 7.5 * len(characters)), height, text=style, fill=fill, characters=characters, **rest
    )


def instance(component: Component, name: str = "", **rest: Any) -> Part:
    """An instance, named after its set or itself unless told otherwise."""
    called = name or (component.owner.name if component.owner else component.name.rsplit("/", 1)[-1])
    return Part("INSTANCE", called, component.root.width, component.root.height, uses=component, **rest)


def weigh(part: Part) -> int:
    """How many nodes drawing the part makes, swaps considered."""
    if part.uses is None:
        return 1 + sum(weigh(child) for child in part.children)
    return 1 + sum(_weigh_changed(child, part.changes) for child in part.uses.root.children)


def number_parts(part: Part, session: int, start: int = 1) -> int:
    """Fix the node ids of a definition's parts, in preorder; returns the next free number."""
    part.node_id = f"{session}:{start}"
    start += 1
    for child in part.children:
        start = number_parts(child, session, start)
    return start


def _weigh_changed(part: Part, changes: dict[str, Change]) -> int:
    change = changes.get(part.node_id)
    if change and change.swap:
        return 1 + sum(weigh(child) for child in change.swap.root.children)
    if part.uses is not None:
        return weigh(part)
    return 1 + sum(_weigh_changed(child, changes) for child in part.children)
