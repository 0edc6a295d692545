"""Pictures in a refresh: stored before their rows, and only those that changed."""

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

pytestmark = pytest.mark.slow

Json = dict[str, Any]
Row = dict[str, Any]
# what pictures go by, and no more: a load takes the longer the more tables it writes
LOADED = ("files", "documents", "nodes", "node_paints", "text_ranges", "images", "image_fills", "picture_outcomes")
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
        """Load once; returns the number of requests of each kind."""
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
        """A copy in another folder."""
        shutil.copytree(self.folder, folder)
        return Album(folder, self.server)

    def age(self, days: float) -> None:
        """Move the time of all outcomes so far back by this many days."""
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


class FullFilesystem(MemoryFileSystem):  # type: ignore[misc]  # fsspec has no types
    """A store that is full when it has this many objects."""

    protocol = "fullstore"
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]
    one_at_a_time: ClassVar[threading.Lock] = threading.Lock()
    room = 0

    def pipe_file(self, path: str, value: bytes, **more: Any) -> None:
        with self.one_at_a_time:
            if len(self.store) >= self.room:
                raise OSError(errno.ENOSPC, "No space left on device")
            super().pipe_file(path, value, **more)


class FullAlbum(Album):
    """An album whose pictures go to such a store."""

    @property
    def assets(self) -> Any:
        return "fullstore://assets"


def kind_of(path: str) -> str:
    if path.startswith("/v1/images/"):
        return "renders"
    if path.endswith("/images"):
        return "fills"
    return "downloads" if path.startswith("/sandbox/") else "other"


@dataclass
class SharedAlbums:
    """Albums that stay unchanged, one without pictures and one with renders, and the number of requests of each."""

    plain: Album
    plain_asked: Counter[str]
    rendered_album: Album
    pictured_asked: Counter[str]


def published_library(drafts: InMemoryOrganisation) -> InMemoryOrganisation:
    """A library of two components and one that cannot be drawn, all published."""
    for key in (HOME, SHOP):
        drafts.save(key, library(shape("1:2")))
    hidden = component(HIDDEN, visible=False)
    drafts.add(LIBRARY, answer=library(component("1:2"), component("1:3", 100, BLUE), hidden))
    for name, node_id in (("Button", "1:2"), ("Card", "1:3"), ("Ghost", HIDDEN)):
        drafts.publish("components", name, node_id=node_id)
    return drafts


@pytest.fixture(scope="module")
def shared_albums(sandbox: Server, tmp_path_factory: pytest.TempPathFactory) -> SharedAlbums:
    sandbox.org = published_library(InMemoryOrganisation(HOME, SHOP))
    folder = tmp_path_factory.mktemp("shared_albums")
    plain = Album(folder / "plain", sandbox)
    plain_asked = plain.load("none")
    rendered_album = plain.copied(folder / "rendered_album")
    return SharedAlbums(plain, plain_asked, rendered_album, rendered_album.load())


@pytest.fixture(autouse=True)
def loaded_organisation(server: Server, drafts: InMemoryOrganisation) -> InMemoryOrganisation:
    """The organisation in the state in which the albums were loaded."""
    assert server.org is drafts
    return published_library(drafts)


@pytest.fixture
def plain(shared_albums: SharedAlbums, tmp_path: Path) -> Album:
    """A warehouse with documents and no pictures."""
    return shared_albums.plain.copied(tmp_path / "album")


@pytest.fixture
def rendered_album(shared_albums: SharedAlbums, tmp_path: Path) -> Album:
    """A warehouse with documents and renders of their published items."""
    return shared_albums.rendered_album.copied(tmp_path / "album")


def test_published_items_are_rendered_and_stored_and_their_rows_have_no_url(
    shared_albums: SharedAlbums, rendered_album: Album, loaded_organisation: InMemoryOrganisation
) -> None:
    assert shared_albums.pictured_asked["renders"] == 1
    rows = rendered_album.rows()
    version = loaded_organisation.files_by_key[LIBRARY].saves[-1].version
    assert {(row["kind"], row["scale"], row["wanted_scale"], row["version"]) for row in rows.values()} == {
        ("render", 1.0, 1.0, version)
    }
    for node_id in ("1:2", "1:3"):
        row = rows[node_id]
        stored = (rendered_album.assets / f"{row['sha256']}.{row['format']}").read_bytes()
        assert hashlib.sha256(stored).hexdigest() == row["sha256"]
        assert (row["format"], row["width"], row["height"], row["bytes"]) == ("png", 40, 20, len(stored))
    assert rows[HIDDEN]["sha256"] is None
    assert rendered_album.skipped() == {("images", f"{LIBRARY}/{HIDDEN}", "not_renderable")}
    assert not [value for row in rows.values() for value in row.values() if "://" in str(value)]


