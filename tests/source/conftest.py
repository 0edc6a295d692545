import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from figma_warehouse.sandbox import Server, SizeLimits, serve
from figma_warehouse.source.api.client import FigmaClient
from tests.fixtures.in_memory_organisation import HOME, SHOP, InMemoryOrganisation
from tests.fixtures.warehouse import Warehouse


@pytest.fixture(scope="session", autouse=True)
def isolated_dlt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
        patch.setenv("RUNTIME__LOG_LEVEL", "CRITICAL")
        patch.setenv("DLT_DATA_DIR", str(tmp_path_factory.mktemp("dlt")))
        yield


@pytest.fixture
def drafts() -> InMemoryOrganisation:
    return InMemoryOrganisation(HOME, SHOP)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Server]:
    with serve(InMemoryOrganisation()) as running:
        yield running


@pytest.fixture
def server(sandbox: Server, drafts: InMemoryOrganisation) -> Iterator[Server]:
    """One server for all tests, because stopping one takes time. The rest of a test's script is consumed after it."""
    sandbox.org = drafts
    sandbox.size_limits = SizeLimits()
    sandbox.reset_requests()
    yield sandbox
    requested = {f"{request.path}?{request.query}" for request in sandbox.requests}
    of_files = {f"/v1/files/{key}{rest}?" for key in drafts.files_by_key for rest in ("", "/meta", "/versions")}
    for target in requested | of_files:
        while sandbox.take_script(target):
            pass


@pytest.fixture
def connect() -> Callable[..., FigmaClient]:
    """A client with a backoff close to zero."""

    def make(server: Server, **more: Any) -> FigmaClient:
        return FigmaClient(server.org.token, server.base_url, backoff=0.01, **more)

    return make


@pytest.fixture
def api(server: Server, connect: Callable[..., FigmaClient]) -> FigmaClient:
    return connect(server)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """An empty warehouse."""
    return Warehouse(tmp_path)


@pytest.fixture(scope="session")
def first_load(sandbox: Server, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    made = Warehouse(tmp_path_factory.mktemp("first"))
    sandbox.org = InMemoryOrganisation(HOME, SHOP)
    made.load(sandbox)
    return made


@pytest.fixture
def loaded(first_load: Warehouse, server: Server, tmp_path: Path) -> Warehouse:  # noqa: ARG001
    """A warehouse with the drafts loaded, in their state before the test changes them."""
    return Warehouse(shutil.copytree(first_load.folder, tmp_path / "loaded"))
