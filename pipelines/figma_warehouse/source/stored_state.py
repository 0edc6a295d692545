"""What the destination already holds: read back from its tables, so that no state of our own can disagree with them."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import Any

import dlt
import pyarrow as pa
from dlt.destinations.exceptions import DatabaseUndefinedRelation
from dlt.destinations.sql_client import SqlClientBase

from figma_warehouse.source.addresses import Scope
from figma_warehouse.source.api.refusals import OF_THE_SERVICE
from figma_warehouse.source.documents.file_load import Stored
from figma_warehouse.source.listings.discovery import FileRef, Listing
from figma_warehouse.source.outcomes import BY_THIS_FLATTENING, NotRead, Row
from figma_warehouse.source.schema import LAYER_COLUMNS, LAYER_TYPES

# refusals that asking again cannot change while the file stays as it is
LASTING_REASONS = frozenset(
    {"not_exportable", "plan_limited", "unsupported_type", "no_access", "not_found", "bad_request", "too_large"}
)
# those of them that somebody can lift without an edit: access is granted, the plan changed
LIFTABLE_REASONS = frozenset({"no_access", "plan_limited", "not_found"})
ASKED_AGAIN_AFTER = timedelta(days=7)

# up to now: a clock that was ahead may have put some into the future, which nothing after would be newer than
LAST_SKIPS = """
select *
from (
    select *, row_number() over (partition by resource, item_id order by finished_at desc) as recency
    from outcomes
    where status <> 'unchanged' and finished_at <= %s
) as ranked
where recency = 1 and status = 'skipped'
"""

LAST_COUNTS = """
select item_id, max(finished_at) as counted_at
from outcomes
where resource = 'library_usages' and status = 'loaded' and finished_at <= %s
group by item_id
"""

ReadTable = Callable[..., pa.Table]
QueryValue = str | datetime | tuple[str, ...]


@dataclass(frozen=True)
class StoredState:
    """Rows of the destination by key: documents, files, folders, published lists, and what was skipped last time.

    `counted_at` says of each library when Figma's own figures of its components were last read.
    """

    documents: dict[str, Row] = field(default_factory=dict)
    files: dict[str, Row] = field(default_factory=dict)
    folders: dict[str, Row] = field(default_factory=dict)
    published: dict[str, dict[str, Row]] = field(default_factory=dict)
    skips: dict[tuple[str, str], Row] = field(default_factory=dict)
    counted_at: dict[str, datetime] = field(default_factory=dict)
    read: ReadTable = lambda *_, **__: pa.table({})

    def version_ids(self, file_key: str) -> set[str]:
        """Return the ids of a file's versions that are stored."""
        if file_key not in self.files:
            return set()
        return set(self.read("file_versions", ["version_id"], file_key=file_key).to_pydict().get("version_id", ()))

    def stored(self, file_key: str) -> Stored:
        """Return what is stored of a file; no more of it is read than is asked for."""
        layers = partial(self.read, "nodes", LAYER_COLUMNS, file_key=file_key, type=LAYER_TYPES)
        has_failed = self.has_failed(file_key)
        return Stored(self.documents.get(file_key), has_failed, layers, partial(self.version_ids, file_key))

    def has_failed(self, file_key: str) -> bool:
        """Tell whether the document could not be had the last time, for a reason that lies with the service."""
        skip = self.skips.get(("documents", file_key))
        return skip is not None and skip["reason"] in OF_THE_SERVICE

    def is_loaded(self, ref: FileRef) -> bool:
        """Tell whether the file is stored as the listing shows it, by its last edit and, where known, its version."""
        document = self.documents.get(ref.key)
        if document is None or (ref.version and ref.version != document["version"]):
            return False
        states = {_second(document["listed_modified_at"]), _second(document["last_modified_at"])}
        return ref.last_modified_at is not None and _second(ref.last_modified_at) in states

    def is_refused(self, resource: str, item_id: str, last_modified_at: datetime | None, at: datetime) -> bool:
        """Tell whether Figma refused this for this very state of a file, and asking again at this time is of no use."""
        skip = self.skips.get((resource, item_id))
        if skip is None:
            return False
        is_same = skip["last_modified_at"] == last_modified_at
        is_due = skip["reason"] in LIFTABLE_REASONS and at - skip["finished_at"] >= ASKED_AGAIN_AFTER
        return is_same and is_permanent(skip) and not is_due

    def gone_from(self, listing: Listing) -> list[Row]:
        """Return the stored files that a complete listing of their team, or of their configured folder, lacks."""
        folder_ids = {folder["folder_id"] for folder in listing.folders}

        def is_covered(row: Row) -> bool:
            listed, where = (
                (folder_ids, row["folder_id"]) if row["team_id"] is None else (listing.team_ids, row["team_id"])
            )
            return where in listed - listing.failed

        return [row for row in self._present() if row["file_key"] not in listing.files and is_covered(row)]

    def excluded_from(self, listing: Listing, scope: Scope) -> list[Row]:
        """Return the stored files that are excluded by now."""
        return [
            row
            for row in self._present()
            if row["file_key"] in listing.excluded or scope.excludes(row["file_key"], row["main_file_key"])
        ]

    def _present(self) -> Iterator[Row]:
        """Yield the stored files that are not known to be removed."""
        return (row for row in self.files.values() if row["removed_at"] is None)


