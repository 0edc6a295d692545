"""The state of the destination, read from its own tables. No second record exists that could disagree with them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import dlt
import pyarrow as pa

from figma_warehouse.source.documents.file_load import Stored
from figma_warehouse.source.documents.packed_layers import unpack_layers
from figma_warehouse.source.documents.state_events import EVENT_COLUMNS, STATE_COLUMNS, StoredHistory
from figma_warehouse.source.documents.unreadable import BY_THIS_FLATTENING
from figma_warehouse.source.file_ref import FileRef
from figma_warehouse.source.outcomes import Row
from figma_warehouse.source.reasons import REASONS, RECHECK_AFTER
from figma_warehouse.source.resources import Group, resources_in
from figma_warehouse.source.schema import LAYER_COLUMNS, TABLES
from figma_warehouse.stored_tables import StoredTables

ReadRows = Callable[..., pa.Table]
LOOKUP_COLUMNS = ("kind", "item_key", "status", "looked_up_at")


@dataclass(frozen=True)
class StoredComments:
    """What is stored of the comments of a file that has some."""

    has_open_threads: bool
    has_texts: bool


@dataclass(frozen=True)
class StoredState:
    """The rows of the destination by key.

    `published` has the rows of each published list. `skips` has, by resource and item, the last outcome of each item
    that was then skipped. `loaded_at` has the time of the last load of each item of an EXTRA resource, and
    `loaded_edits` the last edit of the file that was then loaded. `read` is `StoredTables.rows`, and `remote_keys` is
    `StoredTables.remote_keys`. `key_lookups` reads the kind, key, status and time of each stored lookup,
    `binding_local_variables` the keys of the files that bind variables of their own, `newest_activity` the time of the
    newest event of the activity log, `commented_files` what is stored of the comments of each file.
    """

    documents: dict[str, Row] = field(default_factory=dict)
    files: dict[str, Row] = field(default_factory=dict)
    folders: dict[str, Row] = field(default_factory=dict)
    published: dict[str, dict[str, Row]] = field(default_factory=dict)
    skips: dict[tuple[str, str], Row] = field(default_factory=dict)
    loaded_at: dict[tuple[str, str], datetime] = field(default_factory=dict)
    loaded_edits: dict[tuple[str, str], datetime | None] = field(default_factory=dict)
    read: ReadRows = lambda *_, **__: pa.table({})
    remote_keys: Callable[[str], pa.Table] = lambda _: pa.table({})
    key_lookups: Callable[[], list[Row]] = list
    binding_local_variables: Callable[[], frozenset[str]] = frozenset
    newest_activity: Callable[[], datetime | None] = lambda: None
    commented_files: Callable[[], dict[str, StoredComments]] = dict

    def with_keys_read(self) -> "StoredState":
        """Return the state with the keys in use and the lookups read now, for use after the destination is closed."""
        keys = {resource.name: self.remote_keys(resource.name) for resource in resources_in(Group.PUBLISHED)}
        lookups = self.key_lookups()
        return replace(self, remote_keys=keys.__getitem__, key_lookups=lambda: lookups)

    def with_local_variables_read(self) -> "StoredState":
        """Return the state with the files that bind local variables read now."""
        keys = self.binding_local_variables()
        return replace(self, binding_local_variables=lambda: keys)

    def with_newest_activity_read(self) -> "StoredState":
        """Return the state with the time of the newest event of the activity log read now."""
        newest = self.newest_activity()
        return replace(self, newest_activity=lambda: newest)

    def with_comments_read(self) -> "StoredState":
        """Return the state with what is stored of comments read now."""
        files = self.commented_files()
        return replace(self, commented_files=lambda: files)

    def version_ids(self, file_key: str) -> set[str]:
        """Return the stored version ids of a file."""
        if file_key not in self.files:
            return set()
        return set(self.read("file_versions", ["version_id"], file_key=file_key).to_pydict().get("version_id", ()))

    def stored(self, file_key: str) -> Stored:
        """Return the stored state of a file. Its layers and version ids are read only when they are used."""
        has_failed, history = self.has_failed(file_key), self.history(file_key)
        return Stored(self.documents.get(file_key), has_failed, history, partial(self.version_ids, file_key))

    def history(self, file_key: str) -> StoredHistory:
        """Return the stored states of a file, which are read only when they are used."""
        if file_key not in self.files:
            return StoredHistory()
        return StoredHistory(
            lambda: self.read("file_snapshots", STATE_COLUMNS, file_key=file_key).to_pylist(),
            self._layers,
            lambda: self.read("instance_events", EVENT_COLUMNS, file_key=file_key).to_pylist(),
        )

    def _layers(self, state: Row) -> pa.Table | None:
        """Return the layers of a state, from its packed layers or, if it is the present one, from its nodes."""
        key = {name: state[name] for name in ("file_key", "version", "last_modified_at")}
        packed = self.read("file_snapshots", ("layers",), **key).to_pydict().get("layers", [None])
        if packed[0]:
            return unpack_layers(packed[0])
        document = self.documents.get(state["file_key"], {})
        if any(document.get(name) != value for name, value in key.items()):
            return None
        return self.read("nodes", LAYER_COLUMNS, file_key=state["file_key"])

    def has_failed(self, file_key: str) -> bool:
        """Tell whether the last attempt to load the document failed because of Figma or the connection."""
        skip = self.skips.get(("documents", file_key))
        return skip is not None and REASONS[skip["reason"]].is_service_failure

    def is_loaded(self, ref: FileRef) -> bool:
        """Tell whether the stored file is up to date, by its last edit and, if the listing has it, its version."""
        document = self.documents.get(ref.key)
        if document is None or (ref.version and ref.version != document["version"]):
            return False
        if ref.last_modified_at is None:
            return ref.version is not None
        states = {_second(document["listed_modified_at"]), _second(document["last_modified_at"])}
        return _second(ref.last_modified_at) in states

    def was_skipped(self, file_key: str) -> bool:
        """Tell whether the last attempt to load the document failed or was refused."""
        skip = self.skips.get(("documents", file_key))
        return skip is not None and not REASONS[skip["reason"]].is_deferred

    def is_refused(
        self,
        resource: str,
        item_id: str,
        last_modified_at: datetime | None,
        at: datetime,
        recheck_after: timedelta = RECHECK_AFTER,
    ) -> bool:
        """Tell whether an earlier refusal still applies at the time `at`.

        It must be for the same `last_modified_at` and permanent; a liftable reason expires after `recheck_after`, and
        so does any reason of a document without a known edit time. A failure applies until its `retry_at`.
        """
        skip = self.skips.get((resource, item_id))
        if skip is None or skip["last_modified_at"] != last_modified_at:
            return False
        if is_permanent(skip):
            is_unknown_state = resource == "documents" and last_modified_at is None
            may_have_changed = is_unknown_state or REASONS[skip["reason"]].is_liftable
            return not (may_have_changed and at - skip["finished_at"] >= recheck_after)
        return waits_for_retry(skip, at)

    def present_files(self) -> Iterator[Row]:
        """Yield the stored files without `removed_at`."""
        return (row for row in self.files.values() if row["removed_at"] is None)


def is_permanent(skip: Row) -> bool:
    """Tell whether a retry for the same state of the item would have the same outcome."""
    if skip["reason"] == "unreadable":
        return (skip["detail"] or "").endswith(BY_THIS_FLATTENING)
    return REASONS[skip["reason"]].is_permanent


def waits_for_retry(skip: Row, at: datetime) -> bool:
    """Tell whether an item failed in a way that a request before its `retry_at` would repeat."""
    return REASONS[skip["reason"]].is_service_failure and skip["retry_at"] is not None and at < skip["retry_at"]


def read_stored_state(pipeline: dlt.Pipeline, *, is_extracting: bool = False) -> StoredState:
    """Read the state of the pipeline's destination, which may be empty. Raises NotRead."""
    stored, now = StoredTables(pipeline, is_extracting=is_extracting), datetime.now(UTC)

    def by_key(table: str) -> dict[str, Row]:
        (key,) = TABLES[table].key
        return {row[key]: row for row in stored.rows(table).to_pylist()}

    loads = {
        (resource.name, row["item_id"]): row
        for resource in resources_in(Group.EXTRA)
        for row in stored.last_loads(resource.name, now).to_pylist()
    }
    return StoredState(
        documents=by_key("documents"),
        files=by_key("files"),
        folders=by_key("folders"),
        published={resource.name: by_key(resource.name) for resource in resources_in(Group.PUBLISHED)},
        skips={(row["resource"], row["item_id"]): row for row in stored.last_skips(now).to_pylist()},
        loaded_at={item: row["finished_at"] for item, row in loads.items()},
        loaded_edits={item: row["last_modified_at"] for item, row in loads.items()},
        read=stored.rows,
        remote_keys=stored.remote_keys,
        key_lookups=lambda: stored.rows("key_lookups", LOOKUP_COLUMNS).to_pylist(),
        commented_files=lambda: {
            row["file_key"]: StoredComments(bool(row["open_threads"]), bool(row["texts"]))
            for row in stored.commented_files().to_pylist()
        },
        binding_local_variables=lambda: frozenset(stored.binding_local_variables().to_pydict().get("file_key", ())),
        newest_activity=stored.newest_activity,
    )


def _second(moment: Any) -> datetime | None:
    return moment.replace(microsecond=0) if moment else None
