"""The source on its own: from the API to the rows of a DuckDB file, run after run."""

import errno
import json
import shutil
import socket
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest
import requests
from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials
from dlt.pipeline.exceptions import PipelineStepFailed

from figma_warehouse.sandbox import HttpAnswer, SampleOrganisation, Server, Truth, serve
from figma_warehouse.source.addresses import Scope
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.api.refusals import TokenRefused, Unreachable
from figma_warehouse.source.figma import figma, figma_refresh, given_tables
from figma_warehouse.source.outcomes import NotRead, skip_file_on_error
from figma_warehouse.source.read_ahead import DOWNLOADS
from figma_warehouse.source.refresh import Refresh
from figma_warehouse.source.schema import NODE_TABLES, SNAPSHOT_TABLES, TABLES
from figma_warehouse.source.stored_state import read_stored_state
from tests.fixtures.in_memory_organisation import (
    HOME,
    INNER,
    OTHER,
    SHOP,
    TEAM,
    TOP,
    InMemoryOrganisation,
    empty_answer,
    full_answer,
    key_of,
    too_deep_answer,
    unstyled_answer,
)
from tests.fixtures.sample_organisations import sample_organisation

Row = dict[str, Any]
Tables = dict[str, list[Row]]
Ask = Callable[..., list[Row]]

CONTENT = ("documents", *NODE_TABLES, *SNAPSHOT_TABLES, "file_versions")
LISTED = ("teams", "folders", "files", "components", "component_sets", "styles")
NOT_FOUND = HttpAnswer(404, b'{"status":404,"err":"Not found"}')
GATEWAY_404 = HttpAnswer(404, b"<html><h1>404 no such route</h1></html>", {"content-type": "text/html"})


