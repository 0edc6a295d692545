"""Pictures on demand: the files, messages and exit codes of `figma-warehouse images`."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from figma_warehouse.cli import app
from figma_warehouse.data_dir import DataDir
from figma_warehouse.sandbox import HttpAnswer, Server, serve
from figma_warehouse.source.api.client import TRIES
from tests.fixtures.in_memory_organisation import HOME, LIBRARY, SHOP, InMemoryOrganisation, Json

WIDTH, HEIGHT = 40, 20
HIDDEN = "1:9"
HOSTILE = (
    "../../outside",
    "..\\..\\outside",
    "/etc/passwd",
    "~/.ssh/id_rsa",
    ".",
    "",
    "NUL",
    "a\x00b\n\x1b[31mc",
    "\u202egnp.exe",
    "\uff0e\uff0e\uff0foutside",
    "$(touch outside)",
    "-rf",
    "Größe=Klein, Zustand=Ruhe",
    "名" * 200,
)

Images = Callable[..., Result]


def shape(node_id: str, name: str = "Shape", **more: object) -> Json:
    box = {"x": 7, "y": 9, "width": WIDTH, "height": HEIGHT}
    return {"id": node_id, "type": "COMPONENT", "name": name, "absoluteBoundingBox": box} | more


def file_of(*shapes: Json) -> Json:
    page = {"id": "0:1", "type": "CANVAS", "name": "Page", "children": list(shapes)}
    document = {"id": "0:0", "type": "DOCUMENT", "name": "Document", "children": [page]}
    return {"document": document, "components": {}, "componentSets": {}, "styles": {}}


def address(key: str, *node_ids: str) -> str:
    return f"https://www.figma.com/design/{key}/Any-title?node-id={','.join(node_ids).replace(':', '-')}&t=x"


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    with serve(InMemoryOrganisation()) as server:
        yield server


@pytest.fixture
def drafts() -> InMemoryOrganisation:
    drafts = InMemoryOrganisation(HOME, SHOP)
    drafts.add(LIBRARY, answer=file_of(shape("1:2"), shape("1:3"), shape(HIDDEN, visible=False)))
    return drafts


@pytest.fixture
def server(running: Server, drafts: InMemoryOrganisation) -> Server:
    running.org = drafts
    running.reset_requests()
    return running


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "outer" / "pictures"


@pytest.fixture
def images(server: Server, data: DataDir, out: Path, monkeypatch: pytest.MonkeyPatch) -> Images:
    monkeypatch.setenv("FIGMA_TOKEN", server.org.token)
    monkeypatch.setenv("SOURCES__FIGMA__BASE_URL", server.base_url)
    monkeypatch.setenv("SOURCES__FIGMA__BACKOFF_SECONDS", "0.001")
    monkeypatch.setenv("RUNTIME__INTERCEPT_SIGNALS", "false")
    out.parent.mkdir()

    def invoke(*arguments: str) -> Result:
        mask = os.umask(0o077)
        try:
            result = CliRunner().invoke(app, ["images", *arguments, "--out", str(out), "--data-dir", str(data.root)])
        finally:
            os.umask(mask)
        assert isinstance(result.exception, (SystemExit, type(None))), result.exception
        assert server.org.token not in result.output
        assert "/sandbox/pictures" not in result.output
        return result

    return invoke


def test_an_svg_at_scale_2_is_written_as_figma_rendered_it(images: Images, out: Path) -> None:
    result = images(address(LIBRARY, "1:2"), "--format", "svg", "--scale", "2", "--no-svg-outline-text")

    assert (result.exit_code, files_in(out)) == (0, {"1-2.svg"})
    assert result.stdout.splitlines() == [str(out / "1-2.svg"), "1 written, 0 not."]
    drawn = ElementTree.fromstring((out / "1-2.svg").read_bytes())
    assert (drawn.get("width"), drawn.get("height")) == (str(2 * WIDTH), str(2 * HEIGHT))
    assert [text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")] == ["Shape"]


@pytest.mark.parametrize(("format_", "kind"), [("png", "PNG"), ("jpg", "JPEG")])
def test_a_raster_picture_has_the_size_of_the_node_times_the_scale(
    images: Images, out: Path, format_: str, kind: str
) -> None:
    assert images(address(LIBRARY, "1:2"), "--format", format_, "--scale", "0.5").exit_code == 0
    with Image.open(out / f"1-2.{format_}") as picture:
        assert (picture.format, picture.size) == (kind, (WIDTH // 2, HEIGHT // 2))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((address(LIBRARY, "1:2"), "--scale", "9"), "scale 9.0 is not a number from 0.01 to 4."),
        ((address(LIBRARY, "1:2"), "--format", "gif"), 'format "gif" is not one of png, jpg, svg, pdf.'),
        ((address(LIBRARY, "1:2"), "--version", "../1"), 'version "../1" is not a version id'),
        (
            ("https://www.figma.com/community/file/123",),
            "is not a file of an organisation. Accepted: https://www.figma",
        ),
        ((address(LIBRARY, "1:2"), address(SHOP, "../../me")), "is not a file of an organisation. Accepted: https://"),
    ],
)
def test_an_invalid_option_is_named_before_the_first_request(
    images: Images, out: Path, server: Server, arguments: tuple[str, ...], words: str
) -> None:
    result = images(*arguments)

    assert result.exit_code == 2
    assert words in result.stderr
    assert server.requests == []
    assert not out.exists()


def test_a_node_that_cannot_be_rendered_is_named_and_the_other_is_written(images: Images, out: Path) -> None:
    result = images(address(LIBRARY, "1:2", HIDDEN))

    assert (result.exit_code, files_in(out)) == (3, {"1-2.png"})
    assert f"Not written: {LIBRARY} {HIDDEN}: " in result.stdout
    assert "1 written, 1 not." in result.stdout


def test_a_missing_file_is_named_and_the_other_file_is_written_to_its_subfolder(images: Images, out: Path) -> None:
    nowhere = "nowhere".ljust(22, "0")
    result = images(address(nowhere, "1:2"), address(LIBRARY, "1:2"))

    assert (result.exit_code, files_in(out)) == (3, {f"{LIBRARY}/1-2.png"})
    assert f"Not written: {nowhere}: " in result.stdout
    assert images(address(nowhere, "1:2")).exit_code == 1


def test_a_download_that_is_not_a_picture_is_not_written(images: Images, out: Path, server: Server) -> None:
    page = HttpAnswer(200, b"<html><script>alert(1)</script></html>")
    server.script(f"/sandbox/pictures/{LIBRARY}/1:2", *[page] * TRIES)

    assert images(address(LIBRARY, "1:2", "1:3")).exit_code == 3
    assert files_in(out) == {"1-3.png"}


def test_hostile_names_become_safe_file_names_inside_the_folder(
    images: Images, out: Path, drafts: InMemoryOrganisation, tmp_path: Path
) -> None:
    ids = [f"2:{number}" for number, _ in enumerate(HOSTILE)]
    drafts.save(LIBRARY, file_of(*map(shape, ids, HOSTILE)))
    for node_id, name in zip(ids, HOSTILE, strict=True):
        drafts.publish("components", name, node_id=node_id)
    before = files_in(tmp_path)

    result = images(LIBRARY)

    assert result.exit_code == 0
    written = files_in(out)
    assert {name.rsplit("_", 1)[-1] for name in written} == {f"{id_.replace(':', '-')}.png" for id_ in ids}
    assert len(written) == len(HOSTILE)
    for name in written:
        assert len(name.encode()) < 255
        assert name[0].isalnum()
        assert name.isprintable()
        assert not set(name) & set("/\\:~$()\" '")
        assert ".." not in name
    assert "größe=klein-zustand=ruhe_2-12.png" in written
    elsewhere = files_in(tmp_path) - before - {f"outer/pictures/{name}" for name in written}
    assert {path.split("/")[0] for path in elsewhere} <= {"data", "dlt"}
    assert not [line for line in result.stdout.splitlines() if not line.isprintable()]


def test_a_deeply_nested_instance_has_a_file_name_that_file_systems_take(
    images: Images, out: Path, drafts: InMemoryOrganisation
) -> None:
    deep, sibling = (f"I10:{first}" + ";12345:67890" * 30 for first in (1, 2))
    drafts.save(LIBRARY, file_of(shape(deep), shape(sibling)))

    assert images(address(LIBRARY, deep, sibling)).exit_code == 0
    assert len(files_in(out)) == 2


@pytest.mark.parametrize("answer", [{}, {"meta": None}, {"meta": []}, {"meta": {"components": None}}])
def test_a_file_with_an_invalid_published_list_is_named_and_the_other_is_written(
    images: Images, out: Path, server: Server, answer: Json
) -> None:
    server.script(f"/v1/files/{SHOP}/components", HttpAnswer(200, json.dumps(answer).encode()))
    result = images(SHOP, address(LIBRARY, "1:2"))

    assert (result.exit_code, files_in(out)) == (3, {f"{LIBRARY}/1-2.png"})
    assert f"Not written: {SHOP}: bad body: the response has no list of components" in result.stdout


def test_invalid_entries_of_a_published_list_are_ignored(images: Images, out: Path, server: Server) -> None:
    frame = {"containingComponentSet": {"name": 5}}
    good = {"key": "c" * 40, "node_id": "1:2", "name": "On", "containing_frame": frame}
    keyless = {"node_id": "1:9", "name": "Keyless"}
    odd_ids: list[object] = [None, ["1:9"], {}, "", "1:3,1:9", "../1:9"]
    odd_frame = good | {"node_id": "1:3", "name": ["odd"], "containing_frame": ["odd"]}
    things = [None, "odd", keyless, *(good | {"node_id": odd} for odd in odd_ids), odd_frame, good]
    body = json.dumps({"meta": {"components": things}}).encode()
    server.script(f"/v1/files/{LIBRARY}/components", HttpAnswer(200, body))
    result = images(LIBRARY)

    assert (result.exit_code, files_in(out)) == (0, {"5-on_1-2.png", "1-3.png"})


def test_an_earlier_picture_is_replaced_and_other_files_are_kept(images: Images, out: Path) -> None:
    out.mkdir()
    (out / "1-2.png").write_bytes(b"earlier")
    (out / "notes.txt").write_text("mine")

    assert images(address(LIBRARY, "1:2")).exit_code == 0

    assert files_in(out) == {"1-2.png", "notes.txt"}
    assert (out / "notes.txt").read_text() == "mine"
    with Image.open(out / "1-2.png") as picture:
        assert picture.size == (WIDTH, HEIGHT)


def test_a_link_in_the_folder_is_replaced_and_its_target_is_kept(images: Images, out: Path, tmp_path: Path) -> None:
    out.mkdir()
    (tmp_path / "precious").write_bytes(b"mine")
    (out / "1-2.png").symlink_to(tmp_path / "precious")

    assert images(address(LIBRARY, "1:2")).exit_code == 0

    assert (tmp_path / "precious").read_bytes() == b"mine"
    assert not (out / "1-2.png").is_symlink()


def test_a_failed_download_keeps_the_earlier_picture(images: Images, out: Path, server: Server) -> None:
    out.mkdir()
    (out / "1-2.png").write_bytes(b"earlier")
    server.script(f"/sandbox/pictures/{LIBRARY}/1:2", HttpAnswer(404))

    assert images(address(LIBRARY, "1:2")).exit_code == 1
    assert (out / "1-2.png").read_bytes() == b"earlier"
    assert files_in(out) == {"1-2.png"}


def test_a_file_in_place_of_the_folder_is_reported_and_kept(images: Images, out: Path, server: Server) -> None:
    out.write_text("mine")

    assert images(address(LIBRARY, "1:2")).exit_code == 2
    assert out.read_text() == "mine"
    assert server.requests == []
