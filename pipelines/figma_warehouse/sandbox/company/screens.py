"""Recipes: what designers lay on pages. Each makes a part of exactly `budget` nodes where it says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from figma_warehouse.sandbox.company import vocabulary
from figma_warehouse.sandbox.company.blueprints import (
    Change,
    Component,
    ComponentSet,
    Part,
    dice,
    frame,
    hex_key,
    instance,
    stack,
    text,
    weigh,
)
from figma_warehouse.sandbox.company.drawing import colour, solid, variable_alias
from figma_warehouse.sandbox.company.libraries import COLOURS

if TYPE_CHECKING:
    import random

    from figma_warehouse.sandbox.company.blueprints import JsonPaint, Style, Variable


GRADIENT = {
    "blendMode": "NORMAL",
    "type": "GRADIENT_LINEAR",
    "gradientHandlePositions": [{"x": 0.0, "y": 0.0}, {"x": 1.0, "y": 0.0}, {"x": 0.0, "y": 1.0}],
    "gradientStops": [{"position": 0.0, "color": colour("#3354f4")}, {"position": 1.0, "color": colour("#7b3f98")}],
}
EXPORT = {"suffix": "@2x", "format": "PNG", "constraint": {"type": "SCALE", "value": 2.0}}


@dataclass(frozen=True, eq=False)
class Shelf:
    """What a designer can reach for in one file at one moment.

    `home` is the file (a branch's main file), `imports` its number. `weights` say how popular each family is.
    """

    home: str
    imports: int
    families: list[list[Component]] = field(default_factory=list)
    weights: list[int] = field(default_factory=list)
    icons: list[Component] = field(default_factory=list)
    locals: list[Component] = field(default_factory=list)
    fills: list[Style] = field(default_factory=list)
    texts: list[Style] = field(default_factory=list)
    effects: list[Style] = field(default_factory=list)
    variables: list[Variable] = field(default_factory=list)
    spaces: list[Variable] = field(default_factory=list)
    definition: Component | ComponentSet | None = None


Recipe = Callable[[Shelf, str, int], Part]
Maker = Callable[["Shelf", "random.Random"], Part]


def screen(shelf: Shelf, seed: str, budget: int) -> Part:
    """A screen of exactly `budget` nodes: bands of components, texts, shapes and drawings of their own."""
    throw = dice(seed)
    whole = frame(throw.choice(vocabulary.SCREENS), 390, 844, layout="VERTICAL", gap=16, fill=_fill(shelf, throw))
    whole.extra = {"devStatus": {"type": "READY_FOR_DEV"}} if throw.random() < 0.15 else {}
    left = budget - 1
    while left > 0:
        band = _band(shelf, throw, min(left, throw.randint(6, 40)))
        whole.children.append(band)
        left -= weigh(band)
    return stack(whole)


def section(shelf: Shelf, seed: str, budget: int) -> Part:
    """A SECTION with screens side by side, exactly `budget` nodes."""
    throw = dice(seed, "section")
    whole = Part("SECTION", f"{throw.choice(vocabulary.BLOCKS)} flow", 2000, 1000, fill="#ffffff")
    left, at = budget - 1, 0
    while left > 0:
        size = left if left < 60 else throw.randint(30, left - 20)
        whole.children.append(screen(shelf, f"{seed}/{at}", size))
        left, at = left - size, at + 1
    for place, child in enumerate(whole.children):
        child.x, child.y = 40 + 430 * place, 40
    return whole


def definition(shelf: Shelf, seed: str, budget: int) -> Part:  # noqa: ARG001
    """The definition of the shelf's component or set; its size is its own."""
    if shelf.definition is None:
        raise ValueError("a definition needs something to define")
    return shelf.definition.root


def oddities(shelf: Shelf, seed: str, budget: int) -> Part:  # noqa: ARG001
    """Layers that programs trip over: slots, types still unknown, detached copies, lost components, odd names."""
    throw = dice(seed, "odd")
    parts = [
        Part("SLOT", "Slot", 200, 60, [text("Slot content", "Anything goes", None, "#444444")]),
        Part("HOLOGRAM", "A type of the future", 80, 80, [text("Inside", "Not to be lost", None, "#444444")]),
        Part("GROUP", "Sketch", 120, 120, [_vector(throw) for _ in range(4)]),
        _detached(shelf, throw),
        frame(
            '=HYPERLINK("https://example.com","Click")', 200, 40, text("<b>Bold</b>", "a,b;\"c\"\n'd'", None, "#000000")
        ),
        frame("隠しレイヤー 🙈", 200, 80, *[_place(shelf, throw) for _ in range(2)], hidden=True),
        _mixed_text(shelf, throw),
    ]
    if shelf.families:
        lost = instance(_choose(shelf, throw))
        lost.is_lost, lost.uses = True, _forgotten(throw)
        parts += [lost, instance(_foreign())]
    return frame("Leftovers", 600, 900, *parts, layout="VERTICAL", gap=16)


def board(shelf: Shelf, seed: str, budget: int) -> Part:  # noqa: ARG001
    """A FigJam section of stickies, shapes and connectors: exactly `budget` nodes."""
    throw = dice(seed, "board")
    whole = Part("SECTION", throw.choice(vocabulary.BLOCKS), 1600, 900, fill="#ffe8a3")
    for at in range(budget - 1):
        whole.children.append((_sticky, _shape, _sticky, _connector)[at % 4](throw, at))
    return whole


def showcase(shelf: Shelf, seed: str, budget: int) -> Part:
    """A page of a library's documentation: instances of its own components, at most `budget` nodes."""
    throw = dice(seed, "showcase")
    whole = frame("Usage", 800, 600, text("Title", "How to use it", *_type(shelf, throw)), layout="VERTICAL")
    while True:
        part = _place(shelf, throw)
        if weigh(whole) + weigh(part) > budget:
            return stack(whole)
        whole.children.append(part)


def swatches(shelf: Shelf, seed: str, budget: int) -> Part:  # noqa: ARG001
    """The foundations: one layer per style, but the last fill and the last effect, which nothing shows."""
    fills = [Part("RECTANGLE", style.name, 80, 80, fill=style) for style in shelf.fills[:-1]]
    texts = [text(style.name, "The quick brown fox", style, "#14161f") for style in shelf.texts]
    effects = [Part("RECTANGLE", style.name, 80, 80, effect=style, fill="#ffffff") for style in shelf.effects[:-1]]
    return frame("Foundations", 1200, 1800, *fills, *texts, *effects, layout="VERTICAL", gap=24)


def _band(shelf: Shelf, throw: random.Random, budget: int) -> Part:
    whole = frame(throw.choice(vocabulary.BLOCKS), 390, 120, gap=8, padding=12, radius=throw.choice((0, 8, 12)))
    whole.layout = throw.choice(("VERTICAL", "HORIZONTAL"))
    whole.effect = throw.choice(shelf.effects) if shelf.effects and throw.random() < 0.1 else None
    whole.hidden = throw.random() < 0.04
    whole.extra = _bound_spaces(shelf, throw) if shelf.spaces and throw.random() < 0.2 else {}
    left = budget - 1
    while left > 0:
        part = throw.choices(MAKERS, MAKER_WEIGHTS)[0](shelf, throw)
        if weigh(part) > left:
            part = _simple(shelf, throw)
        whole.children.append(part)
        left -= weigh(part)
    return stack(whole)


def _bound_spaces(shelf: Shelf, throw: random.Random) -> dict[str, Any]:
    gap, radius = (variable_alias(variable, shelf.home) for variable in throw.sample(shelf.spaces, 2))
    corners = {"RECTANGLE_TOP_LEFT_CORNER_RADIUS": radius, "RECTANGLE_TOP_RIGHT_CORNER_RADIUS": radius}
    return {"boundVariables": {"itemSpacing": gap, "rectangleCornerRadii": corners}}


def _place(shelf: Shelf, throw: random.Random) -> Part:
    if not shelf.families:
        return _simple(shelf, throw)
    part = instance(_choose(shelf, throw))
    if throw.random() < 0.5:
        _override(part, shelf, throw)
    if throw.random() < 0.05:
        part.hidden = True
    elif throw.random() < 0.05:
        part.extra = {"opacity": 0.6}
    return part


def _choose(shelf: Shelf, throw: random.Random) -> Component:
    family = throw.choices(shelf.families, shelf.weights)[0]
    return family[0] if throw.random() < 0.4 else throw.choice(family)


def _override(part: Part, shelf: Shelf, throw: random.Random) -> None:
    if part.uses is None:
        return
    for inner in part.uses.root.children:
        if inner.kind == "TEXT":
            part.changes[inner.node_id] = Change(characters=throw.choice(vocabulary.LABEL_TEXTS))
        elif inner.uses is not None and "mainComponent" in inner.binds and shelf.icons:
            swap = throw.choice(shelf.icons) if throw.random() < 0.6 else None
            part.changes[inner.node_id] = Change(hidden=throw.random() < 0.3, swap=swap)


def _place_icon(shelf: Shelf, throw: random.Random) -> Part:
    return instance(throw.choice(shelf.icons)) if shelf.icons else _simple(shelf, throw)


def _place_local(shelf: Shelf, throw: random.Random) -> Part:
    # the last local component stays unused
    return instance(throw.choice(shelf.locals[:-1])) if len(shelf.locals) > 1 else _simple(shelf, throw)


def _simple(shelf: Shelf, throw: random.Random) -> Part:
    if throw.random() < 0.6:
        words = throw.choice(vocabulary.TITLES + vocabulary.BODIES + vocabulary.LABEL_TEXTS)
        return text(words[:24], words, *_type(shelf, throw), hidden=throw.random() < 0.04)
    if throw.random() < 0.4:
        return _vector(throw)
    if throw.random() < 0.3:
        return _photo(throw)
    size = throw.choice((16, 24, 48, 120))
    edge = throw.choice(shelf.fills) if shelf.fills and throw.random() < 0.3 else None
    return Part(
        "RECTANGLE", f"Rectangle {throw.randint(1, 99)}", size, size, fill=_fill(shelf, throw), stroke=edge, radius=4
    )


def _photo(throw: random.Random) -> Part:
    part = Part("RECTANGLE", "Photo", 160, 120)
    part.extra = throw.choice(
        (
            {
                "fills": [
                    {
                        "blendMode": "NORMAL",
                        "type": "IMAGE",
                        "scaleMode": "FILL",
                        "imageRef": f"{throw.getrandbits(160):040x}",
                    }
                ]
            },
            {"fills": [GRADIENT, {**solid("#14161f"), "visible": False}], "rotation": 0.5},
            {"fills": [{**solid("#14161f"), "opacity": 0.4}], "locked": True, "isMask": True, "maskType": "ALPHA"},
            {"exportSettings": [EXPORT], "rectangleCornerRadii": [8.0, 8.0, 0.0, 0.0]},
            {"interactions": [{"trigger": {"type": "ON_CLICK"}, "actions": [{"type": "BACK"}]}]},
        )
    )
    return part


def _vector(throw: random.Random) -> Part:
    size = throw.choice((8, 12, 16, 24))
    return Part("VECTOR", "Vector", size, size, x=throw.randint(0, 80), y=throw.randint(0, 80), fill=_raw_colour(throw))


def _sketch(shelf: Shelf, throw: random.Random) -> Part:  # noqa: ARG001
    return Part("GROUP", "Group", 120, 120, [_vector(throw) for _ in range(throw.randint(2, 6))])


def _cluster(shelf: Shelf, throw: random.Random) -> Part:
    inner = [_place(shelf, throw), _simple(shelf, throw), _simple(shelf, throw)]
    nested = frame("Stack", 200, 80, *inner, layout="VERTICAL", gap=4)
    return frame(throw.choice(("Row", "Tile", "Panel")), 300, 120, nested, _simple(shelf, throw), layout="HORIZONTAL")


def _detached(shelf: Shelf, throw: random.Random) -> Part:
    label = text("Label", throw.choice(vocabulary.LABEL_TEXTS), *_type(shelf, throw))
    name = throw.choice(vocabulary.DETACHED)
    return frame(name, 240, 48, label, _vector(throw), layout="HORIZONTAL", radius=8, fill=_raw_colour(throw))


def _mixed_text(shelf: Shelf, throw: random.Random) -> Part:
    part = text("Mixed", "Total 12.40 including tax", *_type(shelf, throw))
    bold = {"fontWeight": 700, "fontPostScriptName": "Inter-Bold"}
    part.extra = {"characterStyleOverrides": [0] * 6 + [1] * 5, "styleOverrideTable": {"1": bold}}
    return part


def _forgotten(throw: random.Random) -> Component:
    root = frame("Forgotten", 80, 40, text("Label", "Gone", None, "#999999"))
    root.children[0].node_id = "7:2"
    return Component("", "Forgotten", f"gone-{throw.random()}", 9000, root)


def _foreign() -> Component:
    root = frame("Chip", 80, 32, text("Label", "From the community", None, "#14161f"))
    root.children[0].node_id = "7:2"
    return Component(hex_key("community kit", "Chip"), "Chip", "community kit", 9001, root)


def _sticky(throw: random.Random, at: int) -> Part:
    extra = {"characters": throw.choice(vocabulary.STICKIES), "authorVisible": True}
    return Part(
        "STICKY", "Sticky", 240, 240, x=260 * at, fill=throw.choice(("#ffd966", "#b6e3a8", "#f7b2c4")), extra=extra
    )


def _shape(throw: random.Random, at: int) -> Part:
    shape = throw.choice(("SQUARE", "ELLIPSE", "DIAMOND", "ROUNDED_RECTANGLE"))
    extra = {"characters": throw.choice(vocabulary.LABEL_TEXTS), "shapeType": shape}
    return Part("SHAPE_WITH_TEXT", "Shape", 200, 120, x=260 * at, fill="#ffffff", stroke="#14161f", extra=extra)


def _connector(throw: random.Random, at: int) -> Part:
    ends = {"connectorStart": {"position": {"x": 0.0, "y": 0.0}}, "connectorEnd": {"position": {"x": 200.0, "y": 80.0}}}
    caps = {"connectorStartStrokeCap": "NONE", "connectorEndStrokeCap": "LINE_ARROW"}
    extra = {**ends, **caps, "connectorLineType": throw.choice(("ELBOWED", "STRAIGHT")), "characters": ""}
    return Part("CONNECTOR", "Connector line", 200, 80, x=260 * at, stroke="#14161f", extra=extra)


def _type(shelf: Shelf, throw: random.Random) -> tuple[Style | None, JsonPaint]:
    return throw.choice(shelf.texts) if shelf.texts and throw.random() < 0.7 else None, _fill(shelf, throw)


def _fill(shelf: Shelf, throw: random.Random) -> JsonPaint:
    share = throw.random()
    if share < 0.5 and shelf.fills:
        return throw.choice(shelf.fills)
    if share < 0.7 and shelf.variables:
        return throw.choice(shelf.variables)
    return _raw_colour(throw)


def _raw_colour(throw: random.Random) -> str:
    # some are exactly a colour of the library, some a shade beside one
    code = throw.choice(list(COLOURS.values()))
    return code if throw.random() < 0.3 else f"#{int(code[1:], 16) ^ throw.randint(0, 0x0F0F0F):06x}"


MAKERS: tuple[Maker, ...] = (_place, _place_icon, _place_local, _simple, _sketch, _cluster, _detached, _mixed_text)
MAKER_WEIGHTS = (30, 8, 6, 34, 4, 10, 3, 3)
