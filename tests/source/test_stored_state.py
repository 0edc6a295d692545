"""A load reads only the stored rows that it needs."""

from dataclasses import replace
from typing import Any

import duckdb
import pytest

from figma_warehouse.failures import NotRead
from figma_warehouse.sandbox import HttpAnswer, Server
from figma_warehouse.source.addresses import Scope
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.read_ahead import DOWNLOADS
from figma_warehouse.source.refresh import Refresh
from figma_warehouse.source.stored_state import read_stored_state
from tests.fixtures.in_memory_organisation import (
    HOME,
    OTHER,
    SHOP,
    TEAM,
    InMemoryOrganisation,
    full_answer,
    key_of,
)
from tests.fixtures.warehouse import Warehouse

pytestmark = pytest.mark.slow


def test_a_budget_used_up_for_days_defers_files_and_loads_the_rest(
    server: Server, loaded: Warehouse, drafts: InMemoryOrganisation
) -> None:
    others = [key_of(f"other-{number}-") for number in range(2 * DOWNLOADS)]
    drafts.publish("styles", "Red")
    for key in others:
        drafts.add(key, OTHER)
    for key in (HOME, SHOP):
        drafts.save(key, full_answer("Buy"))
    keys = "|".join([HOME, SHOP, *others])
    server.script(rf"/v1/files/({keys})\?", *[HttpAnswer(429, b"", {"Retry-After": "396156"})] * (len(others) + 2))
    loaded.load(server)
    # no more than were under way as the first was refused
    assert 1 <= server.spent[1] <= DOWNLOADS
    assert loaded.last_outcomes("documents") == [
        ("documents", key, "skipped", "rate_limited") for key in sorted([HOME, SHOP, *others])
    ]
    put_off = loaded.query("select retry_at from outcomes where reason = 'rate_limited'")
    assert [row["retry_at"] is not None for row in put_off] == [True] * (len(others) + 2)
    assert [row["name"] for row in loaded.tables("styles")["styles"]] == ["Red"]
    assert len(loaded.of(SHOP, "nodes")["nodes"]) == 7
    loaded.load(server)
    assert server.spent[1] == 0
    assert len(loaded.last_outcomes("documents")) == len(others) + 2


def test_the_stored_rows_of_deferred_files_are_not_read(
    api: FigmaClient, loaded: Warehouse, drafts: InMemoryOrganisation
) -> None:
    for key in (HOME, SHOP):
        drafts.save(key, full_answer("Buy"))
    known, read = read_stored_state(loaded.pipeline()), []

    def noting(table: str, *columns: Any, **equal: Any) -> Any:
        read.append(table)
        return known.read(table, *columns, **equal)

    refresh = Refresh(api, Scope(teams=(TEAM.id,)), replace(known, read=noting))
    assert len(refresh.plan.changed) == 2
    api.stop.trigger("SIGTERM")
    assert [one.status for one in refresh.loads] == ["put_off"] * 2
    assert read == []


def test_stored_layers_are_read_only_if_the_content_differs(
    api: FigmaClient, loaded: Warehouse, drafts: InMemoryOrganisation
) -> None:
    drafts.save(HOME, full_answer())
    drafts.save(SHOP, full_answer("Buy"))
    known, read = read_stored_state(loaded.pipeline()), []

    def noting(table: str, *columns: Any, **equal: Any) -> Any:
        read.append((table, equal["file_key"], "layers" in columns[0]))
        return known.read(table, *columns, **equal)

    refresh = Refresh(api, Scope(teams=(TEAM.id,)), replace(known, read=noting))
    assert [one.status for one in refresh.loads] == ["loaded"] * 2
    assert sorted(read) == [
        ("file_snapshots", HOME, False),
        ("file_snapshots", SHOP, False),
        ("file_snapshots", SHOP, True),
        ("file_versions", HOME, False),
        ("file_versions", SHOP, False),
    ]


def test_a_warehouse_that_cannot_be_read_ends_the_run_and_skips_no_file(
    api: FigmaClient, loaded: Warehouse, drafts: InMemoryOrganisation
) -> None:
    drafts.save(HOME, full_answer("Buy"))
    refresh = Refresh(api, Scope(teams=(TEAM.id,)), read_stored_state(loaded.pipeline()))
    assert len(refresh.plan.changed) == 1
    with duckdb.connect(str(loaded.database)) as connection:
        # a state that an earlier version loaded: its layers are in the nodes
        connection.execute("update figma.file_snapshots set layers = null")
        connection.execute("alter table figma.nodes drop column definition_id")
    with pytest.raises(NotRead):
        list(refresh.loads)
