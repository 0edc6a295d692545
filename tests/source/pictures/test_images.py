"""Pictures in a refresh: stored before their rows, and only of what changed since."""

import errno
import hashlib
import json
import shutil
import threading
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import dlt
import duckdb
import fsspec
import pytest
import requests
from fsspec.implementations.memory import MemoryFileSystem

from figma_warehouse.sandbox import HttpAnswer, Server
from figma_warehouse.source.figma import figma
from figma_warehouse.source.pictures.picture_job import PARALLEL_DOWNLOADS
from tests.fixtures.in_memory_organisation import HOME, LIBRARY, SHOP, TEAM, InMemoryOrganisation

Json = dict[str, Any]
Row = dict[str, Any]
# what pictures go by, and no more: a load takes the longer the more tables it writes
LOADED = ("files", "documents", "nodes", "node_paints", "images", "image_fills", "picture_outcomes")
RED, BLUE = {"r": 1, "g": 0, "b": 0, "a": 1}, {"r": 0, "g": 0, "b": 1, "a": 1}
HIDDEN = "1:9"


def shape(node_id: str, x: float = 0, colour: Json = RED, **more: Any) -> Json:
    fill = {"type": "SOLID", "color": colour}
    box = {"x": x, "y": 0, "width": 40, "height": 20}
    return {"id": node_id, "type": "RECTANGLE", "name": node_id, "absoluteBoundingBox": box, "fills": [fill]} | more


def library(*components: Json) -> Json:
    page = {"id": "0:1", "type": "CANVAS", "name": "Page", "children": list(components)}
    document = {"id": "0:0", "type": "DOCUMENT", "name": "Document", "children": [page]}
    return {"document": document, "components": {}, "componentSets": {}, "styles": {}}


def component(node_id: str, x: float = 0, colour: Json = RED, **more: Any) -> Json:
    inner = shape(f"{node_id}1", x + 5, colour)
    return shape(node_id, x, type="COMPONENT", children=[inner], **more)


def photo(ref: str) -> Json:
    return library(shape("1:2", fills=[{"type": "IMAGE", "imageRef": ref, "scaleMode": "FILL"}]))


@dataclass
class Album:
    """A warehouse and its folder of assets."""

    folder: Path
    server: Server

    @property
    def assets(self) -> Path:
        return self.folder / "assets"

    def load(self, images: str = "components", *, fills: bool = False) -> Counter[str]:
        """Load once; how many requests of each kind the server counted."""
        self.server.reset_requests()
        pipeline = dlt.pipeline(
            "figma",
            destination=dlt.destinations.duckdb(str(self.folder / "build.duckdb")),
            dataset_name="figma",
            pipelines_dir=str(self.folder / "pipelines"),
        )
        org = self.server.org
        source = figma(
            figma_token=org.token,
            base_url=self.server.base_url,
            teams=org.team_ids,
            assets=str(self.assets),
            images=images,
            image_fills=fills,
        )
        pipeline.run(source.with_resources(*LOADED))
        return Counter(kind_of(request.path) for request in self.server.requests)

    def copied(self, folder: Path) -> "Album":
        """The same in another folder."""
        shutil.copytree(self.folder, folder)
        return Album(folder, self.server)

    def age(self, days: float) -> None:
        """Let all that was settled so far have been settled so many days ago."""
        with duckdb.connect(str(self.folder / "build.duckdb")) as connection:
            connection.execute(f"update figma.outcomes set finished_at = now() - interval '{days} days'")

    def rows(self, table: str = "images") -> dict[str, Row]:
        with duckdb.connect(str(self.folder / "build.duckdb"), read_only=True) as connection:
            found: list[Row] = connection.sql(f"select * from figma.{table}").to_arrow_table().to_pylist()
        return {row.get("node_id") or row["file_key"] + row["image_ref"]: row for row in found}

    def skipped(self) -> set[tuple[str, str, str]]:
        with duckdb.connect(str(self.folder / "build.duckdb"), read_only=True) as connection:
            return set(
                connection.sql(
                    "select resource, item_id, reason from figma.outcomes"
                    " where resource like 'image%' and status = 'skipped'"
                ).fetchall()
            )


