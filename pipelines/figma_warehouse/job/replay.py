"""Replay: node tables, snapshots and events rebuilt from the archive, with no request to the API.

What the archive cannot know (listings, published lists, version histories) stays as it is in the warehouse.
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

from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import DONE, FAILED, PARTIAL, UsageFailure
from figma_warehouse.job.load import BATCH_FILES, BATCH_NODES, Follow
from figma_warehouse.job.pipeline import ready_pipeline, store_tables
from figma_warehouse.source.api.refusals import Refused
from figma_warehouse.source.api.stop import Stop
from figma_warehouse.source.documents.archive import BACKFILL, REMOVAL, About, Archive, NotArchived
from figma_warehouse.source.documents.fetch import read_document
from figma_warehouse.source.documents.file_load import Stored, document_tables, state_tables
from figma_warehouse.source.documents.flatten import Tables, tombstones
from figma_warehouse.source.file_ref import FileRef
from figma_warehouse.source.resources import NODE_TABLES, SNAPSHOT_TABLES
from figma_warehouse.source.schema import LAYER_COLUMNS
from figma_warehouse.source.stored_state import StoredState, read_stored_state

HISTORY = (*SNAPSHOT_TABLES, "instance_events")
CURRENT = ("documents", *NODE_TABLES)


@dataclass
class Replayed:
    """One file, replayed: rows by table; `kept_newer` where the warehouse holds a newer state than the archive."""

    file_key: str
    tables: Tables
    states: int
    nodes: int
    unreadable: list[str]
    kept_newer: bool


@dataclass
class ReplayReport:
    """What a replay did, in numbers; `unreadable` says of each object that could not be read why."""

    archive: str
    files: int = 0
    states: int = 0
    nodes: int = 0
    files_kept_newer: int = 0
    left: int = 0
    why: str | None = None
    unreadable: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """3 where something in the archive could not be read, or was not come to."""
        return PARTIAL if self.unreadable or self.left else DONE

    @property
    def message(self) -> str | None:
        """Why it is not complete."""
        if self.left:
            return f"{self.left:,} files of the archive are left ({self.why})."
        return f"{len(self.unreadable):,} states could not be read." if self.unreadable else None

    def count(self, replayed: Replayed) -> None:
        """Add one file."""
        self.files += 1
        self.states += replayed.states
        self.nodes += replayed.nodes
        self.files_kept_newer += replayed.kept_newer
        self.unreadable += replayed.unreadable


def replay(url: str, data: DataDir, follow: Follow = lambda *_: None, stop: Stop | None = None) -> ReplayReport:
    """Rebuild from the archive at `url` in the build file of a data folder, which may be empty.

    `follow` is told ("replaying", number of files) and ("replayed", ReplayReport) after each file. `stop` may end it
    early: files that are under way are stored, and a later replay, which goes over all of them again, ends the same.
    Raises UsageFailure where there is no archive or nothing in it.
    """
    report, stop = ReplayReport(url), stop or Stop()
    try:
        keys = Archive(url).file_keys()
    except NotArchived as failure:
        raise UsageFailure(f"The archive cannot be read. {failure} Nothing was changed.") from failure
    if not keys:
        raise UsageFailure(f"The archive at {url} holds no document. Nothing was changed.")
    follow("replaying", len(keys))
    with ready_pipeline(data) as pipeline:
        batch: list[Tables] = []
        nodes = 0
        for replayed in _replay_files(url, keys, read_stored_state(pipeline), stop):
            report.count(replayed)
            batch.append(replayed.tables)
            nodes += replayed.nodes
            if len(batch) >= BATCH_FILES or nodes >= BATCH_NODES:
                store_tables(pipeline, batch)
                batch, nodes = [], 0
            follow("replayed", report)
        store_tables(pipeline, batch)
    report.left, report.why = len(keys) - report.files, stop.reason
    return report


def replay_file(url: str, key: str, loaded_until: datetime | None, *, is_removed: bool) -> Replayed:
    """Replay all states of one file. `loaded_until` is the last edit that the warehouse holds of it, if any.

    Its present tables are left alone where that is newer than the archive, or the file is removed.
    """
    archive, states = Archive(url), _States(key)
    found, damaged = archive.states(key)
    unreadable = [str(failure) for failure in damaged]
    for path, about in found:
        try:
            states.take(about, b"" if about.purpose == REMOVAL else archive.read(path))
        except (NotArchived, Refused, ValueError) as failure:
            unreadable.append(f"{path}: {failure}")
    reached = states.stored.document and states.stored.document["last_modified_at"]
    kept_newer = bool(loaded_until and reached and loaded_until > reached)
    current = {} if kept_newer or is_removed else states.current
    nodes = current["nodes"].num_rows if "documents" in current else 0
    return Replayed(key, states.history() | current, states.count, nodes, unreadable, kept_newer)


@dataclass
class _States:
    """What the states of one file leave, one after the other."""

    key: str
    count: int = 0
    stored: Stored = field(default_factory=Stored)
    current: Tables = field(default_factory=dict)
    past: dict[str, list[pa.Table]] = field(default_factory=dict)

    def take(self, about: About, body: bytes) -> None:
        if about.purpose == REMOVAL:
            self.stored, self.current = Stored(), tombstones(self.key, CURRENT)
            return
        fetched = replace(
            read_document(self.key, body),
            version=about.version,
            last_modified_at=about.last_modified_at,
            size=about.size,
            read_at=about.read_at,
            parts=about.parts,
            last_version=about.last_version,
        )
        self.count += 1
        if about.purpose == BACKFILL:
            self._remember(state_tables(self.key, fetched, about.run_id))
            return
        ref = FileRef(self.key, last_modified_at=about.listed_modified_at)
        tables = document_tables(ref, fetched, self.stored, about.run_id)
        self._remember(tables)
        self.current |= {name: table for name, table in tables.items() if name in CURRENT}
        document = tables["documents"].to_pylist()[0]
        layers = fetched.tables["nodes"].select(list(LAYER_COLUMNS))
        self.stored = Stored(document, layers=lambda: layers)

    def history(self) -> Tables:
        return {name: pa.concat_tables(tables) for name, tables in self.past.items()}

    def _remember(self, tables: Tables) -> None:
        for name in HISTORY:
            if name in tables:
                self.past.setdefault(name, []).append(tables[name])


def _replay_files(url: str, keys: list[str], stored_state: StoredState, stop: Stop) -> Iterator[Replayed]:
    """Replay files on all cores, in order, and no more of them ahead than there are cores; begin none after a stop."""

    def ask(submit: Callable[..., Any], key: str) -> Any:
        document, file = stored_state.documents.get(key), stored_state.files.get(key)
        is_removed = file is not None and file["removed_at"] is not None
        return submit(replay_file, url, key, document and document["last_modified_at"], is_removed=is_removed)

    cores = min(os.cpu_count() or 1, len(keys))
    waiting = iter(keys)
    # a second signal leaves locks behind; what tidies them up would say so at length
    os.environ.setdefault("PYTHONWARNINGS", "ignore::UserWarning:multiprocessing.resource_tracker")
    # a fork would share the connection to the warehouse
    with ProcessPoolExecutor(cores, multiprocessing.get_context("spawn"), _end_with_parent) as processes:
        running: deque[Future[Replayed]] = deque(ask(processes.submit, key) for key in islice(waiting, cores + 1))
        while running:
            replayed = running.popleft().result()
            running.extend(ask(processes.submit, key) for key in islice(waiting, 0 if stop.reason else 1))
            yield replayed


def _end_with_parent() -> None:
    """Leave Ctrl-C, which a terminal sends to all, to the process that began this one; end where that has ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_watch_parent, daemon=True).start()


def _watch_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(FAILED)
