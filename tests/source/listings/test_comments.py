"""Comments: which files are requested, what is stored, and what leaves the warehouse."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest

from figma_warehouse.sandbox import HttpAnswer, RateLimits, Server
from figma_warehouse.source.addresses import Reload, parse_scope
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.figma import figma
from figma_warehouse.source.listings.comments import comment_rows, count_requests, fetch_tables
from figma_warehouse.source.refresh import Refresh
from figma_warehouse.source.stored_state import StoredComments, StoredState
from tests.fixtures.in_memory_organisation import HOME, SHOP, TEAM, TOP, InMemoryOrganisation, Json

Row = dict[str, Any]

ALL_FILES = "all files"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
BRANCH = "branch".ljust(22, "0")
WRITTEN = "2026-03-01T10:00:00.250Z"
CLOSED, OPEN = StoredComments(False, False), StoredComments(True, False)
SLOW_DOWN = HttpAnswer(429, b'{"status": 429, "err": "Rate limit exceeded"}', {"Retry-After": "9999"})
AT = datetime(2026, 3, 1, 10, 0, 0, 250_000, UTC)
# the row of comment("1") without its text
START = {
    "file_key": HOME,
    "comment_id": "1",
    "parent_id": None,
    "order_id": "1",
    "node_id": "1:2",
    "x": 4.0,
    "y": 8.5,
    "user_id": "1",
    "user_handle": "person 1",
    "created_at": AT,
    "resolved_at": None,
    "message": None,
    "is_tombstone": None,
}


def user(id_: str) -> Json:
    return {"id": id_, "handle": f"person {id_}", "img_url": "https://s3-alpha.figma.com/profile/1"}


def comment(id_: str, **more: Any) -> Json:
    return {
        "id": id_,
        "file_key": HOME,
        "parent_id": "",
        "user": user("1"),
        "created_at": WRITTEN,
        "resolved_at": None,
        "message": "Is this final?",
        "reactions": [],
        "order_id": "1",
        "client_meta": {"node_id": "1:2", "node_offset": {"x": 4, "y": 8.5}},
    } | more


REPLY = comment("2", parent_id="1", user=user("2"), client_meta=None, order_id=None)


@pytest.fixture
def drafts(drafts: InMemoryOrganisation) -> InMemoryOrganisation:
    """Two files, of which one has a thread, and a branch."""
    drafts.comments_by_key[HOME] = [comment("1"), REPLY]
    drafts.add(BRANCH, TOP, main_key=HOME)
    return drafts


def refresh_of(server: Server, api: FigmaClient, stored: StoredState, **more: Any) -> Refresh:
    """A refresh that has read its listing."""
    refresh = Refresh(api, parse_scope(teams=[TEAM.id]), stored, "run", NOON, **more)
    assert refresh.listing.files
    server.reset_requests()
    return refresh


def loaded(refresh: Refresh) -> tuple[list[Row], list[Row], list[Row]]:
    """The rows of both tables, and the outcomes."""
    found: dict[str, list[Row]] = {"comments": [], "comment_reactions": [], "outcomes": []}
    for tables in fetch_tables(refresh):
        for name, table in tables.items():
            found[name] += table.to_pylist()
    return found["comments"], found["comment_reactions"], found["outcomes"]


def settled(outcomes: list[Row]) -> list[tuple[str, str, str | None]]:
    return [(row["item_id"], row["status"], row["reason"]) for row in outcomes]


def test_a_file_has_a_row_for_each_comment_and_reaction_without_texts(
    server: Server, api: FigmaClient, drafts: InMemoryOrganisation
) -> None:
    heart = {"user": user("3"), "emoji": ":heart:", "created_at": WRITTEN}
    drafts.comments_by_key[HOME] = [comment("1", reactions=[heart, heart]), REPLY]

    comments, reactions, outcomes = loaded(refresh_of(server, api, StoredState()))

    pinless = dict.fromkeys(("order_id", "node_id", "x", "y"))
    reply = START | pinless | {"comment_id": "2", "parent_id": "1", "user_id": "2", "user_handle": "person 2"}
    assert [row for row in comments if row["file_key"] == HOME] == [START, reply]
    # a file without comments loses the rows of earlier loads
    assert [row["is_tombstone"] for row in comments if row["file_key"] == SHOP] == [True]
    assert [row for row in reactions if row["file_key"] == HOME] == [
        {
            "file_key": HOME,
            "comment_id": "1",
            "user_id": "3",
            "emoji": ":heart:",
            "created_at": AT,
            "is_tombstone": None,
        }
    ]
    assert settled(outcomes) == [(HOME, "loaded", None), (SHOP, "loaded", None)]
    assert server.spent == {1: 0, 2: 2, 3: 0}


def test_texts_are_stored_if_the_setting_is_on() -> None:
    without, empty = comment("1"), comment("2", message=None)
    rows = comment_rows(HOME, [without, empty], keeps_texts=True)["comments"]
    assert [row["message"] for row in rows] == ["Is this final?", ""]


@pytest.mark.parametrize(
    ("stored", "hours", "more", "requested"),
    [
        ({}, 0, {}, []),
        ({HOME: CLOSED}, 0, {}, []),
        ({HOME: CLOSED}, 1, {}, [HOME]),
        ({HOME: OPEN}, 0, {}, [HOME]),
        ({HOME: CLOSED}, 0, {"reload": Reload(is_all=True)}, [HOME, SHOP]),
        # texts that are stored and should not be, and the other way round
        ({HOME: StoredComments(False, True)}, 0, {}, [HOME]),
        ({HOME: StoredComments(False, True)}, 0, {"keeps_comment_texts": True}, []),
        ({HOME: CLOSED}, 0, {"keeps_comment_texts": True}, [HOME]),
    ],
)
def test_a_file_is_requested_again_if_it_changed_has_an_open_thread_or_should_change_its_texts(
    server: Server,
    api: FigmaClient,
    drafts: InMemoryOrganisation,
    stored: dict[str, StoredComments],
    hours: int,
    more: Row,
    requested: list[str],
) -> None:
    ago = {HOME: timedelta(hours=hours), SHOP: timedelta()}
    edits = {("comments", key): drafts.files_by_key[key].saves[-1].at - ago[key] for key in ago}
    before = StoredState(loaded_edits={**edits}, commented_files=lambda: stored)

    assert count_requests(refresh_of(server, api, before, **more)).total() == len(requested)
    loaded(refresh_of(server, api, before, **more))

    assert [request.path for request in server.requests] == [f"/v1/files/{key}/comments" for key in requested]


def test_a_limit_ends_the_requests_with_one_outcome(server: Server, api: FigmaClient) -> None:
    server.script(f"/v1/files/{HOME}/comments", *[SLOW_DOWN] * 5)
    *_, outcomes = loaded(refresh_of(server, api, StoredState()))
    assert settled(outcomes) == [(ALL_FILES, "skipped", "rate_limited")]


def test_a_missing_scope_ends_the_requests_with_one_outcome_and_a_refused_file_has_its_own(
    server: Server, api: FigmaClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    # any plan has comments
    monkeypatch.setattr(server, "limits", RateLimits("professional", "full"))
    server.script(f"/v1/files/{HOME}/comments", HttpAnswer(403, b'{"status": 403, "err": "Not allowed"}'))
    *_, outcomes = loaded(refresh_of(server, api, StoredState()))
    assert settled(outcomes) == [(HOME, "skipped", "no_access"), (SHOP, "loaded", None)]

    monkeypatch.setattr(server, "missing_scopes", {"file_comments:read"})
    *_, (refused,) = loaded(refresh_of(server, api, StoredState()))
    assert (refused["item_id"], refused["reason"]) == (ALL_FILES, "missing_scope")
    assert "file_comments:read" in refused["detail"]


def test_a_file_that_is_gone_loses_its_comments_without_a_request(server: Server, api: FigmaClient) -> None:
    gone = "gone".ljust(22, "0")
    removed = {"file_key": gone, "removed_at": NOON, "folder_id": None, "team_id": None, "main_file_key": None}
    stored = StoredState(files={gone: removed}, commented_files=lambda: {gone: OPEN})

    comments, reactions, outcomes = loaded(refresh_of(server, api, stored))

    for rows in (comments, reactions):
        assert [row["is_tombstone"] for row in rows if row["file_key"] == gone] == [True]
    assert gone not in {row["item_id"] for row in outcomes}
    assert [request for request in server.requests if gone in request.path] == []


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"comments": {}}'])
def test_a_bad_body_gives_no_rows(server: Server, api: FigmaClient, body: bytes) -> None:
    server.script(f"/v1/files/{HOME}/comments", *[HttpAnswer(200, body)] * 5)
    comments, _, outcomes = loaded(refresh_of(server, api, StoredState()))
    assert {row["file_key"] for row in comments} == {SHOP}
    assert settled(outcomes)[0] == (HOME, "skipped", "bad_body")


def test_values_of_unexpected_types_become_null_and_comments_without_an_id_or_time_no_row() -> None:
    odd = comment("1", user=[], client_meta="here", order_id=7, resolved_at=5, reactions=[{"emoji": 3}, {}, None])
    nameless = [comment(""), comment("2", created_at="yesterday"), comment("3", id=None)]
    rows = comment_rows(HOME, [odd, *nameless], keeps_texts=False)
    (row,) = rows["comments"]
    assert (row["user_id"], row["node_id"], row["x"], row["order_id"], row["resolved_at"]) == (
        None,
        None,
        None,
        "7",
        None,
    )
    assert [(one["user_id"], one["emoji"]) for one in rows["comment_reactions"]] == [("", "3")]


@pytest.mark.slow
def test_later_loads_request_files_with_open_threads_until_they_are_resolved(
    server: Server, drafts: InMemoryOrganisation, tmp_path: Path
) -> None:
    database = tmp_path / "build.duckdb"
    drafts.comments_by_key[SHOP] = [comment("9", resolved_at=WRITTEN)]
    assert load(server, database) == ([HOME, SHOP], [("1", None), ("2", None), ("9", None)])
    assert load(server, database) == ([HOME], [("1", None), ("2", None), ("9", None)])

    # nothing of the file changes
    drafts.comments_by_key[HOME] = [comment("1", resolved_at=WRITTEN), comment("3", parent_id="1")]
    assert load(server, database) == ([HOME], [("1", None), ("3", None), ("9", None)])
    assert load(server, database)[0] == []

    text = "Is this final?"
    assert load(server, database, texts=True) == ([HOME, SHOP], [("1", text), ("3", text), ("9", text)])
    assert load(server, database, texts=True)[0] == []
    assert load(server, database) == ([HOME, SHOP], [("1", None), ("3", None), ("9", None)])


def load(server: Server, database: Path, *, texts: bool = False) -> tuple[list[str], list[tuple[str, str | None]]]:
    """Load everything with the plain source; returns the files whose comments were requested, and the comments."""
    server.reset_requests()
    source = figma(server.org.token, server.base_url, teams=[TEAM.id], comments=True, comment_texts=texts)
    destination, folder = dlt.destinations.duckdb(str(database)), str(database.parent)
    pipeline = dlt.pipeline("commented", destination=destination, dataset_name="figma", pipelines_dir=folder)
    pipeline.run(source)
    asked = [request.path.split("/")[3] for request in server.requests if request.path.endswith("/comments")]
    with duckdb.connect(str(database)) as connection:
        rows = connection.execute("select comment_id, message from figma.comments order by all").fetchall()
    return asked, [(id_, text) for id_, text in rows]
