"""Loads with pictures of the sample organisation's libraries: what is asked for, what is kept, and what may fail."""

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
from figma_warehouse.job.load import Follow, load
from figma_warehouse.job.run_report import LoadReport
from figma_warehouse.job.unused_assets import remove_unused_assets
from figma_warehouse.sandbox import HttpAnswer, SampleOrganisation, Server, serve
from figma_warehouse.settings import FigmaSettings
from figma_warehouse.source.api.client import TRIES
from figma_warehouse.source.api.stop import Stop
from figma_warehouse.source.schema import TABLES
from figma_warehouse.terminal.report import print_load
from tests.conftest import settings_for

NODES_A_REQUEST = 50

Place = tuple[str, str]
Rows = dict[Place, dict[str, Any]]


class Library:
    """The files that publish something, served, and how many requests of each kind a load of them took."""

    def __init__(self, server: Server, organisation: SampleOrganisation, data: DataDir) -> None:
        self.server, self.organisation, self.data = server, organisation, data
        self.report = LoadReport()

    def load(
        self,
        images: str = "components",
        follow: Follow = lambda *_: None,
        stop: Stop | None = None,
        *,
        asks_again: bool = False,
    ) -> Counter[str]:
        self.server.reset_requests()
        settings = self._settings(images)
        settings.ask_again = asks_again
        self.report = load(settings, self.data, follow, stop)
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
    """A data folder after a first load with renders, and what it asked for; nobody writes to it."""
    data = DataDir(tmp_path_factory.mktemp("pictured") / "data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
        organisation = SampleOrganisation(seed=7, weeks=26, week=21)
        with serve(organisation) as server:
            yield data, Library(server, organisation, data).load()


@pytest.fixture
def library(
    first: tuple[DataDir, Counter[str]], data: DataDir, server: Server, organisation: SampleOrganisation
) -> Library:
    """The libraries in the week of the first load, and a copy of its data folder."""
    shutil.copytree(first[0].root, data.root)
    return Library(server, organisation, data)


def test_a_first_load_asks_once_for_fifty_nodes_and_keeps_each_picture_under_its_hash(
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


def test_a_second_load_asks_for_no_picture_and_changes_none(library: Library) -> None:
    before, kept = library.rows(), _names_in(library.data.assets)

    again = library.load()

    assert (again["renders"], again["fills"], again["downloads"]) == (0, 0, 0)
    assert library.rows() == before
    assert _names_in(library.data.assets) == kept


def test_a_week_later_only_what_was_published_since_is_drawn(library: Library) -> None:
    before, rows = library.published(), library.rows()
    library.organisation.advance()
    after = library.published()
    moved = {place for place, at in after.items() if before.get(place) != at}

    asked = library.load()

    assert 0 < len(moved) < NODES_A_REQUEST
    assert (asked["renders"], asked["downloads"]) == (1, len(moved))
    assert _drawn_since(rows, library.rows()) == moved


def test_pictures_that_fail_leave_the_exit_code_and_the_other_pictures_alone(library: Library) -> None:
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


def test_renders_that_figma_puts_off_for_days_are_told_of_and_leave_the_documents_alone(library: Library) -> None:
    library.organisation.advance()
    late = HttpAnswer(429, b'{"status":429,"err":"Slow down"}', {"Retry-After": "400000"})
    library.server.script("/v1/images/", late)

    asked = [library.load()["renders"] for _ in range(2)]

    print_load(Console(file=(said := StringIO()), width=200), library.report)
    assert asked == [1, 0]
    assert (library.report.exit_code, library.report.outcome, library.report.pictures_put_off) == (3, "partial", 1)
    assert (library.report.message or "").startswith("Tier 1 is used up until ")
    lines = said.getvalue().splitlines()
    assert lines[-2:] == [
        "Some pictures wait; the next run goes on from here.",
        "A run before then spends nothing of that tier.",
    ]
    assert lines[-3].startswith("Tier 1 is used up until ")


def test_pictures_that_were_refused_are_asked_for_at_once_where_that_is_asked_for(library: Library) -> None:
    before = library.published()
    library.organisation.advance()
    moved = {place for place, at in library.published().items() if before.get(place) != at}
    files = {file_key for file_key, _ in moved}
    for file_key in files:
        refusal = HttpAnswer(403, b'{"status":403,"err":"File not exportable"}')
        library.server.script(f"/v1/images/{file_key}", refusal)

    asked = [library.load(asks_again=again)["renders"] for again in (False, False, True)]

    assert asked == [len(files), 0, len(files)]


def test_a_load_that_is_ended_among_pictures_says_so_and_the_next_fetches_those_left(
    data: DataDir, server: Server, organisation: SampleOrganisation
) -> None:
    library, stop = Library(server, organisation, data), Stop()

    library.load(follow=lambda event, _: stop.trigger("SIGTERM") if event == "pictures" else None, stop=stop)

    print_load(Console(file=(said := StringIO()), width=200), library.report)
    assert (library.report.exit_code, library.report.outcome, library.report.files_put_off) == (3, "partial", 0)
    assert library.report.pictures_put_off > 0
    assert "Ended early (SIGTERM): some pictures wait; the next run goes on from here." in said.getvalue()

    library.load()

    assert (library.report.exit_code, library.report.pictures_put_off) == (0, 0)
    assert library.rows().keys() == library.published().keys()


def test_a_limit_of_minutes_ends_the_pictures_too(library: Library) -> None:
    stop = Stop(max_minutes=60)

    def follow(event: str, _: object) -> None:
        if event == "listed":
            stop.max_minutes = 0

    asked = library.load("thumbnails", follow, stop)

    assert asked["downloads"] == 0
    # one word a file
    assert library.report.pictures_put_off == len({file_key for file_key, _ in library.published()})
    assert (library.report.exit_code, library.report.why_stopped) == (3, "the limit of 0 minutes")
    assert library.load("thumbnails")["downloads"] == len(library.published())


def test_a_limit_of_requests_that_is_just_met_leaves_the_downloads_alone(library: Library) -> None:
    stop = Stop(max_requests=10**6)

    def follow(event: str, refresh: Any) -> None:
        if event == "listed":
            stop.max_requests = refresh.api.meter.total

    assert library.load("thumbnails", follow, stop)["downloads"] == len(library.published())
    assert library.report.exit_code == 0


def test_a_folder_that_cannot_be_written_to_costs_the_pictures_alone_and_is_told_once(
    data: DataDir, server: Server, organisation: SampleOrganisation, caplog: pytest.LogCaptureFixture
) -> None:
    library = Library(server, organisation, data)
    data.make()
    data.assets.write_text("no folder")

    asked = library.load()

    assert library.report.files_loaded > 0
    assert (library.report.exit_code, library.report.outcome, library.report.pictures_put_off) == (3, "partial", 1)
    assert (asked["renders"], len(library.rows())) == (1, 0)
    with duckdb.connect(str(data.build), read_only=True) as connection:
        told = connection.sql("select detail from figma.outcomes where reason = 'put_off'").fetchall()
    lines = [record.getMessage() for record in caplog.records if "Pictures cannot be kept" in record.getMessage()]
    assert [(line,) for line in lines] == told
    assert len(lines) == 1
    assert str(data.assets) in lines[0]
    assert "set assets under [sources.figma]" in lines[0]

    data.assets.unlink()
    library.load()

    assert (library.report.exit_code, library.report.files_loaded) == (0, 0)
    assert library.rows().keys() == library.published().keys()


def test_only_old_pictures_that_no_row_refers_to_are_removed(library: Library) -> None:
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
