"""The times at which published items were first seen and removed."""

import json

import pytest

from figma_warehouse.sandbox import HttpAnswer, Server
from tests.fixtures.in_memory_organisation import (
    HOME,
    SHOP,
    TEAM,
    InMemoryOrganisation,
)
from tests.fixtures.warehouse import Warehouse

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("is_noticed_before", [True, False])
def test_items_that_a_removed_file_published_are_removed_with_it(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation, is_noticed_before: bool
) -> None:
    drafts.publish("styles", "Red", file_key=HOME)
    drafts.publish("styles", "Blue", file_key=SHOP)
    warehouse.load(server, teams=[], files=[HOME, SHOP])
    drafts.files_by_key[HOME].is_deleted = True
    if is_noticed_before:
        warehouse.load(server, "teams", "folders", "files", "file_files", "documents", teams=[], files=[HOME, SHOP])
    for files in ([HOME, SHOP], [SHOP]):
        warehouse.load(server, teams=[], files=files)
        removed = {row["name"]: row["removed_at"] is not None for row in warehouse.tables("styles")["styles"]}
        assert removed == {"Red": True, "Blue": False}
    events = warehouse.query("select item_key from library_events where event = 'unpublished'")
    assert [bytes.fromhex(row["item_key"].rstrip("0")).decode() for row in events] == ["Red"]


def test_published_items_keep_the_times_of_their_first_sight_and_removal(
    server: Server, loaded: Warehouse, drafts: InMemoryOrganisation
) -> None:
    drafts.publish("styles", "Red")
    drafts.publish("styles", "Blue")
    loaded.load(server)
    first = {row["name"]: row["first_seen_at"] for row in loaded.tables("styles")["styles"]}
    drafts.unpublish("styles", "Blue")
    loaded.load(server)
    rows = {row["name"]: row for row in loaded.tables("styles")["styles"]}
    assert {name: row["first_seen_at"] for name, row in rows.items()} == first
    assert rows["Red"]["removed_at"] is None
    assert rows["Blue"]["removed_at"] > first["Blue"]


def test_a_list_that_repeats_its_first_page_removes_nothing(server: Server, warehouse: Warehouse) -> None:
    def page(*names: str, after: int | None = None) -> HttpAnswer:
        things = [{"key": name, "file_key": HOME, "node_id": "1:2", "name": name} for name in names]
        meta = {"components": things, "cursor": {"after": after} if after else {}}
        return HttpAnswer(200, json.dumps({"status": 200, "error": False, "meta": meta}).encode())

    path = f"/v1/teams/{TEAM.id}/components"
    server.script(path, page("a", "b", after=2), page("c", "d"))
    warehouse.load(server, "components", "components_outcomes")
    before = warehouse.tables("components")
    assert [row["component_key"] for row in before["components"]] == ["a", "b", "c", "d"]
    server.script(path, page("a", "b", after=2), page("a", "b", after=2))
    warehouse.load(server, "components", "components_outcomes")
    assert warehouse.tables("components") == before
    assert warehouse.last_outcomes("components") == [("components", TEAM.id, "skipped", "bad_body")]
