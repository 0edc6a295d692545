"""Actions of library analytics: which weeks of which libraries are requested, and what ends the requests."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from figma_warehouse.sandbox import HttpAnswer, LibraryAction, Server
from figma_warehouse.source.addresses import parse_scope
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.listings.library_actions import action_row, count_requests, fetch_tables, last_week
from figma_warehouse.source.refresh import Refresh
from figma_warehouse.source.stored_state import StoredState
from tests.fixtures.in_memory_organisation import HOME, SHOP, TEAM, InMemoryOrganisation

Row = dict[str, Any]

# a Monday
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PATH = "/v1/analytics/libraries/{}/{}/actions"


def read(
    server: Server, api: FigmaClient, loaded_at: datetime | None = None, *, at: datetime = NOON
) -> tuple[list[Row], list[Row]]:
    """The rows of `library_actions` and of `outcomes`, if all lists were loaded at a time."""
    items = [f"{HOME} {kind}s" for kind in ("component", "style", "variable")]
    loads = {("library_actions", item): loaded_at for item in items if loaded_at}
    refresh = Refresh(api, parse_scope(teams=[TEAM.id]), StoredState(loaded_at=loads), "run", at)
    rows = {name: refresh.published(name)[0] for name in ("components", "styles")}
    stored = {name: {str(number): row for number, row in enumerate(found)} for name, found in rows.items()}
    counted = replace(refresh, stored_state=StoredState(loaded_at=loads, published=stored))
    due = sum(count_requests(counted).values())
    server.reset_requests()
    found: dict[str, list[Row]] = {"library_actions": [], "outcomes": []}
    for tables in fetch_tables(refresh):
        for name, table in tables.items():
            found[name] += table.to_pylist()
    assert len(found["outcomes"]) in (due, 1)
    return found["library_actions"], found["outcomes"]


@pytest.fixture
def drafts(drafts: InMemoryOrganisation) -> InMemoryOrganisation:
    """A library with a component and a style, each with actions in three weeks of which the last has not ended."""
    drafts.at = NOON
    for kind in ("components", "styles"):
        drafts.publish(kind, kind, HOME)
        (item,) = drafts.published_items[kind]
        for day in (date(2026, 2, 16), date(2026, 2, 23), date(2026, 3, 2)):
            drafts.actions.append(LibraryAction(kind[:-1], item.key, day, day.day, 1))
    return drafts


def weeks(rows: list[Row]) -> list[tuple[str, str, int, int]]:
    return [(row["kind"], f"{row['week']}", row["insertions"], row["detachments"]) for row in rows]


def test_each_kind_of_a_library_is_requested_for_the_weeks_that_ended_a_day_ago(
    server: Server, api: FigmaClient
) -> None:
    rows, outcomes = read(server, api)

    assert weeks(rows) == [("component", "2026-02-16", 16, 1), ("style", "2026-02-16", 16, 1)]
    assert [(row["item_id"], row["status"]) for row in outcomes] == [
        (f"{HOME} {kind}s", "loaded") for kind in ("component", "style", "variable")
    ]
    assert [(request.path, request.query) for request in server.requests] == [
        (PATH.format(HOME, kind), f"group_by={kind}&end_date=2026-02-18") for kind in ("component", "style", "variable")
    ]
    assert server.spent == {1: 0, 2: 0, 3: 3}
    # a run past midnight skips no week
    assert {row["finished_at"] for row in outcomes} == {NOON}


def test_a_week_is_requested_once_and_no_request_is_sent_before_the_next_one_has_ended(
    server: Server, api: FigmaClient
) -> None:
    assert read(server, api, NOON - timedelta(days=5)) == ([], [])
    assert server.requests == []

    rows, _ = read(server, api, NOON, at=NOON + timedelta(days=1))

    assert weeks(rows) == [("component", "2026-02-23", 23, 1), ("style", "2026-02-23", 23, 1)]
    queries = [request.query for request in server.requests]
    assert queries[0] == "group_by=component&start_date=2026-02-25&end_date=2026-02-25"
    assert read(server, api, NOON + timedelta(days=1), at=NOON + timedelta(days=6)) == ([], [])


@pytest.mark.parametrize(
    ("at", "monday"),
    [
        ("2026-03-02T23:59:59+00:00", "2026-02-16"),
        ("2026-03-03T00:00:00+00:00", "2026-02-23"),
        ("2026-03-02T20:00:00-05:00", "2026-02-23"),
        ("2026-03-08T12:00:00+00:00", "2026-02-23"),
    ],
)
def test_a_week_counts_as_ended_a_day_after_its_end(at: str, monday: str) -> None:
    assert last_week(datetime.fromisoformat(at)) == date.fromisoformat(monday)


@pytest.mark.parametrize(
    ("said", "reason"), [("Limited by Figma plan", "plan_limited"), ("Invalid scope(s): x", "missing_scope")]
)
def test_a_refusal_by_plan_or_scope_ends_the_requests(
    server: Server, api: FigmaClient, drafts: InMemoryOrganisation, said: str, reason: str
) -> None:
    drafts.publish("components", "Other", SHOP)
    body = json.dumps({"status": 403, "error": True, "message": said}).encode()
    server.script(PATH.format(HOME, "component"), HttpAnswer(403, body))

    rows, outcomes = read(server, api)

    assert (rows, [(row["item_id"], row["reason"]) for row in outcomes]) == ([], [("all libraries", reason)])
    assert len(server.requests) == 1


def test_an_entry_without_a_key_a_week_or_a_count_is_left_out() -> None:
    good: Row = {"week": "2026-02-16", "style_key": "s", "style_name": "Tint", "style_type": "FILL"}
    good |= {"insertions": 2.0, "detachments": 0}
    odd: dict[str, tuple[Any, ...]] = {
        "week": (None, "", "February", 7, "0001-01-05"),
        "style_key": (None, "", []),
        "insertions": (None, "2", -1, 1.5),
    }
    bad = [good | {name: value} for name, values in odd.items() for value in values]

    assert [action_row("kit", "style", one, NOON) for one in bad] == [None] * len(bad)
    assert action_row("kit", "style", good, NOON) == {
        "library_file_key": "kit",
        "kind": "style",
        "item_key": "s",
        "week": date(2026, 2, 16),
        "item_name": "Tint",
        "item_type": "FILL",
        "component_set_key": None,
        "component_set_name": None,
        "collection_key": None,
        "collection_name": None,
        "insertions": 2,
        "detachments": 0,
        "fetched_at": NOON,
    }