def test_published_items_are_not_rendered_before_their_document_is_loaded(server: Server, tmp_path: Path) -> None:
    album = Album(tmp_path, server)
    assert (album.load()["renders"], album.rows()) == (0, {})
    assert album.skipped() == {("images", LIBRARY, "not_loaded")}


def test_only_nodes_with_changed_content_are_rendered_again_and_moved_ones_are_not(
    rendered_album: Album, loaded_organisation: InMemoryOrganisation
) -> None:
    before = rendered_album.rows()
    loaded_organisation.save(LIBRARY, library(component("1:3", 900, BLUE), component("1:2", 70, BLUE)))
    rendered_album.load()
    server_counted = rendered_album.load()
    after = rendered_album.rows()
    assert (server_counted["renders"], server_counted["downloads"]) == (1, 1)
    assert after["1:2"]["content_hash"] != before["1:2"]["content_hash"]
    assert after["1:3"]["content_hash"] == before["1:3"]["content_hash"]
    assert after["1:3"]["rendered_at"] == before["1:3"]["rendered_at"]
    assert {row["version"] for row in after.values()} - {before[HIDDEN]["version"]} == {
        loaded_organisation.files_by_key[LIBRARY].saves[-1].version
    }
    assert rendered_album.load()["renders"] == 0


def test_a_node_that_could_not_be_rendered_is_requested_again_after_a_change(
    rendered_album: Album, loaded_organisation: InMemoryOrganisation
) -> None:
    loaded_organisation.save(LIBRARY, library(component("1:2"), component("1:3", 100, BLUE), component(HIDDEN)))
    assert (rendered_album.load() + rendered_album.load())["renders"] == 1
    assert rendered_album.rows()[HIDDEN]["sha256"] is not None


def test_thumbnails_need_no_request_and_are_fetched_again_after_a_publication(
    plain: Album, loaded_organisation: InMemoryOrganisation
) -> None:
    first = plain.load("thumbnails")
    assert (first["renders"], first["downloads"]) == (0, 3)
    assert {row["kind"] for row in plain.rows().values()} == {"thumbnail"}
    assert plain.load("thumbnails")["downloads"] == 0
    loaded_organisation.publish("components", "Card", node_id="1:3", updated_at="2026-03-05T10:00:00.500Z")
    assert plain.load("thumbnails")["downloads"] == 1


def test_an_item_without_the_address_of_a_thumbnail_gets_no_picture_and_costs_no_request(
    plain: Album, server: Server, loaded_organisation: InMemoryOrganisation
) -> None:
    path = f"/v1/teams/{TEAM.id}/components"
    listed = requests.get(
        server.base_url + path, headers={"X-Figma-Token": loaded_organisation.token}, timeout=30
    ).json()
    for item in listed["meta"]["components"]:
        if item["node_id"] != "1:2":
            del item["thumbnail_url"]
    server.script(path, HttpAnswer(200, json.dumps(listed).encode()))
    asked = plain.load("thumbnails")
    assert (asked["renders"], asked["downloads"]) == (0, 1)
    assert {node_id: row["kind"] for node_id, row in plain.rows().items()} == {"1:2": "thumbnail"}


def test_the_choice_none_loads_no_pictures(shared_albums: SharedAlbums) -> None:
    assert set(shared_albums.plain_asked) == {"other"}
    assert not shared_albums.plain.assets.exists()


def test_a_failed_download_is_fetched_by_the_next_run_and_fails_nothing_else(plain: Album, server: Server) -> None:
    server.script(f"/sandbox/pictures/{LIBRARY}/1:2", *[HttpAnswer(503)] * 5)
    plain.load("thumbnails")
    assert ("images", f"{LIBRARY}/1:2", "server_error") in plain.skipped()
    assert set(plain.rows()) == {"1:3", HIDDEN}
    assert plain.load("thumbnails")["downloads"] == 1
    assert set(plain.rows()) == {"1:2", "1:3", HIDDEN}


def test_a_bad_picture_is_not_stored_and_not_requested_again(plain: Album, server: Server) -> None:
    server.script(f"/sandbox/pictures/{LIBRARY}/1:2", *[HttpAnswer(200, b"<html><script>alert(1)</script></html>")] * 5)
    plain.load("thumbnails")
    assert ("images", f"{LIBRARY}/1:2", "bad_picture") in plain.skipped()
    assert plain.rows()["1:2"]["sha256"] is None
    assert plain.load("thumbnails")["downloads"] == 0


def test_an_unforeseen_error_in_a_picture_skips_only_that_picture(plain: Album, server: Server) -> None:
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
def full_album(plain: Album) -> FullAlbum:
    """The same with a store that is full."""
    fsspec.register_implementation("fullstore", FullFilesystem, clobber=True)
    FullFilesystem.room = 0
    FullFilesystem.store.clear()
    return FullAlbum(plain.folder, plain.server)


