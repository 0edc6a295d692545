"""Files that are fetched anew, whatever the listing says."""

from datetime import UTC, datetime

import duckdb
import pytest

from figma_warehouse.failures import UsageFailure
from figma_warehouse.sandbox import HttpAnswer, Server
from figma_warehouse.source.addresses import BadAddress, Reload, Scope, parse_reload
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.refresh import Refresh
from figma_warehouse.source.stored_state import StoredState, read_stored_state
from tests.fixtures.in_memory_organisation import HOME, SHOP, TEAM, InMemoryOrganisation, key_of
from tests.fixtures.warehouse import Warehouse

pytestmark = pytest.mark.slow

TEAMS = Scope(teams=(TEAM.id,))


def keys_of(api: FigmaClient, known: StoredState, reload: Reload) -> list[str]:
    return [ref.key for ref in Refresh(api, TEAMS, known, reload=reload).plan.changed]


def test_a_file_is_named_by_key_or_address_and_all_of_them_by_a_word() -> None:
    address = f"https://www.figma.com/design/{SHOP}/Shop?node-id=1-2"
    assert parse_reload([HOME, address]) == Reload(frozenset({HOME, SHOP}))
    assert parse_reload(["all"]) == Reload(is_all=True)
    assert parse_reload([]) == Reload()
    with pytest.raises(BadAddress):
        parse_reload(["everything"])


def test_a_file_to_reload_is_fetched_and_the_others_are_not(api: FigmaClient, loaded: Warehouse) -> None:
    known = read_stored_state(loaded.pipeline())
    assert keys_of(api, known, Reload()) == []
    assert keys_of(api, known, Reload(frozenset({SHOP}))) == [SHOP]


def test_changed_files_come_first_then_the_reloaded_ones_from_the_oldest_load_on(
    api: FigmaClient, loaded: Warehouse, drafts: InMemoryOrganisation
) -> None:
    drafts.add(key_of("third"))
    known = read_stored_state(loaded.pipeline())
    known.documents[HOME]["loaded_at"] = datetime(2026, 5, 2, tzinfo=UTC)
    known.documents[SHOP]["loaded_at"] = datetime(2026, 5, 1, tzinfo=UTC)
    assert keys_of(api, known, Reload(is_all=True)) == [key_of("third"), SHOP, HOME]


def test_a_refused_file_is_asked_for_again_if_it_is_named_and_not_with_all(
    server: Server, api: FigmaClient, warehouse: Warehouse
) -> None:
    server.script(rf"/v1/files/{HOME}\?", HttpAnswer(403, b'{"status":403,"err":"Not allowed"}'))
    warehouse.load(server)
    known = read_stored_state(warehouse.pipeline())
    assert keys_of(api, known, Reload(is_all=True)) == [SHOP]
    assert keys_of(api, known, Reload(frozenset({HOME}))) == [HOME]


def test_a_reloaded_file_has_all_its_rows_written_and_no_event(api: FigmaClient, loaded: Warehouse) -> None:
    with duckdb.connect(str(loaded.database)) as connection:
        connection.execute("delete from figma.nodes where file_key = ? and node_id = '1:5'", [HOME])
    refresh = Refresh(api, TEAMS, read_stored_state(loaded.pipeline()), reload=Reload(frozenset({HOME})))
    (one,) = refresh.loads
    assert one.status == "loaded"
    assert one.tables["nodes"].num_rows == 7
    assert "instance_events" not in one.tables


def test_a_file_that_no_listing_shows_cannot_be_reloaded(
    api: FigmaClient, loaded: Warehouse, drafts: InMemoryOrganisation
) -> None:
    drafts.files_by_key[HOME].is_listed = False
    known = read_stored_state(loaded.pipeline())
    Refresh(api, TEAMS, known, reload=Reload(frozenset({HOME}))).check_reload()
    with pytest.raises(UsageFailure, match=f"{key_of('nowhere')} is in no listing"):
        Refresh(api, TEAMS, known, reload=Reload(frozenset({key_of("nowhere")}))).check_reload()
    assert keys_of(api, known, Reload(frozenset({HOME}))) == [HOME]