class Narrow(MemoryFileSystem):  # type: ignore[misc]  # fsspec has no types
    """A store that is full once it holds so many objects."""

    protocol = "narrow"
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]
    one_at_a_time: ClassVar[threading.Lock] = threading.Lock()
    room = 0

    def pipe_file(self, path: str, value: bytes, **more: Any) -> None:
        with self.one_at_a_time:
            if len(self.store) >= self.room:
                raise OSError(errno.ENOSPC, "No space left on device")
            super().pipe_file(path, value, **more)


class NarrowAlbum(Album):
    """An album whose pictures go to such a store."""

    @property
    def assets(self) -> Any:
        return "narrow://assets"


def kind_of(path: str) -> str:
    if path.startswith("/v1/images/"):
        return "renders"
    if path.endswith("/images"):
        return "fills"
    return "downloads" if path.startswith("/sandbox/") else "other"


@dataclass
class Shelves:
    """Albums that nobody writes to: one without pictures, one with renders; and how many requests each took."""

    plain: Album
    plain_asked: Counter[str]
    pictured: Album
    pictured_asked: Counter[str]


def stock(drafts: InMemoryOrganisation) -> InMemoryOrganisation:
    """A library of two components and one that cannot be drawn, all published."""
    for key in (HOME, SHOP):
        drafts.save(key, library(shape("1:2")))
    hidden = component(HIDDEN, visible=False)
    drafts.add(LIBRARY, answer=library(component("1:2"), component("1:3", 100, BLUE), hidden))
    for name, node_id in (("Button", "1:2"), ("Card", "1:3"), ("Ghost", HIDDEN)):
        drafts.publish("components", name, node_id=node_id)
    return drafts


@pytest.fixture(scope="module")
def shelves(sandbox: Server, tmp_path_factory: pytest.TempPathFactory) -> Shelves:
    sandbox.org = stock(InMemoryOrganisation(HOME, SHOP))
    folder = tmp_path_factory.mktemp("shelves")
    plain = Album(folder / "plain", sandbox)
    plain_asked = plain.load("none")
    pictured = plain.copied(folder / "pictured")
    return Shelves(plain, plain_asked, pictured, pictured.load())


@pytest.fixture(autouse=True)
def shelf(server: Server, drafts: InMemoryOrganisation) -> InMemoryOrganisation:
    """The organisation as it was when the albums were loaded."""
    assert server.org is drafts
    return stock(drafts)


@pytest.fixture
def plain(shelves: Shelves, tmp_path: Path) -> Album:
    """Documents that are loaded, and no picture."""
    return shelves.plain.copied(tmp_path / "album")


@pytest.fixture
def pictured(shelves: Shelves, tmp_path: Path) -> Album:
    """Documents that are loaded, and renders of what they publish."""
    return shelves.pictured.copied(tmp_path / "album")


def test_what_is_published_is_rendered_stored_and_described_without_an_address(
    shelves: Shelves, pictured: Album, shelf: InMemoryOrganisation
) -> None:
    assert shelves.pictured_asked["renders"] == 1
    rows = pictured.rows()
    version = shelf.files_by_key[LIBRARY].saves[-1].version
    assert {(row["kind"], row["scale"], row["wanted_scale"], row["version"]) for row in rows.values()} == {
        ("render", 1.0, 1.0, version)
    }
    for node_id in ("1:2", "1:3"):
        row = rows[node_id]
        stored = (pictured.assets / f"{row['sha256']}.{row['format']}").read_bytes()
        assert hashlib.sha256(stored).hexdigest() == row["sha256"]
        assert (row["format"], row["width"], row["height"], row["bytes"]) == ("png", 40, 20, len(stored))
    assert rows[HIDDEN]["sha256"] is None
    assert pictured.skipped() == {("images", f"{LIBRARY}/{HIDDEN}", "not_renderable")}
    assert not [value for row in rows.values() for value in row.values() if "://" in str(value)]


def test_what_is_published_is_not_rendered_before_its_document_is_loaded(server: Server, tmp_path: Path) -> None:
    album = Album(tmp_path, server)
    assert (album.load()["renders"], album.rows()) == (0, {})
    assert album.skipped() == {("images", LIBRARY, "not_loaded")}