def test_a_full_folder_keeps_its_pictures_and_the_next_run_fetches_the_rest(full_album: FullAlbum) -> None:
    FullFilesystem.room = 1
    assert full_album.load()["renders"] == 1
    assert len([row for row in full_album.rows().values() if row["sha256"]]) == 1
    assert ("images", "assets", "put_off") in full_album.skipped()
    FullFilesystem.room = 9
    assert full_album.load()["downloads"] == 1
    assert [node_id for node_id, row in sorted(full_album.rows().items()) if row["sha256"]] == ["1:2", "1:3"]


def test_after_a_picture_that_cannot_be_stored_no_other_download_begins(
    full_album: FullAlbum, loaded_organisation: InMemoryOrganisation
) -> None:
    for number in range(3 * PARALLEL_DOWNLOADS):
        loaded_organisation.publish("components", f"Icon {number}", node_id="1:2")
    assert 1 <= full_album.load("thumbnails")["downloads"] <= PARALLEL_DOWNLOADS
    assert full_album.skipped() == {("images", "assets", "put_off")}


def test_a_tier_that_is_used_up_ends_the_renders_and_not_the_load(plain: Album, server: Server) -> None:
    limit = HttpAnswer(429, b'{"status":429,"err":"Rate limit exceeded"}', {"Retry-After": "400000"})
    server.script(f"/v1/images/{LIBRARY}", limit)
    assert plain.load()["renders"] == 1
    assert plain.skipped() == {("images", LIBRARY, "rate_limited")}
    assert plain.load()["renders"] == 0


@pytest.mark.parametrize(("status", "words", "is_asked"), [(403, "Not allowed", True), (400, "Bad request", False)])
def test_pictures_with_a_liftable_refusal_are_requested_again_after_a_week(
    plain: Album, loaded_organisation: InMemoryOrganisation, server: Server, status: int, words: str, is_asked: bool
) -> None:
    loaded_organisation.save(HOME, photo("a" * 40))
    plain.load("none")
    for path in (f"/v1/images/{LIBRARY}", f"/v1/files/{HOME}/images"):
        server.script(path, HttpAnswer(status, f'{{"status":{status},"err":"{words}"}}'.encode()))
    request_counts = [plain.load(fills=True)]
    plain.age(6.9)
    request_counts.append(plain.load(fills=True))
    assert len(plain.skipped()) == 2
    plain.age(7.1)
    request_counts.append(plain.load(fills=True))
    assert [(one["renders"], one["fills"]) for one in request_counts] == [(1, 1), (0, 0), (is_asked, is_asked)]


def test_refused_pictures_keep_the_time_of_their_refusal(plain: Album, server: Server) -> None:
    server.script(f"/v1/images/{LIBRARY}", HttpAnswer(403, b'{"status":403,"err":"Not allowed"}'))
    plain.load()
    plain.age(3)
    plain.load()
    with duckdb.connect(str(plain.folder / "build.duckdb"), read_only=True) as connection:
        refused = connection.sql("select finished_at, run_id from figma.outcomes where reason = 'no_access'").fetchall()
    assert (len({at for at, _ in refused}), len({run_id for _, run_id in refused})) == (1, 2)


def test_image_fills_take_one_request_per_file_and_are_downloaded_once_for_all_files(
    plain: Album, loaded_organisation: InMemoryOrganisation
) -> None:
    first, second = "a" * 40, "b" * 40
    request_counts = []
    # a load pictures the paints that the one before has stored
    for key, ref in ((HOME, first), (SHOP, first), (SHOP, second), (HOME, first)):
        loaded_organisation.save(key, photo(ref))
        request_counts.append(plain.load("none", fills=True))
    assert [(one["fills"], one["downloads"]) for one in request_counts] == [(0, 0), (1, 1), (0, 0), (1, 1)]
    rows = plain.rows("image_fills")
    assert set(rows) == {HOME + first, SHOP + first, SHOP + second}
    assert rows[HOME + first]["sha256"] == rows[SHOP + first]["sha256"]
    assert {(row["width"], row["height"]) for row in rows.values()} == {(320, 200)}


def test_an_image_that_fills_only_a_part_of_a_text_is_downloaded(
    plain: Album, loaded_organisation: InMemoryOrganisation
) -> None:
    ref = "c" * 40
    parts = {"1": {"fills": [{"type": "IMAGE", "imageRef": ref, "scaleMode": "FILL"}]}}
    text = shape("1:2", type="TEXT", characters="Pay", characterStyleOverrides=[1], styleOverrideTable=parts)
    loaded_organisation.save(HOME, library(text))
    for _ in range(2):
        plain.load("none", fills=True)
    assert set(plain.rows("image_fills")) == {HOME + ref}
