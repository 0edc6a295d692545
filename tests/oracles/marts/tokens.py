"""Where variables are bound: variable_usage, variable_reach, stale_bindings."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from tests.oracles.marts import paints
from tests.oracles.marts.documents import Json, Layer, State, looks
from tests.oracles.marts.facts import Facts, OneOf, Row, url

REMOTE = re.compile(r"VariableID:([0-9a-f]{40})/(.+)")
RECENT = timedelta(days=28)
# the homes of bindings that parts of a text or vector have, and what only repeats the fills of a frame
PARTS = ("style", "styleOverrideTable", "fillOverrideTable")
REPEATED = ("children", "background")
SLOTS = {
    "fill": r"fills|textRangeFills",
    "stroke": r"strokes",
    "text": r"fontFamily|fontSize|fontStyle|fontWeight|lineHeight|letterSpacing|paragraphSpacing|paragraphIndent",
    "radius": r"cornerRadius|rectangleCornerRadii|(top|bottom)(Left|Right)Radius",
    "spacing": r"padding(Left|Right|Top|Bottom)|itemSpacing|counterAxisSpacing|grid(Row|Column)Gap",
    "stroke_weight": r"strokeWeight|individualStrokeWeights",
    "effect": r"effects",
    "opacity": r"opacity",
    "size": r"size|width|height|(min|max)(Width|Height)",
    "visibility": r"visible",
    "characters": r"characters",
    "property": r"componentProperties",
    "grid": r"layoutGrids",
}

# key and suffix of a library's variable, or file and id of a local one
Variable = tuple[str | None, str | None, str | None]


@dataclass(frozen=True)
class Binding:
    """One property of one node that a variable gives, however often the document says so."""

    state: State
    layer: Layer
    variable_id: str
    place: str

    @property
    def key(self) -> str | None:
        remote = REMOTE.match(self.variable_id)
        return remote[1] if remote else None

    @property
    def suffix(self) -> str | None:
        remote = REMOTE.match(self.variable_id)
        return remote[2] if remote else None

    @property
    def local_id(self) -> str | None:
        return None if self.key else self.variable_id

    @property
    def variable(self) -> Variable:
        return self.key, None if self.key else self.state.file_key, self.local_id

    @property
    def slot(self) -> str:
        name = self.place.partition("/")[0]
        return next((slot for slot, names in SLOTS.items() if re.fullmatch(names, name)), "other")

    @property
    def url(self) -> str:
        return url(self.state.file_key, self.layer.id)


class Tokens:
    """The marts as lists of rows."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    @cached_property
    def bindings(self) -> list[Binding]:
        """All bindings in main files."""
        return [one for state in self.facts.main_states for one in bindings_in(state)]

    @cached_property
    def variable_usage(self) -> list[Row]:
        groups: dict[tuple[Variable, str, str], list[Binding]] = defaultdict(list)
        for one in self.bindings:
            groups[one.variable, one.state.file_key, one.slot].append(one)
        return [
            {
                "variable_key": key,
                "local_variable_id": local_id,
                "file_key": file_key,
                "slot_kind": slot,
                **_counts(found),
                **self.facts.place(file_key),
            }
            for ((key, _, local_id), file_key, slot), found in groups.items()
        ]

    @cached_property
    def variable_reach(self) -> list[Row]:
        groups: dict[Variable, list[Binding]] = defaultdict(list)
        for one in self.bindings:
            groups[one.variable].append(one)
        return [self._reach(variable, found) for variable, found in groups.items()]

    def _reach(self, variable: Variable, found: list[Binding]) -> Row:
        key, local_file_key, local_id = variable
        files = {one.state.file_key for one in found}
        counts = _counts(found)
        rows = [
            row for row in self.variable_usage if (row["variable_key"], row["local_variable_id"]) == (key, local_id)
        ]
        rows = [row for row in rows if local_file_key in (None, row["file_key"])]
        most = max(row["bindings"] for row in rows)
        return {
            "variable_key": key,
            "local_file_key": local_file_key,
            "local_variable_id": local_id,
            "preview_color": self._color_of(key),
            "bindings": counts["bindings"],
            "bindings_visible": counts["bindings_visible"],
            "files_using": len(files),
            "teams_using": len({self.facts.place(file_key)["team_id"] for file_key in files}),
            "sample_url": OneOf(
                sample for row in rows if row["bindings"] == most for sample in row["sample_url"].values
            ),
            **self.facts.scan(),
        }

    def _color_of(self, key: str | None) -> OneOf | None:
        """The color that most paints bound to a library variable have, without the opacity of the paint."""
        shown = self._colors.get(key or "", Counter())
        return OneOf(one for one, count in shown.items() if count == max(shown.values())) if shown else None

    @cached_property
    def _colors(self) -> dict[str, Counter[str]]:
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for state in self.facts.main_states:
            for layer in state.layers:
                all_paints = [one for look in looks(layer.node) for one in look.paints]
                for paint in (*all_paints, *(layer.node.get("strokes") or ())):
                    key = paints.variable_key(paints.color_variable(paint))
                    if key and paint["type"] == "SOLID":
                        found[key][paints.color(paint | {"opacity": 1})] += 1
        return found

    @cached_property
    def stale_bindings(self) -> list[Row]:
        groups: dict[str, dict[str, list[Binding]]] = defaultdict(lambda: defaultdict(list))
        for one in self.bindings:
            if one.key and one.suffix:
                groups[one.key][one.suffix].append(one)
        return [row for key, found in groups.items() if len(found) > 1 for row in self._suffixes(key, found)]

    def _suffixes(self, key: str, by_suffix: dict[str, list[Binding]]) -> Iterator[Row]:
        edits = {suffix: {one.state.file_key: one.state.at for one in found} for suffix, found in by_suffix.items()}
        newest = max(at for files in edits.values() for at in files.values())
        recent = {suffix: [at for at in files.values() if newest - at < RECENT] for suffix, files in edits.items()}
        best = max((len(files), max(files)) for files in recent.values() if files)
        chosen = [suffix for suffix, files in recent.items() if files and (len(files), max(files)) == best]
        for suffix, files in edits.items():
            for file_key, at in files.items():
                yield {
                    "variable_key": key,
                    "file_key": file_key,
                    "variable_suffix": suffix,
                    **_counts([one for one in by_suffix[suffix] if one.state.file_key == file_key]),
                    "recent_suffix": OneOf(chosen),
                    "is_stale": OneOf(suffix != one for one in chosen),
                    "recent_files": len(recent[suffix]),
                    "last_modified_at": at,
                    **self.facts.place(file_key),
                    **self.facts.scan(),
                }


