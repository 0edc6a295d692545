"""Lookups by key: which keys, in which order, what is stored, and what ends the requests."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pyarrow as pa
import pytest

from figma_warehouse.sandbox import HttpAnswer, PublishedRow, Server
from figma_warehouse.source.addresses import Reload, parse_scope
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.api.stop import Stop
from figma_warehouse.source.figma import figma
from figma_warehouse.source.listings.key_lookups import count_requests, fetch_tables
from figma_warehouse.source.refresh import Refresh
from figma_warehouse.source.schema import as_table
from figma_warehouse.source.stored_state import StoredState
from tests.fixtures.in_memory_organisation import HOME, SHOP, TEAM, InMemoryOrganisation, Json

Row = dict[str, Any]

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CHIP, CHIPS, TINT, GONE = "c1" * 20, "5e" * 20, "a1" * 20, "dead" * 10
KIT, KIT_TEAM = "kit".ljust(22, "0"), "1900000000000000001"
PLAN = HttpAnswer(403, b'{"status": 403, "error": true, "message": "Limited by Figma plan"}')
FORBIDDEN = HttpAnswer(403, b'{"status": 403, "err": "Not allowed"}')
FAILING = HttpAnswer(500, b'{"status": 500, "err": "Internal server error"}')
EXPIRED = HttpAnswer(403, b'{"status": 403, "err": "Token expired"}')


def published(key: str, name: str, **more: Any) -> PublishedRow:
    row = {"key": key, "file_key": KIT, "node_id": "1:2", "name": name, "description": f"{name} of the kit"}
    return PublishedRow(1, KIT_TEAM, KIT, key, row | more)


@pytest.fixture
def drafts(drafts: InMemoryOrganisation) -> InMemoryOrganisation:
    """An organisation beside which a kit publishes a set with a variant, and a style."""
    inside = {"nodeId": "1:1", "name": "Chips"}
    frame = {"pageId": "0:1", "pageName": "Kit", "nodeId": "1:0", "name": "Frame", "containingComponentSet": inside}
    drafts.items_elsewhere = {
        "components": [published(CHIP, "State=On", containing_frame=frame)],
        "component_sets": [published(CHIPS, "Chips")],
        "styles": [published(TINT, "Tint", style_type="FILL", sort_position="1")],
    }
    return drafts


def answer_that_uses(components: Sequence[str] = (), styles: Sequence[str] = (), sets: Sequence[str] = ()) -> Json:
    """A document with an instance of each of these remote components, and a layer with each of these remote styles.

    Each component is a variant of the set at the same place of `sets`, if there is one.
    """
    layers: list[Json] = [
        {"id": f"1:{at}", "type": "INSTANCE", "name": "Chip", "componentId": f"9:{key}"}
        for at, key in enumerate(components)
    ]
    layers += [
        {"id": f"2:{at}", "type": "RECTANGLE", "name": "Box", "styles": {"fill": f"8:{key}"}}
        for at, key in enumerate(styles)
    ]
    in_sets = dict(zip(components, sets, strict=False))
    page = {"id": "0:1", "type": "CANVAS", "name": "Page", "children": layers}
    return {
        "document": {"id": "0:0", "type": "DOCUMENT", "name": "Document", "children": [page]},
        "components": {
            f"9:{key}": {"key": key, "name": f"Component {key}", "remote": True}
            | ({"componentSetId": f"7:{in_sets[key]}"} if key in in_sets else {})
            for key in components
        },
        "componentSets": {f"7:{key}": {"key": key, "name": f"Set {key}", "remote": True} for key in sets},
        "styles": {
            f"8:{key}": {"key": key, "name": f"Style {key}", "styleType": "FILL", "remote": True} for key in styles
        },
    }


def state(stored: Sequence[Row] = (), **used: dict[str, int]) -> StoredState:
    """A stored state with these numbers of nodes by resource and key, and these rows of `key_lookups`."""

    def remote_keys(resource: str) -> pa.Table:
        keys = used.get(resource, {})
        return pa.Table.from_pylist([{"item_key": key, "name": f"Name {key}", "uses": keys[key]} for key in keys])

    return StoredState(remote_keys=remote_keys, key_lookups=lambda: list(stored))


def refresh_of(server: Server, api: FigmaClient, stored: StoredState, **more: Any) -> Refresh:
    """A refresh that has read the published lists."""
    refresh = Refresh(api, parse_scope(teams=[TEAM.id]), stored, "run", NOON, **more)
    for resource in ("components", "component_sets", "styles"):
        refresh.published(resource)
    server.reset_requests()
    return refresh


def looked_up(refresh: Refresh) -> tuple[list[Row], list[tuple[str, str, str | None]]]:
    """The rows of `key_lookups`, and the outcomes: item, status, reason."""
    rows: list[Row] = []
    outcomes: list[Row] = []
    for tables in fetch_tables(refresh):
        rows += tables["key_lookups"].to_pylist() if "key_lookups" in tables else []
        outcomes += tables["outcomes"].to_pylist()
    assert {row["resource"] for row in outcomes} <= {"key_lookups"}
    return rows, [(row["item_id"], row["status"], row["reason"]) for row in outcomes]


def asked(server: Server) -> list[str]:
    """The keys that were requested, in order, without repetitions by retries."""
    return list(dict.fromkeys(request.path.rsplit("/", 1)[1] for request in server.requests))


def test_the_library_of_each_key_is_stored_and_a_key_that_nothing_has_as_missing(
    server: Server, api: FigmaClient
) -> None:
    used = state(components={CHIP: 3}, component_sets={CHIPS: 2}, styles={TINT: 1, GONE: 4})

    rows, outcomes = looked_up(refresh_of(server, api, used))

    nothing: Row = dict.fromkeys(as_table("key_lookups", []).column_names)
    assert all(row.pop("looked_up_at") > NOON for row in rows)
    nothing.pop("looked_up_at")
    found = nothing | {"status": "found", "library_file_key": KIT, "node_id": "1:2"}
    assert rows == [
        nothing | {"kind": "style", "item_key": GONE, "status": "missing"},
        found
        | {
            "kind": "component",
            "item_key": CHIP,
            "name": "State=On",
            "description": "State=On of the kit",
            "containing_page_id": "0:1",
            "containing_page_name": "Kit",
            "containing_frame_id": "1:0",
            "containing_frame_name": "Frame",
            "component_set_node_id": "1:1",
            "component_set_name": "Chips",
        },
        found | {"kind": "component_set", "item_key": CHIPS, "name": "Chips", "description": "Chips of the kit"},
        found
        | {"kind": "style", "item_key": TINT, "name": "Tint", "description": "Tint of the kit", "style_type": "FILL"},
    ]
    assert outcomes == [(key, "loaded", None) for key in (GONE, CHIP, CHIPS, TINT)]
    assert server.spent == {1: 0, 2: 0, 3: 4}


def test_the_team_of_the_library_is_stored_if_figma_names_it(
    server: Server, api: FigmaClient, drafts: InMemoryOrganisation
) -> None:
    drafts.items_elsewhere["styles"] = [published(TINT, "Tint", team_id=KIT_TEAM)]

    (row,), _ = looked_up(refresh_of(server, api, state(styles={TINT: 1})))

    assert row["team_id"] == KIT_TEAM


def test_the_keys_that_most_nodes_use_are_requested_first_whatever_their_kind(server: Server, api: FigmaClient) -> None:
    used = state(components={"b": 5, "a": 5, "c": 9}, component_sets={"d": 7}, styles={"e": 6, "f": 1})

    refresh = refresh_of(server, api, used)
    looked_up(refresh)

    assert asked(server) == ["c", "d", "e", "a", "b", "f"]
    assert count_requests(refresh) == {(3, ""): 6}


def test_a_key_that_a_list_has_or_had_and_one_that_is_no_key_are_not_requested(
    server: Server, api: FigmaClient, drafts: InMemoryOrganisation
) -> None:
    drafts.publish("components", "Listed")
    listed = drafts.published_items["components"][0].key
    used = state(components={listed: 9, "withdrawn": 8, "": 7, "../me": 6, "a/b": 5, "unknown": 1})
    withdrawn = {"component_key": "withdrawn", "file_key": HOME, "team_id": TEAM.id, "removed_at": NOON}

    looked_up(refresh_of(server, api, replace(used, published={"components": {"withdrawn": withdrawn}})))

    assert asked(server) == ["unknown"]


def test_without_unknown_keys_no_request_is_sent_and_no_outcome_stored(server: Server, api: FigmaClient) -> None:
    refresh = refresh_of(server, api, state())

    assert looked_up(refresh) == ([], [])
    assert count_requests(refresh).total() == 0
    assert server.requests == []


def stored_row(status: str, at: datetime, key: str = CHIP) -> Row:
    return {"kind": "component", "item_key": key, "status": status, "looked_up_at": at}


@pytest.mark.parametrize(
    ("status", "age", "more", "is_asked"),
    [
        ("found", timedelta(days=400), {}, False),
        ("found", timedelta(days=400), {"asks_again": True}, False),
        ("found", timedelta(days=1), {"reload": Reload(is_all=True)}, True),
        ("found", timedelta(days=1), {"reload": Reload(frozenset([HOME]))}, False),
        ("missing", timedelta(days=7) - timedelta(seconds=1), {}, False),
        ("missing", timedelta(days=7), {}, True),
        ("missing", timedelta(hours=1), {"asks_again": True}, True),
        # the clock was ahead
        ("missing", -timedelta(days=400), {}, True),
    ],
)
def test_a_found_key_is_kept_and_a_missing_one_is_requested_again_after_a_week(
    server: Server, api: FigmaClient, status: str, age: timedelta, more: Row, *, is_asked: bool
) -> None:
    refresh = refresh_of(server, api, state([stored_row(status, NOON - age)], components={CHIP: 1}), **more)

    assert count_requests(refresh).total() == is_asked
    looked_up(refresh)
    assert asked(server) == [CHIP] * is_asked


def test_if_all_is_reloaded_keys_without_a_library_come_first(server: Server, api: FigmaClient) -> None:
    stored = [stored_row("found", NOON, "known"), stored_row("missing", NOON - timedelta(days=8), "missing")]
    used = state(stored, components={"known": 9, "new": 1, "missing": 2})

    looked_up(refresh_of(server, api, used, reload=Reload(is_all=True)))

    assert asked(server) == ["missing", "new", "known"]


def test_a_token_without_the_scope_costs_one_request_and_one_outcome_per_run(server: Server, api: FigmaClient) -> None:
    refresh = refresh_of(server, api, state(components={CHIP: 3, GONE: 2}, styles={TINT: 1}))
    server.missing_scopes = {"library_assets:read"}
    try:
        (table,) = (tables["outcomes"] for tables in fetch_tables(refresh))
    finally:
        server.missing_scopes = set()

    (row,) = table.to_pylist()
    assert (row["item_id"], row["reason"]) == ("all keys", "missing_scope")
    assert f"(/v1/components/{CHIP} needs library_assets:read)" in row["detail"]
    assert len(server.requests) == 1


@pytest.mark.parametrize("days", [1, 8])
def test_a_plan_without_it_costs_one_request_a_week(server: Server, api: FigmaClient, days: int) -> None:
    used = state(components={CHIP: 2}, styles={TINT: 1})
    server.script(f"/v1/components/{CHIP}", PLAN)
    refresh = refresh_of(server, api, used)
    (table,) = (tables["outcomes"] for tables in fetch_tables(refresh))
    (refused,) = table.to_pylist()
    assert (refused["item_id"], refused["reason"]) == ("all keys", "plan_limited")

    skip = refused | {"finished_at": NOON - timedelta(days=days)}
    later = refresh_of(server, api, replace(used, skips={("key_lookups", "all keys"): skip}))

    expected = [CHIP, TINT] if days > 7 else []
    assert count_requests(later).total() == len(expected)
    _, outcomes = looked_up(later)
    assert asked(server) == expected
    assert [item for item, _, _ in outcomes] == expected or outcomes == [("all keys", "skipped", "plan_limited")]


def test_a_key_that_figma_refuses_does_not_hold_up_the_others(server: Server, api: FigmaClient) -> None:
    server.script(f"/v1/components/{GONE}", FORBIDDEN)

    rows, outcomes = looked_up(refresh_of(server, api, state(components={GONE: 2, CHIP: 1})))

    assert [row["item_key"] for row in rows] == [CHIP]
    assert outcomes == [(GONE, "skipped", "no_access"), (CHIP, "loaded", None)]


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Sign in</html>",
        b'{"status": 200, "error": false, "meta": null}',
        b'{"status": 200, "error": false, "meta": {"key": "c", "file_key": "../me"}}',
        b'{"status": 200, "error": false, "meta": [1]}',
    ],
)
def test_an_answer_without_a_library_is_no_answer(server: Server, api: FigmaClient, body: bytes) -> None:
    server.script(f"/v1/components/{CHIP}", *[HttpAnswer(200, body)] * 5)

    rows, outcomes = looked_up(refresh_of(server, api, state(components={CHIP: 1})))

    assert (rows, outcomes) == ([], [(CHIP, "skipped", "bad_body")])


def test_an_answer_with_nothing_but_a_library_is_stored(server: Server, api: FigmaClient) -> None:
    body = json.dumps({"meta": {"file_key": KIT, "name": 7, "containing_frame": "none"}}).encode()
    server.script(f"/v1/components/{CHIP}", HttpAnswer(200, body))

    (row,), _ = looked_up(refresh_of(server, api, state(components={CHIP: 1})))

    assert (row["item_key"], row["library_file_key"], row["name"]) == (CHIP, KIT, "7")


def test_three_keys_in_a_row_that_fail_put_off_the_rest(server: Server, api: FigmaClient) -> None:
    server.script("/v1/components/(b|c|d)$", *[FAILING] * 15)

    _, outcomes = looked_up(refresh_of(server, api, state(components={"a": 9, "b": 8, "c": 7, "d": 6, "e": 5})))

    failed = ["server_error"] * 3
    assert [reason for _, _, reason in outcomes] == [None, *failed, "put_off"]
    assert [item for item, _, _ in outcomes] == ["a", "b", "c", "d", "all keys"]
    assert asked(server) == ["a", "b", "c", "d"]


def test_a_fault_that_passes_costs_a_retry_and_loses_nothing(server: Server, api: FigmaClient) -> None:
    server.script(
        f"/v1/components/{CHIP}", FAILING, HttpAnswer(429, b"{}", {"Retry-After": "0"}), HttpAnswer(drop=True)
    )

    rows, outcomes = looked_up(refresh_of(server, api, state(components={CHIP: 1})))

    assert ([row["status"] for row in rows], outcomes) == (["found"], [(CHIP, "loaded", None)])
    assert len(server.requests) == 4


def test_a_token_that_expires_meanwhile_ends_the_requests_with_one_outcome(server: Server, api: FigmaClient) -> None:
    server.script(f"/v1/components/{CHIP}", EXPIRED)

    rows, outcomes = looked_up(refresh_of(server, api, state(components={GONE: 3, CHIP: 2, "other": 1})))

    assert [row["item_key"] for row in rows] == [GONE]
    assert outcomes == [(GONE, "loaded", None), ("all keys", "skipped", "unreachable")]


def test_a_used_up_rate_limit_defers_the_rest(server: Server, api: FigmaClient) -> None:
    server.script(f"/v1/components/{CHIP}", HttpAnswer(429, b"{}", {"Retry-After": "400000"}))

    _, outcomes = looked_up(refresh_of(server, api, state(components={GONE: 3, CHIP: 2, "other": 1})))

    assert outcomes == [(GONE, "loaded", None), ("all keys", "skipped", "rate_limited")]


def test_the_limit_of_a_run_defers_the_rest_to_the_next_run(server: Server, api: FigmaClient) -> None:
    used = state(components={"a": 3, "b": 2, "c": 1})
    refresh = refresh_of(server, api, used)
    api.stop = Stop(max_requests=api.meter.total + 2)
    api.stop.start_limits()

    rows, outcomes = looked_up(refresh)

    assert outcomes == [("a", "loaded", None), ("b", "loaded", None), ("all keys", "skipped", "put_off")]
    api.stop = Stop()
    stored = [row | {"looked_up_at": NOON} for row in rows]
    looked_up(refresh_of(server, api, state(stored, components={"a": 3, "b": 2, "c": 1})))
    assert asked(server) == ["c"]


def test_keys_wait_while_a_list_that_may_have_them_fails(
    server: Server, api: FigmaClient, drafts: InMemoryOrganisation
) -> None:
    path = f"/v1/teams/{TEAM.id}/components"
    server.script(path, *[FAILING] * 5)
    used = state(components={CHIP: 1}, styles={TINT: 1})

    looked_up(refresh_of(server, api, used))

    assert asked(server) == [TINT]
    server.script(path, FORBIDDEN)
    looked_up(refresh_of(server, api, used))
    assert asked(server) == [CHIP, TINT]
    assert drafts.items_elsewhere["components"][0].key == CHIP


def load(server: Server, database: Path, **more: Any) -> None:
    """Load with the plain source; a process of its own would do the same."""
    server.reset_requests()
    pipeline = dlt.pipeline(
        "figma",
        destination=dlt.destinations.duckdb(str(database)),
        dataset_name="figma",
        pipelines_dir=str(database.parent / "pipelines"),
    )
    pipeline.run(figma(server.org.token, server.base_url, teams=[TEAM.id], **{"key_lookups": True} | more))


def by_key(server: Server) -> list[str]:
    return [
        request.path.removeprefix("/v1/")
        for request in server.requests
        if request.path.count("/") == 3 and request.tier == 3
    ]


def query(database: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(database)) as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.slow
def test_loads_look_up_what_stored_documents_use_once_and_what_is_missing_each_week(
    server: Server, drafts: InMemoryOrganisation, tmp_path: Path
) -> None:
    drafts.save(HOME, answer_that_uses([CHIP, CHIP, GONE], [TINT], sets=[CHIPS]))
    drafts.save(SHOP, answer_that_uses([CHIP]))
    database, stored = tmp_path / "build.duckdb", "select item_key, status from figma.key_lookups order by all"
    load(server, database)

    load(server, database)
    expected = [f"components/{CHIP}", f"component_sets/{CHIPS}", f"components/{GONE}", f"styles/{TINT}"]
    assert by_key(server) == expected
    assert query(database, stored) == sorted([(CHIP, "found"), (CHIPS, "found"), (TINT, "found"), (GONE, "missing")])
    load(server, database)
    assert by_key(server) == []

    query(database, "update figma.key_lookups set looked_up_at = looked_up_at - interval 8 day")
    drafts.items_elsewhere["components"].append(published(GONE, "Back"))
    load(server, database)
    assert by_key(server) == [f"components/{GONE}"]
    query(database, "update figma.key_lookups set looked_up_at = looked_up_at - interval 8 day")
    load(server, database)
    assert by_key(server) == []
    assert query(database, stored) == sorted((key, "found") for key in (CHIP, CHIPS, TINT, GONE))


@pytest.mark.slow
def test_a_component_that_a_loaded_document_defines_is_not_looked_up(
    server: Server, drafts: InMemoryOrganisation, tmp_path: Path
) -> None:
    drafts.save(HOME, answer_that_uses([CHIP], [TINT]))
    home = answer_that_uses()
    home["document"]["children"][0]["children"] = [{"id": "1:1", "type": "COMPONENT", "name": "Chip"}]
    home["components"] = {"1:1": {"key": CHIP, "name": "Chip", "remote": False}}
    drafts.save(SHOP, home)
    load(server, tmp_path / "build.duckdb")

    load(server, tmp_path / "build.duckdb")

    assert by_key(server) == [f"styles/{TINT}"]


@pytest.mark.slow
def test_with_the_setting_off_no_key_is_requested(server: Server, drafts: InMemoryOrganisation, tmp_path: Path) -> None:
    drafts.save(HOME, answer_that_uses([CHIP], [TINT]))

    for _ in range(2):
        load(server, tmp_path / "build.duckdb", key_lookups=False)
        assert by_key(server) == []