@dataclass
class Warehouse:
    """A DuckDB file in a folder, the dlt pipeline into it, and what it holds."""

    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / "build.duckdb"

    @property
    def pipelines(self) -> Path:
        return self.folder / "pipelines"

    def pipeline(self, credentials: str | DuckDbCredentials = "") -> dlt.Pipeline:
        return dlt.pipeline(
            "figma",
            destination=dlt.destinations.duckdb(credentials or str(self.database)),
            dataset_name="figma",
            pipelines_dir=str(self.pipelines),
        )

    @contextmanager
    def open_pipeline(self) -> Iterator[dlt.Pipeline]:
        """The pipeline on one connection, which is quicker than one for each thing that dlt does."""
        with duckdb.connect(str(self.database)) as connection:
            credentials = DuckDbCredentials(connection)
            credentials.resolve()
            yield self.pipeline(credentials)

    def load(
        self,
        server: Server,
        *resources: str,
        teams: Sequence[str] | None = None,
        folders: Sequence[str] = (),
        files: Sequence[str] = (),
        exclude: Sequence[str] = (),
    ) -> Counter[str]:
        """Load once, from a pipeline made anew as by a process of its own; how many rows were written, by table."""
        server.reset_requests()
        source = figma(
            figma_token=server.org.token,
            base_url=server.base_url,
            teams=server.org.team_ids if teams is None else teams,
            folders=folders,
            files=files,
            exclude=exclude,
        )
        with self.open_pipeline() as pipeline:
            pipeline.run(source.with_resources(*resources) if resources else source)
            trace = pipeline.last_trace
        return Counter(trace.last_normalize_info.row_counts if trace and trace.last_normalize_info else {})

    @contextmanager
    def connected(self) -> Iterator[Ask]:
        """A function that asks the database, read-only."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            connection.execute("set timezone = 'UTC'; set schema = 'figma'")
            yield lambda sql, *values: connection.execute(sql, values).to_arrow_table().to_pylist()

    def query(self, sql: str, *values: Any) -> list[Row]:
        with self.connected() as ask:
            return ask(sql, *values)

    def tables(self, *names: str, without: Sequence[str] = ("last_seen_at",)) -> Tables:
        """All rows of these tables, in one order; the time of the last look changes with every run."""
        with self.connected() as ask:
            there = {row["table_name"] for row in ask("select table_name from duckdb_tables()")}
            read = {name: ask(f"select * from {name}") if name in there else [] for name in names}
        return {
            name: sorted(({k: v for k, v in row.items() if k not in without} for row in rows), key=repr)
            for name, rows in read.items()
        }

    def of(self, file_key: str, *names: str) -> Tables:
        """The rows of one file."""
        tables = self.tables(*names)
        return {name: [row for row in rows if row["file_key"] == file_key] for name, rows in tables.items()}

    def digests(self, *names: str) -> dict[str, Row]:
        """The number and a hash of all rows, by table."""
        sql = "select count(*) as rows, sum(hash(columns(* exclude last_seen_at))) from {}"
        plain = "select count(*) as rows, sum(hash(t)) as hash from {} as t"
        with self.connected() as ask:
            return {name: ask((sql if name in LISTED else plain).format(name))[0] for name in names}

    def last_outcomes(self, *resources: str) -> list[tuple[Any, ...]]:
        """What became of each thing in the last run: resource, item, status, reason."""
        rows = self.query(
            "select resource, item_id, status, reason from outcomes"
            " where run_id = (select run_id from outcomes order by finished_at desc limit 1)"
        )
        return sorted(
            (
                (row["resource"], row["item_id"], row["status"], row["reason"])
                for row in rows
                if row["resource"] in resources
            ),
            key=repr,
        )


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """A warehouse without anything in it."""
    return Warehouse(tmp_path)


@pytest.fixture(scope="module")
def first_load(sandbox: Server, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    made = Warehouse(tmp_path_factory.mktemp("first"))
    sandbox.org = InMemoryOrganisation(HOME, SHOP)
    made.load(sandbox)
    return made


@pytest.fixture
def loaded(first_load: Warehouse, server: Server, tmp_path: Path) -> Warehouse:  # noqa: ARG001
    """A warehouse into which the drafts were loaded, as they are before the test changes them."""
    return Warehouse(shutil.copytree(first_load.folder, tmp_path / "loaded"))


def fetched(server: Server) -> list[str]:
    """Keys of the files whose documents were asked for, tier 1."""
    return sorted(request.path.rsplit("/", 1)[1] for request in server.requests if request.tier == 1)


def looked_at(server: Server) -> list[str]:
    """Keys of the files whose metadata was asked for."""
    return sorted(request.path.split("/")[3] for request in server.requests if request.path.endswith("/meta"))


def list_over_http(server: Server) -> dict[str, str]:
    """When each file and branch was last modified, by the folder listings."""

    def ask(path: str) -> Any:
        headers = {"X-Figma-Token": server.org.token}
        return requests.get(server.base_url + path, headers=headers, timeout=30).json()

    def walk(folders: list[Row]) -> Iterator[tuple[str, str]]:
        for folder in folders:
            for file in ask(f"/v2/folders/{folder['id']}/files?branch_data=true")["files"]:
                for one in (file, *file["branches"]):
                    yield one["key"], one["last_modified"]
            yield from walk(ask(f"/v2/folders/{folder['id']}/folders")["folders"])

    found = (walk(ask(f"/v2/teams/{team_id}/folders")["folders"]) for team_id in server.org.team_ids)
    return {key: at for team in found for key, at in team}


def test_a_first_load_fetches_every_file_once_with_its_branch_data(server: Server, warehouse: Warehouse) -> None:
    warehouse.load(server)
    assert fetched(server) == [HOME, SHOP]
    assert {request.query for request in server.requests if request.tier == 1} == {"branch_data=true"}
    loaded = warehouse.of(HOME, *CONTENT)
    counts = {name: len(rows) for name, rows in loaded.items()}
    assert counts == {
        "documents": 1,
        "nodes": 7,
        "node_styles": 2,
        "node_paints": 1,
        "node_variables": 1,
        "node_properties": 1,
        "node_overrides": 1,
        "file_components": 1,
        "file_component_sets": 1,
        "file_styles": 2,
        "file_snapshots": 1,
        "snapshot_components": 1,
        "snapshot_styles": 2,
        "file_versions": 1,
    }
    document = loaded["documents"][0]
    assert (document["name"], document["version"], document["parts"]) == ("File home", "2400000000000000000", 1)
    assert document["last_modified_at"] == document["listed_modified_at"]


def test_every_row_of_every_table_has_the_columns_of_its_schema(loaded: Warehouse) -> None:
    for name, rows in loaded.tables(*CONTENT, "files", "folders", "teams", without=()).items():
        expected = {column for column in TABLES[name].schema.names if column != "is_tombstone"}
        assert rows
        assert expected <= set(rows[0]) <= expected | {"is_tombstone"}
        assert all(row.get("is_tombstone") is None for row in rows)


def test_a_second_run_asks_for_no_document_and_changes_no_row(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation
) -> None:
    drafts.publish("components", "Button")
    drafts.publish("styles", "Red")
    warehouse.load(server)
    before = warehouse.tables(*CONTENT, *LISTED)
    written = warehouse.load(server)
    assert server.spent[1] == 0
    assert not any(request.path.endswith(("/versions", "/meta")) for request in server.requests)
    assert warehouse.tables(*CONTENT, *LISTED) == before
    assert not written.keys() & set(CONTENT)
    assert warehouse.last_outcomes("documents") == [
        ("documents", HOME, "unchanged", None),
        ("documents", SHOP, "unchanged", None),
    ]


def test_only_the_file_that_changed_is_fetched(server: Server, loaded: Warehouse, drafts: InMemoryOrganisation) -> None:
    untouched = loaded.of(SHOP, *CONTENT, "files")
    drafts.save(HOME, full_answer("Buy"))
    loaded.load(server)
    assert fetched(server) == [HOME]
    assert loaded.of(SHOP, *CONTENT, "files") == untouched
    texts = {row["characters"] for row in loaded.of(HOME, "nodes")["nodes"]}
    assert texts == {None, "Buy"}
    assert len(loaded.of(HOME, "file_snapshots")["file_snapshots"]) == 2
    assert len(loaded.of(HOME, "file_versions")["file_versions"]) == 2


def test_an_emptied_file_leaves_no_rows_in_any_node_table(
    server: Server, loaded: Warehouse, drafts: InMemoryOrganisation
) -> None:
    untouched = loaded.of(SHOP, *CONTENT)
    drafts.save(HOME, empty_answer())
    loaded.load(server)
    left = {name: len(rows) for name, rows in loaded.of(HOME, *NODE_TABLES).items()}
    assert left == dict.fromkeys(NODE_TABLES, 0) | {"nodes": 2}
    assert loaded.of(SHOP, *CONTENT) == untouched


def test_a_file_loses_its_last_style_reference_and_nothing_else(
    server: Server, loaded: Warehouse, drafts: InMemoryOrganisation
) -> None:
    before = loaded.of(HOME, *NODE_TABLES)
    drafts.save(HOME, unstyled_answer())
    loaded.load(server)
    assert loaded.of(HOME, *NODE_TABLES) == before | {"node_styles": []}


def test_an_edit_that_moves_no_version_is_fetched(
    server: Server, loaded: Warehouse, drafts: InMemoryOrganisation
) -> None:
    drafts.save(HOME, full_answer("Buy"), is_version=False)
    loaded.load(server)
    assert fetched(server) == [HOME]
    assert "Buy" in {row["characters"] for row in loaded.of(HOME, "nodes")["nodes"]}
    states = loaded.query("select version, last_modified_at from file_snapshots where file_key = ?", HOME)
    assert {(row["version"], row["last_modified_at"]) for row in states} == {
        (save.version, save.at) for save in drafts.files_by_key[HOME].saves
    }
    assert len({row["version"] for row in states}) == 1
    loaded.load(server)
    assert server.spent[1] == 0


def test_a_save_of_equal_content_writes_no_nodes(
    server: Server, loaded: Warehouse, drafts: InMemoryOrganisation
) -> None:
    before = loaded.of(HOME, *NODE_TABLES)
    drafts.save(HOME, full_answer())
    written = loaded.load(server)
    assert fetched(server) == [HOME]
    assert not written.keys() & set(NODE_TABLES)
    assert (written["documents"], written["file_snapshots"]) == (1, 1)
    assert loaded.of(HOME, *NODE_TABLES) == before
    assert loaded.of(HOME, "documents")["documents"][0]["version"] == drafts.files_by_key[HOME].saves[-1].version


def test_a_deleted_file_is_looked_at_and_leaves_the_current_tables_not_its_history(
    server: Server, loaded: Warehouse, drafts: InMemoryOrganisation
) -> None:
    before, untouched = loaded.of(HOME, *CONTENT), loaded.of(SHOP, *CONTENT)
    drafts.files_by_key[HOME].is_deleted = True
    loaded.load(server)
    assert (fetched(server), looked_at(server)) == ([], [HOME])
    gone: Tables = {name: [] for name in ("documents", *NODE_TABLES)}
    assert loaded.of(HOME, *CONTENT) == before | gone
    assert loaded.of(SHOP, *CONTENT) == untouched
    assert [row["removed_at"] is not None for row in loaded.of(HOME, "files")["files"]] == [True]
    assert ("documents", HOME, "removed", None) in loaded.last_outcomes("documents")
    loaded.load(server)
    assert (fetched(server), looked_at(server)) == ([], [])


def test_a_file_that_comes_back_is_loaded_again(
    server: Server, loaded: Warehouse, drafts: InMemoryOrganisation
) -> None:
    before = loaded.of(HOME, *CONTENT, "files")
    drafts.files_by_key[HOME].is_deleted = True
    loaded.load(server)
    drafts.files_by_key[HOME].is_deleted = False
    loaded.load(server)
    assert fetched(server) == [HOME]
    after = loaded.of(HOME, *CONTENT, "files")
    changing = ("loaded_at", "run_id")
    for tables in (before, after):
        for row in (*tables["documents"], *tables["file_snapshots"]):
            for column in changing:
                row.pop(column, None)
    assert after == before


def test_an_excluded_file_leaves_the_current_tables_unasked_and_comes_back_with_the_setting(
    server: Server, loaded: Warehouse
) -> None:
    before, untouched = loaded.of(HOME, *CONTENT), loaded.of(SHOP, *CONTENT)
    loaded.load(server, exclude=[HOME])
    assert (fetched(server), looked_at(server)) == ([], [])
    gone: Tables = {name: [] for name in ("documents", *NODE_TABLES)}
    assert loaded.of(HOME, *CONTENT) == before | gone
    assert loaded.of(SHOP, *CONTENT) == untouched
    assert [row["removed_at"] is not None for row in loaded.of(HOME, "files")["files"]] == [True]
    assert ("documents", HOME, "removed", None) in loaded.last_outcomes("documents")
    (told,) = loaded.query("select detail from outcomes where status = 'removed'")
    assert told["detail"] == "excluded by the settings"

    loaded.load(server, exclude=[HOME])
    assert loaded.last_outcomes("documents") == [("documents", SHOP, "unchanged", None)]
    loaded.load(server)
    assert fetched(server) == [HOME]
    assert loaded.of(HOME, *NODE_TABLES) == {name: before[name] for name in NODE_TABLES}


def test_a_file_that_was_moved_into_an_excluded_folder_leaves_and_one_that_was_moved_out_comes_back(
    server: Server, loaded: Warehouse, drafts: InMemoryOrganisation
) -> None:
    drafts.files_by_key[HOME].folder = OTHER
    loaded.load(server, exclude=[OTHER.id])
    assert (fetched(server), looked_at(server)) == ([], [])
    assert {row["file_key"] for row in loaded.tables("nodes")["nodes"]} == {SHOP}
    drafts.files_by_key[HOME].folder = TOP
    loaded.load(server, exclude=[OTHER.id])
    assert fetched(server) == [HOME]


def test_a_branch_of_an_excluded_file_is_not_loaded_however_it_is_named(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation
) -> None:
    drafts.add(BRANCH, TOP, main_key=HOME)
    warehouse.load(server, teams=[], files=[BRANCH, SHOP])
    assert fetched(server) == sorted([BRANCH, SHOP])
    warehouse.load(server, teams=[], files=[BRANCH, SHOP], exclude=[HOME])
    assert {row["file_key"] for row in warehouse.tables("nodes")["nodes"]} == {SHOP}
    drafts.save(BRANCH, empty_answer())
    warehouse.load(server, teams=[], files=[BRANCH, SHOP], exclude=[HOME])
    assert fetched(server) == []


def test_a_missing_file_that_nothing_is_known_of_stays(
    server: Server, loaded: Warehouse, drafts: InMemoryOrganisation
) -> None:
    before = loaded.of(HOME, *CONTENT, "files")
    drafts.files_by_key[HOME].is_listed = False
    server.script(f"/v1/files/{HOME}/meta", HttpAnswer(403, b'{"status":403,"err":"Invalid scope(s): [a]"}'))
    loaded.load(server)
    assert loaded.of(HOME, *CONTENT, "files") == before


def test_a_file_missing_from_its_folder_that_answers_stays_and_is_refreshed(
    server: Server, loaded: Warehouse, drafts: InMemoryOrganisation
) -> None:
    before = loaded.of(HOME, *CONTENT)
    drafts.files_by_key[HOME].is_listed = False
    loaded.load(server)
    assert (fetched(server), looked_at(server)) == ([], [HOME])
    assert loaded.of(HOME, *CONTENT) == before
    drafts.save(HOME, empty_answer())
    loaded.load(server)
    assert (fetched(server), looked_at(server)) == ([HOME], [HOME])
    assert len(loaded.of(HOME, "nodes")["nodes"]) == 2


def test_a_missing_file_that_answers_was_seen_in_this_run(
    server: Server, loaded: Warehouse, drafts: InMemoryOrganisation
) -> None:
    drafts.files_by_key[HOME].is_listed = False
    loaded.load(server)
    seen = {row["file_key"]: row["last_seen_at"] for row in loaded.query("select * from files")}
    assert seen[HOME] == seen[SHOP]


@pytest.mark.parametrize("path", [f"/v2/folders/{INNER.id}/files", f"/v2/folders/{TOP.id}/folders"])
def test_a_file_whose_folder_could_not_be_listed_is_neither_looked_at_nor_removed(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation, path: str
) -> None:
    drafts.add(key_of("inner"), INNER)
    warehouse.load(server)
    before = warehouse.of(key_of("inner"), *CONTENT, "files")
    folders = warehouse.tables("folders")
    drafts.files_by_key[key_of("inner")].is_deleted = True
    server.script(path, NOT_FOUND)
    drafts.save(HOME, empty_answer())
    warehouse.load(server)
    assert looked_at(server) == []
    assert fetched(server) == [HOME]
    assert warehouse.of(key_of("inner"), *CONTENT, "files") == before
    assert warehouse.tables("folders") == folders


def test_a_file_that_is_configured_and_deleted_leaves_the_current_tables(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation
) -> None:
    warehouse.load(server, teams=[], files=[HOME, SHOP])
    drafts.files_by_key[HOME].is_deleted = True
    warehouse.load(server, teams=[], files=[HOME, SHOP])
    assert {row["file_key"] for row in warehouse.tables("nodes")["nodes"]} == {SHOP}


@pytest.mark.parametrize("scope", [Scope(files=(HOME, SHOP)), Scope(teams=(TEAM.id,))])
def test_a_gateway_that_answers_404_in_figmas_place_removes_nothing(
    server: Server, api: FigmaClient, loaded: Warehouse, drafts: InMemoryOrganisation, scope: Scope
) -> None:
    drafts.files_by_key[HOME].is_listed = drafts.files_by_key[SHOP].is_listed = False
    server.script("/v1/files/.*/meta", *[GATEWAY_404] * 10)
    plan = Refresh(api, scope, read_stored_state(loaded.pipeline())).plan
    assert plan.gone == []
    assert [(row["item_id"], row["reason"]) for row in plan.outcomes] == [(HOME, "bad_body"), (SHOP, "bad_body")]


def test_a_file_deleted_from_a_configured_folder_leaves_the_current_tables(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation
) -> None:
    warehouse.load(server, teams=[], folders=[TOP.id])
    drafts.files_by_key[HOME].is_deleted = True
    warehouse.load(server, teams=[], folders=[TOP.id])
    assert {row["file_key"] for row in warehouse.tables("nodes")["nodes"]} == {SHOP}


def test_a_configured_file_that_is_not_there_keeps_no_deleted_file_of_a_configured_folder(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation
) -> None:
    warehouse.load(server, teams=[], folders=[TOP.id], files=[key_of("nowhere")])
    drafts.files_by_key[HOME].is_deleted = True
    warehouse.load(server, teams=[], folders=[TOP.id], files=[key_of("nowhere")])
    assert {row["file_key"] for row in warehouse.tables("nodes")["nodes"]} == {SHOP}


def test_configured_files_are_loaded_and_refreshed_like_listed_ones(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation
) -> None:
    files = [f"https://www.figma.com/design/{HOME}/Home?node-id=1-2", SHOP]
    warehouse.load(server, teams=[], files=files)
    assert fetched(server) == [HOME, SHOP]
    drafts.save(HOME, empty_answer())
    warehouse.load(server, teams=[], files=files)
    assert fetched(server) == [HOME]


def test_a_branch_is_loaded_as_a_file_with_its_main_file(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation
) -> None:
    drafts.add(key_of("branch"), TOP, full_answer("Trial"), main_key=HOME)
    warehouse.load(server)
    assert fetched(server) == sorted([HOME, SHOP, key_of("branch")])
    mains = {row["file_key"]: row["main_file_key"] for row in warehouse.tables("files")["files"]}
    assert mains == {HOME: None, SHOP: None, key_of("branch"): HOME}
    assert len(warehouse.of(key_of("branch"), "nodes")["nodes"]) == 7


def test_a_branch_that_is_configured_by_its_key_is_stored_as_one_by_a_load_of_one_package(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation
) -> None:
    drafts.add(BRANCH, TOP, main_key=HOME)
    warehouse.load(server, teams=[], files=[BRANCH])
    assert [row["main_file_key"] for row in warehouse.tables("files")["files"]] == [HOME]


def published_lists_asked(server: Server) -> set[str]:
    """Keys of the files whose published lists were asked for."""
    return {request.path.split("/")[3] for request in server.requests if request.path.endswith("/styles")}


BRANCH = key_of("branch")


def test_a_branch_that_is_configured_by_its_address_is_one_and_no_list_is_asked_of_it(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation
) -> None:
    drafts.add(BRANCH, TOP, main_key=HOME)
    for _ in range(2):
        warehouse.load(server, teams=[], files=[f"https://www.figma.com/design/{HOME}/branch/{BRANCH}/Home"])
        assert published_lists_asked(server) == set()
        assert warehouse.query("select file_key, main_file_key from files") == [
            {"file_key": BRANCH, "main_file_key": HOME}
        ]
    assert warehouse.query("select count(*) as skips from outcomes where status = 'skipped'") == [{"skips": 0}]


def test_a_branch_that_is_configured_by_its_key_is_known_as_one_from_its_document_on(
    server: Server, api: FigmaClient, warehouse: Warehouse, drafts: InMemoryOrganisation
) -> None:
    drafts.add(BRANCH, TOP, main_key=HOME)
    first = Refresh(api, Scope(files=(BRANCH, SHOP)))
    loads = {one.ref.key: one.tables for one in first.loads}
    assert "files" not in loads[SHOP]
    (row,) = loads[BRANCH]["files"].to_pylist()
    listed = {one["file_key"]: one for one in first.listing_tables()["files"].to_pylist()}
    assert row == listed[BRANCH] | {"main_file_key": HOME}
    warehouse.pipeline().run(given_tables({"files": loads[BRANCH]["files"]}))
    server.reset_requests()
    later = Refresh(api, Scope(files=(BRANCH, SHOP)), read_stored_state(warehouse.pipeline()))
    later.published("styles")
    assert published_lists_asked(server) == {SHOP}
    stored = {one["file_key"]: one["main_file_key"] for one in later.listing_tables()["files"].to_pylist()}
    assert stored == {BRANCH: HOME, SHOP: None}


@pytest.mark.parametrize("is_noticed_before", [True, False])
def test_what_a_removed_file_published_is_removed_with_it(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation, is_noticed_before: bool
) -> None:
    drafts.publish("styles", "Red", file_key=HOME)
    drafts.publish("styles", "Blue", file_key=SHOP)
    warehouse.load(server, teams=[], files=[HOME, SHOP])
    drafts.files_by_key[HOME].is_deleted = True
    if is_noticed_before:
        warehouse.load(server, "teams", "folders", "files", "file_files", "documents", teams=[], files=[HOME, SHOP])
    for files in ([HOME, SHOP], [SHOP]):
        warehouse.load(server, teams=[], files=files)
        removed = {row["name"]: row["removed_at"] is not None for row in warehouse.tables("styles")["styles"]}
        assert removed == {"Red": True, "Blue": False}
    events = warehouse.query("select item_key from library_events where event = 'unpublished'")
    assert [bytes.fromhex(row["item_key"].rstrip("0")).decode() for row in events] == ["Red"]


def test_what_figma_refuses_for_good_is_asked_again_only_when_it_changed(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation
) -> None:
    locked, slides = key_of("locked"), key_of("slides")
    drafts.add(locked, OTHER, is_exportable=False)
    drafts.add(slides, OTHER, editor_type="slides")
    refused = [
        ("documents", locked, "skipped", "not_exportable"),
        ("documents", slides, "skipped", "unsupported_type"),
    ]
    warehouse.load(server)
    assert fetched(server) == sorted([HOME, SHOP, locked, slides])
    assert [row for row in warehouse.last_outcomes("documents") if row[2] == "skipped"] == refused
    warehouse.load(server)
    assert fetched(server) == []
    assert [row for row in warehouse.last_outcomes("documents") if row[2] == "skipped"] == refused
    drafts.files_by_key[locked].is_exportable = True
    drafts.save(locked, full_answer())
    warehouse.load(server)
    assert fetched(server) == [locked]
    assert len(warehouse.of(locked, "nodes")["nodes"]) == 7


def test_a_document_that_nobody_foresaw_is_skipped_until_it_changes_and_the_others_are_loaded(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation
) -> None:
    server.script(rf"/v1/files/{HOME}\?", HttpAnswer(200, too_deep_answer(), {"content-type": "application/json"}))
    warehouse.load(server)
    assert server.spent[1] == 2
    unreadable = [("documents", HOME, "skipped", "unreadable"), ("documents", SHOP, "loaded", None)]
    assert warehouse.last_outcomes("documents") == unreadable
    (said,) = warehouse.query("select detail from outcomes where reason = 'unreadable'")
    assert said["detail"].startswith("RecursionError (")
    assert len(warehouse.of(SHOP, "nodes")["nodes"]) == 7
    warehouse.load(server)
    assert fetched(server) == []
    drafts.save(HOME, full_answer())
    warehouse.load(server)
    assert fetched(server) == [HOME]
    assert len(warehouse.of(HOME, "nodes")["nodes"]) == 7


def test_what_an_older_flattening_could_not_read_is_asked_for_again(server: Server, warehouse: Warehouse) -> None:
    server.script(rf"/v1/files/{HOME}\?", HttpAnswer(200, too_deep_answer(), {"content-type": "application/json"}))
    warehouse.load(server)
    with duckdb.connect(str(warehouse.database)) as connection:
        connection.execute("update figma.outcomes set detail = replace(detail, 'version 1', 'version 0')")
    warehouse.load(server)
    assert fetched(server) == [HOME]
    assert len(warehouse.of(HOME, "nodes")["nodes"]) == 7


def test_a_disk_that_is_full_still_ends_the_run() -> None:
    with pytest.raises(OSError, match="No space left"), skip_file_on_error(HOME):
        raise OSError(errno.ENOSPC, "No space left on device")


ODD_TEXT = HttpAnswer(403, b'{"status":403,"err":"no \\ud83d"}', {"content-type": "application/json"})


def test_half_an_emoji_in_figmas_words_costs_its_own_file_only(server: Server, warehouse: Warehouse) -> None:
    server.script(rf"/v1/files/{HOME}\?", ODD_TEXT)
    warehouse.load(server)
    assert warehouse.last_outcomes("documents") == [
        ("documents", HOME, "skipped", "no_access"),
        ("documents", SHOP, "loaded", None),
    ]
    assert [row["detail"] for row in warehouse.query("select detail from outcomes where reason = 'no_access'")] == [
        "no ?"
    ]


def refuse(server: Server, key: str, status: int, words: str) -> None:
    """Let Figma refuse a file once."""
    body = json.dumps({"status": status, "err": words}).encode()
    server.script(rf"/v1/files/{key}\?", HttpAnswer(status, body, {"content-type": "application/json"}))


def refusing(server: Server, warehouse: Warehouse, status: int, words: str) -> None:
    """Load once while Figma refuses one file."""
    refuse(server, HOME, status, words)
    warehouse.load(server)


def refused_days_ago(warehouse: Warehouse, days: float) -> None:
    with duckdb.connect(str(warehouse.database)) as connection:
        connection.execute(f"update figma.outcomes set finished_at = now() - interval '{days} days'")


REFUSALS = {
    (403, "Not allowed"): True,
    (403, "Not available on your plan"): True,
    (404, "Not found"): True,
    (403, "File not exportable"): False,
    (400, "File type not supported by this endpoint"): False,
    (400, "Bad request"): False,
}


def test_what_can_be_allowed_without_an_edit_is_asked_for_again_a_week_after_it_was_refused(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation
) -> None:
    keys = {refusal: key_of(f"refused-{number}-") for number, refusal in enumerate(REFUSALS)}
    for (status, words), key in keys.items():
        drafts.add(key)
        refuse(server, key, status, words)
    allowed = sorted(keys[refusal] for refusal, is_asked in REFUSALS.items() if is_asked)
    warehouse.load(server)
    assert fetched(server) == sorted([HOME, SHOP, *keys.values()])
    refused_days_ago(warehouse, 6.9)
    warehouse.load(server)
    assert fetched(server) == []
    # what is remembered keeps its time: the run in between does not put it off
    (oldest,) = warehouse.query("select min(finished_at) = max(finished_at) as kept from outcomes where reason <> ''")
    assert oldest["kept"]
    refused_days_ago(warehouse, 7.1)
    warehouse.load(server)
    assert fetched(server) == allowed
    documents = {row["file_key"] for row in warehouse.tables("documents")["documents"]}
    assert documents == {HOME, SHOP, *allowed}


def test_a_refresh_that_is_to_ask_again_asks_for_all_that_was_refused(
    server: Server, api: FigmaClient, warehouse: Warehouse
) -> None:
    refusing(server, warehouse, 403, "File not exportable")
    known = read_stored_state(warehouse.pipeline())
    plans = [Refresh(api, Scope(teams=(TEAM.id,)), known, asks_again=again).plan for again in (False, True)]
    assert [[ref.key for ref in plan.changed] for plan in plans] == [[], [HOME]]


def test_what_was_refused_while_the_clock_was_ahead_is_asked_for_now(
    server: Server, api: FigmaClient, warehouse: Warehouse
) -> None:
    refusing(server, warehouse, 403, "Not allowed")
    refused_days_ago(warehouse, -4000)
    plan = Refresh(api, Scope(teams=(TEAM.id,)), read_stored_state(warehouse.pipeline())).plan
    assert [ref.key for ref in plan.changed] == [HOME]


def test_a_refused_document_costs_its_own_file_only(server: Server, warehouse: Warehouse) -> None:
    server.script(rf"/v1/files/{HOME}\?", NOT_FOUND)
    warehouse.load(server)
    assert warehouse.last_outcomes("documents") == [
        ("documents", HOME, "skipped", "not_found"),
        ("documents", SHOP, "loaded", None),
    ]
    assert {row["file_key"] for row in warehouse.tables("nodes")["nodes"]} == {SHOP}


def test_a_budget_used_up_for_days_puts_files_off_and_loads_the_rest(
    server: Server, loaded: Warehouse, drafts: InMemoryOrganisation
) -> None:
    others = [key_of(f"other-{number}-") for number in range(2 * DOWNLOADS)]
    drafts.publish("styles", "Red")
    for key in others:
        drafts.add(key, OTHER)
    for key in (HOME, SHOP):
        drafts.save(key, full_answer("Buy"))
    asked = "|".join([HOME, SHOP, *others])
    server.script(rf"/v1/files/({asked})\?", *[HttpAnswer(429, b"", {"Retry-After": "396156"})] * (len(others) + 2))
    loaded.load(server)
    # no more than were under way as the first was refused
    assert 1 <= server.spent[1] <= DOWNLOADS
    assert loaded.last_outcomes("documents") == [
        ("documents", key, "skipped", "rate_limited") for key in sorted([HOME, SHOP, *others])
    ]
    put_off = loaded.query("select retry_at from outcomes where reason = 'rate_limited'")
    assert [row["retry_at"] is not None for row in put_off] == [True] * (len(others) + 2)
    assert [row["name"] for row in loaded.tables("styles")["styles"]] == ["Red"]
    assert len(loaded.of(SHOP, "nodes")["nodes"]) == 7
    loaded.load(server)
    assert server.spent[1] == 0
    assert len(loaded.last_outcomes("documents")) == len(others) + 2


def test_of_files_that_are_put_off_nothing_stored_is_read(
    api: FigmaClient, loaded: Warehouse, drafts: InMemoryOrganisation
) -> None:
    for key in (HOME, SHOP):
        drafts.save(key, full_answer("Buy"))
    known, read = read_stored_state(loaded.pipeline()), []

    def noting(table: str, *columns: Any, **equal: Any) -> Any:
        read.append(table)
        return known.read(table, *columns, **equal)

    refresh = Refresh(api, Scope(teams=(TEAM.id,)), replace(known, read=noting))
    assert len(refresh.plan.changed) == 2
    api.stop.call("SIGTERM")
    assert [one.status for one in refresh.loads] == ["put_off"] * 2
    assert read == []


def test_layers_are_read_where_content_differs_only(
    api: FigmaClient, loaded: Warehouse, drafts: InMemoryOrganisation
) -> None:
    drafts.save(HOME, full_answer())
    drafts.save(SHOP, full_answer("Buy"))
    known, read = read_stored_state(loaded.pipeline()), []

    def noting(table: str, *columns: Any, **equal: Any) -> Any:
        read.append((table, equal["file_key"]))
        return known.read(table, *columns, **equal)

    refresh = Refresh(api, Scope(teams=(TEAM.id,)), replace(known, read=noting))
    assert [one.status for one in refresh.loads] == ["loaded"] * 2
    assert sorted(read) == [("file_versions", HOME), ("file_versions", SHOP), ("nodes", SHOP)]


def test_a_warehouse_that_cannot_be_read_ends_the_run_and_costs_no_file(
    api: FigmaClient, loaded: Warehouse, drafts: InMemoryOrganisation
) -> None:
    drafts.save(HOME, full_answer("Buy"))
    refresh = Refresh(api, Scope(teams=(TEAM.id,)), read_stored_state(loaded.pipeline()))
    assert len(refresh.plan.changed) == 1
    with duckdb.connect(str(loaded.database)) as connection:
        connection.execute("alter table figma.nodes drop column definition_id")
    with pytest.raises(NotRead):
        list(refresh.loads)


def test_a_history_that_could_not_be_had_is_caught_up_with_no_document(server: Server, warehouse: Warehouse) -> None:
    server.script(f"/v1/files/{HOME}/versions", HttpAnswer(403, b'{"status":403,"err":"Invalid scope(s): [a]"}'))
    warehouse.load(server)
    assert ("file_versions", HOME, "skipped", "missing_scope") in warehouse.last_outcomes("file_versions")
    assert warehouse.of(HOME, "file_versions", "documents")["file_versions"] == []
    warehouse.load(server)
    assert server.spent[1] == 0
    assert len(warehouse.of(HOME, "file_versions")["file_versions"]) == 1


def test_a_token_without_the_scope_of_histories_costs_one_request_a_run(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation
) -> None:
    keys = [HOME, SHOP, *(key_of(f"file{number:02}") for number in range(10))]
    for key in keys[2:]:
        drafts.add(key)
    words = "Invalid scope(s): [a]. This endpoint requires the file_versions:read scope"
    server.script("/versions", *[HttpAnswer(403, json.dumps({"status": 403, "err": words}).encode())] * 2)
    for _ in range(2):
        warehouse.load(server)
        assert sum(request.path.endswith("/versions") for request in server.requests) == 1
        assert warehouse.last_outcomes("file_versions") == [
            ("file_versions", key, "skipped", "missing_scope") for key in sorted(keys)
        ]
    said = warehouse.query("select item_id, detail from outcomes where reason = 'missing_scope'")
    assert all(f"/v1/files/{row['item_id']}/versions needs file_versions:read" in row["detail"] for row in said)
    assert warehouse.query("select count(*) as documents from documents") == [{"documents": 12}]
    warehouse.load(server)
    assert sum(request.path.endswith("/versions") for request in server.requests) == 12
    assert warehouse.query("select count(distinct file_key) as files from file_versions") == [{"files": 12}]


def test_published_things_keep_when_they_were_first_seen_and_when_they_went(
    server: Server, loaded: Warehouse, drafts: InMemoryOrganisation
) -> None:
    drafts.publish("styles", "Red")
    drafts.publish("styles", "Blue")
    loaded.load(server)
    first = {row["name"]: row["first_seen_at"] for row in loaded.tables("styles")["styles"]}
    drafts.unpublish("styles", "Blue")
    loaded.load(server)
    rows = {row["name"]: row for row in loaded.tables("styles")["styles"]}
    assert {name: row["first_seen_at"] for name, row in rows.items()} == first
    assert rows["Red"]["removed_at"] is None
    assert rows["Blue"]["removed_at"] > first["Blue"]


def test_a_list_that_gives_its_first_page_again_removes_nothing(server: Server, warehouse: Warehouse) -> None:
    def page(*names: str, after: int | None = None) -> HttpAnswer:
        things = [{"key": name, "file_key": HOME, "node_id": "1:2", "name": name} for name in names]
        meta = {"components": things, "cursor": {"after": after} if after else {}}
        return HttpAnswer(200, json.dumps({"status": 200, "error": False, "meta": meta}).encode())

    path = f"/v1/teams/{TEAM.id}/components"
    server.script(path, page("a", "b", after=2), page("c", "d"))
    warehouse.load(server, "components", "components_outcomes")
    before = warehouse.tables("components")
    assert [row["component_key"] for row in before["components"]] == ["a", "b", "c", "d"]
    server.script(path, page("a", "b", after=2), page("a", "b", after=2))
    warehouse.load(server, "components", "components_outcomes")
    assert warehouse.tables("components") == before
    assert warehouse.last_outcomes("components") == [("components", TEAM.id, "skipped", "bad_body")]


def test_components_alone_are_asked_for_alone(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation
) -> None:
    drafts.publish("components", "Button")
    warehouse.load(server, "components")
    assert (fetched(server), looked_at(server)) == ([], [])
    assert [request.path for request in server.requests if request.tier == 3] == [f"/v1/teams/{TEAM.id}/components"]
    assert [row["name"] for row in warehouse.tables("components")["components"]] == ["Button"]
    assert not any(warehouse.tables(*CONTENT, "files", "styles").values())


def test_the_listing_alone_asks_for_no_document_and_no_library(server: Server, warehouse: Warehouse) -> None:
    warehouse.load(server, "teams", "folders", "files")
    assert server.spent == {1: 0, 2: 9, 3: 0}
    assert [row["file_key"] for row in warehouse.tables("files")["files"]] == sorted([HOME, SHOP])


def test_the_database_is_the_state_without_the_working_folder_nothing_is_fetched_again(
    server: Server, loaded: Warehouse
) -> None:
    before = loaded.tables(*CONTENT, *LISTED)
    moved = Warehouse(loaded.folder / "elsewhere")
    moved.folder.mkdir()
    loaded.database.rename(moved.database)
    moved.load(server)
    assert server.spent[1] == 0
    assert moved.tables(*CONTENT, *LISTED) == before


def test_without_the_database_everything_is_fetched_again(server: Server, loaded: Warehouse) -> None:
    counts = {name: len(rows) for name, rows in loaded.tables(*CONTENT).items()}
    loaded.database.unlink()
    loaded.load(server)
    assert fetched(server) == [HOME, SHOP]
    assert {name: len(rows) for name, rows in loaded.tables(*CONTENT).items()} == counts


def causes(error: BaseException | None) -> Iterator[type]:
    while error:
        yield type(error)
        error = error.__cause__ or error.__context__


def test_an_invalid_token_fails_the_run(warehouse: Warehouse, server: Server, drafts: InMemoryOrganisation) -> None:
    server.script("/v2/teams", HttpAnswer(403, b'{"status":403,"err":"Invalid token"}'))
    with pytest.raises(PipelineStepFailed) as raised:
        warehouse.load(server)
    assert TokenRefused in causes(raised.value)
    assert drafts.token not in str(raised.value)


def test_an_api_that_is_not_there_fails_the_run(warehouse: Warehouse) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        base_url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    refresh = Refresh(FigmaClient("figd_x", base_url, backoff=0.01), Scope(teams=(TEAM.id,)))
    with pytest.raises(PipelineStepFailed) as raised:
        warehouse.pipeline().run(figma_refresh(refresh))
    assert Unreachable in causes(raised.value)


def test_the_token_is_stored_nowhere(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__FIGMA__FIGMA_TOKEN", drafts.token)
    server.script(f"/v1/files/{HOME}/versions", HttpAnswer(403, b'{"status":403,"err":"Invalid scope(s): [a]"}'))
    server.script(rf"/v1/files/{SHOP}\?", HttpAnswer(403, b'{"status":403,"err":"File not exportable"}'))
    server.reset_requests()
    warehouse.pipeline().run(figma(base_url=server.base_url, teams=[TEAM.id], folders=[], files=[]))
    assert fetched(server) == [HOME, SHOP]
    names = [row["table_name"] for row in warehouse.query("select table_name from duckdb_tables()")]
    stored = repr(warehouse.tables(*names))
    assert drafts.token not in stored
    files = [path for path in warehouse.folder.rglob("*") if path.is_file()]
    assert len(files) > 5
    assert [path.name for path in files if drafts.token.encode() in path.read_bytes()] == []


@dataclass
class Weekly:
    """One load of the sample organisation: what was listed before and after, asked for, and stored."""

    truth: Truth
    listed: dict[str, str]
    fetched: list[str] = field(default_factory=list)
    looked_at: list[str] = field(default_factory=list)
    digests: dict[str, Row] = field(default_factory=dict)
    node_files: frozenset[str] = frozenset()
    nodes: dict[str, int] = field(default_factory=dict)


@dataclass
class Story:
    warehouse: Warehouse
    weeks: list[Weekly]
    org: SampleOrganisation


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Weeks 20, 20 again and 26 of the sample organisation, loaded one after the other."""
    warehouse = Warehouse(tmp_path_factory.mktemp("story"))
    org = sample_organisation(20)
    weeks: list[Weekly] = []
    with serve(org) as server:
        for step in (0, 0, 6):
            org.advance(step)
            week = Weekly(org.truth(), list_over_http(server))
            warehouse.load(server)
            week.fetched, week.looked_at = fetched(server), looked_at(server)
            week.digests = warehouse.digests(*CONTENT, *LISTED)
            counts = warehouse.query("select file_key, count(*) as nodes from nodes group by file_key")
            week.nodes = {row["file_key"]: row["nodes"] for row in counts}
            weeks.append(week)
        yield Story(warehouse, weeks, org)


