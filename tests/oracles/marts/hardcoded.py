"""Values that are set by hand, and what is nearest to them: hardcoded_values."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from tests.oracles.marts import paints
from tests.oracles.marts.adoption import Adoption, is_design
from tests.oracles.marts.documents import Font, Json, Layer, State, looks, style_of
from tests.oracles.marts.facts import Facts, OneOf, Row, url
from tests.oracles.marts.slots import Slot, Slots, hundredths, number_text
from tests.oracles.marts.styles import Styles
from tests.oracles.marts.variables import Variables

SAME_LOOK, NEAR = 0.02, 0.1
# pixels
SAME_LENGTH, NEAR_LENGTH = 0.25, 2
LENGTHS = ("radius", "spacing", "stroke_weight")

Value = str | Font | float


@dataclass(frozen=True)
class Candidate:
    """A published style or a library variable with its value; `uses` counts its uses by role."""

    kind: str
    key: str
    name: str | None
    value: Value
    uses: Counter[str]


@dataclass
class Found:
    """Where a value is set by hand in a file: in which roles, how often, and in which layers."""

    roles: Counter[str] = field(default_factory=Counter)
    layers: list[Layer] = field(default_factory=list)


class Hardcoded:
    """The mart as a list of rows."""

    def __init__(self, facts: Facts, styles: Styles, adoption: Adoption, slots: Slots, variables: Variables) -> None:
        self.facts = facts
        self.styles = styles
        self.adoption = adoption
        self.slots = slots
        self.variables = variables

    @cached_property
    def hardcoded_values(self) -> list[Row]:
        return [self._row(*place, where) for place, where in self._found.items()]

    @cached_property
    def _found(self) -> dict[tuple[str, str, Value], Found]:
        """What is set by hand, by file, kind and value."""
        states = [state for state in self.facts.main_states if is_design(state)]
        return {(state.file_key, *value): found for state in states for value, found in self._found_in(state).items()}

    def _found_in(self, state: State) -> dict[tuple[str, Value], Found]:
        found: dict[tuple[str, Value], Found] = defaultdict(Found)
        for layer in self.adoption.visible_layers(state):
            if not self.adoption.is_in_library(state, layer):
                for kind, value, role, count in _by_hand(layer.node):
                    found[kind, value].roles[role] += count
                    found[kind, value].layers.append(layer)
        for slot in self.slots.outside_library(state):
            if slot.giver == "hand" and slot.kind in (*LENGTHS, "effect"):
                found[slot.kind, slot.value].roles["other"] += 1
                found[slot.kind, slot.value].layers.append(slot.layer)
        return found

    @cached_property
    def _roles(self) -> dict[Value, Counter[str]]:
        """In which roles each value is set by hand in all main files."""
        roles: dict[Value, Counter[str]] = defaultdict(Counter)
        for (_, _, value), where in self._found.items():
            roles[value] += where.roles
        return roles

    def _row(self, file_key: str, kind: str, value: Value, where: Found) -> Row:
        family, size, weight = value if isinstance(value, tuple) else (None, None, None)
        return {
            "file_key": file_key,
            "kind": kind,
            "value": _text(value),
            "color": value if kind == "color" else None,
            "font_family": family,
            "font_size": size,
            "font_weight": weight,
            "number": value if kind in LENGTHS else None,
            **self.facts.place(file_key),
            "occurrences": where.roles.total(),
            "fills": where.roles["text fill"] + where.roles["other fill"],
            "strokes": where.roles["stroke"],
            "texts": where.roles["text"],
            **self._nearest(kind, value),
            "sample_url": url(file_key, min(where.layers, key=lambda layer: layer.order).id),
        }

    def _nearest(self, kind: str, value: Value) -> Row:
        choices = [(_distance(kind, value, one.value), one) for one in self._candidates[kind]]
        known = [(distance, one) for distance, one in choices if distance is not None]
        if not known:
            return {NEAREST: (None, None, None, None, 0, None), "distance": None, "is_exact": False, "fit": "none"}
        least = min(distance for distance, _ in known)
        nearest = [one for distance, one in known if distance == least]
        roles = self._main_roles(kind, value)
        if kind in LENGTHS:
            # of lengths as near, above and below, the variable with most slots; then the first key
            most = min(nearest, key=lambda one: (-one.uses.total(), one.key))
            nearest = [one for one in nearest if one.value == most.value]
        is_exact = any(one.value == value for one in nearest)
        return {
            NEAREST: OneOf(
                (
                    one.kind,
                    one.key,
                    one.name or self.variables.name(one.key),
                    _text(one.value),
                    *_alternatives(one, nearest, role),
                )
                for role in roles
                for one in ([most] if kind in LENGTHS else _first(nearest, role))
            ),
            "distance": least,
            "is_exact": is_exact,
            "fit": "exact" if is_exact else _fit(kind, least),
        }

    def _main_roles(self, kind: str, value: Value) -> list[str]:
        """The role that a value mostly has in main files; all of them that it has as often."""
        if kind != "color":
            return ["text" if kind == "font" else "other"]
        most = max(self._roles[value].values())
        return [role for role, count in self._roles[value].items() if count == most]

    @cached_property
    def _candidates(self) -> dict[str, list[Candidate]]:
        """Published styles and library variables by the kind of value that they give."""
        found: dict[str, list[Candidate]] = {"color": [], "font": []}
        for one in self.facts.published["styles"].values():
            type_ = one.row["style_type"]
            kind = {"FILL": "color", "TEXT": "font"}.get(type_)
            values = self.styles.color_of(one.key) if type_ == "FILL" else self.styles.font_of(one.key)
            if kind and one.is_now and values and values.values[0] is not None:
                uses = Counter(_role(ref.layer.node, ref.slot) for ref in self.styles.of_key(one.key))
                found[kind].append(Candidate("style", one.key, one.row["name"], values.values[0], uses))
        found["color"] += self._variables()
        return found | self._slot_candidates()

    def _slot_candidates(self) -> dict[str, list[Candidate]]:
        """Library variables and effect styles by kind of slot, with the value that most slots show.

        Of an effect style whose library is loaded, only that tells.
        """
        shown: dict[tuple[str, str], Counter[Value]] = defaultdict(Counter)
        uses: Counter[tuple[str, str]] = Counter()
        loaded = {state.file_key for state in self.facts.main_states}
        for state in self.facts.main_states:
            for slot in self._measures(state):
                style = state.key_of("styles", slot.style)
                key = style if slot.kind == "effect" else paints.variable_key(slot.variable)
                if key and (slot.kind != "effect" or self.facts.is_published("styles", key)):
                    uses[slot.kind, key] += 1
                    library = self.facts.library_of("styles", key)
                    if slot.kind != "effect" or library == state.file_key or library not in loaded:
                        shown[slot.kind, key][slot.value] += 1
        found: dict[str, list[Candidate]] = {kind: [] for kind in (*LENGTHS, "effect")}
        for (kind, key), values in shown.items():
            value = min(values, key=lambda one: (-values[one], one))
            name = self.facts.style_name(key) if kind == "effect" else None
            uses_of = Counter({"other": uses[kind, key]})
            found[kind].append(Candidate("style" if name else "variable", key, name, value, uses_of))
        return found

    def _measures(self, state: State) -> Iterator[Slot]:
        """The lengths and effects of all visible layers of a file."""
        for layer in state.layers:
            if layer.is_layer and layer.is_visible:
                slots = self.slots.measures_of(state, layer)
                yield from (slot for slot in slots if slot.kind in (*LENGTHS, "effect"))

    def _variables(self) -> Iterator[Candidate]:
        """Variables of other files that paints of main files are bound to."""
        values: dict[str, Counter[str]] = defaultdict(Counter)
        uses: dict[str, Counter[str]] = defaultdict(Counter)
        for state in self.facts.main_states:
            for layer in state.layers:
                for role, paint in _bound_paints(layer.node):
                    key = paints.variable_key(paints.color_variable(paint))
                    if key:
                        # the opacity belongs to the paint, not to the variable
                        values[key][paints.color(paint | {"opacity": 1})] += 1
                        uses[key][role] += 1
        for key, shown in values.items():
            yield Candidate("variable", key, None, shown.most_common(1)[0][0], uses[key])


NEAREST = (
    *("nearest_kind", "nearest_key", "nearest_name", "nearest_value"),
    *("nearest_candidates", "nearest_candidate_names"),
)


def _first(nearest: list[Candidate], role: str) -> list[Candidate]:
    """Of what is equally near, a style before a variable, then what is used most in the role."""
    best = min((one.kind, -one.uses[role]) for one in nearest)
    return [one for one in nearest if (one.kind, -one.uses[role]) == best]


class Names:
    """Equal to the names, most used first, in any order of those that are used as often."""

    def __init__(self, used: list[tuple[int, str]]) -> None:
        self.used = used

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, str):
            return False
        rest = other
        for count in sorted({uses for uses, _ in self.used}, reverse=True):
            names = sorted((name for uses, name in self.used if uses == count), key=len, reverse=True)
            while names:
                first = next((name for name in names if rest.startswith(name)), None)
                if first is None:
                    return False
                names.remove(first)
                rest = rest.removeprefix(first).removeprefix(", ")
        return not rest

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return f"names {self.used}"


def _alternatives(first: Candidate, nearest: list[Candidate], role: str) -> tuple[int, Names | None]:
    """How many candidates have the value of the first, and the names of the styles among them."""
    same = [one for one in nearest if one.value == first.value]
    names = Names([(one.uses[role], one.name or "") for one in same if one.kind == "style"])
    return len(same), names if names.used else None


def _by_hand(node: Json) -> Iterator[tuple[str, Value, str, int]]:
    """Yield kind, value, role and count of everything that is set by hand in a layer."""
    if style_of(node, "stroke") is None:
        strokes = Counter(paints.color(one) for one in paints.solid(node.get("strokes")) if _is_free(one))
        yield from (("color", value, "stroke", count) for value, count in strokes.items())
    colors: Counter[str] = Counter()
    fonts = set()
    for look in looks(node):
        if look.fill_style is None:
            # a layer shows a value once, however many of its parts do
            colors |= Counter(paints.color(one) for one in paints.solid(look.paints) if _is_free(one))
        if node["type"] == "TEXT" and look.text_style is None and not look.has_font_variable:
            fonts.add(look.font)
    yield from (("color", value, _fill_role(node), count) for value, count in colors.items())
    yield from (("font", font, "text", 1) for font in fonts)


def _is_free(paint: Json) -> bool:
    return paints.color_variable(paint) is None


def _bound_paints(node: Json) -> Iterator[tuple[str, Json]]:
    for look in looks(node):
        yield from ((_fill_role(node), one) for one in look.paints if one["type"] == "SOLID")
    yield from (("stroke", one) for one in node.get("strokes") or () if one["type"] == "SOLID")


def _role(node: Json, slot: str) -> str:
    return _fill_role(node) if slot in ("fill", "fill_range") else "stroke" if slot == "stroke" else "text"


def _fill_role(node: Json) -> str:
    return "text fill" if node["type"] == "TEXT" else "other fill"


def _fit(kind: str, distance: float) -> str:
    if kind == "font":
        return "near"
    same, near = (SAME_LOOK, NEAR) if kind == "color" else (SAME_LENGTH, NEAR_LENGTH)
    return "looks the same" if distance < same else "near" if distance <= near else "far"


def _distance(kind: str, one: Value, other: Value) -> float | None:
    """None where the two are not comparable: fonts of different families, and effects that differ."""
    if kind == "effect":
        return 0.0 if one == other else None
    if isinstance(one, float) and isinstance(other, float):
        return hundredths(abs(one - other))
    if isinstance(one, str) and isinstance(other, str):
        return paints.color_distance(one, other)
    if isinstance(one, tuple) and isinstance(other, tuple) and one[0] == other[0] and None not in one + other:
        return paints.font_distance(one, other)
    return None


def _text(value: Value) -> str | None:
    if isinstance(value, float):
        return number_text(value)
    return value if isinstance(value, str) else paints.font_text(value)
