"""Variables: which files, in which order, what is stored, and what ends the requests."""

import gzip
import json
from dataclasses import replace
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
from figma_warehouse.source.listings.variables import (
    count_requests,
    fetch_tables,
    read_answer,
    value_columns,
    variable_rows,
)
from figma_warehouse.source.refresh import Refresh
from figma_warehouse.source.resources import RESOURCES
from figma_warehouse.source.stored_state import StoredState
from tests.fixtures.in_memory_organisation import HOME, SHOP, TEAM, TOP, InMemoryOrganisation, Json
from tests.oracles import answer_variables

Row = dict[str, Any]

# the item of an outcome that concerns all files
ALL_FILES = "all files"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
BRANCH = "branch".ljust(22, "0")
KEY, TARGET = "b1" * 20, "c1" * 20
TABLES = RESOURCES["variables"].tables
PLAN = HttpAnswer(403, b'{"status": 403, "error": true, "message": "Limited by Figma plan"}')
FORBIDDEN = HttpAnswer(403, b'{"status": 403, "error": true, "message": "Not allowed"}')
FAILING = HttpAnswer(500, b'{"status": 500, "error": true, "message": "Internal server error"}')
SLOW_DOWN = HttpAnswer(429, b'{"status": 429, "err": "Rate limit exceeded"}', {"Retry-After": "9999"})


def variable(id_: str, key: str, values: Json, **more: Any) -> Json:
    return {
        "id": id_,
        "name": f"Name of {id_}",
        "key": key,
        "variableCollectionId": "VariableCollectionId:1:1",
        "resolvedType": "COLOR",
        "valuesByMode": values,
        "remote": False,
        "description": "",
        "hiddenFromPublishing": False,
        "scopes": ["ALL_SCOPES"],
        "codeSyntax": {},
    } | more


def collection(id_: str, *modes: str, **more: Any) -> Json:
    return {
        "id": id_,
        "name": f"Name of {id_}",
        "key": "e" * 40,
        "modes": [{"modeId": mode, "name": f"Mode {mode}"} for mode in modes],
        "defaultModeId": modes[0],
        "remote": False,
        "hiddenFromPublishing": False,
        "variableIds": [],
    } | more


def meta(*variables: Json, collections: tuple[Json, ...] = ()) -> Json:
    return {
        "variables": {one["id"]: one for one in variables},
        "variableCollections": {
            one["id"]: one for one in collections or (collection("VariableCollectionId:1:1", "1:0", "1:1"),)
        },
    }


BLACK = {"r": 0, "g": 0, "b": 0, "a": 1}
TINT = variable("VariableID:1:9", KEY, {"1:0": BLACK, "1:1": {"type": "VARIABLE_ALIAS", "id": "VariableID:1:8"}})


@pytest.fixture
def drafts(drafts: InMemoryOrganisation) -> InMemoryOrganisation:
    """Two files that bind a local variable, of which one has named it, and a branch."""
    drafts.variables_by_key[HOME] = meta(TINT)
    drafts.add(BRANCH, TOP, main_key=HOME)
    return drafts


def state(*binding: str, **more: Any) -> StoredState:
    """A stored state in whose documents these files bind variables of their own."""
    return StoredState(binding_local_variables=lambda: frozenset(binding), **more)


def refresh_of(server: Server, api: FigmaClient, stored: StoredState, **more: Any) -> Refresh:
    """A refresh that has read its listing and the published lists."""
    refresh = Refresh(api, parse_scope(teams=[TEAM.id]), stored, "run", NOON, **more)
    for resource in ("components", "component_sets", "styles"):
        refresh.published(resource)
    assert refresh.listing.files
    server.reset_requests()
    return refresh


def loaded(refresh: Refresh) -> tuple[dict[str, list[Row]], list[Row]]:
    """The rows of the four tables, and the outcomes."""
    found: dict[str, list[Row]] = {name: [] for name in (*TABLES, "outcomes")}
    for tables in fetch_tables(refresh):
        for name, table in tables.items():
            found[name] += table.to_pylist()
    outcomes = found.pop("outcomes")
    assert {row["resource"] for row in outcomes} <= {"variables"}
    return found, outcomes


def settled(outcomes: list[Row]) -> list[tuple[str, str, str | None]]:
    return [(row["item_id"], row["status"], row["reason"]) for row in outcomes]


def asked(server: Server) -> list[tuple[str, str]]:
    """The file and the list of each request, without repetitions by retries."""
    paths = (request.path.split("/") for request in server.requests)
    return list(dict.fromkeys((path[3], path[5]) for path in paths))


