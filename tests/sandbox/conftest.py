"""The sample organisation behind a server that the tests share, and a client for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import requests

from figma_warehouse.sandbox import SampleOrganisation, Server, serve
from tests.fixtures.sample_organisations import all_files, sample_organisation

SHARED = Path(__file__).parents[3] / "shared"


@pytest.fixture(scope="session")
def org() -> SampleOrganisation:
    """The organisation in week 22. Tests must not move its clock."""
    return sample_organisation(22)


@pytest.fixture(scope="session")
def server(org: SampleOrganisation) -> Iterator[Server]:
    """The organisation behind a server. Tests must not change its settings."""
    with serve(org) as running:
        yield running


@pytest.fixture(scope="module")
def own_server(org: SampleOrganisation) -> Iterator[Server]:
    """The organisation behind a server of the module, whose settings its tests change."""
    with serve(org) as running:
        yield running


@pytest.fixture(scope="session")
def get() -> Callable[..., tuple[int, Any]]:
    """GET a path with the server's token, and return the status and the JSON."""

    def get_json(server: Server, path: str, token: str | None = None) -> tuple[int, Any]:
        headers = {"X-Figma-Token": token or server.org.token, "Accept-Encoding": "identity"}
        response = requests.get(f"{server.base_url}{path}", headers=headers, timeout=30)
        return response.status_code, msgspec.json.decode(response.content)

    return get_json


@pytest.fixture(scope="session")
def keys(org: SampleOrganisation) -> dict[str, str]:
    """File keys by file name."""
    return {file.name: file.key for file in all_files(org)}


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of recorded answers; skips if it is absent."""
    folder = SHARED / "recorded" / "files"
    if not folder.is_dir():
        pytest.skip("needs the recorded answers in ../shared/recorded/files")
    return folder


@pytest.fixture(scope="session")
def openapi_file() -> Path:
    """Figma's OpenAPI file; skips if it is absent."""
    path = SHARED / "figma-api" / "openapi.yaml"
    if not path.is_file():
        pytest.skip("needs Figma's OpenAPI file in ../shared/figma-api")
    return path
