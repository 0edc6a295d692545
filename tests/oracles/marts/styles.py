"""Which styles are used, orphaned or made again: style_usage, orphaned_styles, shadow_styles."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property

from tests.oracles.marts import paints
from tests.oracles.marts.documents import Font, Json, Layer, State, looks
from tests.oracles.marts.facts import Facts, OneOf, Published, Row, url


@dataclass(frozen=True)
class Reference:
    """One use of a style by a node in a slot, with what the node shows there: a color, or a font."""

    state: State
    layer: Layer
    slot: str
    style_id: str
    color: str | None
    font: Font | None

    @property
    def key(self) -> str | None:
        return self.state.key_of("styles", self.style_id)

    @property
    def url(self) -> str:
        return url(self.state.file_key, self.layer.id)


class Styles:
    """The marts as lists of rows, and what values styles have."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    @cached_property
    def references(self) -> list[Reference]:
        """All references in main files."""
        return [one for state in self.facts.main_states for one in references_in(state)]

    @cached_property
    def by_key(self) -> dict[str | None, list[Reference]]:
        found: dict[str | None, list[Reference]] = defaultdict(list)
        for one in self.references:
            found[one.key].append(one)
        return dict(found)

    def of_key(self, key: str) -> list[Reference]:
        """The references to a style in main files."""
        return self.by_key.get(key, [])

    def is_defined(self, state: State, id_: str) -> bool:
        """Whether a file defines a style; an old answer does not say, so that its own list and its map do."""
        entry = state.mapped("styles", id_)
        if entry is None:
            return False
        library = self.facts.library_of("styles", entry.get("key"))
        return not entry["remote"] if "remote" in entry else library in (None, state.file_key)

    def type_of(self, key: str | None) -> str | None:
        known = self.facts.published["styles"].get(key or "")
        types = (
            entry["styleType"]
            for states in self.facts.states.values()
            for state in states
            for _, entry in state.entries("styles")
            if entry.get("key") == key
        )
        return known.row["style_type"] if known else next(types, None) if key else None

    @cached_property
    def style_usage(self) -> list[Row]:
        groups: dict[tuple[str | None, str, str], list[Reference]] = defaultdict(list)
        for one in self.references:
            groups[one.key, one.state.file_key, one.slot].append(one)
        return [self._usage(*place, found) for place, found in groups.items()]

    def _usage(self, key: str | None, file_key: str, slot: str, found: list[Reference]) -> Row:
        visible = [one for one in found if one.layer.is_visible]
        return {
            "style_key": key,
            "file_key": file_key,
            "slot": slot,
            "style_references": len(found),
            "references_visible": len(visible),
            "nodes": len({one.layer.id for one in found}),
            "style_name": self.facts.style_name(key),
            "style_type": self.type_of(key),
            "is_published": self.facts.is_published("styles", key),
            "is_defined_here": any(self.is_defined(one.state, one.style_id) for one in found),
            "file_name": self.facts.name_of(file_key),
            "sample_url": OneOf(one.url for one in visible or found),
        }

    # values

    def color_of(self, key: str) -> OneOf | None:
        """The color that most nodes with a reference show; of the library's own nodes alone, if it has any."""
        return _most([one.color for one in self._telling(key)])

    def font_of(self, key: str) -> OneOf | None:
        return _most([one.font for one in self._telling(key)])

    def _telling(self, key: str) -> list[Reference]:
        own = [one for one in self.of_key(key) if one.state.file_key == self.facts.library_of("styles", key)]
        return own or self.of_key(key)

    def value_of(self, key: str, type_: str | None) -> OneOf | None:
        """The value as a text: a color, or a font."""
        if type_ == "FILL":
            return self.color_of(key)
        font = self.font_of(key) if type_ == "TEXT" else None
        return OneOf(paints.font_text(one) for one in font.values) if font else None

    # orphans

    @cached_property
    def orphaned_styles(self) -> list[Row]:
        return [*self._unused, *self._dangling]

    @cached_property
    def _defined(self) -> dict[str, list[tuple[State, str, Json]]]:
        """Where each style is defined in a main file, by its key."""
        found: dict[str, list[tuple[State, str, Json]]] = defaultdict(list)
        for state in self.facts.main_states:
            for id_, entry in state.entries("styles"):
                if entry.get("key") and self.is_defined(state, id_):
                    found[entry["key"]].append((state, id_, entry))
        return found

    @cached_property
    def _unused(self) -> list[Row]:
        now = {one.key for one in self.facts.published["styles"].values() if one.is_now}
        return [self._unused_row(key) for key in sorted((now | self._defined.keys()) - self.by_key.keys())]

    def _unused_row(self, key: str) -> Row:
        published = self.facts.published["styles"].get(key)
        places = [(state.file_key, id_) for state, id_, _ in self._defined.get(key, [])]
        if published:
            places = [(published.row["file_key"], published.row["node_id"])]
        branches = [one for state in self.facts.branch_states for one in references_in(state) if one.key == key]
        return {
            "kind": "unused",
            **self._style(key),
            HOME: OneOf((*self._home(home), node_id, url(home, node_id)) for home, node_id in places),
            "style_references": 0,
            "files_using": 0,
            "branch_references": len(branches),
            "last_seen_at": self._last_seen(key),
            "preview_color": None,
            "preview_font": None,
            **self.facts.scan(),
        }

    @cached_property
    def _dangling(self) -> list[Row]:
        groups: dict[str | None, list[Reference]] = defaultdict(list)
        for one in self.references:
            if not self.facts.is_published("styles", one.key) and not self.is_defined(one.state, one.style_id):
                groups[one.key].append(one)
        return [self._dangling_row(key, found) for key, found in groups.items()]

    def _dangling_row(self, key: str | None, found: list[Reference]) -> Row:
        published = self.facts.published["styles"].get(key or "")
        defined = self._defined.get(key or "")
        places: list[tuple[str | None, str | None]] = [(state.file_key, id_) for state, id_, _ in defined or []]
        if published:
            places = [(published.row["file_key"], published.row["node_id"])]
        type_ = self.type_of(key)
        font = self.font_of(key) if key and type_ == "TEXT" else None
        return {
            "kind": "dangling",
            **self._style(key),
            HOME[:-1]: OneOf((*self._home(home), id_) for home, id_ in places or [(None, None)]),
            "style_references": len(found),
            "files_using": len({one.state.file_key for one in found}),
            "branch_references": None,
            "last_seen_at": self._last_seen(key),
            "preview_color": self.color_of(key) if key and type_ == "FILL" else None,
            "preview_font": OneOf(paints.font_text(one) for one in font.values) if font else None,
            "sample_url": OneOf(one.url for one in found),
            **self.facts.scan(),
        }

    def _home(self, library: str | None) -> tuple[object, ...]:
        """The key and the name of a library file, and its team."""
        return library, self.facts.name_of(library), *self.facts.team_of(library).values()

    def _style(self, key: str | None) -> Row:
        return {
            "style_key": key,
            "style_name": self.facts.style_name(key),
            "style_type": self.type_of(key),
            "is_published": self.facts.is_published("styles", key),
        }

    def _last_seen(self, key: str | None) -> object:
        edits = [
            state.at
            for one in self.facts.files
            if not one.main_key
            for state in self.facts.states[one.key]
            if key in {state.key_of("styles", id_) for _, _, id_ in state.style_references}
        ]
        return max(edits, default=None)

    # shadows

    @cached_property
    def shadow_styles(self) -> list[Row]:
        rows = []
        for key, places in self._defined.items():
            if not self.facts.is_published("styles", key):
                for file_key in dict.fromkeys(state.file_key for state, *_ in places):
                    here = [(state, id_, entry) for state, id_, entry in places if state.file_key == file_key]
                    rows += self._shadow(key, here)
        return rows

    def _shadow(self, key: str, here: list[tuple[State, str, Json]]) -> list[Row]:
        """The row of a local style, which may have several ids in its file; none if nothing published is like it."""
        state, _, entry = here[0]
        type_, names = entry["styleType"], [entry["name"] for _, _, entry in here]
        found = [one for one in self.of_key(key) if one.state is state]
        own = _value(found, type_)
        rivals = [
            one for one in self.facts.published["styles"].values() if one.is_now and one.row["style_type"] == type_
        ]
        matches = [(rival, *self._match(rival, names, own, type_)) for rival in rivals]
        matches = [one for one in matches if one[1] or one[2]]
        if not matches:
            return []
        best = max((same_name, same_value) for _, same_name, same_value in matches)
        ids = [id_ for _, id_, _ in here]
        return [
            {
                "file_key": state.file_key,
                "node_id": OneOf(ids),
                "style_key": key,
                "style_name": OneOf(names),
                "style_type": type_,
                "style_value": own,
                PUBLISHED_COLUMNS: OneOf(self._rival(rival, type_) for rival, *same in matches if tuple(same) == best),
                "has_same_name": best[0],
                "has_same_value": best[1],
                "published_styles": len(matches),
                **self.facts.place(state.file_key),
                "style_references": len(found),
                "references_visible": sum(one.layer.is_visible for one in found),
                # without a reference, the style itself
                "sample_url": OneOf([one.url for one in found] or [url(state.file_key, id_) for id_ in ids]),
                **self.facts.scan(),
            }
        ]

    def _match(self, rival: Published, names: list[str], own: OneOf | None, type_: str) -> tuple[bool, bool]:
        value = self.value_of(rival.key, type_)
        values = [one for one in (own.values if own else []) if one is not None]
        is_same_value = value is not None and any(value == one for one in values)
        return rival.row["name"].lower() in [name.lower() for name in names], is_same_value

    def _rival(self, rival: Published, type_: str) -> tuple[object, ...]:
        file_key = rival.row["file_key"]
        value = self.value_of(rival.key, type_)
        return (rival.key, rival.row["name"], file_key, self.facts.name_of(file_key), value)