def unreadable(truth: Truth) -> set[str]:
    return {key for key, file in truth.files.items() if not file.readable}


def test_the_first_week_asks_for_every_listed_file_once(story: Story) -> None:
    assert story.weeks[0].fetched == sorted(story.weeks[0].listed)


def test_the_same_week_again_asks_for_nothing_and_changes_no_table(story: Story) -> None:
    first, again = story.weeks[:2]
    assert again.fetched == again.looked_at == []
    assert again.digests == first.digests


def test_each_later_week_asks_for_exactly_the_files_that_the_listing_shows_as_changed(story: Story) -> None:
    for before, week in zip(story.weeks[1:], story.weeks[2:], strict=False):
        changed = {key for key, at in week.listed.items() if before.listed.get(key) != at}
        assert changed
        assert week.fetched == sorted(changed)
        assert set(week.looked_at) == before.listed.keys() - week.listed.keys()


def test_some_week_had_a_deleted_an_emptied_and_a_silently_edited_file(story: Story) -> None:
    last = story.weeks[-1].truth
    assert last.removed_files
    assert any(file.nodes == 1 + file.pages for file in last.files.values() if file.readable)
    versions = Counter((key, version) for key, version, _ in last.node_counts)
    assert max(versions.values()) > 1


def test_after_every_week_the_nodes_are_those_of_the_files_there_are(story: Story) -> None:
    for week in story.weeks:
        assert week.nodes == {key: file.nodes for key, file in week.truth.files.items() if file.readable}