def bindings_in(state: State) -> list[Binding]:
    """The bindings of a document."""
    found = []
    for layer in state.layers:
        fields = {name: value for name, value in layer.node.items() if name not in REPEATED}
        places = {(variable_id, _property(path)) for path, variable_id in _aliases(fields, (), False)}
        found += [Binding(state, layer, variable_id, place) for variable_id, place in sorted(places)]
    return found


def _aliases(value: Any, path: tuple[str, ...], is_bound: bool) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the path and the id of each variable in the bindings anywhere below."""
    if is_bound and isinstance(value, dict) and value.get("type") == "VARIABLE_ALIAS":
        yield path, value["id"]
        return
    items: Json = value if isinstance(value, dict) else {}
    if isinstance(value, list):
        items = {str(number): one for number, one in enumerate(value)}
    for name, below in items.items():
        is_home = name == "boundVariables"
        yield from _aliases(below, path if is_home else (*path, name), is_bound or is_home)


def _property(path: tuple[str, ...]) -> str:
    """The property of the node, whichever of its paints, parts or effects has the binding."""
    names = [name for name in path if not name.isdigit() and name not in PARTS]
    if names[0] in ("fills", "textRangeFills"):
        return "fills"
    has_members = names[0] in ("rectangleCornerRadii", "individualStrokeWeights", "size", "componentProperties")
    return "/".join(names[:2]) if has_members else names[0]


def _counts(found: list[Binding]) -> Row:
    """The figures of some bindings; a node whose variable has two suffixes in one property counts once there."""
    places = {(one.state.file_key, one.layer.id, one.place, one.slot): one for one in found}
    visible = [one for one in places.values() if one.layer.is_visible]
    return {
        "bindings": len(places),
        "bindings_visible": len(visible),
        "nodes": len({(one.state.file_key, one.layer.id) for one in found}),
        "sample_url": OneOf(one.url for one in visible or found),
    }