def is_permanent(skip: Row) -> bool:
    """Tell whether asking for the same state of a thing again would end as it did."""
    if skip["reason"] == "unreadable":
        return (skip["detail"] or "").endswith(BY_THIS_FLATTENING)
    return skip["reason"] in LASTING_REASONS


def read_stored_state(pipeline: dlt.Pipeline, *, is_extracting: bool = False) -> StoredState:
    """Read what the pipeline's destination holds; an empty one gives an empty StoredState."""
    read, now = table_reader(pipeline, is_extracting=is_extracting), datetime.now(UTC)

    def rows(table: str, **asked: Any) -> list[Row]:
        listed: list[Row] = read(table, **asked).to_pylist()
        return listed

    return StoredState(
        documents=_by(rows("documents"), "file_key"),
        files=_by(rows("files"), "file_key"),
        folders=_by(rows("folders"), "folder_id"),
        published={
            "components": _by(rows("components"), "component_key"),
            "component_sets": _by(rows("component_sets"), "component_set_key"),
            "styles": _by(rows("styles"), "style_key"),
        },
        skips={(row["resource"], row["item_id"]): row for row in rows("outcomes", query=LAST_SKIPS, now=now)},
        counted_at={row["item_id"]: row["counted_at"] for row in rows("outcomes", query=LAST_COUNTS, now=now)},
        read=read,
    )


def table_reader(pipeline: dlt.Pipeline, *, is_extracting: bool = False) -> ReadTable:
    """Return a function that reads a stored table: some columns or all, where each column given equals a value.

    A tuple in place of a value means any of them; a query in place of columns is asked as it is, with the values in
    their order as its parameters. What is not there yet is read as a table without columns. While the pipeline
    extracts, its schemas are its own affair: the destination is asked for every table. Safe from any thread; raises
    NotRead.
    """
    if not is_extracting and not pipeline.default_schema_name:
        pipeline.sync_destination()

    # to find its settings, and to read its schema, takes dlt longer than most queries do
    client, one_at_a_time = cache(pipeline.sql_client), threading.Lock()
    there: set[str] = set()

    def is_there(table: str) -> bool:
        if table not in there and pipeline.default_schema_name:
            there.update(pipeline.default_schema.tables)
        return table in there

    def read(table: str, columns: Sequence[str] = (), query: str | None = None, **equal: QueryValue) -> pa.Table:
        values = [one for value in equal.values() for one in _values(value)]
        try:
            with one_at_a_time:
                if not is_extracting and not is_there(table):
                    return pa.table({})
                with (
                    client() as opened,
                    opened.execute_query(query or _select(opened, table, columns, equal), *values) as cursor,
                ):
                    return cursor.arrow()
        except DatabaseUndefinedRelation:
            return pa.table({})
        except Exception as error:
            raise NotRead(f"the table {table} cannot be read") from error

    return read


def _select(client: SqlClientBase[Any], table: str, columns: Sequence[str], equal: Mapping[str, QueryValue]) -> str:
    """Return the query for a table; dlt's own relations would describe the whole schema anew for each."""
    listed = ", ".join(map(client.escape_column_name, columns)) or "*"
    conditions = [
        f"{client.escape_column_name(column)} in ({', '.join(['%s'] * len(_values(value)))})"
        for column, value in equal.items()
    ]
    where = f" where {' and '.join(conditions)}" if conditions else ""
    return f"select {listed} from {client.make_qualified_table_name(table)}{where}"  # noqa: S608


def _values(value: QueryValue) -> tuple[str | datetime, ...]:
    return value if isinstance(value, tuple) else (value,)


def _by(rows: Iterable[Row], key: str) -> dict[str, Row]:
    return {row[key]: row for row in rows}


def _second(moment: Any) -> datetime | None:
    return moment.replace(microsecond=0) if moment else None
