"""One file as rows: its present document flattened, its snapshot, its new versions, and its outcome."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime

from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.api.refusals import Refused
from figma_warehouse.source.documents.archive import REMOVAL, About, Archive, NotArchived
from figma_warehouse.source.documents.fetch import Fetched, comes_in_parts, fetch_document
from figma_warehouse.source.documents.file_versions import Histories
from figma_warehouse.source.documents.flatten import Tables, hash_content, tombstones, with_tombstones
from figma_warehouse.source.documents.model import FLATTENING
from figma_warehouse.source.documents.outage import Outage
from figma_warehouse.source.documents.snapshots import snapshot_tables
from figma_warehouse.source.documents.state_events import StoredHistory, state_events
from figma_warehouse.source.documents.unreadable import skip_file_on_error
from figma_warehouse.source.file_ref import FileRef
from figma_warehouse.source.outcomes import Row, outcome, skipped
from figma_warehouse.source.reasons import REASONS
from figma_warehouse.source.resources import NODE_TABLES, PLUGIN_DATA
from figma_warehouse.source.schema import as_table


@dataclass(frozen=True)
class Loaded:
    """The result of one file: rows by table. `nodes` is 0 if its content is not written.

    `status` is loaded, unchanged, removed, skipped, or put_off if it was not requested. `parts` is the number of
    responses that the document was assembled from; `is_mixed` is set if the file was edited in between. For a branch,
    `main_file_key` comes from its document.
    """

    ref: FileRef
    tables: Tables
    status: str
    nodes: int = 0
    parts: int = 1
    is_mixed: bool = False
    main_file_key: str | None = None


@dataclass(frozen=True)
class Stored:
    """The stored state of a file: its row of `documents`, and whether the last request failed at Figma.

    `history` reads all its stored states, `version_ids` the ids of its versions. Both are safe in any thread. A
    reloaded file has all its rows written, even if its content did not change.
    """

    document: Row | None = None
    has_failed: bool = False
    history: StoredHistory = field(default_factory=StoredHistory)
    version_ids: Callable[[], Collection[str]] = tuple
    is_reloaded: bool = False


@dataclass(frozen=True)
class Run:
    """The state that the loads of all files of one refresh share. `namespaces` are those of shared plugin data."""

    id: str
    archive: Archive | None = None
    namespaces: tuple[str, ...] = ()
    histories: Histories = field(default_factory=Histories)
    outage: Outage = field(default_factory=Outage)


def load_file(api: FigmaClient, ref: FileRef, stored: Stored, run: Run) -> Loaded:
    """Fetch and flatten one changed file. A refusal becomes its outcome row.

    Node tables and instance events are written only if the content differs from the stored one.
    """
    about = ref.outcome_columns
    try:
        with skip_file_on_error(ref.key):
            fetched = _fetch_present(api, ref.key, stored, run)
            tables = document_tables(ref, fetched, stored, run.id)
    except Refused as refusal:
        rows = [skipped(run.id, "documents", ref.key, refusal, **about)]
        status = "put_off" if REASONS[refusal.reason].is_deferred else "skipped"
        return Loaded(ref, {"outcomes": as_table("outcomes", rows)}, status)
    rows = [outcome(run.id, "documents", ref.key, "loaded", **about)]
    rows += keep_state(run.archive, _about_load(tables["documents"].to_pylist()[0]), fetched.body)
    try:
        with skip_file_on_error(ref.key):
            if versions := run.histories.fetch(api, ref.key, stored.version_ids):
                tables["file_versions"] = as_table("file_versions", versions)
        rows.append(outcome(run.id, "file_versions", ref.key, "loaded", **about))
    except Refused as refusal:
        rows.append(skipped(run.id, "file_versions", ref.key, refusal, **about))
    tables["outcomes"] = as_table("outcomes", rows)
    nodes = tables["file_snapshots"]["nodes"][0].as_py()
    is_mixed = fetched.last_version is not None
    return Loaded(ref, tables, "loaded", nodes, fetched.parts, is_mixed, fetched.main_file_key)


def _fetch_present(api: FigmaClient, key: str, stored: Stored, run: Run) -> Fetched:
    """Fetch a document. Raises Refused (`put_off`) if the documents before it failed at Figma."""

    def may_be_size(refusal: Refused) -> bool:
        return stored.has_failed or run.outage.may_be_size(refusal)

    in_parts, keeps_body = comes_in_parts(stored.document, datetime.now(UTC)), run.archive is not None
    with run.outage.counting():
        return fetch_document(
            api,
            key,
            keeps_body=keeps_body,
            in_parts=in_parts,
            namespaces=run.namespaces,
            may_be_size=may_be_size,
        )


def load_versions(api: FigmaClient, ref: FileRef, stored: Stored, run: Run) -> Loaded:
    """Fetch a version history that an earlier run could not fetch."""
    try:
        with skip_file_on_error(ref.key):
            versions = as_table("file_versions", run.histories.fetch(api, ref.key, stored.version_ids))
    except Refused as refusal:
        row = skipped(run.id, "file_versions", ref.key, refusal, file_key=ref.key, name=ref.name)
        return Loaded(ref, {"outcomes": as_table("outcomes", [row])}, "unchanged")
    row = outcome(run.id, "file_versions", ref.key, "loaded", file_key=ref.key, name=ref.name)
    tables = {"file_versions": versions, "outcomes": as_table("outcomes", [row])}
    return Loaded(ref, tables, "unchanged")


def remove_file(stored: Row, refusal: Refused, run_id: str, archive: Archive | None = None) -> Loaded:
    """Remove a file from the current tables. Its snapshots stay."""
    ref = FileRef(stored["file_key"], stored["name"], stored["team_id"], stored["folder_id"])
    about = {"file_key": ref.key, "name": ref.name, "last_modified_at": stored["last_modified_at"]}
    row = outcome(run_id, "documents", ref.key, "removed", http_status=refusal.status, detail=refusal.detail, **about)
    tables = tombstones(ref.key, ["documents", *NODE_TABLES, PLUGIN_DATA])
    tables["files"] = as_table("files", [stored | {"removed_at": row["finished_at"]}])
    gone = About(ref.key, "", row["finished_at"], row["finished_at"], run_id, REMOVAL)
    tables["outcomes"] = as_table("outcomes", [row, *keep_state(archive, gone)])
    return Loaded(ref, tables, "removed")


def keep_state(archive: Archive | None, about: About, body: bytes = b"") -> list[Row]:
    """Store one state in the archive, if there is one. Return an outcome row if that fails; the load continues."""
    if archive is None:
        return []
    try:
        archive.keep(about, body)
    except NotArchived as failure:
        refusal = Refused("not_archived", detail=str(failure)[:500])
        return [skipped(about.run_id, "archive", about.file_key, refusal, file_key=about.file_key)]
    return []


def _about_load(document: Row) -> About:
    names = ("file_key", "version", "last_modified_at", "listed_modified_at", "run_id", "parts", "last_version")
    return About(read_at=document["loaded_at"], size=document["bytes"], **{name: document[name] for name in names})


def document_tables(ref: FileRef, fetched: Fetched, stored: Stored, run_id: str) -> Tables:
    """Return the tables of a document. Node tables are left out if its content is the stored one."""
    flattened = fetched.tables
    content_hash = hash_content(flattened)
    row = _document_row(ref, fetched, content_hash, run_id)
    tables = {"documents": as_table("documents", [row])}
    tables |= snapshot_tables(row, flattened)
    before = stored.document
    if before is None or stored.is_reloaded or before["content_hash"] != content_hash:
        tables |= with_tombstones(ref.key, flattened)
        if before and before.get("plugin_namespaces") and not fetched.namespaces:
            tables |= tombstones(ref.key, [PLUGIN_DATA])
    return tables | state_events(stored.history, tables["file_snapshots"].to_pylist())


def state_tables(key: str, fetched: Fetched, run_id: str) -> Tables:
    """Return the snapshot tables of a past version."""
    row = _document_row(FileRef(key), fetched, hash_content(fetched.tables), run_id)
    return snapshot_tables(row, fetched.tables)


def _document_row(ref: FileRef, fetched: Fetched, content_hash: str, run_id: str) -> Row:
    return {
        "file_key": ref.key,
        "name": fetched.name,
        "version": fetched.version,
        "last_modified_at": fetched.last_modified_at or ref.last_modified_at or fetched.read_at,
        "listed_modified_at": ref.last_modified_at,
        "loaded_at": fetched.read_at,
        "run_id": run_id,
        "bytes": fetched.size,
        "node_count": fetched.tables["nodes"].num_rows,
        "content_hash": content_hash,
        "editor_type": fetched.editor_type,
        "parts": fetched.parts,
        "last_version": fetched.last_version,
        "flattening": FLATTENING,
        "plugin_namespaces": ",".join(fetched.namespaces) or None,
    }
