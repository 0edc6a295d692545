"""Every endpoint's answer against Figma's own OpenAPI file, after its known errors are corrected."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from figma_warehouse.sandbox import Server
from figma_warehouse.sandbox.api import routes

Get = Callable[..., tuple[int, Any]]
Schema = dict[str, Any]

# the API sends these types, but the file does not declare them
UNDECLARED_TYPES = ("SLOT", "HOLOGRAM")


@pytest.fixture(scope="module")
def spec(openapi_file: Path) -> Schema:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loaded: Schema = yaml.load(openapi_file.read_text(), Loader=loader)
    corrected: Schema = correct_schema(loaded)
    # a reply has no pin
    corrected["components"]["schemas"]["Comment"]["properties"]["client_meta"]["anyOf"].append({"type": "null"})
    return corrected


def correct_schema(value: Any) -> Any:
    """Unions of nodes and paints by their discriminator, and `nullable` as a union with null."""
    if isinstance(value, list):
        return [correct_schema(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "discriminator" in value and "oneOf" in value:
        return union_by_type(value["discriminator"])
    # the members of plain unions overlap: the end of a connector is never exactly one of them
    corrected = {
        "anyOf" if name == "oneOf" else name: correct_schema(one) for name, one in value.items() if name != "nullable"
    }
    return {"anyOf": [corrected, {"type": "null"}]} if value.get("nullable") is True else corrected


def union_by_type(discriminator: Schema) -> Schema:
    field, mapping = discriminator["propertyName"], discriminator["mapping"]
    branches = [
        {"if": {"properties": {field: {"const": name}}}, "then": {"$ref": target}} for name, target in mapping.items()
    ]
    return {"allOf": branches, "properties": {field: {"enum": [*mapping, *UNDECLARED_TYPES]}}}


def schema_for(spec: Schema, path: str) -> Schema:
    response = spec["paths"][path]["get"]["responses"]["200"]
    if "$ref" in response:
        response = spec["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
    schema: Schema = response["content"]["application/json"]["schema"]
    return schema


def find_problems(spec: Schema, path: str, answer: object) -> Iterator[str]:
    schema = {**schema_for(spec, path), "components": spec["components"]}
    for error in jsonschema.Draft202012Validator(schema).iter_errors(answer):
        yield f"{error.json_path}: {error.message[:200]}"


def examples(server: Server, keys: dict[str, str]) -> dict[str, str]:
    team, library, file = server.org.team_ids[0], keys["Core library"], keys["Help centre"]
    folder = server.org.folders(team, None)[0].id
    published = {kind: server.org.published(kind)[0].key for kind in ("components", "component_sets", "styles")}
    return {
        "/v1/me": "/v1/me",
        "/v2/teams/{team_id}/folders": f"/v2/teams/{team}/folders",
        "/v2/folders/{folder_id}/folders": f"/v2/folders/{folder}/folders",
        "/v2/folders/{folder_id}/files": f"/v2/folders/{folder}/files?branch_data=true",
        "/v1/teams/{team_id}/projects": f"/v1/teams/{team}/projects",
        "/v1/projects/{project_id}/files": f"/v1/projects/{folder}/files",
        "/v1/files/{file_key}": f"/v1/files/{file}?branch_data=true",
        "/v1/files/{file_key}/nodes": f"/v1/files/{file}/nodes?ids=0:1",
        "/v1/images/{file_key}": f"/v1/images/{file}?ids=0:1,no:1",
        "/v1/files/{file_key}/images": f"/v1/files/{file}/images",
        "/v1/files/{file_key}/meta": f"/v1/files/{file}/meta",
        "/v1/files/{file_key}/versions": f"/v1/files/{file}/versions",
        "/v1/files/{file_key}/comments": f"/v1/files/{file}/comments",
        "/v1/files/{file_key}/dev_resources": f"/v1/files/{library}/dev_resources",
        "/v1/files/{file_key}/variables/local": f"/v1/files/{library}/variables/local",
        "/v1/files/{file_key}/variables/published": f"/v1/files/{library}/variables/published",
        **{f"/v1/teams/{{team_id}}/{kind}": f"/v1/teams/{team}/{kind}" for kind in published},
        **{f"/v1/files/{{file_key}}/{kind}": f"/v1/files/{library}/{kind}" for kind in published},
        **{f"/v1/{kind}/{{key}}": f"/v1/{kind}/{key}" for kind, key in published.items()},
        **{
            f"/v1/analytics/libraries/{{file_key}}/{kind}/{what}": (
                f"/v1/analytics/libraries/{library}/{kind}/{what}?group_by={kind}"
            )
            for kind in ("component", "style", "variable")
            for what in ("usages", "actions")
        },
        "/v1/activity_logs": "/v1/activity_logs",
    }


def test_every_path_of_the_api_has_an_example(server: Server, keys: dict[str, str]) -> None:
    # pictures are downloads, in no tier
    served = {re.sub(r"{\w+}", "{}", path) for path, tier, _ in routes.ENDPOINTS if tier}
    assert {re.sub(r"{\w+}", "{}", path) for path in examples(server, keys)} == served


@pytest.mark.slow
def test_every_answer_is_valid(get: Get, spec: Schema, server: Server, keys: dict[str, str]) -> None:
    for path, example in examples(server, keys).items():
        status, answer = get(server, example)
        assert status == 200, example
        assert list(find_problems(spec, path, answer))[:5] == [], path


@pytest.mark.parametrize("kind", ["components", "styles"])
def test_items_of_other_organisations_are_valid(get: Get, spec: Schema, server: Server, kind: str) -> None:
    for item in server.org.published_elsewhere(kind):
        answer = get(server, f"/v1/{kind}/{item.key}")[1]
        assert list(find_problems(spec, f"/v1/{kind}/{{key}}", answer)) == []


def test_every_scope_is_one_that_the_path_accepts(spec: Schema) -> None:
    official = {
        re.sub(r"{\w+}", "{}", path): {
            scope for way in verbs["get"]["security"] for name in ("OAuth2", "OrgOAuth2") for scope in way.get(name, ())
        }
        for path, verbs in spec["paths"].items()
        if "get" in verbs
    }
    served = {re.sub(r"{\w+}", "{}", path): scope for path, scope in routes.SCOPES.items()}
    assert {path: scope for path, scope in served.items() if scope not in official[path]} == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Core library", "Navigation workshop", "<img src=x onerror=alert(1)>"])
def test_libraries_and_boards_are_valid(
    get: Get, spec: Schema, server: Server, keys: dict[str, str], name: str
) -> None:
    answer = get(server, f"/v1/files/{keys[name]}")[1]
    assert list(find_problems(spec, "/v1/files/{file_key}", answer))[:5] == []
