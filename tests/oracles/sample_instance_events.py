"""Instance events from load to load, as they must be for the sample organisation.

Computes them from the edits that the organisation made between two loads, not from documents. It reads the published
file, and no code that is under test.
"""

from collections import Counter, defaultdict
from dataclasses import astuple, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from figma_warehouse.sandbox import SampleOrganisation, Truth
from figma_warehouse.sandbox.truth.history import EventTruth, monday

EVENT_COLUMNS = ("event", "component_key_before", "component_key_after", "is_nested", "is_in_definition", "frame_id")
COUNT_COLUMNS = ("insertions", "removals", "swaps_in", "swaps_out", "detachments")

EventKey = tuple[str, str, datetime, str]


@dataclass
class ExpectedInstanceEvents:
    """The events so far, by file, version and time of the edit at which a load finds them, and node id."""

    organisation: SampleOrganisation
    loaded: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    events: dict[EventKey, EventTruth] = field(default_factory=dict)

    def add_load(self, truth: Truth) -> None:
        """Add what changed since the load before. Call it after each load."""
        now = {key: (file.version, file.last_modified) for key, file in truth.files.items() if file.readable}
        for key in now.keys() & self.loaded.keys():
            found = self.organisation.instance_events(key, self.loaded[key], now[key])
            self.events |= {(key, *now[key], node_id): event for node_id, event in found.items()}
        self.loaded = now

    def assert_stored(self, published: Path) -> None:
        """Compare the raw table, and the marts that count or list its events."""
        with duckdb.connect(str(published), read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            key_columns = "file_key, to_version, to_last_modified_at, node_id"
            stored = connection.execute(
                f"select {key_columns}, {', '.join(EVENT_COLUMNS)} from figma.instance_events"
            ).fetchall()
            assert {row[:4]: row[4:] for row in stored} == {key: astuple(event) for key, event in self.events.items()}
            weekly = connection.execute(
                f"select component_key, week_start, {', '.join(COUNT_COLUMNS)} from marts.usage_history"
            ).fetchall()
            branches = _branches(connection)
            assert {row[:2]: row[2:] for row in weekly if any(row[2:])} == self._weekly_counts(branches)
            self._assert_detachments(connection, branches)
            self._assert_swaps(connection, branches)

    def _assert_detachments(self, connection: Any, branches: set[str]) -> None:
        """Compare the mart with the events, and with the frames that the raw tables hold now."""
        key_columns = "file_key, found_version, detached_by_at, node_id"
        columns = "component_key, frame_id, is_still_there, figma_url"
        found = connection.execute(f"select {key_columns}, {columns} from marts.detachments").fetchall()
        frames = set(connection.execute("select file_key, node_id from figma.nodes where type = 'FRAME'").fetchall())
        expected = {}
        for key, event in self.events.items():
            if event.event == "detachment" and not event.is_in_definition and key[0] not in branches:
                assert event.frame_id is not None
                url = f"https://www.figma.com/design/{key[0]}?node-id={event.frame_id.replace(':', '-')}"
                is_still_there = (key[0], event.frame_id) in frames
                expected[key] = event.component_key_before, event.frame_id, is_still_there, url
        assert {row[:4]: row[4:] for row in found} == expected

    def _assert_swaps(self, connection: Any, branches: set[str]) -> None:
        """Compare the mart with the events, and with the instances that the raw tables hold now."""
        key_columns = "file_key, found_version, swapped_by_at, node_id"
        columns = "component_key_before, component_key_after, is_still_there"
        found = connection.execute(f"select {key_columns}, {columns} from marts.component_swaps").fetchall()
        instances = set(
            connection.execute("select file_key, node_id from figma.nodes where type = 'INSTANCE'").fetchall()
        )
        assert {row[:4]: row[4:] for row in found} == {
            key: (event.component_key_before, event.component_key_after, (key[0], key[3]) in instances)
            for key, event in self.events.items()
            if event.event == "swap" and not (event.is_nested or event.is_in_definition or key[0] in branches)
        }

    def _weekly_counts(self, branches: set[str]) -> dict[tuple[str, date], tuple[int, ...]]:
        """What designers did themselves in main files, by component and week."""
        found: defaultdict[tuple[str, date], Counter[str]] = defaultdict(Counter)
        for (file_key, _, edited_at, _), event in self.events.items():
            if not (event.is_nested or event.is_in_definition or file_key in branches):
                for component, count_name in _counted_components(event):
                    found[component, monday(edited_at)][count_name] += 1
        return {
            key_columns: tuple(counts[count_name] for count_name in COUNT_COLUMNS)
            for key_columns, counts in found.items()
        }


def _counted_components(event: EventTruth) -> list[tuple[str, str]]:
    swap_names = {"swap": ("swaps_out", "swaps_in")}
    before, after = swap_names.get(event.event, (f"{event.event}s", f"{event.event}s"))
    sides = ((event.component_key_before, before), (event.component_key_after, after))
    return [(component, count_name) for component, count_name in sides if component is not None]


def _branches(connection: Any) -> set[str]:
    return {
        key
        for (key,) in connection.execute("select file_key from figma.files where main_file_key is not null").fetchall()
    }
