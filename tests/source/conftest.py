import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from figma_warehouse.sandbox import Server, serve
from figma_warehouse.sandbox.api.size_limits import Sizes
from figma_warehouse.source.api.client import FigmaClient
from tests.fixtures.drafts import HOME, SHOP, DraftOrganisation
from tests.fixtures.warehouse import Warehouse


@pytest.fixture(scope="session", autouse=True)
def dlt_keeps_to_itself(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
        patch.setenv("RUNTIME__LOG_LEVEL", "CRITICAL")
        patch.setenv("DLT_DATA_DIR", str(tmp_path_factory.mktemp("dlt")))
        yield


@pytest.fixture
def drafts() -> DraftOrganisation:
    return DraftOrganisation(HOME, SHOP)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Server]:
    with serve(DraftOrganisation()) as running:
        yield running


@pytest.fixture
def server(sandbox: Server, drafts: DraftOrganisation) -> Iterator[Server]:
    """One server for all, since stopping one takes time; what a test left of its script is used up after it."""
    sandbox.org = drafts
    sandbox.sizes = Sizes()
    sandbox.reset_requests()
    yield sandbox
    asked = {f"{request.path}?{request.query}" for request in sandbox.requests}
    of_files = {f"/v1/files/{key}{rest}?" for key in drafts.drafts for rest in ("", "/meta", "/versions")}
    for target in asked | of_files:
        while sandbox.take_script(target):
            pass


@pytest.fixture
def connect() -> Callable[..., FigmaClient]:
    """A client that waits hardly at all between tries."""

    def make(server: Server, **more: Any) -> FigmaClient:
        return FigmaClient(server.org.token, server.base_url, backoff=0.01, **more)

    return make


@pytest.fixture
def api(server: Server, connect: Callable[..., FigmaClient]) -> FigmaClient:
    return connect(server)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """A warehouse without anything in it."""
    return Warehouse(tmp_path)


@pytest.fixture(scope="session")
def first_load(sandbox: Server, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    made = Warehouse(tmp_path_factory.mktemp("first"))
    sandbox.org = DraftOrganisation(HOME, SHOP)
    made.load(sandbox)
    return made


@pytest.fixture
def loaded(first_load: Warehouse, server: Server, tmp_path: Path) -> Warehouse:  # noqa: ARG001
    """A warehouse into which the drafts were loaded, as they are before the test changes them."""
    return Warehouse(shutil.copytree(first_load.folder, tmp_path / "loaded"))
