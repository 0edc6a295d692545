"""Library analytics: cursor pagination, one request per day, and malformed entries."""

import json
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest

from figma_warehouse.sandbox import FigmaUsage, HttpAnswer, PublishedRow, Request, Server
from figma_warehouse.source.addresses import parse_scope
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.figma import figma
from figma_warehouse.source.listings.library_usages import fetch_tables
from figma_warehouse.source.refresh import Refresh
from figma_warehouse.source.stored_state import StoredState
from tests.fixtures.in_memory_organisation import HOME, SHOP, TEAM, InMemoryOrganisation

Row = dict[str, Any]
Connect = Callable[..., FigmaClient]

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def path_of(key: str) -> str:
    return f"/v1/analytics/libraries/{key}/component/usages"


def publish(drafts: InMemoryOrganisation, *keys: str | None, file_key: str | None = HOME) -> None:
    """Let a file publish components whose names are their keys."""
    things = drafts.published_items["components"]
    for key in keys:
        row = {"key": key, "file_key": file_key, "name": key, "node_id": "1:2"}
        things.append(PublishedRow(len(things) + 1, TEAM.id, str(file_key), str(key), row))


def refresh_of(server: Server, api: FigmaClient, known: StoredState | None = None) -> Refresh:
    """A refresh that has read the published lists."""
    refresh = Refresh(api, parse_scope(teams=[TEAM.id]), known or StoredState(), "run", NOON)
    for name in ("components", "styles"):
        refresh.published(name)
    server.reset_requests()
    return refresh


def counted(refresh: Refresh) -> tuple[list[Row], list[Row]]:
    """The rows of `library_usages` and of `outcomes`."""
    found: dict[str, list[Row]] = defaultdict(list)
    for tables in fetch_tables(refresh):
        for name, table in tables.items():
            found[name] += table.to_pylist()
    return found["library_usages"], found["outcomes"]


def settled(outcomes: list[Row]) -> list[tuple[str, str, str | None]]:
    """The outcomes but those of variables, which each library is asked for."""
    of_items = [row for row in outcomes if not row["item_id"].endswith(" variables")]
    return [(row["item_id"], row["status"], row["reason"]) for row in of_items]


def asked(server: Server) -> list[Request]:
    """The requests but those for variables."""
    return [request for request in server.requests if "/variable/" not in request.path]


def test_usages_of_several_pages_are_read_by_cursor(
    server: Server, api: FigmaClient, drafts: InMemoryOrganisation
) -> None:
    names = [f"Thing {number}" for number in range(2001)]
    publish(drafts, *names)
    drafts.usage_by_key = {"Thing 7": FigmaUsage(9, 2, 3), "Thing 2000": FigmaUsage(1, 1, 1)}

    rows, outcomes = counted(refresh_of(server, api))

    assert [row["component_key"] for row in rows] == names
    assert {row["component_key"]: tuple(row.values())[5:8] for row in rows if row["usages"]} == {
        "Thing 7": (9, 2, 3),
        "Thing 2000": (1, 1, 1),
    }
    assert settled(outcomes) == [(HOME, "loaded", None)]
    assert [request.query for request in asked(server)] == [
        "group_by=component",
        "group_by=component&cursor=rows-after-1000",
        "group_by=component&cursor=rows-after-2000",
    ]
    assert server.spent == {1: 0, 2: 0, 3: 4}


def test_a_variant_is_a_row_with_its_set(server: Server, api: FigmaClient, drafts: InMemoryOrganisation) -> None:
    inside = {"nodeId": "9:1", "name": "Button"}
    drafts.publish("component_sets", "Button", HOME, node_id="9:1")
    drafts.publish("components", "State=On", HOME, containing_frame={"containingComponentSet": inside})
    (variant,), (component_set,) = drafts.published_items["components"], drafts.published_items["component_sets"]
    drafts.usage_by_key = {variant.key: FigmaUsage(5, 1, 2)}

    (row,), _ = counted(refresh_of(server, api))

    assert row.pop("fetched_at") > NOON
    assert row == {
        "library_file_key": HOME,
        "component_key": variant.key,
        "component_name": "State=On",
        "component_set_key": component_set.key,
        "component_set_name": "Button",
        "usages": 5,
        "teams_using": 1,
        "files_using": 2,
        "is_tombstone": None,
    }


