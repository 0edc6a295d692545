"""The dlt source `figma`: its resources and how each is merged."""

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dlt
import pyarrow as pa
from dlt.common.destination.capabilities import DestinationCapabilitiesContext, adjust_schema_to_capabilities
from dlt.common.libs.pyarrow import py_arrow_to_table_schema_columns
from dlt.common.schema.utils import merge_columns
from dlt.extract import DltResource, DltSource

from figma_warehouse.source.addresses import Scope, parse_scope
from figma_warehouse.source.api.budget import Budget
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.api.limits import Allowance, plan_at
from figma_warehouse.source.api.refusals import FigmaError
from figma_warehouse.source.api.tokens import FixedToken
from figma_warehouse.source.documents.file_load import Loaded
from figma_warehouse.source.documents.flatten import Tables, concat_tables
from figma_warehouse.source.extraction import Extraction, deferred_tables
from figma_warehouse.source.extras import extra_resources, module_of
from figma_warehouse.source.outcomes import Row
from figma_warehouse.source.pictures.asset_folder import AssetFolder
from figma_warehouse.source.pictures.images import picture_tables
from figma_warehouse.source.pictures.picture_job import THUMBNAILS, Imaging
from figma_warehouse.source.refresh import Refresh
from figma_warehouse.source.resources import Group, Resource, Topic, topic_of, topics_of
from figma_warehouse.source.schema import TABLES, TOMBSTONE
from figma_warehouse.source.stored_state import StoredState, read_stored_state
from figma_warehouse.source.tokens_files.reading import read_tokens_files

# nodes of small files that are yielded as one batch
BATCH_NODES = 20_000
# the resource that creates tables
WITHOUT_ROWS = "tables_without_rows"

GetRefresh = Callable[[], Refresh]


@dlt.source(name="figma", section="figma", max_table_nesting=0, root_key=False)
def figma(
    figma_token: str = dlt.secrets.value,
    base_url: str = "https://api.figma.com",
    teams: Sequence[str] = (),
    folders: Sequence[str] = (),
    files: Sequence[str] = (),
    plan: str | None = None,
    seat: str = "full",
    assets: str | None = None,
    images: str = THUMBNAILS,
    image_fills: bool = False,
    library_analytics: bool = False,
    on_failure: Callable[[FigmaError], object] | None = None,
    exclude: Sequence[str] = (),
    key_lookups: bool = False,
    variables: bool = False,
    library_actions: bool = False,
    activity_logs: bool = False,
    activity_people: bool = False,
    variable_names: Sequence[str] = (),
    shared_plugin_data: Sequence[str] = (),
    comments: bool = False,
    comment_texts: bool = False,
    dev_resources: bool = False,
) -> Iterator[DltResource]:
    """Load an organisation's Figma files: listings, documents as flattened node tables, libraries, version histories.

    The arguments are the settings in docs/settings.md; without `assets`, the URL of a folder, no picture is loaded.
    Each extraction fetches only what changed since the last load, within the limits of `plan` and `seat`.

    Raises BadAddress, BadAllowance, BadChoice, BadTokensFile or, for a malformed token, TokenRefused. The extraction
    raises TokenRefused, Unreachable, and NoMerge if the destination cannot replace rows. If the token or the network
    fails while documents are loaded, it stores the files loaded before, logs the failure and passes it to `on_failure`.
    """
    given = SimpleNamespace(**locals())
    scope, allowance = parse_scope(teams, folders, files, exclude), Allowance(plan or plan_at(base_url), seat)
    start = partial(_start_refresh, given, FixedToken(figma_token), scope, allowance, read_tokens_files(variable_names))
    refresh = Extraction(start).refresh
    yield from _all_resources(refresh, lambda: _load_all(refresh(), on_failure))
    yield from _chosen_resources(refresh, given)


@dlt.source(name="figma", section="figma", max_table_nesting=0, root_key=False)
def figma_refresh(refresh: Refresh, takes_more: Callable[[Loaded], bool] = lambda _: True) -> Iterator[DltResource]:
    """Load the next part of a refresh that is in progress. `takes_more` is called with each file; False ends the part.

    A failure of the whole run also ends the part, which then has the files fetched before it, and is stored in
    `refresh.failure`.
    """
    yield from _all_resources(lambda: refresh, lambda: _load(refresh, takes_more))


@dlt.source(name="figma", section="figma", max_table_nesting=0, root_key=False)
def given_tables(given: Tables) -> Iterator[DltResource]:
    """Load these tables."""
    yield from _resources(Topic("given", tuple(given), ()), lambda: iter([given]))


def declared_tables(names: Collection[str], capabilities: DestinationCapabilitiesContext) -> DltSource:
    """Return a source without rows, whose schema has these tables just as dlt would infer them from rows.

    Creating tables from this schema takes a third of the time that dlt needs to load the same tables without rows.
    """
    source = given_tables({})
    for name in names:
        table = table_resource(name, name, dlt.resource([], name="declared")).compute_table_schema()
        columns = py_arrow_to_table_schema_columns(TABLES[name].schema)
        columns = adjust_schema_to_capabilities(columns, capabilities)
        table["columns"] = merge_columns(columns, table["columns"])
        # without this, the first row of a table would change the schema again
        table["x-normalizer"] = {"seen-data": True}
        source.schema.update_table(table)
    return source