def test_every_loaded_state_has_the_node_count_of_the_truth(story: Story) -> None:
    rows = story.warehouse.query("select file_key, version, last_modified_at, nodes from file_snapshots")
    counts = {(row["file_key"], row["version"], row["last_modified_at"]): row["nodes"] for row in rows}
    truth = story.weeks[-1].truth.node_counts
    assert counts == {state: truth[state] for state in counts}
    expected: set[tuple[str, str, datetime]] = set()
    for week in story.weeks:
        files = week.truth.files.items()
        expected |= {(key, file.version, file.last_modified) for key, file in files if file.readable}
    assert counts.keys() == expected


def test_the_counts_of_every_present_file_equal_the_truth(story: Story) -> None:
    columns = ("nodes", "pages", "visible_nodes", "instances", "component_definitions", "text_nodes")
    rows = story.warehouse.query(
        "select snapshots.* from file_snapshots as snapshots join documents using (file_key, version, last_modified_at)"
    )
    assert {row["file_key"]: tuple(row[name] for name in columns) for row in rows} == {
        key: tuple(getattr(file, name) for name in columns)
        for key, file in story.weeks[-1].truth.files.items()
        if file.readable
    }


def test_the_usage_of_every_component_in_every_present_file_equals_the_truth(story: Story) -> None:
    columns = ("instances", "direct", "nested", "in_definitions", "hidden", "usages")
    rows = story.warehouse.query(
        "select used.*, components.file_key as home from snapshot_components as used"
        " join documents using (file_key, version, last_modified_at)"
        " join files on files.file_key = used.file_key and files.main_file_key is null"
        " left join components on components.component_key = used.component_key and components.removed_at is null"
    )
    truth = story.weeks[-1].truth.component_usage
    found = {(row["component_key"], row["file_key"]): tuple(row[name] for name in columns) for row in rows}
    assert found == {place: tuple(getattr(counts, name) for name in columns) for place, counts in truth.items()}
    away = [row for row in rows if row["home"] != row["file_key"]]
    assert {(row["component_key"], row["file_key"]): row["direct_visible"] for row in away} == {
        place: truth[place].placements for place in ((row["component_key"], row["file_key"]) for row in away)
    }


