"""What could be bound to a style or variable, and what is: slot_adoption, and its sums in adoption."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from tests.oracles.marts import paints, peer
from tests.oracles.marts.adoption import Adoption, is_design
from tests.oracles.marts.documents import Json, Layer, State, looks, style_of
from tests.oracles.marts.facts import Facts, OneOf, Row, url

CORNERS = ("TOP_LEFT", "TOP_RIGHT", "BOTTOM_RIGHT", "BOTTOM_LEFT")
ONE_RADIUS = ("VECTOR", "STAR", "REGULAR_POLYGON", "BOOLEAN_OPERATION", "LINE", "ELLIPSE")
SIDES = ("top", "right", "bottom", "left")
SUMS = {"all_slots": "slots", "variable_slots": "variable_slots", "style_slots": "style_slots"}
GIVERS = ("variable", "style", "local_style", "hand")


class Slot(NamedTuple):
    """A place that could be bound, and what gives it its value."""

    layer: Layer
    kind: str
    giver: str
    # of several looks, whether any is set by hand
    is_by_hand: bool = False
    # of a slot that is neither a paint nor a font: the length, or the effects; the ids of its variable and style
    value: float | str = ""
    variable: str | None = None
    style: str | None = None


class Slots:
    """The marts as lists of rows."""

    def __init__(self, facts: Facts, items: Adoption) -> None:
        self.facts = facts
        self.items = items
        self._slots: dict[str, list[Slot]] = {}

    @cached_property
    def slot_adoption(self) -> list[Row]:
        states = [state for one in self.facts.expected if (state := self.facts.current(one.key))]
        kinds = sorted({slot.kind for state in states for slot in self.outside_library(state)})
        return [self._row(row, kind) for row in self.items.items for kind in kinds]

    @cached_property
    def adoption(self) -> list[Row]:
        return [{**item, **self._sums(item), **self._peers(item)} for item in self.items.items]

    def _peers(self, item: Row) -> Row:
        """What another tool counts in the design files of one item."""
        if item["visible_layers"] is None:
            return dict.fromkeys(peer.COLUMNS)
        sums = sum((self._peer_counts(state) for state in self._states_of(item)), Counter[str]())
        return {column: sums[column] for column in peer.COLUMNS}

    def _peer_counts(self, state: State) -> Counter[str]:
        layers = self.items.visible_layers(state)
        nodes = (layer.node for layer in layers if not self.items.is_in_library(state, layer))
        return peer.peer_counts(nodes, lambda id_: state.key_of("styles", id_), self._is_color_style)

    def _is_color_style(self, key: str) -> bool:
        published = self.facts.published["styles"].get(key)
        return published is not None and published.is_now and published.row["style_type"] == "FILL"

    def _states_of(self, item: Row) -> list[State]:
        states = [state for one in self.facts.expected if (state := self.facts.current(one.key))]
        return [state for state in states if item["level"] == "organisation" or item["id"] in self._places(state)]

    def _sums(self, item: Row) -> Row:
        """The slots of all kinds of one item."""
        if item["visible_layers"] is None:
            return dict.fromkeys((*SUMS, "variable_share", "token_share"))
        rows = [row for row in self.slot_adoption if (row["level"], row["id"]) == (item["level"], item["id"])]
        sums = {name: sum(row[column] for row in rows) for name, column in SUMS.items()}
        slots, variables, styles = sums.values()
        shares = (variables / slots, (variables + styles) / slots) if slots else (None, None)
        return sums | dict(zip(("variable_share", "token_share"), shares, strict=True))

    def _row(self, item: Row, kind: str) -> Row:
        states = self._states_of(item)
        found = {
            state.file_key: [slot for slot in self.outside_library(state) if slot.kind == kind] for state in states
        }
        givers = Counter(slot.giver for slots in found.values() for slot in slots)
        is_counted = item["level"] != "file" or any(is_design(state) for state in states)
        counts = {f"{giver}_slots": givers[giver] if is_counted else None for giver in GIVERS}
        by_hand = {key: [slot for slot in slots if slot.giver == "hand"] for key, slots in found.items()}
        most = max(map(len, by_hand.values()), default=0)
        samples = OneOf(
            url(key, slot.layer.id)
            for key, slots in by_hand.items()
            for slot in (*slots[:1], *[slot for slot in found[key] if slot.is_by_hand][:1])
            if slots and len(slots) == most
        )
        total = givers.total()
        return {
            **{name: item[name] for name in ("level", "id", "name", "files_expected", "files_scanned")},
            "is_conclusive": item["is_conclusive"],
            "slot_kind": kind,
            "slots": total if is_counted else None,
            **counts,
            "variable_share": givers["variable"] / total if total else None,
            "token_share": (givers["variable"] + givers["style"]) / total if total else None,
            "sample_url": samples if samples.values else None,
        }

    def _places(self, state: State) -> tuple[str, str, str]:
        one = self.facts.company.company_files[state.file_key]
        return state.file_key, one.folder.id, one.folder.team_id

    def outside_library(self, state: State) -> list[Slot]:
        """The slots of the visible layers of a design file outside library instances."""
        if state.file_key not in self._slots:
            layers = self.items.visible_layers(state)
            outside = [layer for layer in layers if not self.items.is_in_library(state, layer)]
            self._slots[state.file_key] = [slot for layer in outside for slot in self._slots_of(state, layer)]
        return self._slots[state.file_key]

    def _slots_of(self, state: State, layer: Layer) -> Iterator[Slot]:
        node = layer.node
        for paint in paints.solid(node.get("strokes")):
            yield self._slot(state, layer, "stroke", style_of(node, "stroke"), paints.color_variable(paint))
        yield from self._slots_of_looks(state, layer)
        yield from self.measures_of(state, layer)

    def measures_of(self, state: State, layer: Layer) -> Iterator[Slot]:
        """The slots of a layer that are neither paints nor fonts."""
        node, bound = layer.node, layer.node.get("boundVariables") or {}
        for kind, value, aliases in (*_radii(node, bound), *_spacings(node, bound), *_strokes(node, bound)):
            if value:
                yield self._slot(state, layer, kind, None, _first(aliases), hundredths(value))
        if node.get("opacity", 1) != 1:
            yield self._slot(state, layer, "opacity", None, _first([bound.get("opacity")]))
        shown = [effect for effect in node.get("effects") or () if effect.get("visible", True)]
        for position, effect in enumerate(node.get("effects") or ()):
            if effect.get("visible", True):
                on_node = dict(enumerate(bound.get("effects") or ())).get(position)
                aliases = [*(effect.get("boundVariables") or {}).values(), on_node]
                style, effects = style_of(node, "effect"), ", ".join(map(_effect_text, shown))
                yield self._slot(state, layer, "effect", style, _first(aliases), effects)

    def _slots_of_looks(self, state: State, layer: Layer) -> Iterator[Slot]:
        """Yield a slot for the font and for each fill: of several looks, one that is not bound comes first."""
        fills: dict[int, list[tuple[int, bool, str, str, str, Slot]]] = {}
        fonts = []
        for look in looks(layer.node):
            for position, paint in enumerate(look.paints):
                if paints.solid([paint]):
                    variable = paints.color_variable(paint)
                    slot = self._slot(state, layer, "fill", look.fill_style, variable)
                    tokens = (variable is not None) + self._is_published(state, look.fill_style)
                    order = (
                        tokens,
                        look.fill_style is not None,
                        paints.color(paint),
                        variable or "~",
                        look.fill_style or "~",
                    )
                    fills.setdefault(position, []).append((*order, slot))
            variable = "a variable" if look.has_font_variable else None
            font = self._slot(state, layer, "text", look.text_style, variable)
            has_style = look.text_style is not None
            fonts.append((font.giver in ("variable", "style"), has_style, look.font, look.has_font_variable, font))
        if layer.type == "TEXT":
            yield _first_choice(fonts)
        yield from map(_first_choice, fills.values())

    def _slot(
        self,
        state: State,
        layer: Layer,
        kind: str,
        style: str | None,
        variable: str | None,
        value: float | str = "",
    ) -> Slot:
        giver = "hand" if style is None else "style" if self._is_published(state, style) else "local_style"
        giver = "variable" if variable is not None else giver
        return Slot(layer, kind, giver, value=value, variable=variable, style=style)

    def _is_published(self, state: State, style: str | None) -> bool:
        return self.facts.is_published("styles", state.key_of("styles", style))


Measure = tuple[str, float | None, list[Json | None]]


def _radii(node: Json, bound: Json) -> Iterator[Measure]:
    radii = node.get("rectangleCornerRadii") or [node.get("cornerRadius")] * len(CORNERS)
    by_corner = bound.get("rectangleCornerRadii") or {}
    for corner, radius in list(zip(CORNERS, radii, strict=True))[: 1 if node["type"] in ONE_RADIUS else None]:
        vertical, horizontal = corner.lower().split("_")
        names = (f"{vertical}{horizontal.title()}Radius", "cornerRadius")
        yield "radius", radius, [by_corner.get(f"RECTANGLE_{corner}_CORNER_RADIUS"), *map(bound.get, names)]


def _spacings(node: Json, bound: Json) -> Iterator[Measure]:
    if node.get("layoutMode") not in ("HORIZONTAL", "VERTICAL", "GRID"):
        return
    flow = [child for child in node.get("children") or () if child.get("visible", True)]
    flow = [child for child in flow if child.get("layoutPositioning") != "ABSOLUTE"]
    names = [f"padding{side.title()}" for side in SIDES] if flow else []
    if len(flow) > 1 and node["layoutMode"] != "GRID" and node.get("primaryAxisAlignItems") != "SPACE_BETWEEN":
        names.append("itemSpacing")
    if len(flow) > 1 and node.get("layoutWrap") == "WRAP":
        names.append("counterAxisSpacing")
    yield from (("spacing", node.get(name), [bound.get(name)]) for name in names)


def _strokes(node: Json, bound: Json) -> Iterator[Measure]:
    shown = [paint for paint in paints.visible(node.get("strokes")) if paint.get("opacity", 1) > 0]
    weights = node.get("individualStrokeWeights")
    by_side = bound.get("individualStrokeWeights") or {}
    for side in (SIDES if weights else SIDES[:1]) if shown else ():
        weight = weights.get(side) if weights else node.get("strokeWeight")
        yield "stroke_weight", weight, [by_side.get(side), bound.get("strokeWeight")]


def hundredths(value: float) -> float:
    """A length rounded to hundredths, halves upwards."""
    return math.floor(value * 100 + 0.5) / 100


def _effect_text(effect: Json) -> str:
    """The type of an effect, its offset, radius, spread and color as far as it has them."""
    offset = effect.get("offset") or {}
    numbers = [offset[axis] for axis in "xy" if axis in offset] + [
        effect[name] for name in ("radius",) if name in effect
    ]
    if not effect.get("color"):
        return " ".join([effect["type"], *map(number_text, numbers)])
    numbers.append(effect.get("spread", 0))
    return " ".join([effect["type"], *map(number_text, numbers), paints.color({"color": effect["color"]})])


def number_text(value: float) -> str:
    """A length in px as the marts write it."""
    rounded = hundredths(value)
    return repr(int(rounded) if rounded == int(rounded) else rounded)


def _first(aliases: list[Json | None]) -> str | None:
    return next((str(alias["id"]) for alias in aliases if alias), None)


def _first_choice(choices: Sequence[tuple[Any, ...]]) -> Slot:
    """The slot that comes first by what stands before it, with what is known of all."""
    first: Slot = min(choices, key=lambda choice: choice[:-1])[-1]
    return first._replace(is_by_hand=any(choice[-1].giver == "hand" for choice in choices))