HOME = (
    *("defined_in_file_key", "defined_in_file_name", "defined_in_team_id", "defined_in_team_name"),
    *("node_id", "sample_url"),
)
PUBLISHED_COLUMNS = (
    *("published_style_key", "published_style_name", "published_in_file_key", "published_in_file_name"),
    "published_style_value",
)


def references_in(state: State) -> list[Reference]:
    """All references of a document's nodes, with what they show."""
    return [
        Reference(state, layer, slot, id_, *_shown(layer.node, slot, id_))
        for layer, slot, id_ in state.style_references
    ]


def _shown(node: Json, slot: str, id_: str) -> tuple[str | None, Font | None]:
    if slot == "stroke":
        return paints.single_color(node.get("strokes")), None
    if slot in ("fill", "fill_range"):
        look = next(one for one in looks(node) if one.fill_style == id_)
        return paints.single_color(look.paints), None
    if node["type"] == "TEXT" and slot in ("text", "text_range"):
        return None, next(one for one in looks(node) if one.text_style == id_).font
    return None, None


def _value(found: list[Reference], type_: str) -> OneOf | None:
    if type_ == "FILL":
        return _most([one.color for one in found])
    font = _most([one.font for one in found]) if type_ == "TEXT" else None
    return OneOf(paints.font_text(one) for one in font.values) if font else None


def _most(values: list[object]) -> OneOf | None:
    """The most frequent value; each of them, if several are."""
    counts = Counter(values)
    most = max(counts.values(), default=0)
    return OneOf(value for value, count in counts.items() if count == most) if counts else None
