"""Documents that are fetched in parts, over HTTP: they give the tables of the whole document, or nothing."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from figma_warehouse.sandbox import HttpAnswer, RecordedOrganisation, Server, SizeLimits, serve
from figma_warehouse.sandbox.api.document_answers import document, document_nodes
from figma_warehouse.sandbox.api.request_parameters import RequestParameters
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.api.refusals import Refused
from figma_warehouse.source.documents.fetch import Fetched, comes_in_parts, fetch_document, read_document
from figma_warehouse.source.documents.flatten import hash_content
from tests.conftest import RECORDED
from tests.fixtures.document_strategies import answers
from tests.fixtures.in_memory_organisation import HOME, InMemoryOrganisation, Json

Connect = Callable[..., FigmaClient]

TRIES = 5
RED = {"key": "a" * 40, "name": "Red", "styleType": "FILL", "description": "", "remote": False}
DOWN = HttpAnswer(503, b"<html>Sorry</html>", {"content-type": "text/html"})


def layer(id_: str, *children: Json, text: str = "") -> Json:
    node: Json = {"id": id_, "type": "FRAME", "name": text or id_, "styles": {"fill": f"S:{id_}"}}
    return node | {"children": list(children)} if children else node


def answer_of(*pages: Json) -> Json:
    """A document of these pages, in which each layer refers to a style of its own."""

    def below(node: Json) -> list[Json]:
        return [node, *(deeper for child in node.get("children", []) for deeper in below(child))]

    used = [node["styles"]["fill"] for page in pages for node in below(page)]
    styles = {style: RED | {"key": style.encode().hex().ljust(40, "0")} for style in used}
    root = {"id": "0:0", "type": "DOCUMENT", "name": "Document", "children": list(pages)}
    return {"document": root, "components": {}, "componentSets": {}, "styles": styles}


def page(number: int, *children: Json) -> Json:
    return layer(f"0:{number}", *children) | {"type": "CANVAS"}


def pages_of_layers(pages: int = 4, layers: int = 6, text: str = "x" * 400) -> Json:
    """A document of pages of equal layers."""
    return answer_of(
        *(page(at, *(layer(f"{at}:{n}", text=text) for n in range(1, layers + 1))) for at in range(1, pages + 1))
    )


def whole(org: InMemoryOrganisation, key: str = HOME) -> Fetched:
    return read_document(key, org.document(key, None) or b"")


def assert_equal(found: Fetched, expected: Fetched) -> None:
    """Compare all stored rows of two readings."""
    for name, table in expected.tables.items():
        assert found.tables[name].to_pylist() == table.to_pylist(), name
    assert hash_content(found.tables) == hash_content(expected.tables)
    facts = ("name", "version", "last_modified_at", "editor_type")
    assert [getattr(found, fact) for fact in facts] == [getattr(expected, fact) for fact in facts]


def smallest_limit(org: InMemoryOrganisation) -> int:
    """Return the smallest limit, in bytes, under which every node can be fetched.

    A node comes with all its descendants, or alone if its children are fetched separately.
    """

    def size(id_: str, **query: str) -> int:
        return len(document_nodes(org, RequestParameters({"file_key": HOME}, {"ids": id_, **query})))

    def needed(node: Json) -> int:
        return min(size(node["id"]), max([size(node["id"], depth="1"), *map(needed, node.get("children", []))]))

    shell = document(org, RequestParameters({"file_key": HOME}, {"depth": "1", "branch_data": "true"}))
    pages = json.loads(org.document(HOME, None) or b"")["document"]["children"]
    return max([len(shell), *map(needed, pages)])


def document_requests(server: Server) -> list[tuple[str, str]]:
    """The tier-1 requests in short form: whole or nodes, and the query."""
    return [(r.path.removeprefix(f"/v1/files/{HOME}"), r.query) for r in server.requests if r.tier == 1]


def refusal_of(api: FigmaClient) -> Refused:
    with pytest.raises(Refused) as raised:
        fetch_document(api, HOME)
    return raised.value


@pytest.mark.slow
@settings(deadline=None, max_examples=15, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(answer=answers(), share=st.floats(0, 1), in_parts=st.booleans())
def test_parts_under_any_limit_give_the_tables_of_the_whole(
    server: Server, api: FigmaClient, answer: Json, share: float, in_parts: bool
) -> None:
    org = InMemoryOrganisation()
    org.add(HOME, answer=answer)
    server.org = org
    server.reset_requests()
    size, least = len(org.document(HOME, None) or b""), smallest_limit(org)
    server.size_limits = SizeLimits(answer_bytes=round(least + share * max(0, size - least)))

    found = fetch_document(api, HOME, in_parts=in_parts)

    assert_equal(found, whole(org))
    by_status = Counter(request.status for request in server.requests)
    assert found.parts == by_status[200]
    assert len(set(document_requests(server))) == len(server.requests) == api_spent(by_status)
    assert in_parts == (("", "branch_data=true") not in document_requests(server))


def api_spent(by_status: Counter[int]) -> int:
    assert by_status.keys() <= {200, 400}
    return by_status.total()


@settings(deadline=None, max_examples=10, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(answer=answers())
def test_a_document_with_a_missing_part_is_refused_and_never_loaded_in_part(
    server: Server, api: FigmaClient, answer: Json
) -> None:
    org = InMemoryOrganisation()
    org.add(HOME, answer=answer)
    server.org = org
    least = smallest_limit(org)
    server.size_limits = SizeLimits(answer_bytes=least - 1)
    if len(org.document(HOME, None) or b"") >= least:
        assert refusal_of(api).reason == "too_large"


@pytest.mark.slow
@pytest.mark.skipif(not RECORDED.is_dir(), reason="needs the recorded answers in ../shared/recorded/files")
def test_recorded_documents_in_parts_of_a_tenth_equal_the_whole(connect: Connect) -> None:
    org = RecordedOrganisation(RECORDED)
    equal, refused = [], []
    with serve(org) as server:
        api = connect(server)
        for card in (card for folder in org.folders(org.team_ids[0], None) for card in org.files(folder.id)):
            body = org.document(card.key, None) or b""
            # one large document is enough
            if len(body) < 3_000_000 or card.key.startswith("community767127152"):
                server.size_limits.answer_bytes = len(body) // 10
                try:
                    assert_equal(fetch_document(api, card.key), read_document(card.key, body))
                    equal.append(card.key)
                except Refused as refusal:
                    node_id = refusal.detail.partition("(node ")[2].partition(" ")[0]
                    bare = document_nodes(
                        org, RequestParameters({"file_key": card.key}, {"ids": node_id, "depth": "1"})
                    )
                    assert len(bare) > server.size_limits.answer_bytes
                    refused.append(card.key)
    assert len(equal) >= 10
    assert len(refused) <= 5


def test_a_document_slightly_too_large_takes_three_answers(
    server: Server, drafts: InMemoryOrganisation, api: FigmaClient
) -> None:
    drafts.save(HOME, pages_of_layers())
    size = len(drafts.document(HOME, None) or b"")
    server.size_limits.answer_bytes = size - 1
    found = fetch_document(api, HOME)
    assert_equal(found, whole(drafts))
    assert found.parts == 3
    assert document_requests(server) == [
        ("", "branch_data=true"),
        ("", "depth=1&branch_data=true"),
        ("/nodes", "ids=0%3A1%2C0%3A2"),
        ("/nodes", "ids=0%3A3%2C0%3A4"),
    ]


def test_one_huge_page_among_many_small_ones_costs_few_requests(
    server: Server, drafts: InMemoryOrganisation, api: FigmaClient
) -> None:
    huge = page(500, *(layer(f"9:{n}", layer(f"8:{n}", text="y" * 900)) for n in range(60)))
    drafts.save(HOME, answer_of(*(page(n) for n in range(20)), huge, *(page(n) for n in range(21, 64))))
    server.size_limits.answer_bytes = 50_000
    assert_equal(fetch_document(api, HOME), whole(drafts))
    # the whole, the shell, down to the one page in five halvings and up again, its shell, its halves
    assert server.spent[1] <= 20


@pytest.mark.slow
def test_thousands_of_small_layers_are_requested_with_urls_below_four_kilobytes(
    server: Server, drafts: InMemoryOrganisation, api: FigmaClient
) -> None:
    drafts.save(HOME, answer_of(page(1, *(layer(f"{n}:{n}") for n in range(3000, 5000)))))
    server.size_limits.answer_bytes = len(drafts.document(HOME, None) or b"") - 1
    assert_equal(fetch_document(api, HOME), whole(drafts))
    assert {request.status for request in server.requests} == {200, 400}
    assert max(len(request.path) + len(request.query) for request in server.requests) < 4_000
    assert server.spent[1] <= 15


def test_batches_are_halved_if_figma_accepts_fewer_ids(
    server: Server, drafts: InMemoryOrganisation, api: FigmaClient
) -> None:
    drafts.save(HOME, answer_of(page(1, *(layer(f"1:{n}") for n in range(300)))))
    server.size_limits = SizeLimits(answer_bytes=len(drafts.document(HOME, None) or b"") - 1, node_ids=40)
    assert_equal(fetch_document(api, HOME), whole(drafts))
    statuses = Counter(request.status for request in server.requests)
    # once down from half of all to what is taken, then never again
    assert statuses[413] == 2
    assert statuses[200] == 2 + 8


def test_layers_at_a_depth_of_eighty_are_fetched_one_by_one(
    server: Server, drafts: InMemoryOrganisation, api: FigmaClient
) -> None:
    nested = layer("1:80", text="z" * 600)
    for level in range(79, 0, -1):
        nested = layer(f"1:{level}", nested, text="z" * 600)
    drafts.save(HOME, answer_of(page(1, nested)))
    server.size_limits.answer_bytes = 2_500
    found = fetch_document(api, HOME)
    assert_equal(found, whole(drafts))
    assert server.spent[1] == found.parts + 1


class MovingOrganisation(InMemoryOrganisation):
    """Drafts, one of which is edited while it is read: `moves` has its states by the number of the request."""

    def __init__(self, moves: dict[int, Json], is_version: bool) -> None:
        super().__init__(HOME)
        self.moves, self.is_version, self.looks = moves, is_version, 0

    def document(self, key: str, version: str | None) -> bytes | None:
        self.looks += 1
        if self.looks in self.moves:
            self.save(HOME, self.moves[self.looks], self.is_version)
        return super().document(key, version)


def moving(server: Server, first: Json, moves: dict[int, Json], *, is_version: bool = True) -> MovingOrganisation:
    """Serve a document that is edited between requests and never comes whole."""
    org = MovingOrganisation(moves, is_version)
    org.save(HOME, first)
    server.org = org
    server.size_limits.answer_bytes = round(len(json.dumps(first)) * 0.9)
    return org


def test_a_file_that_is_edited_between_parts_is_read_again_from_the_start(server: Server, api: FigmaClient) -> None:
    org = moving(server, pages_of_layers(), {3: pages_of_layers(text="w" * 400)})
    found = fetch_document(api, HOME)
    assert_equal(found, whole(org))
    assert (found.parts, found.last_version) == (3, None)
    assert [query for path, query in document_requests(server) if not path].count("depth=1&branch_data=true") == 2


def test_a_file_that_is_edited_again_and_again_is_loaded_with_both_versions(server: Server, api: FigmaClient) -> None:
    states = [pages_of_layers(text=letter * 400) for letter in "abc"]
    org = moving(server, states[0], {3: states[1], 6: states[2]})
    found = fetch_document(api, HOME)
    versions = [save.version for save in org.files_by_key[HOME].saves[-2:]]
    assert [found.version, found.last_version] == versions
    assert found.last_modified_at == org.files_by_key[HOME].saves[-2].at
    names = Counter(row["name"][:1] for row in found.tables["nodes"].to_pylist() if row["depth"] == 2)
    assert names == {"b": 12, "c": 12}
    assert found.parts == 3


def test_an_edit_that_changes_the_time_and_not_the_version_is_detected(server: Server, api: FigmaClient) -> None:
    org = moving(server, pages_of_layers(), {3: pages_of_layers(text="w" * 400)}, is_version=False)
    assert_equal(fetch_document(api, HOME), whole(org))
    assert len({save.version for save in org.files_by_key[HOME].saves[1:]}) == 1


def test_a_layer_that_moved_to_a_later_page_is_loaded_once(server: Server, api: FigmaClient) -> None:
    wanderer, filler = layer("7:7", text="wanderer"), "v" * 3000
    first, second, third = (
        answer_of(page(1, layer("1:1", text=filler), *here), page(2, layer("2:1", text=letter + filler), *there))
        for letter, here, there in (("a", [wanderer], []), ("b", [wanderer], []), ("c", [], [wanderer]))
    )
    moving(server, first, {3: second, 6: third})
    nodes = fetch_document(api, HOME).tables["nodes"].to_pylist()
    assert sorted(row["node_id"] for row in nodes) == ["0:0", "0:1", "0:2", "1:1", "2:1", "7:7"]
    assert [row["preorder"] for row in nodes] == list(range(6))


def test_a_layer_that_is_deleted_between_parts_is_left_out(server: Server, api: FigmaClient) -> None:
    def state(letter: str, *numbers: int) -> Json:
        return answer_of(*(page(number, layer(f"{number}:1", text=letter * 900)) for number in numbers))

    moving(server, state("a", 1, 2, 3, 4), {3: state("b", 1, 2, 3, 4), 6: state("c", 1, 2, 4)})
    found = fetch_document(api, HOME)
    pages = [row["node_id"] for row in found.tables["nodes"].to_pylist() if row["depth"] == 1]
    assert pages == ["0:1", "0:2", "0:4"]
    assert found.last_version is not None


def test_a_layer_that_figma_never_returns_alone_makes_the_file_refused(
    server: Server, drafts: InMemoryOrganisation, api: FigmaClient
) -> None:
    drafts.save(HOME, pages_of_layers())
    save = drafts.files_by_key[HOME].saves[-1]
    server.size_limits.answer_bytes = len(drafts.document(HOME, None) or b"") - 1
    head = {"version": save.version, "lastModified": save.at.isoformat()}
    nothing = json.dumps({**head, "nodes": {"0:1": None, "0:2": None}}).encode()
    server.script("/nodes", HttpAnswer(200, nothing), HttpAnswer(200, nothing))
    refusal = refusal_of(api)
    assert (refusal.reason, refusal.detail) == ("bad_body", "Figma does not give node 0:1 by itself")


def test_a_document_that_always_fails_whole_is_fetched_in_parts(
    server: Server, drafts: InMemoryOrganisation, api: FigmaClient
) -> None:
    drafts.save(HOME, pages_of_layers())
    for broken in (HttpAnswer(500, b'{"status": 500, "err": "Internal Server Error"}'), HttpAnswer(cut=True)):
        server.reset_requests()
        server.script(r"/v1/files/[^/]*\?branch_data=true$", *[broken] * TRIES)
        found = fetch_document(api, HOME)
        assert_equal(found, whole(drafts))
        assert (found.parts, server.spent[1]) == (3, TRIES + 3)


def test_a_part_that_always_fails_is_split_and_parts_of_that_size_are_not_requested(
    server: Server, drafts: InMemoryOrganisation, api: FigmaClient
) -> None:
    drafts.save(HOME, pages_of_layers())
    server.size_limits.answer_bytes = len(drafts.document(HOME, None) or b"") - 1
    server.script("/nodes", *[DOWN] * TRIES)
    found = fetch_document(api, HOME)
    assert_equal(found, whole(drafts))
    assert (found.parts, server.spent[1]) == (5, 2 + TRIES + 4)


def test_an_outage_between_parts_is_not_attributed_to_their_size(
    server: Server, drafts: InMemoryOrganisation, api: FigmaClient
) -> None:
    drafts.save(HOME, answer_of(*(page(n) for n in range(1000, 1300))))
    server.size_limits.answer_bytes = len(drafts.document(HOME, None) or b"") - 1
    server.script("/nodes", *[DOWN] * 1000)
    assert refusal_of(api).reason == "server_error"
    assert server.spent[1] <= 2 + 7 * TRIES


def test_a_limit_used_up_between_two_parts_defers_the_file(
    server: Server, drafts: InMemoryOrganisation, api: FigmaClient
) -> None:
    drafts.save(HOME, pages_of_layers())
    server.size_limits.answer_bytes = len(drafts.document(HOME, None) or b"") - 1
    server.script(
        "/nodes", HttpAnswer(passthrough=True), HttpAnswer(429, b'{"status": 429}', {"retry-after": "396749"})
    )
    refusal = refusal_of(api)
    assert refusal.reason == "rate_limited"
    assert refusal.retry_at is not None
    assert server.spent[1] == 4


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (None, False),
        ({"parts": 1, "loaded_at": datetime(2026, 11, 20, tzinfo=UTC)}, False),
        ({"parts": 14, "loaded_at": datetime(2026, 11, 1, tzinfo=UTC)}, True),
        ({"parts": 14, "loaded_at": datetime(2026, 10, 31, 23, 59, tzinfo=UTC)}, False),
        ({"parts": 14, "loaded_at": datetime(2025, 11, 20, tzinfo=UTC)}, False),
    ],
)
def test_a_document_fetched_in_parts_is_requested_whole_again_once_a_month(stored: Any, expected: bool) -> None:
    at = datetime(2026, 11, 20, 22, tzinfo=UTC) + timedelta(minutes=1)
    assert comes_in_parts(stored, at) is expected


@pytest.mark.parametrize("pages", [1, 3, 60, 400])
def test_a_gateway_that_never_returns_nodes_in_time_costs_a_file_fewer_than_ten_requests(
    server: Server, drafts: InMemoryOrganisation, api: FigmaClient, pages: int
) -> None:
    late = HttpAnswer(504, b'{"status":504,"err":"timeout"}')
    drafts.save(HOME, answer_of(*(page(n) for n in range(1000, 1000 + pages))))
    server.script(r"\?branch_data=true$", late, late)
    server.script("/nodes", *[late] * 100)
    refusal = refusal_of(api)
    assert (refusal.reason, refusal.status) == ("server_error", 504)
    assert server.spent[1] < 10


@pytest.mark.slow
def test_pages_that_never_come_in_time_are_read_by_their_layers(
    server: Server, drafts: InMemoryOrganisation, api: FigmaClient
) -> None:
    late = HttpAnswer(504, b'{"status":504,"err":"timeout"}')
    drafts.save(HOME, pages_of_layers(pages=40))
    server.script(r"\?branch_data=true$", late, late)
    server.script(r"/nodes\?ids=0%3A\d+(%2C0%3A\d+)*$", *[late] * 200)
    found = fetch_document(api, HOME)
    assert_equal(found, whole(drafts))
