"""Which states of a file are compared, in whatever order they come, on hand-written documents."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise, permutations
from typing import Any

import pyarrow as pa
import pytest

from figma_warehouse.source.documents.flatten import flatten_document, hash_content
from figma_warehouse.source.documents.instance_events import instance_events
from figma_warehouse.source.documents.model import decode_document
from figma_warehouse.source.documents.packed_layers import pack_layers, unpack_layers
from figma_warehouse.source.documents.state_events import EVENT_COLUMNS, StoredHistory, state_events
from figma_warehouse.source.schema import LAYER_COLUMNS, TABLES

Row = dict[str, Any]
FIRST = datetime(2026, 5, 4, 9, tzinfo=UTC)


def nodes(*layers: Row) -> dict[str, pa.Table]:
    page = {"id": "0:1", "type": "CANVAS", "name": "Page", "children": list(layers)}
    answer = {
        "document": {"id": "0:0", "type": "DOCUMENT", "children": [page]},
        "components": {name: {"key": f"{name} key", "name": name} for name in ("button", "icon")},
    }
    return flatten_document("app", decode_document(json.dumps(answer).encode()))


def instance(node_id: str, *children: Row, component: str = "button") -> Row:
    return {"id": node_id, "type": "INSTANCE", "name": "Button", "componentId": component, "children": list(children)}


def state(day: int, *node_ids: str, is_packed: bool = True) -> Row:
    """A row of `file_snapshots`: the state of a day, which has these instances."""
    tables = nodes(*(instance(node_id) for node_id in node_ids))
    return {
        "file_key": "app",
        "version": str(day),
        "last_modified_at": FIRST + timedelta(days=day),
        "loaded_at": FIRST,
        "content_hash": hash_content(tables),
        "layers": pack_layers(tables["nodes"]) if is_packed else None,
    }


class Stored:
    """What a destination stores: states by version, and events by their key."""

    def __init__(self, *states: Row) -> None:
        self.states = {one["version"]: one for one in states}
        self.events: dict[tuple[str, str], Row] = {}

    def add(self, *states: Row) -> None:
        added = state_events(self.history(), states)
        for row in added.get("instance_events", TABLES["instance_events"].empty()).to_pylist():
            key = row["to_version"], row["node_id"]
            if row["is_tombstone"]:
                del self.events[key]
            else:
                self.events[key] = row
        self.states |= {one["version"]: one for one in states}

    def history(self) -> StoredHistory:
        def layers(of: Row) -> pa.Table | None:
            packed = self.states[of["version"]]["layers"]
            return unpack_layers(packed) if packed else None

        return StoredHistory(
            lambda: list(self.states.values()),
            layers,
            lambda: [{name: row[name] for name in EVENT_COLUMNS} for row in self.events.values()],
        )

    def seen(self) -> list[tuple[str, str, str, str]]:
        rows = self.events.values()
        return sorted((row["from_version"], row["to_version"], row["event"], row["node_id"]) for row in rows)


def between(*states: tuple[int, Sequence[str]]) -> list[tuple[str, str, str, str]]:
    """The events between neighbours, as sets of instances tell them."""
    expected = []
    for (day, old), (next_day, new) in pairwise(states):
        changes = {"insertion": {*new} - {*old}, "removal": {*old} - {*new}}
        expected += [(str(day), str(next_day), event, one) for event, ids in changes.items() for one in ids]
    return sorted(expected)


DAYS: dict[int, Sequence[str]] = {1: ["1:1", "1:2"], 2: ["1:2", "1:3"], 3: ["1:3"], 4: ["1:1", "1:3"]}


@pytest.mark.parametrize("order", list(permutations(DAYS)), ids=str)
def test_neighbours_are_compared_in_whatever_order_states_come(order: Iterable[int]) -> None:
    stored = Stored()
    for day in order:
        stored.add(state(day, *DAYS[day]))
    assert stored.seen() == between(*DAYS.items())


@pytest.mark.parametrize("first", [(), (1,), (4,), (1, 4), (2, 3)])
def test_states_that_come_together_are_compared_with_each_other(first: Sequence[int]) -> None:
    stored = Stored()
    for days in (first, [day for day in (3, 1, 4, 2) if day not in first]):
        stored.add(*(state(day, *DAYS[day]) for day in days))
    assert stored.seen() == between(*DAYS.items())


def test_states_that_come_again_change_nothing() -> None:
    stored = Stored()
    stored.add(*(state(day, *ids) for day, ids in DAYS.items()))
    stored.add(state(2, *DAYS[2]))
    stored.add(*(state(day, *ids) for day, ids in DAYS.items()))
    assert stored.seen() == between(*DAYS.items())


def test_a_state_without_layers_is_not_compared() -> None:
    stored = Stored(state(1, "1:1", is_packed=False), state(4, "1:1", "1:2"))
    stored.add(state(2, "1:2"))
    assert stored.seen() == between((2, ["1:2"]), (4, ["1:1", "1:2"]))


def test_events_that_cannot_be_split_stay() -> None:
    stored = Stored()
    stored.add(state(1, "1:1"))
    stored.add(state(4, "1:2"))
    known = stored.seen()
    stored.states["1"]["layers"] = None
    stored.add(state(2, "1:3"))
    stored.add(state(3, "1:4"))
    assert stored.seen() == known

    stored.add(state(5, "1:2", "1:5"))
    assert stored.seen() == sorted([*known, ("4", "5", "insertion", "1:5")])

    # a replay brings the layers that lack
    stored.add(state(1, "1:1"))
    assert stored.seen() == between((1, ["1:1"]), (2, ["1:3"]), (3, ["1:4"]), (4, ["1:2"]), (5, ["1:2", "1:5"]))


def test_packed_layers_give_the_events_of_the_nodes() -> None:
    icons = [instance(f"1:{number}", component="icon") for number in range(3)]
    box = {"x": 0, "y": 0, "width": 100, "height": 40}
    card = instance("1:9", *(one | {"id": f"I1:9;{one['id']}"} for one in icons)) | {"absoluteBoundingBox": box}
    group = {"id": "3:1", "type": "GROUP", "name": "Group", "children": icons}
    frame = {"id": "2:1", "type": "FRAME", "name": "Button", "children": [group], "absoluteBoundingBox": box}
    text = {"id": "4:1", "type": "TEXT", "name": "Text"}
    before, after = (nodes(*layers)["nodes"] for layers in ([card, text], [frame, text, instance("5:1")]))

    found = instance_events(state(1), state(2), *(unpack_layers(pack_layers(one)) for one in (before, after)))

    assert found.equals(instance_events(state(1), state(2), before, after))
    assert sorted(found["event"].to_pylist()) == ["detachment", "insertion"]
    assert unpack_layers(pack_layers(after))["node_id"].to_pylist() == [
        *("0:0", "0:1", "2:1", "3:1", "1:0", "1:1", "1:2", "5:1")
    ]
    assert unpack_layers(pack_layers(after)).column_names == list(LAYER_COLUMNS)
