"""What became of instances from load to load, against what the organisation knows of its own edits."""

from collections import Counter, defaultdict
from dataclasses import astuple, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from figma_warehouse.sandbox import SampleOrganisation, Truth
from figma_warehouse.sandbox.truth.history import EventTruth, monday

EVENT = ("event", "component_key_before", "component_key_after", "is_nested", "is_in_definition", "frame_id")
COUNTS = ("insertions", "removals", "swaps_in", "swaps_out", "detachments")

Place = tuple[str, str, datetime, str]


@dataclass
class Followed:
    """The events up to now, by file, version and edit in which they were found, and node id."""

    organisation: SampleOrganisation
    loaded: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    events: dict[Place, EventTruth] = field(default_factory=dict)

    def take_load(self, truth: Truth) -> None:
        """Count what differs from the load before; to be called after each."""
        now = {key: (file.version, file.last_modified) for key, file in truth.files.items() if file.readable}
        for key in now.keys() & self.loaded.keys():
            found = self.organisation.instance_events(key, self.loaded[key], now[key])
            self.events |= {(key, *now[key], node_id): event for node_id, event in found.items()}
        self.loaded = now

    def assert_stored(self, published: Path) -> None:
        """Hold the raw table, and what usage_history counts of it, against the events."""
        with duckdb.connect(str(published), read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            place = "file_key, to_version, to_last_modified_at, node_id"
            stored = connection.execute(f"select {place}, {', '.join(EVENT)} from figma.instance_events").fetchall()
            assert {row[:4]: row[4:] for row in stored} == {at: astuple(event) for at, event in self.events.items()}
            weekly = connection.execute(
                f"select component_key, week_start, {', '.join(COUNTS)} from marts.usage_history"
            ).fetchall()
            branches = _branches(connection)
            assert {row[:2]: row[2:] for row in weekly if any(row[2:])} == self._weekly(branches)
            self._assert_detachments(connection, branches)
            self._assert_swaps(connection, branches)

    def _assert_detachments(self, connection: Any, branches: set[str]) -> None:
        """Hold the mart against the events, and against the frames that the raw tables have now."""
        place = "file_key, found_version, detached_by_at, node_id"
        columns = "component_key, frame_id, is_still_there, figma_url"
        found = connection.execute(f"select {place}, {columns} from marts.detachments").fetchall()
        frames = set(connection.execute("select file_key, node_id from figma.nodes where type = 'FRAME'").fetchall())
        expected = {}
        for at, event in self.events.items():
            if event.event == "detachment" and not event.is_in_definition and at[0] not in branches:
                assert event.frame_id is not None
                url = f"https://www.figma.com/design/{at[0]}?node-id={event.frame_id.replace(':', '-')}"
                is_there = (at[0], event.frame_id) in frames
                expected[at] = event.component_key_before, event.frame_id, is_there, url
        assert {row[:4]: row[4:] for row in found} == expected

    def _assert_swaps(self, connection: Any, branches: set[str]) -> None:
        """Hold the mart against the events, and against the instances that the raw tables have now."""
        place = "file_key, found_version, swapped_by_at, node_id"
        columns = "component_key_before, component_key_after, is_still_there"
        found = connection.execute(f"select {place}, {columns} from marts.component_swaps").fetchall()
        left = set(connection.execute("select file_key, node_id from figma.nodes where type = 'INSTANCE'").fetchall())
        assert {row[:4]: row[4:] for row in found} == {
            at: (event.component_key_before, event.component_key_after, (at[0], at[3]) in left)
            for at, event in self.events.items()
            if event.event == "swap" and not (event.is_nested or event.is_in_definition or at[0] in branches)
        }

    def _weekly(self, branches: set[str]) -> dict[tuple[str, date], tuple[int, ...]]:
        """What designers did themselves in main files, by component and week."""
        found: defaultdict[tuple[str, date], Counter[str]] = defaultdict(Counter)
        for (file_key, _, edited_at, _), event in self.events.items():
            if not (event.is_nested or event.is_in_definition or file_key in branches):
                for component, what in _sides(event):
                    found[component, monday(edited_at)][what] += 1
        return {place: tuple(counts[what] for what in COUNTS) for place, counts in found.items()}


def _sides(event: EventTruth) -> list[tuple[str, str]]:
    names = {"swap": ("swaps_out", "swaps_in")}
    before, after = names.get(event.event, (f"{event.event}s", f"{event.event}s"))
    sides = ((event.component_key_before, before), (event.component_key_after, after))
    return [(component, what) for component, what in sides if component is not None]


def _branches(connection: Any) -> set[str]:
    return {
        key
        for (key,) in connection.execute("select file_key from figma.files where main_file_key is not null").fetchall()
    }
