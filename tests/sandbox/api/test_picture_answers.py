"""Rendered nodes, image fills and thumbnails: signed addresses, and real pictures behind them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from PIL import Image

from figma_warehouse.sandbox import Server, serve
from figma_warehouse.sandbox.api.partial_documents import walk
from tests.fixtures.sample_organisations import sample_organisation

Get = Callable[..., tuple[int, Any]]
HOSTILE = "<img src=x onerror=alert(1)>"


def fetch(address: str, **headers: str) -> requests.Response:
    return requests.get(address, headers=headers, timeout=30)


@pytest.fixture(scope="module")
def published_set(server: Server) -> dict[str, Any]:
    """The row of a published set, with its file and node."""
    return server.org.published("component_sets")[0].row


@pytest.fixture
def week_1_server() -> Iterator[Server]:
    with serve(sample_organisation(1)) as running:
        yield running


def test_a_picture_has_the_size_of_its_nodes_box_times_the_scale(
    get: Get, server: Server, published_set: dict[str, Any]
) -> None:
    key, node_id = published_set["file_key"], published_set["node_id"]
    node = get(server, f"/v1/files/{key}/nodes?ids={node_id}&depth=1")[1]["nodes"][node_id]["document"]
    box = node["absoluteBoundingBox"]
    for format_, kind in (("png", "PNG"), ("jpg", "JPEG")):
        answer = get(server, f"/v1/images/{key}?ids={node_id}&scale=0.5&format={format_}")[1]
        picture = Image.open(io.BytesIO(fetch(answer["images"][node_id]).content))
        assert (picture.format, picture.size) == (kind, (round(box["width"] / 2), round(box["height"] / 2)))


def test_addresses_change_with_every_call_and_serve_the_same_bytes(
    get: Get, server: Server, published_set: dict[str, Any]
) -> None:
    path = f"/v1/images/{published_set['file_key']}?ids={published_set['node_id']}&format=pdf"
    first, second = (get(server, path)[1]["images"][published_set["node_id"]] for _ in range(2))
    assert first != second
    assert fetch(first).content == fetch(second).content
    assert fetch(first).content.startswith(b"%PDF-")


def test_a_node_that_cannot_be_rendered_answers_null(get: Get, server: Server, keys: dict[str, str]) -> None:
    key = keys["Help centre"]
    document = get(server, f"/v1/files/{key}")[1]["document"]
    hidden = next(node["id"] for node in walk(document) if node.get("visible") is False)
    answer = get(server, f"/v1/images/{key}?ids={hidden},404:404")[1]
    assert answer == {"err": None, "images": {hidden: None, "404:404": None}}


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "Missing required parameter: ids"),
        ("ids=0:1&scale=4.1", "Scale must be a number between 0.01 and 4"),
        ("ids=0:1&scale=0", "Scale must be a number between 0.01 and 4"),
        ("ids=0:1&format=gif", "Invalid format, must be one of: jpg, png, svg, pdf"),
        ("ids=0:1&svg_include_id=yes", "Flags must be true or false"),
    ],
)
def test_a_wrong_parameter_is_refused(
    get: Get, server: Server, published_set: dict[str, Any], query: str, words: str
) -> None:
    assert get(server, f"/v1/images/{published_set['file_key']}?{query}") == (400, {"status": 400, "err": words})


def test_an_svg_has_the_name_as_text_and_never_as_markup(get: Get, server: Server, keys: dict[str, str]) -> None:
    key = keys[HOSTILE]
    nodes = [node for node in walk(get(server, f"/v1/files/{key}")[1]["document"]) if "<" in node["name"]]
    sized = [node for node in nodes if (node.get("absoluteBoundingBox") or {}).get("width")]
    query = f"ids={sized[0]['id']}&format=svg&svg_include_id=true&svg_outline_text=false"
    svg = fetch(get(server, f"/v1/images/{key}?{query}")[1]["images"][sized[0]["id"]]).text
    assert "&lt;" in svg
    assert sized[0]["name"] not in svg


@pytest.mark.slow
def test_an_image_fill_is_a_picture(get: Get, server: Server, keys: dict[str, str]) -> None:
    found: dict[str, str] = {}
    for key in [keys["Help centre"], keys["Checkout flow"], keys["Returns"]]:
        found |= get(server, f"/v1/files/{key}/images")[1]["meta"]["images"]
    assert len(found) > 2
    assert {Image.open(io.BytesIO(fetch(address).content)).size for address in found.values()} == {(320, 200)}


def test_a_picture_address_refuses_a_token(server: Server, published_set: dict[str, Any], get: Get) -> None:
    listed = get(server, f"/v1/component_sets/{published_set['key']}")[1]["meta"]["thumbnail_url"]
    assert fetch(listed).headers["content-type"] == "image/png"
    assert fetch(listed, **{"X-Figma-Token": server.org.token}).status_code == 400


def test_a_changed_or_expired_address_is_refused(get: Get, week_1_server: Server) -> None:
    row = week_1_server.org.published("components")[0].row
    address = get(week_1_server, f"/v1/images/{row['file_key']}?ids={row['node_id']}")[1]["images"][row["node_id"]]
    assert fetch(address).status_code == 200
    assert fetch(address.replace("scale=1.0", "scale=4.0")).status_code == 403
    week_1_server.org.advance(5)
    assert fetch(address).status_code == 403


def test_too_many_pixels_at_once_time_out(get: Get, server: Server, keys: dict[str, str]) -> None:
    key = keys["Core library"]
    frames = get(server, f"/v1/files/{key}?depth=2")[1]["document"]["children"]
    ids = [node["id"] for page in frames for node in page["children"]][:90]
    status, answer = get(server, f"/v1/images/{key}?ids={','.join(ids)}&scale=4")
    assert (status, answer["err"]) == (400, "Render timeout, try requesting fewer or smaller images")
    assert get(server, f"/v1/images/{key}?ids={','.join(ids)}&scale=0.5")[0] == 200
