"""The dlt source `figma`: which resources exist and how each is merged."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import dlt
import pyarrow as pa
from dlt.extract import DltResource

from pipelines.figma.addresses import parse_scope
from pipelines.figma.client import FigmaClient
from pipelines.figma.flatten import Tables
from pipelines.figma.known import read_known
from pipelines.figma.refresh import Refresh
from pipelines.figma.schema import NODE_TABLES, SNAPSHOT_TABLES, TABLES, TOMBSTONE

LISTING = ("teams", "folders", "files")
LIBRARY = ("components", "component_sets", "styles")
FILE_CONTENT = ("documents", *NODE_TABLES, *SNAPSHOT_TABLES, "file_versions")


@dlt.source(name="figma", max_table_nesting=0)
def figma(
    figma_token: str = dlt.secrets.value,
    base_url: str = "https://api.figma.com",
    teams: Sequence[str] = (),
    folders: Sequence[str] = (),
    files: Sequence[str] = (),
    refresh: Refresh | None = None,
    batch: Callable[[], bool] = lambda: True,
) -> Iterator[DltResource]:
    """Load an organisation's Figma files: listings, documents as flattened node tables, libraries, version histories.

    `teams`, `folders` and `files` are ids, keys or pasted Figma URLs. Only files that changed since the last load into
    the same destination are fetched. For loads in several packages, hand over one `refresh` each time, and as `batch`
    a function that says after each file whether the package takes one more.
    """
    current = refresh or _new_refresh(figma_token, base_url, teams, folders, files)
    yield from _resources("listing", lambda: iter([current.listing_tables()]), LISTING)
    yield from _resources("library", current.library_tables, LIBRARY)
    yield from _resources("file", lambda: _take(current, batch), FILE_CONTENT, also=("files",))


def table_resource(name: str, resource_name: str, parent: DltResource) -> DltResource:
    """Return the resource that takes one table of what its parent yields: replaced by file, or upserted by its key."""
    table = TABLES[name]
    hints: dict[str, Any] = {"merge_key": table.replaced_by} if table.replaced_by else {"primary_key": list(table.key)}

    def pick(tables: Tables) -> Iterator[pa.Table]:
        if name in tables and tables[name].num_rows:
            yield tables[name]

    resource: DltResource = dlt.transformer(  # type: ignore[call-overload]
        pick,
        data_from=parent,
        name=resource_name,
        table_name=name,
        write_disposition="merge",
        columns={TOMBSTONE: {"hard_delete": True, "data_type": "bool"}} if table.replaced_by else None,
        schema_contract={"columns": "freeze", "data_type": "freeze"},
        **hints,
    )
    return resource


def _resources(
    topic: str, yield_tables: Callable[[], Iterator[Tables]], names: Sequence[str], also: Sequence[str] = ()
) -> Iterator[DltResource]:
    """Yield a resource for each table that one topic brings, and for the rows it adds to tables of other topics."""
    parent = dlt.resource(lambda: yield_tables(), name=f"{topic}_tables", selected=False)
    for name in names:
        yield table_resource(name, name, parent)
    for name in (*also, "outcomes"):
        yield table_resource(name, f"{topic}_{name}", parent)


def _take(refresh: Refresh, takes_more: Callable[[], bool]) -> Iterator[Tables]:
    for loaded in refresh.loads:
        yield loaded.tables
        if not takes_more():
            return


def _new_refresh(
    token: str, base_url: str, teams: Sequence[str], folders: Sequence[str], files: Sequence[str]
) -> Refresh:
    api = FigmaClient(token, base_url)
    return Refresh(api, parse_scope(teams, folders, files), read_known(dlt.current.pipeline()))
