from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import requests

from figma_warehouse.sandbox import SampleOrganisation, Server, serve

SHARED = Path(__file__).parents[3] / "shared"


@pytest.fixture(scope="session")
def org() -> SampleOrganisation:
    """An organisation in week 22 that no test moves on."""
    return SampleOrganisation(week=22)


@pytest.fixture(scope="session")
def server(org: SampleOrganisation) -> Iterator[Server]:
    with serve(org) as running:
        yield running


@pytest.fixture(scope="session")
def ask() -> Callable[..., tuple[int, Any]]:
    """GET a path with the sandbox's token: the status and the JSON."""

    def get(server: Server, path: str, token: str | None = None) -> tuple[int, Any]:
        headers = {"X-Figma-Token": token or server.org.token, "Accept-Encoding": "identity"}
        response = requests.get(f"{server.base_url}{path}", headers=headers, timeout=30)
        return response.status_code, msgspec.json.decode(response.content)

    return get


@pytest.fixture(scope="session")
def keys(org: SampleOrganisation) -> dict[str, str]:
    """File keys by file name."""
    return {file.name: key for key, file in org.truth().files.items()}


@pytest.fixture(scope="session")
def recordings() -> Path:
    folder = SHARED / "recorded" / "files"
    if not folder.is_dir():
        pytest.skip("the recorded answers are not here")
    return folder


@pytest.fixture(scope="session")
def openapi_file() -> Path:
    path = SHARED / "figma-api" / "openapi.yaml"
    if not path.is_file():
        pytest.skip("Figma's OpenAPI file is not here")
    return path
