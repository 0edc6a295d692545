"""Failures of the token or the API that end the run; the token is stored nowhere."""

import socket

import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

from figma_warehouse.failures import causes
from figma_warehouse.sandbox import HttpAnswer, Server
from figma_warehouse.source.addresses import Scope
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.api.refusals import TokenRefused, Unreachable
from figma_warehouse.source.figma import figma, figma_refresh
from figma_warehouse.source.refresh import Refresh
from tests.fixtures.in_memory_organisation import (
    HOME,
    SHOP,
    TEAM,
    InMemoryOrganisation,
)
from tests.fixtures.warehouse import Warehouse, fetched


def test_an_invalid_token_fails_the_run(warehouse: Warehouse, server: Server, drafts: InMemoryOrganisation) -> None:
    server.script("/v2/teams", HttpAnswer(403, b'{"status":403,"err":"Invalid token"}'))
    with pytest.raises(PipelineStepFailed) as raised:
        warehouse.load(server)
    assert TokenRefused in map(type, causes(raised.value))
    assert drafts.token not in str(raised.value)


def test_an_unreachable_api_fails_the_run(warehouse: Warehouse) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        base_url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    refresh = Refresh(FigmaClient("figd_x", base_url, backoff=0.01), Scope(teams=(TEAM.id,)))
    with pytest.raises(PipelineStepFailed) as raised:
        warehouse.pipeline().run(figma_refresh(refresh))
    assert Unreachable in map(type, causes(raised.value))


@pytest.mark.slow
def test_the_token_is_stored_nowhere(
    server: Server, warehouse: Warehouse, drafts: InMemoryOrganisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__FIGMA__FIGMA_TOKEN", drafts.token)
    server.script(f"/v1/files/{HOME}/versions", HttpAnswer(403, b'{"status":403,"err":"Invalid scope(s): [a]"}'))
    server.script(rf"/v1/files/{SHOP}\?", HttpAnswer(403, b'{"status":403,"err":"File not exportable"}'))
    server.reset_requests()
    warehouse.pipeline().run(figma(base_url=server.base_url, teams=[TEAM.id], folders=[], files=[]))
    assert fetched(server) == [HOME, SHOP]
    names = [row["table_name"] for row in warehouse.query("select table_name from duckdb_tables()")]
    stored = repr(warehouse.tables(*names))
    assert drafts.token not in stored
    files = [path for path in warehouse.folder.rglob("*") if path.is_file()]
    assert len(files) > 5
    assert [path.name for path in files if drafts.token.encode() in path.read_bytes()] == []
