"""What libraries changed in their components: component_changes."""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from typing import Any

from tests.oracles.marts.documents import DEFINITIONS, Json, State
from tests.oracles.marts.facts import During, Facts, Row, monday, url
from tests.oracles.marts.library import Library

PUBLISHING = ("published", "updated", "unpublished")
Part = tuple[str, str, str]


@dataclass
class Definition:
    """A component or set of one state; layers and properties by id, in document order."""

    node: Json
    key: str | None
    description: str
    owner: "Definition | None"
    layers: dict[str, tuple[str, str, Any]]

    @property
    def name(self) -> str:
        return str(self.node.get("name") or "")

    @property
    def is_set(self) -> bool:
        return bool(self.node["type"] == "COMPONENT_SET")

    @property
    def size(self) -> str | None:
        box = self.node.get("absoluteBoundingBox")
        if self.is_set or not box:
            return None
        return " × ".join(str(math.floor(box[side] + 0.5)) for side in ("width", "height"))

    @property
    def properties(self) -> dict[str, tuple[str, str, Any]]:
        """Name, type and default by the id that a renamed property keeps."""
        found = {}
        for sent, declared in (self.node.get("componentPropertyDefinitions") or {}).items():
            name, mark, id_ = sent.rpartition("#")
            shown = (name if mark else sent, declared.get("type"), declared.get("defaultValue"))
            found[f"#{id_}" if mark and f"#{id_}" not in found else sent] = shown
        return found

    @property
    def owner_id(self) -> str | None:
        return str(self.owner.node["id"]) if self.owner else None


class Changelog:
    """The mart as a list of rows."""

    def __init__(self, facts: Facts, library: Library) -> None:
        self.facts = facts
        self.library = library

    @cached_property
    def component_changes(self) -> list[Row]:
        kinds = ("components", "component_sets")
        publishing = {one.row["file_key"] for kind in kinds for one in self.facts.published[kind].values()}
        keys = [one.key for one in self.facts.present if one.key in publishing]
        return [row for key in keys for row in self._of_library(key)]

    def _of_library(self, key: str) -> Iterator[Row]:
        states = self.facts.states[key]
        for before, after in pairwise(states):
            old, new = _definitions(before), _definitions(after)
            for definition, kind, more in _changes(old, new):
                yield self._row(states[0], before, after, definition, kind, more)

    def _row(self, first: State, before: State, after: State, one: Definition, kind: str, more: Row) -> Row:
        owner_key, owner_name = more.pop("owner", (one.owner and one.owner.key, one.owner and one.owner.name))
        label = one.name if owner_name is None else f"{owner_name} ({one.name})"
        return {
            "library_file_key": after.file_key,
            "library_file_name": self.facts.name_of(after.file_key),
            "found_version": after.version,
            "changed_by_at": after.at,
            "changed_after_at": before.at,
            "week_start": monday(after.at),
            "kind": "component_set" if one.is_set else "component",
            "node_id": one.node["id"],
            "item_key": one.key,
            "item_name": one.name,
            "component_set_key": owner_key,
            "component_set_name": owner_name,
            "change_kind": kind,
            "subject_id": "",
            "subject": None,
            "change_count": 1,
            "value_before": None,
            "value_after": None,
            **more,
            "sentence": f"{label}: {more['sentence']}",
            "published_at": self._published_at(after.file_key, {one.key, owner_key}, before.at),
            "known_since_at": first.at,
            "figma_url": None if kind == "removed" else url(after.file_key, one.node["id"]),
        }

    def _published_at(self, file_key: str, keys: set[str | None], since: datetime) -> datetime | During | None:
        def start(at: datetime | During) -> datetime:
            return at.run.started_at if isinstance(at, During) else at

        times = [
            row["happened_at"]
            for row in self.library.library_changes
            if row["library_file_key"] == file_key and row["item_key"] in keys and row["event"] in PUBLISHING
        ]
        later = [at for at in times if start(at) > since]
        return min(later, key=start, default=None)


def _definitions(state: State) -> dict[str, Definition]:
    found: dict[str, Definition] = {}
    for layer in state.layers:
        if layer.type in DEFINITIONS and not layer.instances:
            node = layer.node
            mapped = state.mapped("components" if layer.type == "COMPONENT" else "componentSets", layer.id) or {}
            owner = found.get(layer.parent_id or "")
            owner = owner if owner and owner.is_set else None
            layers = dict(_own_layers(state, node, ""))
            found[layer.id] = Definition(
                node, state.definition_key(node), mapped.get("description") or "", owner, layers
            )
    return found


def _own_layers(state: State, node: Json, path: str, *, is_root: bool = True) -> Iterator[tuple[str, Any]]:
    here = "" if is_root else f"{path} / {node['name']}" if path else node["name"]
    yield node["id"], (here, node["type"], _bindings(state, node))
    if node["type"] != "INSTANCE":
        for child in node.get("children") or ():
            if child["type"] not in DEFINITIONS:
                yield from _own_layers(state, child, here, is_root=False)


def _bindings(state: State, node: Json) -> Any:
    """Everything by which a layer names styles and variables."""
    tables = [node.get(name) or {} for name in ("styleOverrideTable", "fillOverrideTable")]
    ranges = {
        (name, part[name])
        for table in tables
        for part in table.values()
        for name in ("inheritTextStyleId", "inheritFillStyleId")
        if part and part.get(name)
    }
    styles = [*(node.get("styles") or {}).items(), *ranges]
    named = sorted((slot, state.key_of("styles", id_) or id_) for slot, id_ in styles)
    plain = {name: value for name, value in node.items() if name not in ("children", "componentPropertyDefinitions")}
    return named, sorted(_aliases(plain, ""))