def test_a_file_has_a_row_for_each_variable_collection_mode_and_value(server: Server, api: FigmaClient) -> None:
    rows, outcomes = loaded(refresh_of(server, api, state(HOME)))

    (row,) = rows["variables"]
    assert row.pop("fetched_at") > NOON
    assert row == {
        "file_key": HOME,
        "variable_id": "VariableID:1:9",
        "variable_key": KEY,
        "collection_id": "VariableCollectionId:1:1",
        "name": "Name of VariableID:1:9",
        "description": "",
        "resolved_type": "COLOR",
        "is_remote": False,
        "is_hidden_from_publishing": False,
        "is_deleted": False,
        "scopes": "ALL_SCOPES",
        "code_syntax_web": None,
        "code_syntax_android": None,
        "code_syntax_ios": None,
        "subscribed_id": f"VariableID:{KEY}/1:9",
        "published_at": server.org.file(HOME).last_modified,  # type: ignore[union-attr]
        "is_tombstone": None,
    }
    assert [(one["collection_id"], one["default_mode_id"]) for one in rows["variable_collections"]] == [
        ("VariableCollectionId:1:1", "1:0")
    ]
    assert [(one["mode_id"], one["name"], one["position"]) for one in rows["variable_modes"]] == [
        ("1:0", "Mode 1:0", 0),
        ("1:1", "Mode 1:1", 1),
    ]
    assert [(one["mode_id"], one["value"], one["alias_id"]) for one in rows["variable_values"]] == [
        ("1:0", "#000000ff", None),
        ("1:1", None, "VariableID:1:8"),
    ]
    assert settled(outcomes) == [(HOME, "loaded", None)]
    assert server.spent == {1: 0, 2: 2, 3: 0}


def test_files_that_publish_or_bind_their_own_variables_are_requested_and_branches_are_not(
    server: Server, api: FigmaClient, drafts: InMemoryOrganisation
) -> None:
    stored = state(BRANCH, HOME, "../../me")
    assert count_requests(refresh_of(server, api, stored)) == {(2, TEAM.id): 2}
    loaded(refresh_of(server, api, stored))
    assert asked(server) == [(HOME, "local"), (HOME, "published")]

    drafts.publish("styles", "Tint", SHOP)
    rows, outcomes = loaded(refresh_of(server, api, stored))

    assert settled(outcomes) == [(HOME, "loaded", None), (SHOP, "loaded", None)]
    # a file without variables loses the rows of earlier loads
    assert [one["is_tombstone"] for one in rows["variables"] if one["file_key"] == SHOP] == [True]


def test_a_file_is_requested_again_if_it_changed_or_is_reloaded(
    server: Server, api: FigmaClient, drafts: InMemoryOrganisation
) -> None:
    at = drafts.files_by_key[HOME].saves[-1].at
    before = state(HOME, loaded_edits={("variables", HOME): at})
    for refresh, requests in (
        (refresh_of(server, api, before), 0),
        (refresh_of(server, api, before, reload=Reload(is_all=True)), 2),
        (refresh_of(server, api, replace(before, loaded_edits={("variables", HOME): at - timedelta(hours=1)})), 2),
    ):
        assert sum(count_requests(refresh).values()) == requests
        server.reset_requests()
        loaded(refresh)
        assert len(server.requests) == requests
    # its rows would be of the past otherwise
    unbound = StoredState(loaded_edits={("variables", HOME): at - timedelta(hours=1)})
    loaded(refresh_of(server, api, unbound))
    assert asked(server) == [(HOME, "local"), (HOME, "published")]


@pytest.mark.parametrize(("answer", "reason"), [(PLAN, "plan_limited"), (SLOW_DOWN, "rate_limited")])
def test_a_refusal_by_the_plan_or_a_limit_ends_the_requests_with_one_outcome(
    server: Server, api: FigmaClient, answer: HttpAnswer, reason: str
) -> None:
    server.script(f"/v1/files/{HOME}/variables/", *[answer] * 5)

    _, outcomes = loaded(refresh_of(server, api, state(HOME, SHOP)))

    assert settled(outcomes) == [(ALL_FILES, "skipped", reason)]
    assert asked(server) == [(HOME, "local")]


def test_the_sandbox_refuses_another_plan_and_a_token_without_the_scope(
    server: Server, api: FigmaClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "limits", RateLimits("organization", "full"))
    assert settled(loaded(refresh_of(server, api, state(HOME)))[1]) == [(ALL_FILES, "skipped", "plan_limited")]
    monkeypatch.setattr(server, "limits", RateLimits("enterprise", "full"))
    assert settled(loaded(refresh_of(server, api, state(HOME)))[1]) == [(HOME, "loaded", None)]
    monkeypatch.setattr(server, "missing_scopes", {"file_variables:read"})
    _, (refused,) = loaded(refresh_of(server, api, state(HOME)))
    assert (refused["item_id"], refused["reason"]) == (ALL_FILES, "missing_scope")
    assert "file_variables:read" in refused["detail"]


