"""Requests for renders: parameter ranges, batches, and smaller requests if one is too large."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest

from figma_warehouse.sandbox import HttpAnswer, Server
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.api.refusals import Refused
from figma_warehouse.source.pictures.rendering import (
    BadOption,
    Rendered,
    RenderOptions,
    fetch_fill_addresses,
    render_nodes,
)
from tests.fixtures.in_memory_organisation import HOME, InMemoryOrganisation
from tests.fixtures.stub_server import Reply, json_reply, stub_server

CHALLENGE = HttpAnswer(202, headers={"x-amzn-waf-action": "challenge", "content-type": "text/html"})


def boxes(*sizes: tuple[float, float]) -> dict[str, Any]:
    """A document with one rectangle for each size: nodes 1:1, 1:2, ..."""
    shapes = [
        {
            "id": f"1:{number}",
            "type": "RECTANGLE",
            "name": f"Box {number}",
            "absoluteBoundingBox": {"x": 0, "y": 0, "width": width, "height": height},
        }
        for number, (width, height) in enumerate(sizes, start=1)
    ]
    page = {"id": "0:1", "type": "CANVAS", "name": "Page", "children": shapes}
    document = {"id": "0:0", "type": "DOCUMENT", "name": "Document", "children": [page]}
    return {"document": document, "components": {}, "componentSets": {}, "styles": {}}


def flat(batches: Iterator[list[Rendered]]) -> list[Rendered]:
    return [one for batch in batches for one in batch]


def render_requests(server: Server) -> list[tuple[int, str]]:
    """The number of nodes and the scale of each request."""
    queries = [parse_qs(request.query) for request in server.requests if request.path.startswith("/v1/images/")]
    return [(len(query["ids"][0].split(",")), query["scale"][0]) for query in queries]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"format": "gif"}, "png, jpg, svg, pdf"),
        ({"scale": 0.009}, "0.01 to 4"),
        ({"scale": 4.01}, "0.01 to 4"),
        ({"scale": float("nan")}, "0.01 to 4"),
        ({"scale": True}, "0.01 to 4"),
        ({"version": "latest"}, "digits only"),
        ({"svg_outline_text": "yes"}, "neither true nor false"),
        ({"svg_include_id": 1}, "neither true nor false"),
        ({"svg_include_node_id": None}, "neither true nor false"),
        ({"svg_simplify_stroke": 0}, "neither true nor false"),
        ({"contents_only": "true"}, "neither true nor false"),
        ({"use_absolute_bounds": "no"}, "neither true nor false"),
    ],
)
def test_a_parameter_out_of_range_is_named_with_its_range_before_any_request(
    options: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadOption, match=words):
        RenderOptions(**options)


def test_a_request_carries_what_differs_from_figmas_defaults(server: Server, drafts: InMemoryOrganisation) -> None:
    drafts.save(HOME, boxes((10, 10)))
    options = RenderOptions("svg", 0.5, svg_outline_text=False, svg_include_id=True, use_absolute_bounds=True)
    flat(render_nodes(FigmaClient(drafts.token, server.base_url), HOME, ["1:1"], options))
    assert parse_qs(server.requests[-1].query) == {
        "ids": ["1:1"],
        "format": ["svg"],
        "scale": ["0.5"],
        "svg_outline_text": ["false"],
        "svg_include_id": ["true"],
        "use_absolute_bounds": ["true"],
    }


def test_nodes_are_requested_fifty_at_a_time(server: Server, api: FigmaClient, drafts: InMemoryOrganisation) -> None:
    drafts.save(HOME, boxes(*[(10, 10)] * 120))
    ids = [f"1:{number}" for number in range(1, 121)]
    drawn = flat(render_nodes(api, HOME, ids, RenderOptions()))
    assert [one.node_id for one in drawn] == ids
    assert all(one.url and one.scale == 1 for one in drawn)
    assert render_requests(server) == [(50, "1"), (50, "1"), (20, "1")]


def test_a_batch_that_times_out_is_halved_and_a_node_that_is_too_large_is_rendered_smaller(
    server: Server, api: FigmaClient, drafts: InMemoryOrganisation
) -> None:
    drafts.save(HOME, boxes((4000, 4000), (4000, 4000), (10, 10), (12_000, 6_000)))
    drawn = flat(render_nodes(api, HOME, ["1:1", "1:2", "1:3", "1:4"], RenderOptions()))
    assert [(one.node_id, one.scale) for one in drawn] == [("1:1", 1), ("1:2", 1), ("1:3", 1), ("1:4", 0.5)]
    assert render_requests(server) == [(4, "1"), (2, "1"), (2, "1"), (1, "1"), (1, "1"), (1, "0.5")]


@pytest.mark.parametrize(
    "answer", [HttpAnswer(413, b"<html/>"), HttpAnswer(400, b'{"status":400,"err":"Request too large."}')]
)
def test_a_request_that_is_too_large_is_halved(
    server: Server, api: FigmaClient, drafts: InMemoryOrganisation, answer: HttpAnswer
) -> None:
    drafts.save(HOME, boxes((10, 10), (10, 10)))
    server.script(f"/v1/images/{HOME}", answer)
    assert all(one.url for one in flat(render_nodes(api, HOME, ["1:1", "1:2"], RenderOptions())))
    assert render_requests(server) == [(2, "1"), (1, "1"), (1, "1")]


def test_a_node_that_cannot_be_rendered_has_no_url_and_is_not_retried(
    server: Server, api: FigmaClient, drafts: InMemoryOrganisation
) -> None:
    drafts.save(HOME, boxes((10, 10), (0, 10)))
    drawn = flat(render_nodes(api, HOME, ["1:1", "1:2", "404:1"], RenderOptions()))
    assert [bool(one.url) for one in drawn] == [True, False, False]
    assert render_requests(server) == [(3, "1")]


def test_a_challenge_is_retried_and_then_reported(
    server: Server, api: FigmaClient, drafts: InMemoryOrganisation
) -> None:
    drafts.save(HOME, boxes((10, 10)))
    server.script(f"/v1/images/{HOME}", CHALLENGE, CHALLENGE)
    assert flat(render_nodes(api, HOME, ["1:1"], RenderOptions()))[0].url
    server.script(f"/v1/images/{HOME}", *[CHALLENGE] * 5)
    with pytest.raises(Refused) as refused:
        flat(render_nodes(api, HOME, ["1:1"], RenderOptions()))
    assert refused.value.reason == "waf_challenge"


def test_if_figma_renders_nothing_at_all_nodes_are_not_requested_one_by_one(
    server: Server, api: FigmaClient, drafts: InMemoryOrganisation
) -> None:
    drafts.save(HOME, boxes(*[(10, 10)] * 8))
    server.script(f"/v1/images/{HOME}", *[HttpAnswer(500)] * 200)
    with pytest.raises(Refused, match="server error"):
        flat(render_nodes(api, HOME, [f"1:{number}" for number in range(1, 9)], RenderOptions()))
    # five tries each of 8, 4, 2, 1 node and of four lower scales
    assert len(server.requests) == 5 * 8


@pytest.mark.parametrize(
    "answer",
    [
        {"error": False, "status": 200, "meta": {"images": {"ab": "https://x/1", "cd": None}}},
        {"err": None, "images": {"ab": "https://x/1", "cd": None}},
    ],
)
def test_image_fills_are_read_from_either_envelope(answer: dict[str, Any]) -> None:
    with stub_server(lambda _: json_reply(answer)) as figma:
        assert fetch_fill_addresses(FigmaClient("t", figma.base_url), HOME) == {"ab": "https://x/1", "cd": None}


def test_a_response_that_is_nested_too_deeply_is_a_bad_body() -> None:
    deep = b'{"err":null,"images":' + b'{"a":' * 20_000 + b"1" + b"}" * 20_000 + b"}"
    with stub_server(lambda _: Reply(200, deep)) as figma, pytest.raises(Refused) as refused:
        list(render_nodes(FigmaClient("figd_x", figma.base_url, backoff=0.001), "K", ["1:2"], RenderOptions()))
    assert refused.value.reason == "bad_body"


def test_a_response_without_its_map_is_a_bad_body() -> None:
    with (
        stub_server(lambda _: json_reply({"err": "Internal", "images": None})) as figma,
        pytest.raises(Refused) as refused,
    ):
        fetch_fill_addresses(FigmaClient("t", figma.base_url, backoff=0.001), HOME)
    assert refused.value.reason == "bad_body"
