"""Replay: rebuilds node tables, snapshots and events from the archive, without a request to Figma.

Listings, published lists and version histories are not in the archive and stay as they are in the warehouse.
"""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import DONE, FAILED, PARTIAL, UsageFailure
from figma_warehouse.job.events import NO_EVENTS, RunEvents
from figma_warehouse.job.load import BATCH_FILES, BATCH_NODES
from figma_warehouse.job.pipeline import ready_pipeline, store_tables
from figma_warehouse.source.api.refusals import Refused
from figma_warehouse.source.api.stop import Stop
from figma_warehouse.source.documents.archive import BACKFILL, REMOVAL, About, Archive, NotArchived
from figma_warehouse.source.documents.fetch import read_document
from figma_warehouse.source.documents.file_load import Stored, document_tables, state_tables
from figma_warehouse.source.documents.flatten import Tables, tombstones
from figma_warehouse.source.documents.packed_layers import unpack_layers
from figma_warehouse.source.documents.state_events import EVENT_COLUMNS, STATE_COLUMNS, StoredHistory, state_events
from figma_warehouse.source.file_ref import FileRef
from figma_warehouse.source.outcomes import Row
from figma_warehouse.source.resources import DEFINITION_TABLES, NODE_TABLES, PLUGIN_DATA, SNAPSHOT_TABLES
from figma_warehouse.source.schema import TABLES
from figma_warehouse.source.stored_state import StoredState, read_stored_state

CURRENT = ("documents", *NODE_TABLES, PLUGIN_DATA)
PAST = {"file_snapshots": (*STATE_COLUMNS, "layers"), "instance_events": EVENT_COLUMNS}


@dataclass(frozen=True)
class StoredPast:
    """The stored states and events of one file, as tables that can be sent to another process."""

    states: pa.Table
    events: pa.Table

    def history(self) -> StoredHistory:
        """Return them as `state_events` reads them."""

        def layers(state: Row) -> pa.Table | None:
            return unpack_layers(state["layers"]) if state["layers"] else None

        return StoredHistory(self.states.to_pylist, layers, self.events.to_pylist)


# in the JSON of a document
SHARED_DATA = b'"sharedPluginData"'
NO_PAST = StoredPast(pa.table({}), pa.table({}))


@dataclass
class ReplayedFile:
    """The rows of one file by table. `is_newer_here` if the warehouse holds a newer state than the archive."""

    file_key: str
    tables: Tables
    states: int
    nodes: int
    unreadable: list[str]
    is_newer_here: bool


@dataclass
class ReplayReport:
    """What a replay did. `unreadable` has a message for each object that could not be read."""

    archive: str
    files: int = 0
    states: int = 0
    nodes: int = 0
    files_newer_here: int = 0
    files_left: int = 0
    stop_reason: str | None = None
    unreadable: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """3 if files are left, or objects could not be read."""
        return PARTIAL if self.unreadable or self.files_left else DONE

    @property
    def message(self) -> str | None:
        """Why the replay is incomplete, if it is."""
        if self.files_left:
            return f"{self.files_left:,} files of the archive are left ({self.stop_reason})."
        return f"{len(self.unreadable):,} states could not be read." if self.unreadable else None

    def count(self, replayed: ReplayedFile) -> None:
        """Add the counts of a file."""
        self.files += 1
        self.states += replayed.states
        self.nodes += replayed.nodes
        self.files_newer_here += replayed.is_newer_here
        self.unreadable += replayed.unreadable


def replay(
    url: str,
    data: DataDir,
    events: RunEvents = NO_EVENTS,
    stop: Stop | None = None,
    namespaces: tuple[str, ...] = (),
) -> ReplayReport:
    """Rebuild the build file of a data folder, which can be empty, from the archive at `url`.

    `namespaces` are those of shared plugin data that rows are made of, if the archived documents have it. `stop` can
    end the replay early. Files in progress are stored, and the next replay starts over with all files.
    Raises UsageFailure if the archive does not exist or is empty.
    """
    report, stop = ReplayReport(url), stop or Stop()
    try:
        keys = Archive(url).file_keys()
    except NotArchived as failure:
        raise UsageFailure(f"The archive cannot be read. {failure} Nothing was changed.") from failure
    if not keys:
        raise UsageFailure(f"The archive at {url} holds no document. Nothing was changed.")
    events.replay_started(len(keys))
    with ready_pipeline(data) as pipeline:
        batch: list[Tables] = []
        nodes = 0
        for replayed in _replay_files(url, keys, read_stored_state(pipeline), stop, namespaces):
            report.count(replayed)
            batch.append(replayed.tables)
            nodes += replayed.nodes
            if len(batch) >= BATCH_FILES or nodes >= BATCH_NODES:
                store_tables(pipeline, batch)
                batch, nodes = [], 0
            events.file_replayed(report)
        store_tables(pipeline, batch)
    report.files_left, report.stop_reason = len(keys) - report.files, stop.reason
    events.replay_ended(report)
    return report