def test_only_what_changed_inside_is_rendered_again_not_what_was_moved_about(
    pictured: Album, shelf: InMemoryOrganisation
) -> None:
    before = pictured.rows()
    shelf.save(LIBRARY, library(component("1:3", 900, BLUE), component("1:2", 70, BLUE)))
    pictured.load()
    server_counted = pictured.load()
    after = pictured.rows()
    assert (server_counted["renders"], server_counted["downloads"]) == (1, 1)
    assert after["1:2"]["content_hash"] != before["1:2"]["content_hash"]
    assert after["1:3"]["content_hash"] == before["1:3"]["content_hash"]
    assert after["1:3"]["rendered_at"] == before["1:3"]["rendered_at"]
    assert {row["version"] for row in after.values()} - {before[HIDDEN]["version"]} == {
        shelf.files_by_key[LIBRARY].saves[-1].version
    }
    assert pictured.load()["renders"] == 0


def test_a_node_that_could_not_be_drawn_is_asked_for_again_once_it_changes(
    pictured: Album, shelf: InMemoryOrganisation
) -> None:
    shelf.save(LIBRARY, library(component("1:2"), component("1:3", 100, BLUE), component(HIDDEN)))
    assert (pictured.load() + pictured.load())["renders"] == 1
    assert pictured.rows()[HIDDEN]["sha256"] is not None


def test_thumbnails_cost_no_request_and_are_had_again_once_published_anew(
    plain: Album, shelf: InMemoryOrganisation
) -> None:
    first = plain.load("thumbnails")
    assert (first["renders"], first["downloads"]) == (0, 3)
    assert {row["kind"] for row in plain.rows().values()} == {"thumbnail"}
    assert plain.load("thumbnails")["downloads"] == 0
    shelf.publish("components", "Card", node_id="1:3", updated_at="2026-03-05T10:00:00.500Z")
    assert plain.load("thumbnails")["downloads"] == 1


def test_what_has_no_address_of_a_thumbnail_gets_no_picture_and_costs_no_request(
    plain: Album, server: Server, shelf: InMemoryOrganisation
) -> None:
    path = f"/v1/teams/{TEAM.id}/components"
    listed = requests.get(server.base_url + path, headers={"X-Figma-Token": shelf.token}, timeout=30).json()
    for item in listed["meta"]["components"]:
        if item["node_id"] != "1:2":
            del item["thumbnail_url"]
    server.script(path, HttpAnswer(200, json.dumps(listed).encode()))
    asked = plain.load("thumbnails")
    assert (asked["renders"], asked["downloads"]) == (0, 1)
    assert {node_id: row["kind"] for node_id, row in plain.rows().items()} == {"1:2": "thumbnail"}


def test_none_pictures_nothing(shelves: Shelves) -> None:
    assert set(shelves.plain_asked) == {"other"}
    assert not shelves.plain.assets.exists()


def test_what_failed_to_download_is_had_by_the_next_run_and_fails_nothing_else(plain: Album, server: Server) -> None:
    server.script(f"/sandbox/pictures/{LIBRARY}/1:2", *[HttpAnswer(503)] * 5)
    plain.load("thumbnails")
    assert ("images", f"{LIBRARY}/1:2", "server_error") in plain.skipped()
    assert set(plain.rows()) == {"1:3", HIDDEN}
    assert plain.load("thumbnails")["downloads"] == 1
    assert set(plain.rows()) == {"1:2", "1:3", HIDDEN}


def test_what_is_no_picture_is_not_stored_and_not_asked_for_again(plain: Album, server: Server) -> None:
    server.script(f"/sandbox/pictures/{LIBRARY}/1:2", *[HttpAnswer(200, b"<html><script>alert(1)</script></html>")] * 5)
    plain.load("thumbnails")
    assert ("images", f"{LIBRARY}/1:2", "bad_picture") in plain.skipped()
    assert plain.rows()["1:2"]["sha256"] is None
    assert plain.load("thumbnails")["downloads"] == 0


def test_what_nobody_foresaw_in_one_picture_costs_that_picture_alone(plain: Album, server: Server) -> None:
    address = f"{server.base_url}/sandbox/pictures/{LIBRARY}/1:3"
    drawn = {"err": None, "images": {"1:2": "https://a..b/picture", "1:3": address, HIDDEN: None}}
    server.script(f"/v1/images/{LIBRARY}", HttpAnswer(200, json.dumps(drawn).encode()))
    server.script(
        f"/sandbox/pictures/{LIBRARY}/1:3", HttpAnswer(200, b'<svg xmlns="http://www.w3.org/2000/svg"></svg>')
    )
    plain.load()
    assert ("images", f"{LIBRARY}/1:2", "bad_picture") in plain.skipped()
    assert [node_id for node_id, row in plain.rows().items() if row["sha256"]] == ["1:3"]


