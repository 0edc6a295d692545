"""Decides which states of a file are compared when states are added, in whatever order they come. Pure functions.

Any two neighbouring states are compared if the layers of both are stored. A state that lands between two compared
states splits that pair: the events of the old pair give way to those of the two new pairs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pyarrow as pa

from figma_warehouse.source.documents.packed_layers import unpack_layers
from figma_warehouse.source.outcomes import Row
from figma_warehouse.source.schema import TABLES, TOMBSTONE, as_table

# the columns of `file_snapshots` and of `instance_events` that a history needs
STATE_COLUMNS = ("file_key", "version", "last_modified_at", "loaded_at", "content_hash")
EVENT_COLUMNS = ("node_id", "from_version", "from_last_modified_at", "to_version", "to_last_modified_at")

State = tuple[str, Any]


@dataclass(frozen=True)
class StoredHistory:
    """The stored states of a file.

    `states` reads their STATE_COLUMNS, `layers` the layers of one of them, which are None if an earlier version loaded
    it. `events` reads the EVENT_COLUMNS of all events between them. All are safe in any thread.
    """

    states: Callable[[], list[Row]] = list
    layers: Callable[[Row], pa.Table | None] = lambda _: None
    events: Callable[[], list[Row]] = list


def state_events(stored: StoredHistory, added: Sequence[Row]) -> dict[str, pa.Table]:
    """Return the rows of `instance_events` that these states add or replace, without the table if there are none.

    `added` are rows of `file_snapshots` of one file. A tombstone deletes an event that no longer holds.
    """
    packed = {_key(state): state for state in added}
    known = {_key(state): state for state in stored.states()}
    timeline = sorted((known | packed).values(), key=_when)
    keys = [_key(state) for state in timeline]

    # a pair at a time: a long history of a large file does not fit into memory
    @lru_cache(maxsize=2)
    def layers(key: State) -> pa.Table | None:
        return unpack_layers(packed[key]["layers"]) if key in packed else stored.layers(known[key])

    # states that follow all others replace nothing
    earlier = stored.events() if packed.keys() & {*keys[: len(known)]} else []
    parts: list[pa.Table] = []
    for index in _compared(keys, packed, earlier, layers):
        before, after = timeline[index - 1 : index + 1]
        events = _compare(before, after, layers)
        if events is not None:
            parts += [events, _outdated(after, earlier, events)]
    rows = pa.concat_tables(parts) if parts else TABLES["instance_events"].empty()
    return {"instance_events": rows} if rows.num_rows else {}


def _key(state: Row, prefix: str = "") -> State:
    return state[f"{prefix}version"], state[f"{prefix}last_modified_at"]


def _when(state: Row) -> Any:
    return state["last_modified_at"], state["loaded_at"], state["version"]


def _compared(
    keys: list[State], packed: dict[State, Row], earlier: list[Row], layers: Callable[[State], Any]
) -> list[int]:
    """Return the positions of the states to compare with the state before them.

    Events that span several states are replaced only if all of these have layers: they are all that is known of the
    time between the first and the last.
    """
    positions = {key: index for index, key in enumerate(keys)}
    compared = {index for index in range(1, len(keys)) if packed.keys() & {*keys[index - 1 : index + 1]}}
    kept: set[int] = set()
    for start, end in {(_key(row, "from_"), _key(row, "to_")) for row in earlier}:
        first, last = positions.get(start), positions.get(end, 0)
        spanned = range((first or 0) + 1, last + 1)
        if compared & {*spanned} and len(spanned) > 1:
            has_layers = first is not None and all(layers(key) is not None for key in keys[first : last + 1])
            (compared if has_layers else kept).update(spanned)
    return sorted(compared - kept)


def _compare(before: Row, after: Row, layers: Callable[[State], Any]) -> pa.Table | None:
    """Return the events between two states; None if the layers of one are not known. Equal states need no layers."""
    if before["content_hash"] == after["content_hash"]:
        return TABLES["instance_events"].empty()
    layers_before, layers_after = layers(_key(before)), layers(_key(after))
    if layers_before is None or layers_after is None:
        return None
    # a first load compares nothing and need not import polars (30 MB)
    from figma_warehouse.source.documents.instance_events import instance_events

    return instance_events(before, after, layers_before, layers_after)


def _outdated(after: Row, earlier: list[Row], events: pa.Table) -> pa.Table:
    """Return a tombstone for each earlier event that led to a state and does not hold now."""
    gone = {row["node_id"] for row in earlier if _key(row, "to_") == _key(after)}
    gone.difference_update(events["node_id"].to_pylist())
    to = {"to_version": after["version"], "to_last_modified_at": after["last_modified_at"]}
    about = {"file_key": after["file_key"], **to, "event": "", TOMBSTONE: True}
    return as_table("instance_events", [about | {"node_id": node_id} for node_id in sorted(gone)])