@pytest.mark.parametrize(("days", "requests"), [(1, 0), (8, 2)])
def test_a_refusal_by_the_plan_is_asked_again_after_a_week(
    server: Server, api: FigmaClient, days: int, requests: int
) -> None:
    refused = {
        "run_id": "before",
        "resource": "variables",
        "item_id": ALL_FILES,
        "status": "skipped",
        "reason": "plan_limited",
        "last_modified_at": None,
        "retry_at": None,
        "finished_at": NOON - timedelta(days=days),
    }
    refresh = refresh_of(server, api, state(HOME, skips={("variables", ALL_FILES): refused}))

    assert sum(count_requests(refresh).values()) == requests
    _, outcomes = loaded(refresh)
    assert settled(outcomes) == [(ALL_FILES, "skipped", "plan_limited") if days == 1 else (HOME, "loaded", None)]
    assert len(server.requests) == requests


def test_a_refused_file_is_an_outcome_of_its_own_and_is_asked_again_once_it_changes(
    server: Server, api: FigmaClient, drafts: InMemoryOrganisation
) -> None:
    server.script(f"/v1/files/{HOME}/variables/published", FORBIDDEN)
    rows, outcomes = loaded(refresh_of(server, api, state(HOME, SHOP)))
    assert settled(outcomes) == [(HOME, "skipped", "no_access"), (SHOP, "loaded", None)]
    assert {row["file_key"] for row in rows["variables"]} == {SHOP}

    refused = state(HOME, skips={("variables", HOME): outcomes[0] | {"finished_at": NOON - timedelta(days=1)}})
    _, outcomes = loaded(refresh_of(server, api, refused))
    assert settled(outcomes) == [(HOME, "skipped", "no_access")]
    assert server.requests == []

    drafts.save(HOME, drafts.files_by_key[HOME].saves[-1].answer)
    _, outcomes = loaded(refresh_of(server, api, refused))
    assert settled(outcomes) == [(HOME, "loaded", None)]


def test_a_service_that_fails_repeatedly_defers_the_rest(
    server: Server, api: FigmaClient, drafts: InMemoryOrganisation
) -> None:
    keys = [f"file{number}".ljust(22, "0") for number in range(8)]
    for key in keys:
        drafts.add(key)
    server.script("/v1/files/[^/]*/variables/", *[FAILING] * 100)

    _, outcomes = loaded(refresh_of(server, api, state(*keys)))

    assert {row["reason"] for row in outcomes[:-1]} == {"server_error"}
    assert settled(outcomes[-1:]) == [(ALL_FILES, "skipped", "put_off")]
    assert len(outcomes) < len(keys)


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"meta": {"variables": []}}', b'{"meta": {"variables": {}}}'])
def test_a_bad_body_gives_no_rows(server: Server, api: FigmaClient, body: bytes) -> None:
    server.script(f"/v1/files/{HOME}/variables/local", *[HttpAnswer(200, body)] * 5)
    rows, outcomes = loaded(refresh_of(server, api, state(HOME)))
    assert (rows["variables"], settled(outcomes)) == ([], [(HOME, "skipped", "bad_body")])


@pytest.mark.parametrize(
    ("value", "columns"),
    [
        (True, {"value": "true"}),
        (4.0, {"value": "4"}),
        (0.5, {"value": "0.5"}),
        ("4", {"value": "4"}),
        ("", {"value": ""}),
        ({"r": 1, "g": 0.5, "b": 2}, {"value": "#ff80ffff"}),
        ({"r": 1, "g": None, "b": 2, "a": 1}, None),
        ({"r": float("nan"), "g": 1e400, "b": 2, "a": 1}, None),
        (10**400, None),
        (float("inf"), None),
        (None, None),
        ([], None),
        ({"color": {"type": "VARIABLE_ALIAS", "id": "V"}, "opacity": 0.5}, {"alias_id": "V", "opacity": 0.5}),
        (
            {"color": BLACK, "opacity": {"type": "VARIABLE_ALIAS", "id": "V"}},
            {"value": "#000000ff", "opacity_alias_id": "V"},
        ),
    ],
)
def test_a_value_is_text_or_an_alias(value: object, columns: Row | None) -> None:
    found = value_columns(value)
    assert (found and {name: one for name, one in found.items() if one is not None}) == columns