def test_usages_of_styles_and_variables_have_rows_of_their_own(
    server: Server, api: FigmaClient, drafts: InMemoryOrganisation
) -> None:
    drafts.publish("styles", "Tint", HOME, style_type="FILL")
    (style,) = drafts.published_items["styles"]
    collection = {"key": "c1", "name": "Color"}
    variable = {"key": "v1", "name": "Brand", "resolvedType": "COLOR", "variableCollectionId": "1"}
    drafts.variables_by_key[HOME] = {"variables": {"1:1": variable}, "variableCollections": {"1": collection}}
    drafts.usage_by_key = {style.key: FigmaUsage(5, 1, 2), "v1": FigmaUsage(7, 2, 3)}

    found: dict[str, list[Row]] = defaultdict(list)
    for tables in fetch_tables(refresh_of(server, api)):
        for name, table in tables.items():
            found[name] += table.to_pylist()

    assert [tuple(row.values())[:-2] for row in found["library_style_usages"]] == [
        (HOME, style.key, "Tint", "FILL", 5, 1, 2)
    ]
    assert [tuple(row.values())[:-2] for row in found["library_variable_usages"]] == [
        (HOME, "v1", "Brand", "COLOR", "c1", "Color", 7, 2, 3)
    ]
    assert [row["item_id"] for row in found["outcomes"]] == [f"{HOME} styles", f"{HOME} variables"]


@pytest.mark.parametrize(
    ("last", "is_asked"),
    [
        (datetime(2026, 3, 2, 0, 0, 1, tzinfo=UTC), False),
        (datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC), True),
        (datetime.fromisoformat("2026-03-01T22:00:00-05:00"), False),
    ],
)
def test_a_library_is_requested_once_per_utc_day(
    server: Server, api: FigmaClient, drafts: InMemoryOrganisation, last: datetime, *, is_asked: bool
) -> None:
    publish(drafts, "c")

    rows, outcomes = counted(refresh_of(server, api, StoredState(loaded_at={("library_usages", HOME): last})))

    assert settled(outcomes) == [(HOME, "loaded" if is_asked else "unchanged", None)]
    assert [request.path for request in asked(server)] == [path_of(HOME)] * is_asked
    assert len(rows) == is_asked


@pytest.mark.parametrize(
    ("said", "reason", "words"),
    [
        ("Invalid scope(s): file_content:read", "missing_scope", "library_analytics:read"),
        ("Limited by Figma plan", "plan_limited", "Figma plan"),
        ("Not allowed", "no_access", "Not allowed"),
    ],
)
def test_a_403_skips_one_library_names_what_is_missing_and_is_requested_again_like_other_refusals(
    server: Server, api: FigmaClient, drafts: InMemoryOrganisation, said: str, reason: str, words: str
) -> None:
    publish(drafts, "c")
    publish(drafts, "d", file_key=SHOP)
    body = json.dumps({"status": 403, "error": True, "message": said}).encode()
    server.script(path_of(HOME), HttpAnswer(403, body))

    _, outcomes = counted(refresh_of(server, api))

    assert settled(outcomes) == [(HOME, "skipped", reason), (SHOP, "loaded", None)]
    refused = outcomes[0]
    assert words in refused["detail"]
    for days, is_asked in ((1, reason == "missing_scope"), (8, True)):
        skip = refused | {"finished_at": NOON - timedelta(days=days)}
        counted(refresh_of(server, api, StoredState(skips={("library_usages", HOME): skip})))
        assert [request.path for request in asked(server)] == [path_of(HOME)] * is_asked + [path_of(SHOP)]


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Sign in</html>",
        b'{"rows": null, "next_page": false}',
        b'{"status": 200, "meta": {"rows": []}}',
        b'{"rows": [], "next_page": true}',
    ],
)
def test_a_bad_body_gives_no_rows(server: Server, api: FigmaClient, drafts: InMemoryOrganisation, body: bytes) -> None:
    publish(drafts, "c")
    server.script(path_of(HOME), *[HttpAnswer(200, body)] * 5)

    rows, outcomes = counted(refresh_of(server, api))

    assert (rows, settled(outcomes)) == ([], [(HOME, "skipped", "bad_body")])


@pytest.mark.parametrize("cursors", [["a", "a"], ["a", "b", "c"]])
def test_usages_whose_cursor_repeats_or_that_do_not_end_count_as_incomplete(
    server: Server, connect: Connect, drafts: InMemoryOrganisation, cursors: list[str]
) -> None:
    publish(drafts, "c")
    row = {"component_key": "c", "component_name": "C", "usages": 1, "teams_using": 1, "files_using": 1}
    pages = [{"rows": [row], "next_page": True, "cursor": cursor} for cursor in cursors]
    server.script(path_of(HOME), *[HttpAnswer(200, json.dumps(page).encode()) for page in pages])

    rows, outcomes = counted(refresh_of(server, connect(server, max_pages=3)))

    assert (rows, settled(outcomes)) == ([], [(HOME, "skipped", "bad_body")])
    assert len(asked(server)) == len(cursors)


