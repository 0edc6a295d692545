"""Version histories over several runs, together with their documents."""

import json

import pytest

from figma_warehouse.sandbox import HttpAnswer, Server
from tests.fixtures.in_memory_organisation import (
    HOME,
    SHOP,
    InMemoryOrganisation,
    key_of,
)
from tests.fixtures.warehouse import Warehouse

pytestmark = pytest.mark.slow


def test_a_history_that_failed_is_fetched_by_the_next_run_without_its_document(
    server: Server, warehouse: Warehouse
) -> None:
    server.script(f"/v1/files/{HOME}/versions", HttpAnswer(403, b'{"status":403,"err":"Invalid scope(s): [a]"}'))
    warehouse.load(server)
    assert ("file_versions", HOME, "skipped", "missing_scope") in warehouse.last_outcomes("file_versions")
    assert warehouse.of(HOME, "file_versions", "documents")["file_versions"] == []
    warehouse.load(server)
    assert server.spent[1] == 0
    assert len(warehouse.of(HOME, "file_versions")["file_versions"]) == 1


def test_a_token_without_the_scope_for_histories_costs_one_request_per_run(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation
) -> None:
    keys = [HOME, SHOP, *(key_of(f"file{number:02}") for number in range(10))]
    for key in keys[2:]:
        drafts.add(key)
    words = "Invalid scope(s): [a]. This endpoint requires the file_versions:read scope"
    server.script("/versions", *[HttpAnswer(403, json.dumps({"status": 403, "err": words}).encode())] * 2)
    for _ in range(2):
        warehouse.load(server)
        assert sum(request.path.endswith("/versions") for request in server.requests) == 1
        assert warehouse.last_outcomes("file_versions") == [
            ("file_versions", key, "skipped", "missing_scope") for key in sorted(keys)
        ]
    said = warehouse.query("select item_id, detail from outcomes where reason = 'missing_scope'")
    assert all(f"/v1/files/{row['item_id']}/versions needs file_versions:read" in row["detail"] for row in said)
    assert warehouse.query("select count(*) as documents from documents") == [{"documents": 12}]
    warehouse.load(server)
    assert sum(request.path.endswith("/versions") for request in server.requests) == 12
    assert warehouse.query("select count(distinct file_key) as files from file_versions") == [{"files": 12}]