def table_resource(name: str, resource_name: str, parent: DltResource) -> DltResource:
    """Return the resource that loads one of the tables that `parent` yields, replaced by file or upserted by key."""

    def pick(tables: Tables) -> Iterator[pa.Table]:
        if name in tables:
            yield tables[name]

    resource: DltResource = dlt.transformer(
        pick,
        data_from=parent,
        name=resource_name,
        **_hints(name),
    )
    return resource


def _hints(name: str) -> dict[str, Any]:
    """Return the hints by which dlt merges the rows of a table."""
    table = TABLES[name]
    key: dict[str, Any] = {"merge_key": table.replaced_by} if table.replaced_by else {"primary_key": list(table.key)}
    columns: dict[str, Any] = {TOMBSTONE: {"hard_delete": True, "data_type": "bool"}} if table.has_tombstones else {}
    if table.prefers:
        columns[table.prefers] = {"dedup_sort": "asc"}  # dlt then keeps the row whose value is not null
    return {
        "table_name": name,
        "write_disposition": "merge",
        "columns": columns,
        "schema_contract": {"columns": "evolve", "data_type": "freeze"},
        **key,
    }


@dlt.resource(name=WITHOUT_ROWS, write_disposition="merge", standalone=True)
def _tables_without_rows() -> Iterator[Any]:
    """Create tables and columns that the schema of the pipeline lacks. The models read all of them."""
    known = dlt.current.source_schema().tables
    for name, table in TABLES.items():
        if not set(table.schema.names) <= set(known.get(name, {}).get("columns", ())):
            hints = dlt.mark.make_hints(**_hints(name))
            yield dlt.mark.with_hints(table.schema.empty_table(), hints, create_table_variant=True)


def _start_refresh(
    given: SimpleNamespace,
    token: FixedToken,
    scope: Scope,
    allowance: Allowance,
    tokens_files: dict[str, list[Row]],
    pipeline: dlt.Pipeline,
) -> Refresh:
    """Start a refresh from the state of the pipeline's destination, with the budget stored in its working folder.

    `given` has the arguments of the source.
    """
    budget = Budget(allowance, token.identity, Path(pipeline.working_dir) / "budget.sqlite")
    return Refresh(
        FigmaClient(token, given.base_url, budget=budget),
        scope,
        read_stored_state(pipeline, is_extracting=True) if pipeline.destination else StoredState(),
        activity_people=given.activity_people,
        keeps_comment_texts=given.comment_texts,
        tokens_files=tokens_files,
        namespaces=tuple(given.shared_plugin_data),
    )


def _all_resources(refresh: GetRefresh, yield_files: Callable[[], Iterator[Tables]]) -> Iterator[DltResource]:
    (listing,), (files,) = topics_of(Group.LISTING), topics_of(Group.DOCUMENT)
    yield from _resources(listing, lambda: iter([refresh().listing_tables()]))
    for published in topics_of(Group.PUBLISHED):
        yield from _resources(published, partial(_published, refresh, published.name))
    yield from _resources(files, yield_files)


def _chosen_resources(refresh: GetRefresh, given: SimpleNamespace) -> Iterator[DltResource]:
    """Yield the resources that the arguments of the source turn on, and the one that creates tables without rows."""
    for extra in extra_resources(given):
        yield from _resources(topic_of(extra), partial(_extra, refresh, extra))
    if given.assets:
        imaging = Imaging(AssetFolder(given.assets).store, given.images, given.image_fills)
        yield from _resources(topics_of(Group.PICTURE)[0], partial(_pictures, refresh, imaging))
    yield _tables_without_rows()


def _resources(topic: Topic, yield_tables: Callable[[], Iterator[Tables]]) -> Iterator[DltResource]:
    """Yield a resource for each table of a topic, and for each table of other topics to which it adds rows."""
    parent = dlt.resource(lambda: yield_tables(), name=f"{topic.name}_tables", selected=False)
    for table in (*topic.tables, *topic.adds_to):
        yield table_resource(table, topic.dlt_name(table), parent)


def _published(refresh: GetRefresh, name: str) -> Iterator[Tables]:
    yield refresh().published_tables(name)


def _extra(refresh: GetRefresh, resource: Resource) -> Iterator[Tables]:
    if refresh().failure is None:
        yield from module_of(resource).fetch_tables(refresh())


def _pictures(refresh: GetRefresh, imaging: Imaging) -> Iterator[Tables]:
    if refresh().failure is None:
        yield from picture_tables(refresh(), imaging)


def _load_all(refresh: Refresh, on_failure: Callable[[FigmaError], object] | None) -> Iterator[Tables]:
    """Yield the tables of all files. If a failure ends the run, yield those before it, and outcomes for the rest."""
    loaded_keys: set[str] = set()

    def takes_more(loaded: Loaded) -> bool:
        loaded_keys.add(loaded.ref.key)
        return True

    yield from _load(refresh, takes_more)
    if refresh.failure:
        yield deferred_tables(refresh, loaded_keys)
        if on_failure:
            on_failure(refresh.failure)


def _load(refresh: Refresh, takes_more: Callable[[Loaded], bool]) -> Iterator[Tables]:
    """Yield the tables of each file, small files in one batch, because each table costs dlt some milliseconds."""
    batch: list[Tables] = []
    nodes = 0
    try:
        for loaded in refresh.loads:
            batch.append(loaded.tables)
            nodes += loaded.nodes
            if not takes_more(loaded):
                break
            if nodes >= BATCH_NODES:
                yield concat_tables(batch)
                batch, nodes = [], 0
    except FigmaError as error:
        refresh.failure = error
    yield concat_tables(batch)
