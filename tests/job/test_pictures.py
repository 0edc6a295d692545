"""Loads with pictures of the sample organisation's libraries: requests, stored files and failures."""

import hashlib
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from io import StringIO
from math import ceil
from pathlib import Path
from typing import Any

import duckdb
import pytest
from rich.console import Console

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.events import NO_EVENTS, NoEvents, RunEvents
from figma_warehouse.job.load import load
from figma_warehouse.job.run_report import LoadReport
from figma_warehouse.job.unused_assets import remove_unused_assets
from figma_warehouse.sandbox import HttpAnswer, SampleOrganisation, Server, serve
from figma_warehouse.settings import FigmaSettings
from figma_warehouse.source.api.client import TRIES
from figma_warehouse.source.api.stop import Stop
from figma_warehouse.source.refresh import Refresh
from figma_warehouse.source.schema import TABLES
from figma_warehouse.terminal.print_run import print_load
from tests.conftest import settings_for
from tests.fixtures.sample_organisations import sample_organisation

pytestmark = pytest.mark.slow

NODES_A_REQUEST = 50

Place = tuple[str, str]
Rows = dict[Place, dict[str, Any]]


class Library:
    """The served files that publish something, and the number of requests of each kind that a load took."""

    def __init__(self, server: Server, organisation: SampleOrganisation, data: DataDir) -> None:
        self.server, self.organisation, self.data = server, organisation, data
        self.report = LoadReport()

    def load(
        self,
        images: str = "components",
        events: RunEvents = NO_EVENTS,
        stop: Stop | None = None,
        *,
        asks_again: bool = False,
    ) -> Counter[str]:
        self.server.reset_requests()
        settings = self._settings(images)
        settings.ask_again = asks_again
        self.report = load(settings, self.data, events, stop)
        return Counter(_kind_of(request.path) for request in self.server.requests)

    def published(self) -> dict[Place, str]:
        """When each component and set that is published now was published, by its file and node."""
        rows = [one.row for kind in ("components", "component_sets") for one in self.organisation.published(kind)]
        return {(row["file_key"], row["node_id"]): row["updated_at"] for row in rows}

    def rows(self) -> Rows:
        with duckdb.connect(str(self.data.build), read_only=True) as connection:
            found: list[dict[str, Any]] = connection.sql("select * from figma.images").to_arrow_table().to_pylist()
        return {(row["file_key"], row["node_id"]): row for row in found}

    def _settings(self, images: str) -> FigmaSettings:
        settings = settings_for(self.server, self.organisation)
        settings.teams, settings.files = None, sorted({file_key for file_key, _ in self.published()})
        settings.images = images
        return settings


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DataDir, Counter[str]]]:
    """A data folder after a first load with renders, and its requests. It must not be changed."""
    data = DataDir(tmp_path_factory.mktemp("pictured") / "data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
        organisation = sample_organisation(21)
        with serve(organisation) as server:
            yield data, Library(server, organisation, data).load()


@pytest.fixture
def library(
    first: tuple[DataDir, Counter[str]], data: DataDir, server: Server, organisation: SampleOrganisation
) -> Library:
    """The libraries in the week of the first load, and a copy of its data folder."""
    shutil.copytree(first[0].root, data.root)
    return Library(server, organisation, data)


def test_a_first_load_renders_fifty_nodes_per_request_and_names_pictures_by_hash(
    first: tuple[DataDir, Counter[str]], library: Library
) -> None:
    files = Counter(file_key for file_key, _ in library.published())
    asked = first[1]
    assert asked["renders"] == sum(ceil(nodes / NODES_A_REQUEST) for nodes in files.values())
    assert asked["downloads"] == files.total()

    rows = library.rows()
    assert rows.keys() == library.published().keys()
    kept = {path.name: path.read_bytes() for path in library.data.assets.iterdir()}
    assert kept.keys() == {f"{row['sha256']}.{row['format']}" for row in rows.values()}
    assert all(hashlib.sha256(body).hexdigest() == name.partition(".")[0] for name, body in kept.items())
    assert {row["bytes"] - len(kept[f"{row['sha256']}.png"]) for row in rows.values()} == {0}


def test_no_table_holds_an_address_of_a_picture_or_the_token(library: Library) -> None:
    library.load("thumbnails")  # whose addresses come with the lists
    assert {row["kind"] for row in library.rows().values()} == {"thumbnail"}

    with duckdb.connect(str(library.data.build), read_only=True) as connection:
        found = [
            (table, row)
            for table in TABLES
            for row in connection.sql(f"select * from figma.{table}").fetchall()
            for words in (library.organisation.token, library.server.base_url, "/sandbox/pictures", "X-Amz")
            if words in str(row)
        ]
    assert found == []


def test_a_second_load_requests_no_picture_and_changes_none(library: Library) -> None:
    before, kept = library.rows(), _names_in(library.data.assets)

    again = library.load()

    assert (again["renders"], again["fills"], again["downloads"]) == (0, 0, 0)
    assert library.rows() == before
    assert _names_in(library.data.assets) == kept


def test_a_week_later_only_newly_published_nodes_are_rendered(library: Library) -> None:
    before, rows = library.published(), library.rows()
    library.organisation.advance()
    after = library.published()
    moved = {place for place, at in after.items() if before.get(place) != at}

    asked = library.load()

    assert 0 < len(moved) < NODES_A_REQUEST
    assert (asked["renders"], asked["downloads"]) == (1, len(moved))
    assert _drawn_since(rows, library.rows()) == moved


def test_failed_pictures_change_neither_the_exit_code_nor_other_pictures(library: Library) -> None:
    before, rows = library.published(), library.rows()
    library.organisation.advance()
    moved = {place for place, at in library.published().items() if before.get(place) != at}
    lost = min(moved)
    library.server.script(f"/v1/images/{lost[0]}", *[HttpAnswer(503)] * TRIES)
    library.server.script(f"/sandbox/pictures/{lost[0]}/{lost[1]}\\.", *[HttpAnswer(503)] * TRIES)

    asked = library.load()

    assert (library.report.exit_code, asked["renders"], asked["downloads"]) == (0, TRIES, 0)
    assert _drawn_at(library.rows()) == _drawn_at(rows)

    asked = library.load()

    assert (library.report.exit_code, asked["renders"], asked["downloads"]) == (0, 1, len(moved) - 1 + TRIES)
    assert _drawn_since(rows, library.rows()) == moved - {lost}


def test_renders_that_figma_defers_for_days_are_reported(library: Library) -> None:
    library.organisation.advance()
    late = HttpAnswer(429, b'{"status":429,"err":"Slow down"}', {"Retry-After": "400000"})
    library.server.script("/v1/images/", late)

    asked = [library.load()["renders"] for _ in range(2)]

    print_load(Console(file=(said := StringIO()), width=200), library.report)
    assert asked == [1, 0]
    assert (library.report.exit_code, library.report.outcome, library.report.pictures_deferred) == (3, "partial", 1)
    assert (library.report.message or "").startswith("Tier 1 is used up until ")
    lines = said.getvalue().splitlines()
    assert lines[-2:] == [
        "Until then, runs send no request of that tier.",
        "Some pictures are deferred; the next run continues.",
    ]
    assert lines[-3].startswith("Tier 1 is used up until ")


def test_refused_pictures_are_requested_at_once_with_ask_again(library: Library) -> None:
    before = library.published()
    library.organisation.advance()
    moved = {place for place, at in library.published().items() if before.get(place) != at}
    files = {file_key for file_key, _ in moved}
    for file_key in files:
        refusal = HttpAnswer(403, b'{"status":403,"err":"File not exportable"}')
        library.server.script(f"/v1/images/{file_key}", refusal)

    asked = [library.load(asks_again=again)["renders"] for again in (False, False, True)]

    assert asked == [len(files), 0, len(files)]


def test_a_load_that_stops_among_pictures_is_reported_and_the_next_one_fetches_the_rest(
    data: DataDir, server: Server, organisation: SampleOrganisation
) -> None:
    library, stop = Library(server, organisation, data), Stop()

    class Terminated(NoEvents):
        def pictures_stored(self, count: int) -> None:  # noqa: ARG002
            stop.trigger("SIGTERM")

    library.load(events=Terminated(), stop=stop)

    print_load(Console(file=(said := StringIO()), width=200), library.report)
    assert (library.report.exit_code, library.report.outcome, library.report.files_deferred) == (3, "partial", 0)
    assert library.report.pictures_deferred > 0
    assert "Ended early (SIGTERM): some pictures are deferred; the next run continues." in said.getvalue()

    library.load()

    assert (library.report.exit_code, library.report.pictures_deferred) == (0, 0)
    assert library.rows().keys() == library.published().keys()


def test_a_limit_of_minutes_ends_the_pictures_as_well(library: Library) -> None:
    stop = Stop(max_minutes=60)

    class TimeIsUp(NoEvents):
        def listed(self, refresh: Refresh) -> None:  # noqa: ARG002
            stop.max_minutes = 0

    asked = library.load("thumbnails", TimeIsUp(), stop)

    assert asked["downloads"] == 0
    # one outcome per file
    assert library.report.pictures_deferred == len({file_key for file_key, _ in library.published()})
    assert (library.report.exit_code, library.report.stop_reason) == (3, "the limit of 0 minutes")
    assert library.load("thumbnails")["downloads"] == len(library.published())


def test_a_limit_of_requests_that_is_just_reached_allows_the_downloads(library: Library) -> None:
    stop = Stop(max_requests=10**6)

    class LimitReached(NoEvents):
        def listed(self, refresh: Refresh) -> None:
            stop.max_requests = refresh.api.meter.total

    assert library.load("thumbnails", LimitReached(), stop)["downloads"] == len(library.published())
    assert library.report.exit_code == 0


def test_an_unwritable_folder_defers_only_pictures_and_is_logged_once(
    data: DataDir, server: Server, organisation: SampleOrganisation, caplog: pytest.LogCaptureFixture
) -> None:
    library = Library(server, organisation, data)
    data.make()
    data.assets.write_text("no folder")

    asked = library.load()

    assert library.report.files_loaded > 0
    assert (library.report.exit_code, library.report.outcome, library.report.pictures_deferred) == (3, "partial", 1)
    assert (asked["renders"], len(library.rows())) == (1, 0)
    with duckdb.connect(str(data.build), read_only=True) as connection:
        told = connection.sql("select detail from figma.outcomes where reason = 'put_off'").fetchall()
    lines = [record.getMessage() for record in caplog.records if "Pictures cannot be stored" in record.getMessage()]
    assert [(line,) for line in lines] == told
    assert len(lines) == 1
    assert str(data.assets) in lines[0]
    assert "set assets under [sources.figma]" in lines[0]

    data.assets.unlink()
    library.load()

    assert (library.report.exit_code, library.report.files_loaded) == (0, 0)
    assert library.rows().keys() == library.published().keys()


def test_only_old_pictures_without_a_row_are_removed(library: Library) -> None:
    kept = _names_in(library.data.assets)
    young, old, published = (library.data.assets / f"{digit * 64}.png" for digit in "abc")
    for path in library.data.assets.iterdir():
        os.utime(path, (0, 0))
    for path in (young, old, published):
        path.write_bytes(b"")
    for path in (old, published):
        os.utime(path, (0, 0))
    shutil.copyfile(library.data.build, library.data.published)
    with duckdb.connect(str(library.data.published)) as connection:
        connection.execute("update figma.images set sha256 = repeat('c', 64)")

    assert remove_unused_assets(library.data) == 1

    assert _names_in(library.data.assets) == kept | {young.name, published.name}


def _drawn_at(rows: Rows) -> dict[Place, object]:
    return {place: row["rendered_at"] for place, row in rows.items()}


def _drawn_since(before: Rows, after: Rows) -> set[Place]:
    earlier = _drawn_at(before)
    return {place for place, at in _drawn_at(after).items() if earlier.get(place) != at}


def _names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def _kind_of(path: str) -> str:
    if path.startswith("/v1/images/"):
        return "renders"
    if path.startswith("/v1/files/") and path.endswith("/images"):
        return "fills"
    return "downloads" if path.startswith("/sandbox/pictures/") else "other"