def test_a_collection_that_extends_another_has_the_values_that_it_overrides() -> None:
    base, child = "VariableCollectionId:1:1", "VariableCollectionId:2:2"
    overrides = {"VariableID:1:9": {"2:0": {"r": 1, "g": 1, "b": 1, "a": 1}, "2:1": None}}
    extended = collection(child, "2:0", parentVariableCollectionId=base, variableOverrides=overrides)
    extended["modes"][0]["parentModeId"] = "1:0"
    body = json.dumps({"meta": meta(TINT, collections=(collection(base, "1:0", "1:1"), extended))}).encode()

    rows = variable_rows(HOME, read_answer(body), read_answer(body), NOON)

    assert [(one["collection_id"], one["mode_id"]) for one in rows["variable_values"]] == [
        (base, "1:0"),
        (base, "1:1"),
        (child, "2:0"),
    ]
    assert rows["variable_collections"][1]["parent_collection_id"] == base
    assert [one["parent_mode_id"] for one in rows["variable_modes"]] == [None, None, "1:0"]


def test_the_recorded_answer_has_the_rows_of_a_plain_walk_over_it(
    recorded: Path, server: Server, api: FigmaClient, drafts: InMemoryOrganisation
) -> None:
    local = json.loads(gzip.decompress((recorded.parent / "answers" / "variables-local.json.gz").read_bytes()))
    drafts.variables_by_key[HOME] = local["meta"]

    rows, _ = loaded(refresh_of(server, api, state(HOME)))

    expected = {
        "variables": answer_variables.variables(local),
        "variable_collections": answer_variables.collections(local),
        "variable_modes": answer_variables.modes(local),
        "variable_values": answer_variables.values(local),
    }
    keys = {"variables": 1, "variable_collections": 1, "variable_modes": 2, "variable_values": 3}
    ids = ("variable_id", "collection_id", "mode_id")
    for name, table in expected.items():
        key = tuple(one for one in ids if one in rows[name][0])[: keys[name]]
        found = {tuple(row[one] for one in key): row for row in rows[name]}
        assert len(found) == len(rows[name])
        assert {at: {column: row[column] for column in table[at]} for at, row in found.items()} == table
    assert [len(rows[name]) for name in TABLES] == [238, 13, 22, 339]
    assert sum(row["is_remote"] for row in rows["variables"]) == 33
    assert sum(row["is_deleted"] for row in rows["variables"]) == 5
    published = [row for row in rows["variables"] if row["published_at"]]
    assert {row["is_remote"] or row["is_hidden_from_publishing"] or row["is_deleted"] for row in published} == {False}


@pytest.mark.slow
def test_a_second_load_sends_no_request_for_variables_and_a_change_replaces_the_rows(
    server: Server, drafts: InMemoryOrganisation, tmp_path: Path
) -> None:
    database = tmp_path / "build.duckdb"
    # documents are stored after all requests of a load with the plain source, and tell the files to request
    load(server, database)
    assert asked_for_variables(server) == []
    assert load(server, database) == [(HOME, "VariableID:1:9", "#000000ff")]
    assert [path for path, _ in asked_for_variables(server)] == [HOME, HOME, SHOP, SHOP]
    assert load(server, database) == [(HOME, "VariableID:1:9", "#000000ff")]
    assert asked_for_variables(server) == []

    drafts.variables_by_key[HOME] = meta(variable("VariableID:1:7", TARGET, {"1:0": BLACK}))
    drafts.save(HOME, drafts.files_by_key[HOME].saves[-1].answer)
    assert load(server, database) == [(HOME, "VariableID:1:7", "#000000ff")]
    assert [path for path, _ in asked_for_variables(server)] == [HOME, HOME]


def asked_for_variables(server: Server) -> list[tuple[str, str]]:
    paths = [request.path.split("/") for request in server.requests]
    return [(path[3], path[5]) for path in paths if path[4:5] == ["variables"]]


def load(server: Server, database: Path) -> list[tuple[Any, ...]]:
    """Load everything with the plain source; returns the stored values that are no aliases."""
    server.reset_requests()
    source = figma(server.org.token, server.base_url, teams=[TEAM.id], variables=True)
    destination, folder = dlt.destinations.duckdb(str(database)), str(database.parent)
    pipeline = dlt.pipeline("named", destination=destination, dataset_name="figma", pipelines_dir=folder)
    pipeline.run(source)
    with duckdb.connect(str(database)) as connection:
        values = "select file_key, variable_id, value from figma.variable_values where value is not null order by all"
        try:
            return connection.execute(values).fetchall()
        except duckdb.CatalogException:
            return []