@pytest.fixture
def narrow(plain: Album) -> NarrowAlbum:
    """The same, with a store without room."""
    fsspec.register_implementation("narrow", Narrow, clobber=True)
    Narrow.room = 0
    Narrow.store.clear()
    return NarrowAlbum(plain.folder, plain.server)


def test_a_folder_that_fills_up_keeps_what_it_took_and_the_next_run_has_the_rest(narrow: NarrowAlbum) -> None:
    Narrow.room = 1
    assert narrow.load()["renders"] == 1
    assert len([row for row in narrow.rows().values() if row["sha256"]]) == 1
    assert ("images", "assets", "put_off") in narrow.skipped()
    Narrow.room = 9
    assert narrow.load()["downloads"] == 1
    assert [node_id for node_id, row in sorted(narrow.rows().items()) if row["sha256"]] == ["1:2", "1:3"]


def test_no_more_pictures_are_fetched_than_are_under_way_as_the_first_cannot_be_kept(
    narrow: NarrowAlbum, shelf: InMemoryOrganisation
) -> None:
    for number in range(3 * PARALLEL_DOWNLOADS):
        shelf.publish("components", f"Icon {number}", node_id="1:2")
    assert 1 <= narrow.load("thumbnails")["downloads"] <= PARALLEL_DOWNLOADS
    assert narrow.skipped() == {("images", "assets", "put_off")}


def test_a_tier_that_is_used_up_ends_the_renders_and_not_the_load(plain: Album, server: Server) -> None:
    limit = HttpAnswer(429, b'{"status":429,"err":"Rate limit exceeded"}', {"Retry-After": "400000"})
    server.script(f"/v1/images/{LIBRARY}", limit)
    assert plain.load()["renders"] == 1
    assert plain.skipped() == {("images", LIBRARY, "rate_limited")}
    assert plain.load()["renders"] == 0


@pytest.mark.parametrize(("status", "words", "is_asked"), [(403, "Not allowed", True), (400, "Bad request", False)])
def test_pictures_that_can_be_allowed_without_an_edit_are_asked_for_again_a_week_after_they_were_refused(
    plain: Album, shelf: InMemoryOrganisation, server: Server, status: int, words: str, is_asked: bool
) -> None:
    shelf.save(HOME, photo("a" * 40))
    plain.load("none")
    for path in (f"/v1/images/{LIBRARY}", f"/v1/files/{HOME}/images"):
        server.script(path, HttpAnswer(status, f'{{"status":{status},"err":"{words}"}}'.encode()))
    asked = [plain.load(fills=True)]
    plain.age(6.9)
    asked.append(plain.load(fills=True))
    assert len(plain.skipped()) == 2
    plain.age(7.1)
    asked.append(plain.load(fills=True))
    assert [(one["renders"], one["fills"]) for one in asked] == [(1, 1), (0, 0), (is_asked, is_asked)]


def test_refused_pictures_keep_the_time_at_which_they_were_refused(plain: Album, server: Server) -> None:
    server.script(f"/v1/images/{LIBRARY}", HttpAnswer(403, b'{"status":403,"err":"Not allowed"}'))
    plain.load()
    plain.age(3)
    plain.load()
    with duckdb.connect(str(plain.folder / "build.duckdb"), read_only=True) as connection:
        refused = connection.sql("select finished_at, run_id from figma.outcomes where reason = 'no_access'").fetchall()
    assert (len({at for at, _ in refused}), len({run_id for _, run_id in refused})) == (1, 2)


def test_image_fills_are_asked_for_once_a_file_and_had_once_for_all_files(
    plain: Album, shelf: InMemoryOrganisation
) -> None:
    first, second = "a" * 40, "b" * 40
    asked = []
    # a load pictures the paints that the one before has stored
    for key, ref in ((HOME, first), (SHOP, first), (SHOP, second), (HOME, first)):
        shelf.save(key, photo(ref))
        asked.append(plain.load("none", fills=True))
    assert [(one["fills"], one["downloads"]) for one in asked] == [(0, 0), (1, 1), (0, 0), (1, 1)]
    rows = plain.rows("image_fills")
    assert set(rows) == {HOME + first, SHOP + first, SHOP + second}
    assert rows[HOME + first]["sha256"] == rows[SHOP + first]["sha256"]
    assert {(row["width"], row["height"]) for row in rows.values()} == {(320, 200)}