def _aliases(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        if value.get("type") == "VARIABLE_ALIAS":
            yield path, value["id"]
        for name, below in value.items():
            yield from _aliases(below, f"{path}/{name}")
    elif isinstance(value, list):
        for number, below in enumerate(value):
            yield from _aliases(below, f"{path}/{number}")


def _changes(old: dict[str, Definition], new: dict[str, Definition]) -> Iterator[tuple[Definition, str, Row]]:
    for id_ in old.keys() | new.keys():
        before, after = old.get(id_), new.get(id_)
        yield from _comings(old, new, before, after)
        if before and after:
            if before.name != after.name:
                sentence = f"renamed, it was {before.name}"
                yield after, "renamed", _values(before.name, after.name, sentence)
            if before.description != after.description:
                values = _values(before.description, after.description, "description changed")
                yield after, "description_changed", values
            if before.size != after.size and before.size and after.size:
                sentence = f"size changed from {before.size} to {after.size}"
                yield after, "size_changed", _values(before.size, after.size, sentence)
            yield from ((after, *change) for change in _property_changes(before.properties, after.properties))
            yield from ((after, *change) for change in _layer_changes(before, after))


def _comings(
    old: dict[str, Definition], new: dict[str, Definition], before: Definition | None, after: Definition | None
) -> Iterator[tuple[Definition, str, Row]]:
    """Components that come and go, alone or as a variant of a set that stays."""
    home_before, home_after = (before.owner_id if before else None), (after.owner_id if after else None)
    if after and not before and not home_after:
        yield after, "added", {"sentence": "added"}
    if before and not after and not home_before:
        yield before, "removed", {"sentence": "removed"}
    if home_before == home_after:
        return
    if after and home_after in old:
        of, name = new[str(home_after)], after.name
        more = {"subject_id": after.node["id"], "subject": name, "sentence": f"variant {name} added"}
        yield of, "variant_added", more
    if before and home_before in new:
        of, name = new[str(home_before)], before.name
        more = {"subject_id": before.node["id"], "subject": name, "sentence": f"variant {name} removed"}
        yield of, "variant_removed", more


def _values(before: str, after: str, sentence: str) -> Row:
    return {"value_before": before, "value_after": after, "sentence": sentence}


def _property_changes(old: dict[str, Part], new: dict[str, Part]) -> Iterator[tuple[str, Row]]:
    for id_ in old.keys() | new.keys():
        before, after = old.get(id_), new.get(id_)
        name = (after or before or ("",))[0]
        about = {"subject_id": id_, "subject": name}
        if not before or not after:
            what = "added" if after else "removed"
            yield f"property_{what}", about | {"sentence": f"property {name} {what}"}
            continue
        if before[0] != after[0]:
            sentence = f"property {before[0]} renamed to {after[0]}"
            yield "property_renamed", about | _values(before[0], after[0], sentence)
        if before[1] != after[1]:
            yield "property_retyped", about | {"sentence": f"type of the property {name} changed"}
        elif before[2] != after[2]:
            values = _values(_text(before[2]), _text(after[2]), f"default of the property {name} changed")
            yield "property_default_changed", about | values


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _layer_changes(before: Definition, after: Definition) -> Iterator[tuple[str, Row]]:
    old, new = before.layers, after.layers
    gone, come = _by_path(old, new), _by_path(new, old)
    pairs = [(id_, id_) for id_ in new if id_ in old]
    pairs += [(gone[place], come[place]) for place in gone.keys() & come.keys()]
    order = {id_: number for number, id_ in enumerate(new)}
    pairs.sort(key=lambda pair: order[pair[1]])
    names = {one["id"]: str(one.get("name") or "") for each in (before, after) for one in _walk(each.node)}
    changed = {
        "layers_added": [come[place] for place in sorted(come.keys() - gone.keys(), key=lambda at: order[come[at]])],
        "layers_removed": [id_ for id_ in old if id_ in {gone[place] for place in gone.keys() - come.keys()}],
        "layers_retyped": [two for one, two in pairs if old[one][1] != new[two][1]],
        "bindings_changed": [two for one, two in pairs if old[one][2] != new[two][2]],
    }
    words = {"layers_added": "{} added", "layers_removed": "{} removed", "layers_retyped": "type of {} changed"}
    for kind, ids in changed.items():
        if ids:
            shown = ", ".join(names[id_] for id_ in ids[:3]) + (f" and {len(ids) - 3} more" if len(ids) > 3 else "")
            layers = f"{len(ids)} layer{'s' if len(ids) > 1 else ''}"
            sentence = words.get(kind, "styles or variables of {} changed").format(layers)
            yield kind, {"subject": shown, "change_count": len(ids), "sentence": f"{sentence}: {shown}"}


def _walk(node: Json) -> Iterator[Json]:
    yield node
    for child in node.get("children") or ():
        yield from _walk(child)


def _by_path(layers: dict[str, Any], others: dict[str, Any]) -> dict[tuple[str, int], str]:
    """The layers that the others lack, by their path and their number among those of one path."""
    counts: Counter[str] = Counter()
    found = {}
    for id_, (path, *_) in layers.items():
        if id_ not in others:
            found[path, counts[path]] = id_
            counts[path] += 1
    return found