def test_the_references_to_every_style_in_every_present_file_equal_the_truth(story: Story) -> None:
    rows = story.warehouse.query(
        "select used.* from snapshot_styles as used"
        " join documents using (file_key, version, last_modified_at)"
        " join files on files.file_key = used.file_key and files.main_file_key is null"
    )
    found = {(row["style_key"], row["file_key"]): (row["references"], row["references_visible"]) for row in rows}
    expected: dict[tuple[str, str], tuple[int, int]] = {}
    for (style_key, file_key, _), counts in story.weeks[-1].truth.style_usage.items():
        references, visible = expected.get((style_key, file_key), (0, 0))
        expected[style_key, file_key] = (references + counts.references, visible + counts.visible)
    assert found == expected


def test_what_is_published_at_the_end_is_what_is_not_removed(story: Story) -> None:
    rows = story.warehouse.query("select component_key, removed_at from components")
    there = {row["component_key"] for row in rows if row["removed_at"] is None}
    assert there == story.weeks[-1].truth.published_components
    ever = {key for week in story.weeks for key in week.truth.published_components}
    assert {row["component_key"] for row in rows} == ever


def test_files_that_cannot_be_read_are_listed_and_said_to_be_skipped(story: Story) -> None:
    missing = unreadable(story.weeks[-1].truth)
    assert len(missing) == 2
    assert {
        (item, reason) for _, item, status, reason in story.warehouse.last_outcomes("documents") if status == "skipped"
    } == {
        (key, "unsupported_type" if "review" in story.weeks[-1].truth.files[key].name else "not_exportable")
        for key in missing
    }