def replay_file(
    url: str,
    key: str,
    loaded_until: datetime | None,
    past: StoredPast = NO_PAST,
    namespaces: tuple[str, ...] = (),
    *,
    is_removed: bool,
) -> ReplayedFile:
    """Replay all states of one file. `loaded_until` is the last edit that the warehouse holds, if it holds the file.

    The rows include the events between archived states and those in `past`. The tables of the current state stay as
    they are if that edit is newer than the archive, or if the file is removed.
    """
    archive, history = Archive(url), _FileHistory(key, namespaces)
    found, damaged = archive.states(key)
    unreadable = [str(failure) for failure in damaged]
    for path, about in found:
        try:
            history.add(about, b"" if about.purpose == REMOVAL else archive.read(path))
        except (NotArchived, Refused, ValueError) as failure:
            unreadable.append(f"{path}: {failure}")
    archived_until = history.stored.document and history.stored.document["last_modified_at"]
    is_newer_here = bool(loaded_until and archived_until and loaded_until > archived_until)
    current = {} if is_newer_here or is_removed else history.current
    nodes = current["nodes"].num_rows if "documents" in current else 0
    return ReplayedFile(key, history.tables(past) | current, history.states, nodes, unreadable, is_newer_here)


@dataclass
class _FileHistory:
    """The rows that the states of one file leave, added one after the other."""

    key: str
    namespaces: tuple[str, ...] = ()
    states: int = 0
    stored: Stored = field(default_factory=Stored)
    current: Tables = field(default_factory=dict)
    past: dict[str, list[pa.Table]] = field(default_factory=dict)
    # the hashes whose rows are in `past`, by table
    definitions: dict[str, set[str]] = field(default_factory=dict)

    def add(self, about: About, body: bytes) -> None:
        if about.purpose == REMOVAL:
            self.stored, self.current = Stored(), tombstones(self.key, CURRENT)
            return
        fetched = replace(
            # a document that was requested without shared data has none to make rows of
            read_document(self.key, body, self.namespaces if SHARED_DATA in body else ()),
            version=about.version,
            last_modified_at=about.last_modified_at,
            size=about.size,
            read_at=about.read_at,
            parts=about.parts,
            last_version=about.last_version,
        )
        self.states += 1
        if about.purpose == BACKFILL:
            self._keep(state_tables(self.key, fetched, about.run_id))
            return
        ref = FileRef(self.key, last_modified_at=about.listed_modified_at)
        tables = document_tables(ref, fetched, self.stored, about.run_id)
        self._keep(tables)
        self.current |= {name: table for name, table in tables.items() if name in CURRENT}
        if PLUGIN_DATA not in tables and "nodes" in tables:
            self.current |= tombstones(self.key, [PLUGIN_DATA])
        self.stored = Stored(tables["documents"].to_pylist()[0])

    def tables(self, past: StoredPast) -> Tables:
        tables = {name: pa.concat_tables(tables) for name, tables in self.past.items()}
        states = tables["file_snapshots"].to_pylist() if tables else []
        return tables | state_events(past.history(), states)

    def _keep(self, tables: Tables) -> None:
        for name, table in (*((name, tables[name]) for name in SNAPSHOT_TABLES), *self._new_definitions(tables)):
            self.past.setdefault(name, []).append(table)

    def _new_definitions(self, tables: Tables) -> Iterator[tuple[str, pa.Table]]:
        """Yield the rows of DEFINITION_TABLES that no state before had: a long history would repeat them each time."""
        for name in DEFINITION_TABLES:
            hashes = tables[name][TABLES[name].key[-2]]
            known = self.definitions.setdefault(name, set())
            yield name, tables[name].filter(pc.invert(pc.is_in(hashes, value_set=pa.array(known, pa.string()))))
            known.update(hashes.to_pylist())


def _replay_files(
    url: str, keys: list[str], stored_state: StoredState, stop: Stop, namespaces: tuple[str, ...]
) -> Iterator[ReplayedFile]:
    """Replay files on all cores, in order, and at most one per core ahead. Start none after a stop."""

    def start(submit: Callable[..., Any], key: str) -> Any:
        document, file = stored_state.documents.get(key), stored_state.files.get(key)
        is_removed = file is not None and file["removed_at"] is not None
        past = StoredPast(*(stored_state.read(table, columns, file_key=key) for table, columns in PAST.items()))
        loaded_until = document and document["last_modified_at"]
        return submit(replay_file, url, key, loaded_until, past, namespaces, is_removed=is_removed)

    cores = min(os.cpu_count() or 1, len(keys))
    waiting = iter(keys)
    # after a second signal, the resource tracker would warn at length of the locks that are left
    os.environ.setdefault("PYTHONWARNINGS", "ignore::UserWarning:multiprocessing.resource_tracker")
    # a forked process would share the connection to the warehouse
    with ProcessPoolExecutor(cores, multiprocessing.get_context("spawn"), _end_with_parent) as processes:
        running: deque[Future[ReplayedFile]] = deque(start(processes.submit, key) for key in islice(waiting, cores + 1))
        while running:
            replayed = running.popleft().result()
            running.extend(start(processes.submit, key) for key in islice(waiting, 0 if stop.reason else 1))
            yield replayed


def _end_with_parent() -> None:
    """Ignore Ctrl-C, which a terminal sends to all processes: the parent handles it. End when the parent ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_watch_parent, daemon=True).start()


def _watch_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(FAILED)
