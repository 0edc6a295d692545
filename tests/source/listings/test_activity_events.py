"""The activity log: pages by cursor, where a run continues, what is stored of people, and refusals."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest

from figma_warehouse.sandbox import ActivityEvent, HttpAnswer, RateLimits, Server, User
from figma_warehouse.source.addresses import parse_scope
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.figma import figma
from figma_warehouse.source.listings.activity_events import event_row, fetch_tables
from figma_warehouse.source.refresh import Refresh
from figma_warehouse.source.stored_state import StoredState
from tests.fixtures.in_memory_organisation import HOME, SHOP, TEAM, InMemoryOrganisation

Row = dict[str, Any]

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PATH = "/v1/activity_logs"
ANN = User("77", "ann")
EVENTS = "fig_file_view%2Cfig_file_view_prototype%2Cfig_file_export"


def events(count: int) -> list[ActivityEvent]:
    """Views of a file, three in each second."""
    moments = (NOON - timedelta(hours=1, seconds=-(number // 3)) for number in range(count))
    return [ActivityEvent(f"event {n}", at, "fig_file_view", ANN, HOME, "Home") for n, at in enumerate(moments)]


def read(api: FigmaClient, stored: StoredState | None = None, **more: Any) -> tuple[list[Row], list[Row]]:
    """The rows of `activity_events` and of `outcomes`."""
    refresh = Refresh(api, parse_scope(teams=[TEAM.id]), stored or StoredState(), "run", NOON, **more)
    found: dict[str, list[Row]] = {"activity_events": [], "outcomes": []}
    for tables in fetch_tables(refresh):
        for name, table in tables.items():
            found[name] += table.to_pylist()
    return found["activity_events"], found["outcomes"]


def settled(outcomes: list[Row]) -> list[tuple[str, str, str | None]]:
    return [(row["item_id"], row["status"], row["reason"]) for row in outcomes]


@pytest.fixture
def drafts(drafts: InMemoryOrganisation) -> InMemoryOrganisation:
    drafts.at = NOON
    return drafts


def test_a_first_load_reads_all_pages_and_the_next_one_begins_with_the_second_of_the_newest_event(
    server: Server, api: FigmaClient, drafts: InMemoryOrganisation
) -> None:
    drafts.activity = events(2001)

    rows, outcomes = read(api)

    assert [row["event_id"] for row in rows] == [f"event {number}" for number in range(2001)]
    assert settled(outcomes) == [("the organisation", "loaded", None)]
    first, *others = [request.query for request in server.requests]
    assert first == f"events={EVENTS}"
    assert [query.startswith(f"{first}&cursor=") for query in others] == [True, True]

    # a kill after the second page, which ended within a second
    newest = rows[1999]["happened_at"]
    server.reset_requests()
    rows, _ = read(api, StoredState(newest_activity=lambda: newest))
    assert [row["event_id"] for row in rows] == ["event 1998", "event 1999", "event 2000"]
    assert [request.query for request in server.requests] == [f"{first}&start_time={int(newest.timestamp())}"]


def test_names_and_addresses_are_stored_only_with_the_setting_and_the_ip_address_never(
    api: FigmaClient, drafts: InMemoryOrganisation
) -> None:
    drafts.activity = [
        ActivityEvent("a", NOON, "fig_file_export", ANN, "branch", "Trial", main_key=HOME, team_id=TEAM.id),
        ActivityEvent("b", NOON, "fig_file_view", None, SHOP, "Shop", client_name="Board"),
        ActivityEvent("c", NOON, "fig_file_rename", ANN, SHOP, "Shop"),
    ]

    without, with_people = read(api)[0], read(api, activity_people=True)[0]

    for row in (*without, *with_people):
        assert row.pop("fetched_at") > NOON
    assert with_people == [
        {
            "event_id": "a",
            "happened_at": NOON,
            "action": "fig_file_export",
            "file_key": "branch",
            "main_file_key": HOME,
            "team_id": TEAM.id,
            "user_id": "77",
            "user_name": "ann",
            "user_email": "ann@company.example",
            "client_name": None,
        },
        {
            "event_id": "b",
            "happened_at": NOON,
            "action": "fig_file_view",
            "file_key": SHOP,
            "main_file_key": None,
            "team_id": None,
            "user_id": None,
            "user_name": None,
            "user_email": None,
            "client_name": "Board",
        },
    ]
    assert without == [row | {"user_name": None, "user_email": None} for row in with_people]


def test_a_refusal_of_the_log_is_one_outcome_and_its_endpoint_is_asked_again_after_a_week(
    server: Server, api: FigmaClient
) -> None:
    said = b'{"status": 401, "error": true, "message": "You do not have permissions to access the requested logs"}'
    for answer, reason in (
        (HttpAnswer(401, said), "no_access"),
        (HttpAnswer(200, b'{"status": 200, "error": false, "meta": {"activity_logs": null}}'), "bad_body"),
        (HttpAnswer(200, b'{"meta": {"activity_logs": [], "next_page": true}}'), "bad_body"),
    ):
        server.script(PATH, *[answer] * 5)
        rows, outcomes = read(api)
        assert (rows, settled(outcomes)) == ([], [("the organisation", "skipped", reason)])
        while server.take_script(PATH):
            pass
    server.limits = RateLimits(plan="organization", seat="full")
    _, (refused,) = read(api)
    server.limits = None
    assert refused["reason"] == "plan_limited"
    server.reset_requests()
    for days, expected in ((1, "plan_limited"), (8, None)):
        skips = {("activity_events", refused["item_id"]): refused | {"finished_at": NOON - timedelta(days=days)}}
        assert read(api, StoredState(skips=skips))[1][0]["reason"] == expected
        assert [request.path for request in server.requests].count(PATH) == (expected is None)


def test_a_malformed_event_is_left_out() -> None:
    good = {"id": "a", "timestamp": 1_770_000_000.0, "action": {"type": "fig_file_view"}, "actor": None, "entity": None}
    bad = [
        *(good | {"timestamp": time} for time in (None, True, "1770000000", -1, 1e300, 1_000_000)),
        *(good | {"action": action} for action in (None, {}, {"type": "org_user_create"})),
        good | {"id": ""},
    ]
    assert [event_row(one, NOON, has_people=True) for one in bad] == [None] * len(bad)
    row = event_row(good, NOON, has_people=True)
    assert row
    assert (row["happened_at"], row["user_id"], row.get("file_key")) == (
        datetime(2026, 2, 2, 2, 40, tzinfo=UTC),
        None,
        None,
    )


@pytest.mark.slow
def test_a_second_load_stores_no_event_twice_and_keeps_those_that_figma_drops(
    server: Server, drafts: InMemoryOrganisation, tmp_path: Path
) -> None:
    drafts.activity = events(5)
    assert load_events(server, tmp_path) == [f"event {number}" for number in range(5)]

    drafts.activity = events(7)[2:]
    server.reset_requests()
    assert load_events(server, tmp_path) == [f"event {number}" for number in range(7)]
    assert [request.query for request in server.requests if request.path == PATH] == [
        f"events={EVENTS}&start_time={int(drafts.activity[2].at.timestamp())}"
    ]


def load_events(server: Server, folder: Path) -> list[str]:
    """Load the activity log with the plain source; returns the stored ids."""
    source = figma(server.org.token, server.base_url, teams=[TEAM.id], activity_logs=True)
    destination = dlt.destinations.duckdb(str(folder / "build.duckdb"))
    pipeline = dlt.pipeline("log", destination=destination, dataset_name="figma", pipelines_dir=str(folder))
    pipeline.run(source.with_resources("activity_events", "activity_event_outcomes"))
    with duckdb.connect(str(folder / "build.duckdb")) as connection:
        rows = connection.execute("select event_id from figma.activity_events order by event_id").fetchall()
    return [event_id for (event_id,) in rows]
