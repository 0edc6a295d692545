"""Rendered nodes, image fills and thumbnails: addresses as Figma gives them, and real pictures behind them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from PIL import Image

from figma_warehouse.sandbox import SampleOrganisation, Server, serve
from figma_warehouse.sandbox.api.partial_documents import walk

Ask = Callable[..., tuple[int, Any]]
HOSTILE = "<img src=x onerror=alert(1)>"


def get(address: str, **headers: str) -> requests.Response:
    return requests.get(address, headers=headers, timeout=30)


@pytest.fixture(scope="module")
def buttons(server: Server) -> dict[str, Any]:
    """The row of a published set, with its file and node."""
    return server.org.published("component_sets")[0].row


@pytest.fixture
def young() -> Iterator[Server]:
    with serve(SampleOrganisation(week=1)) as running:
        yield running


def test_a_picture_has_the_size_of_its_nodes_box_times_the_scale(
    ask: Ask, server: Server, buttons: dict[str, Any]
) -> None:
    key, node_id = buttons["file_key"], buttons["node_id"]
    node = ask(server, f"/v1/files/{key}/nodes?ids={node_id}&depth=1")[1]["nodes"][node_id]["document"]
    box = node["absoluteBoundingBox"]
    for format_, kind in (("png", "PNG"), ("jpg", "JPEG")):
        answer = ask(server, f"/v1/images/{key}?ids={node_id}&scale=0.5&format={format_}")[1]
        picture = Image.open(io.BytesIO(get(answer["images"][node_id]).content))
        assert (picture.format, picture.size) == (kind, (round(box["width"] / 2), round(box["height"] / 2)))


def test_addresses_change_with_every_call_and_lead_to_the_same_bytes(
    ask: Ask, server: Server, buttons: dict[str, Any]
) -> None:
    path = f"/v1/images/{buttons['file_key']}?ids={buttons['node_id']}&format=pdf"
    first, second = (ask(server, path)[1]["images"][buttons["node_id"]] for _ in range(2))
    assert first != second
    assert get(first).content == get(second).content
    assert get(first).content.startswith(b"%PDF-")


def test_what_cannot_be_drawn_answers_null_under_its_id(ask: Ask, server: Server, keys: dict[str, str]) -> None:
    key = keys["Help centre"]
    document = ask(server, f"/v1/files/{key}")[1]["document"]
    hidden = next(node["id"] for node in walk(document) if node.get("visible") is False)
    answer = ask(server, f"/v1/images/{key}?ids={hidden},404:404")[1]
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
    ask: Ask, server: Server, buttons: dict[str, Any], query: str, words: str
) -> None:
    assert ask(server, f"/v1/images/{buttons['file_key']}?{query}") == (400, {"status": 400, "err": words})


def test_an_svg_carries_the_name_as_text_and_never_as_markup(ask: Ask, server: Server, keys: dict[str, str]) -> None:
    key = keys[HOSTILE]
    nodes = [node for node in walk(ask(server, f"/v1/files/{key}")[1]["document"]) if "<" in node["name"]]
    sized = [node for node in nodes if (node.get("absoluteBoundingBox") or {}).get("width")]
    asked = f"ids={sized[0]['id']}&format=svg&svg_include_id=true&svg_outline_text=false"
    drawn = get(ask(server, f"/v1/images/{key}?{asked}")[1]["images"][sized[0]["id"]]).text
    assert "&lt;" in drawn
    assert sized[0]["name"] not in drawn


def test_an_image_fill_is_an_image_of_some_format(ask: Ask, server: Server, keys: dict[str, str]) -> None:
    found: dict[str, str] = {}
    for key in [keys["Help centre"], keys["Checkout flow"], keys["Returns"]]:
        found |= ask(server, f"/v1/files/{key}/images")[1]["meta"]["images"]
    assert len(found) > 2
    assert {Image.open(io.BytesIO(get(address).content)).size for address in found.values()} == {(320, 200)}


def test_a_token_is_not_welcome_where_pictures_lie(server: Server, buttons: dict[str, Any], ask: Ask) -> None:
    listed = ask(server, f"/v1/component_sets/{buttons['key']}")[1]["meta"]["thumbnail_url"]
    assert get(listed).headers["content-type"] == "image/png"
    assert get(listed, **{"X-Figma-Token": server.org.token}).status_code == 400


def test_an_address_that_was_tampered_with_or_has_expired_is_refused(ask: Ask, young: Server) -> None:
    row = young.org.published("components")[0].row
    address = ask(young, f"/v1/images/{row['file_key']}?ids={row['node_id']}")[1]["images"][row["node_id"]]
    assert get(address).status_code == 200
    assert get(address.replace("scale=1.0", "scale=4.0")).status_code == 403
    young.org.advance(5)
    assert get(address).status_code == 403


def test_more_than_can_be_drawn_at_once_times_out(ask: Ask, server: Server, keys: dict[str, str]) -> None:
    key = keys["Core library"]
    frames = ask(server, f"/v1/files/{key}?depth=2")[1]["document"]["children"]
    ids = [node["id"] for page in frames for node in page["children"]][:90]
    status, answer = ask(server, f"/v1/images/{key}?ids={','.join(ids)}&scale=4")
    assert (status, answer["err"]) == (400, "Render timeout, try requesting fewer or smaller images")
    assert ask(server, f"/v1/images/{key}?ids={','.join(ids)}&scale=0.5")[0] == 200