def test_entries_without_a_key_or_a_whole_number_are_ignored(
    server: Server, api: FigmaClient, drafts: InMemoryOrganisation
) -> None:
    publish(drafts, "c")
    good = {"component_key": "c", "component_name": 7, "usages": 3.0, "teams_using": "many", "files_using": -1}
    odd = [None, {"usages": 1}, good | {"component_key": ""}, *(good | {"usages": count} for count in (1.5, True, "3"))]
    odd += [good | {"usages": count} for count in (-1, 1e300, None)]
    server.script(path_of(HOME), HttpAnswer(200, json.dumps({"rows": [*odd, good], "next_page": False}).encode()))

    (row,), _ = counted(refresh_of(server, api))

    figures = ("component_key", "component_name", "usages", "teams_using", "files_using")
    assert [row[name] for name in figures] == ["c", "7", 3, None, None]


def test_a_library_without_usages_loses_its_rows(
    server: Server, api: FigmaClient, drafts: InMemoryOrganisation
) -> None:
    publish(drafts, "c")
    server.script(path_of(HOME), HttpAnswer(200, b'{"rows": [], "next_page": false}'))

    rows, outcomes = counted(refresh_of(server, api))

    assert [(row["library_file_key"], row["is_tombstone"]) for row in rows] == [(HOME, True)]
    assert settled(outcomes) == [(HOME, "loaded", None)]
    assert len(asked(server)) == 1


def test_only_a_file_that_publishes_now_and_has_a_valid_key_is_requested(
    server: Server, api: FigmaClient, drafts: InMemoryOrganisation
) -> None:
    for at, key in enumerate((None, "", "../../me", "a/b", "a?b=c")):
        publish(drafts, f"c{at}", file_key=key)
    gone = {"component_key": "old", "file_key": SHOP, "team_id": TEAM.id, "removed_at": None}

    _, outcomes = counted(refresh_of(server, api, StoredState(published={"components": {"old": gone}})))

    assert (outcomes, server.requests) == ([], [])


def test_a_token_that_expires_meanwhile_defers_the_other_libraries_to_the_next_run(
    server: Server, api: FigmaClient, drafts: InMemoryOrganisation
) -> None:
    publish(drafts, "c")
    publish(drafts, "d", file_key=SHOP)
    body = b'{"status": 401, "error": true, "message": "Token expired"}'
    server.script(path_of(HOME), HttpAnswer(401, body))

    _, outcomes = counted(refresh_of(server, api))

    assert settled(outcomes) == [(HOME, "skipped", "unreachable"), (SHOP, "skipped", "unreachable")]


@pytest.mark.slow
def test_a_load_replaces_the_usages_of_one_library_and_keeps_those_of_the_others(
    server: Server, drafts: InMemoryOrganisation, tmp_path: Path
) -> None:
    publish(drafts, "c", "d")
    publish(drafts, "e", file_key=SHOP)
    drafts.usage_by_key = {"c": FigmaUsage(2, 1, 1), "d": FigmaUsage(3, 1, 1), "e": FigmaUsage(4, 1, 1)}
    database = tmp_path / "build.duckdb"
    assert load_counts(server, database) == [(HOME, "c", 2), (HOME, "d", 3), (SHOP, "e", 4)]

    drafts.usage_by_key = {"c": FigmaUsage(7, 1, 1), "e": FigmaUsage(7, 1, 1)}
    drafts.published_items["components"] = [item for item in drafts.published_items["components"] if item.key != "d"]
    assert load_counts(server, database) == [(HOME, "c", 2), (HOME, "d", 3), (SHOP, "e", 4)]

    move(database, days=-1)
    server.script(path_of(SHOP), HttpAnswer(200, b'{"rows": [], "next_page": false}'))
    assert load_counts(server, database) == [(HOME, "c", 7)]


@pytest.mark.slow
def test_usages_from_a_clock_that_was_ahead_are_requested_again(
    server: Server, drafts: InMemoryOrganisation, tmp_path: Path
) -> None:
    publish(drafts, "c")
    database = tmp_path / "build.duckdb"
    load_counts(server, database)
    move(database, days=400)
    server.reset_requests()

    for _ in range(2):
        load_counts(server, database)

    assert [request.path for request in asked(server)].count(path_of(HOME)) == 1


def load_counts(server: Server, database: Path) -> list[tuple[Any, ...]]:
    """Load components and library analytics with the plain source; returns the stored usages."""
    source = figma(server.org.token, server.base_url, teams=[TEAM.id], library_analytics=True)
    chosen = ("components", "library_usages", "library_usage_outcomes")
    destination, folder = dlt.destinations.duckdb(str(database)), str(database.parent)
    pipeline = dlt.pipeline("counts", destination=destination, dataset_name="figma", pipelines_dir=folder)
    pipeline.run(source.with_resources(*chosen))
    with duckdb.connect(str(database)) as connection:
        counts = "select library_file_key, component_key, usages from figma.library_usages order by all"
        return connection.execute(counts).fetchall()


def move(database: Path, days: int) -> None:
    """Move the times of earlier requests to another day."""
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"update figma.outcomes set finished_at = finished_at + interval ({days}) day")
