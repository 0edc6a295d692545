"""Third-party testers of Figma's OpenAPI file: schemathesis against the sandbox, and the product against Prism."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from figma_warehouse.bundled import CLONE
from figma_warehouse.data_dir import DataDir
from figma_warehouse.sandbox import Server
from figma_warehouse.sandbox.api import routes
from tests.fixtures.commands import Command
from tests.fixtures.processes import inherited
from tests.sandbox.api.test_openapi import correct_schema, schema_for

pytestmark = pytest.mark.contract

Schema = dict[str, Any]

ENVIRONMENT = CLONE / ".venv" / "deploy" / "contract"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# answers that Figma sends and the file omits: an unknown id of a parameter, and of an item under /v1
UNDECLARED = {
    "/v1/files/{file_key}/versions": "400",
    "/v1/teams/{team_id}/projects": "404",
    "/v1/projects/{project_id}/files": "404",
}
ANY_OBJECT = {"description": "", "content": {"application/json": {"schema": {"type": "object"}}}}
# of each operation; most have few parameters
EXAMPLES = 25
START_SECONDS = 300


def test_a_tester_finds_no_answer_of_the_sandbox_outside_the_official_file(
    server: Server, keys: dict[str, str], openapi_file: Path, tmp_path: Path
) -> None:
    described = tmp_path / "served.json"
    described.write_text(json.dumps(served_operations(server, keys, openapi_file)))

    result = subprocess.run(
        [
            *(ENVIRONMENT / "bin" / "schemathesis", "run", described, "--url", server.base_url),
            *("--header", f"X-Figma-Token: {server.org.token}", "--checks", CHECKS, "--seed", "1"),
            *("--mode", "all", "--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES), "--no-color"),
        ],
        cwd=tmp_path,
        env=inherited(),
        capture_output=True,
        text=True,
    )

    sys.stdout.write(result.stdout[-3000:])
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_product_loads_answers_that_prism_makes_from_the_official_file_without_a_traceback(
    data: DataDir, openapi_file: Path, tmp_path: Path
) -> None:
    settings = {"FIGMA_TOKEN": "figd_prism", "SOURCES__FIGMA__TEAMS": '["123"]', "SOURCES__FIGMA__IMAGES": "none"}
    settings |= {f"SOURCES__FIGMA__{name}": "true" for name in ("VARIABLES", "KEY_LOOKUPS", "LIBRARY_ANALYTICS")}
    with mock(openapi_file, tmp_path) as address:
        command = Command(data, tmp_path / "elsewhere", SOURCES__FIGMA__BASE_URL=address, **settings)
        checked, loaded = command("check"), command("load")

    sys.stdout.write(checked.stdout + loaded.stdout + loaded.stderr)
    assert (checked.returncode, loaded.returncode) in {(code, other) for code in (0, 3) for other in (0, 3, 4)}


def served_operations(server: Server, keys: dict[str, str], openapi_file: Path) -> Schema:
    """The official file with its known errors corrected, of what the sandbox serves, with its own keys and ids."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    spec = correct_schema(yaml.load(openapi_file.read_text(), Loader=loader))
    served = {re.sub(r"{\w+}", "{}", path) for path, tier, _ in routes.ENDPOINTS if tier}
    team = server.org.team_ids[0]
    known = {
        "team_id": [team],
        "folder_id": [server.org.folders(team, None)[0].id],
        "project_id": [server.org.folders(team, None)[0].id],
        "ids": ["0:1", "0:1,9:999"],
        "file_key": [keys["Core library"], keys["Help centre"], "unknown"],
    }
    spec["paths"] = {
        path: {"get": with_values(verbs["get"], path, known, server)}
        for path, verbs in spec["paths"].items()
        if re.sub(r"{\w+}", "{}", path) in served
    }
    for path, status in UNDECLARED.items():
        spec["paths"][path]["get"]["responses"][status] = ANY_OBJECT
    # a node that does not exist is null
    nodes = schema_for(spec, "/v1/files/{file_key}/nodes")["properties"]["nodes"]
    nodes["additionalProperties"] = {"anyOf": [nodes["additionalProperties"], {"type": "null"}]}
    return {name: part for name, part in spec.items() if name != "servers"}


def with_values(operation: Schema, path: str, known: dict[str, list[str]], server: Server) -> Schema:
    """An operation that takes known keys and ids only, and needs no security."""
    kind = path.split("/")[2]
    given = (
        known | {"key": [one.key for one in server.org.published(kind)[:2]] + ["unknown"]} if "{key}" in path else known
    )
    parameters = [
        one | {"schema": {"type": "string", "enum": given[one["name"]]}} if one["name"] in given else one
        for one in operation.get("parameters", [])
    ]
    return {name: part for name, part in operation.items() if name != "security"} | {"parameters": parameters}


@contextmanager
def mock(openapi_file: Path, folder: Path, port: int = 4117) -> Iterator[str]:
    """Run Prism on the official file; the address. It makes up an answer for each request."""
    with (folder / "prism.log").open("w") as log:
        process = subprocess.Popen(
            [ENVIRONMENT / "node_modules" / ".bin" / "prism", "mock", openapi_file, "--port", str(port)],
            stdout=log,
            stderr=log,
            env=inherited(),
        )
        address = f"http://127.0.0.1:{port}"
        try:
            wait_for(address)
            yield address
        finally:
            process.terminate()
            process.wait()


def wait_for(address: str) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        with suppress(requests.ConnectionError):
            requests.get(f"{address}/v1/me", timeout=5)
            return
        time.sleep(0.5)
    raise AssertionError("Prism does not answer")
