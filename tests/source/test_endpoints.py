"""Every requested endpoint is registered, with the tier and the scope of the official documentation."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import dlt
import pytest

from figma_warehouse.job.api_reference import NOT_REQUESTED
from figma_warehouse.sandbox import HttpAnswer, Server
from figma_warehouse.sandbox.api import routes
from figma_warehouse.source import endpoints
from figma_warehouse.source.endpoints import ENDPOINTS, SCOPES, Endpoint
from figma_warehouse.source.figma import figma
from tests.fixtures.in_memory_organisation import HOME, LIBRARY, OTHER, SHOP, TEAM, InMemoryOrganisation, full_answer
from tests.fixtures.paths import at

OFFICIAL_FILE = Path(__file__).parents[2].parent / "shared" / "figma-api" / "read_endpoints.json"
# https://developers.figma.com/docs/rest-api/rate-limits/ and .../scopes/
OFFICIAL = {
    "/v1/files/{file_key}": (1, "file_content:read"),
    "/v1/files/{file_key}/nodes": (1, "file_content:read"),
    "/v1/images/{file_key}": (1, "file_content:read"),
    "/v1/files/{file_key}/images": (2, "file_content:read"),
    "/v1/files/{file_key}/meta": (3, "file_metadata:read"),
    "/v1/files/{file_key}/versions": (2, "file_versions:read"),
    "/v1/files/{file_key}/comments": (2, "file_comments:read"),
    "/v1/files/{file_key}/variables/local": (2, "file_variables:read"),
    "/v1/files/{file_key}/variables/published": (2, "file_variables:read"),
    "/v1/files/{file_key}/dev_resources": (2, "file_dev_resources:read"),
    "/v2/teams/{team_id}/folders": (2, "folders:read"),
    "/v2/folders/{folder_id}/folders": (2, "folders:read"),
    "/v2/folders/{folder_id}/files": (2, "folders:read"),
    "/v1/teams/{team_id}/projects": (2, "projects:read"),
    "/v1/projects/{project_id}/files": (2, "projects:read"),
    "/v1/teams/{team_id}/components": (3, "team_library_content:read"),
    "/v1/teams/{team_id}/component_sets": (3, "team_library_content:read"),
    "/v1/teams/{team_id}/styles": (3, "team_library_content:read"),
    "/v1/files/{file_key}/components": (3, "library_content:read"),
    "/v1/files/{file_key}/component_sets": (3, "library_content:read"),
    "/v1/files/{file_key}/styles": (3, "library_content:read"),
    "/v1/components/{key}": (3, "library_assets:read"),
    "/v1/component_sets/{key}": (3, "library_assets:read"),
    "/v1/styles/{key}": (3, "library_assets:read"),
    **{
        f"/v1/analytics/libraries/{{file_key}}/{kind}/{what}": (3, "library_analytics:read")
        for kind in ("component", "style", "variable")
        for what in ("usages", "actions")
    },
    "/v1/activity_logs": (3, "org:activity_log_read"),
    "/v1/me": (3, "current_user:read"),
}
NO_FOLDERS = HttpAnswer(403, b'{"status":403,"err":"Invalid scope(s): [projects:read]"}')


def test_every_endpoint_that_is_defined_is_registered_once() -> None:
    defined = {one.path for one in vars(endpoints).values() if isinstance(one, Endpoint)}
    assert sorted(defined) == sorted(one.path for one in ENDPOINTS)


def test_every_endpoint_has_the_tier_and_the_scope_of_the_official_tables() -> None:
    registered = {one.path: (one.tier, one.scope) for one in ENDPOINTS}
    assert registered == {path: OFFICIAL[path] for path in registered}


def test_file_metadata_keeps_the_pace_of_both_tiers_that_the_official_pages_name() -> None:
    assert {one.path: one.paced_as for one in ENDPOINTS if one.paced_as} == {"/v1/files/{file_key}/meta": 2}


def test_the_registered_scopes_are_those_of_the_endpoints() -> None:
    assert {one.scope for one in ENDPOINTS} == SCOPES.keys()


def test_every_scope_has_a_test_request_except_those_of_listings_and_of_the_name_of_the_owner() -> None:
    untried = {name for name, scope in SCOPES.items() if scope.tried_by is None}
    assert untried == {endpoints.TEAM_FOLDERS.scope, endpoints.TEAM_PROJECTS.scope, endpoints.ME.scope}
    tried = [scope for scope in SCOPES.values() if scope.tried_by]
    assert [(scope.name, bool(scope.without)) for scope in tried] == [
        (scope.tried_by.scope, True) for scope in tried if scope.tried_by
    ]
    # the parameters for which `check` has values
    assert [
        scope.name for scope in tried if scope.tried_by and scope.tried_by.parameters - {"team_id", "file_key", "key"}
    ] == []


def test_the_sandbox_serves_every_registered_endpoint_in_its_tier() -> None:
    served = {re.sub(r"{\w+}", "{}", path): tier for path, tier, _ in routes.ENDPOINTS}
    registered = {re.sub(r"{\w+}", "{}", one.path): one.tier for one in ENDPOINTS}
    assert {path: served.get(path) for path in registered} == registered


def test_the_sandbox_wants_the_official_scope_for_each_of_its_endpoints() -> None:
    official = {re.sub(r"{\w+}", "{}", path): scope for path, (_, scope) in OFFICIAL.items()}
    wanted = {re.sub(r"{\w+}", "{}", path): scope for path, scope in routes.SCOPES.items()}
    assert wanted == {path: official[path] for path in wanted}
    assert routes.SCOPES.keys() == {path for path, tier, _ in routes.ENDPOINTS if tier}


@pytest.mark.parametrize("parameters", [{}, {"key": "K"}, {"file_key": "K", "team_id": "1"}])
def test_a_path_with_other_parameters_than_its_own_is_an_error(parameters: dict[str, str]) -> None:
    with pytest.raises(TypeError, match="file_key"):
        endpoints.FILE.at(**parameters)


def test_a_parameter_cannot_lead_to_another_path() -> None:
    assert str(endpoints.FILE.at(file_key="../../me?a=b#c")) == "/v1/files/..%2F..%2Fme%3Fa%3Db%23c"


@pytest.mark.slow
def test_real_loads_request_every_registered_endpoint_and_no_other(
    server: Server, drafts: InMemoryOrganisation, tmp_path: Path
) -> None:
    """By folders, by projects, by single files and folders, with all settings turned on, and in parts."""
    for kind in ("components", "component_sets", "styles"):
        drafts.publish(kind, "Button", HOME)
    drafts.save(HOME, pictured_answer())
    drafts.add(LIBRARY, is_listed=False)
    server.size_limits.answer_bytes_by_file[SHOP] = 700
    load(server, tmp_path, teams=[TEAM.id], folders=[OTHER.id])
    server.script("/v2/(teams|folders)/", *[NO_FOLDERS] * 20)
    load(server, tmp_path, teams=[TEAM.id], folders=[OTHER.id], files=[LIBRARY])
    while server.take_script("/v2/teams/"):
        pass
    # pictures are downloads, which lie anywhere
    sent = [request for request in server.requests if not request.path.startswith("/sandbox/pictures/")]
    requested = {(at(request.path).endpoint, name) for request in sent for name in [*_query(request.query), ""]}
    assert {endpoint for endpoint, _ in requested} == set(ENDPOINTS) - {endpoints.ME}
    official = _official()
    assert [
        (one.path, name) for one, name in requested if official and name not in official[one.path]["query"] | {""}
    ] == []


def test_every_endpoint_and_its_scope_is_in_the_official_openapi_file() -> None:
    official = _official()
    if not official:
        pytest.skip("needs the official list of endpoints in ../shared/figma-api")
    assert [one.path for one in ENDPOINTS if one.scope not in official[one.path]["scopes"]] == []


def test_every_official_read_operation_is_registered_or_has_a_reason_why_it_is_not_requested() -> None:
    assert {one.path for one in NOT_REQUESTED}.isdisjoint(one.path for one in ENDPOINTS)
    official = _official()
    if not official:
        pytest.skip("needs the official list of endpoints in ../shared/figma-api")
    paths = Counter([one.path for one in ENDPOINTS] + [one.path for one in NOT_REQUESTED])
    assert paths == Counter(official.keys())
    assert [one.path for one in NOT_REQUESTED if one.scope not in official[one.path]["scopes"] | {""}] == []
    assert {one.method for one in NOT_REQUESTED} == {"GET", "POST"}


def pictured_answer() -> dict[str, Any]:
    """The full document with a paint that refers to an image, and an instance of a variant from another library."""
    answer = full_answer()
    layers = answer["document"]["children"][0]["children"]
    layers[1]["fills"] = [{"type": "IMAGE", "imageRef": "abc"}]
    layers.append({"id": "1:6", "type": "INSTANCE", "name": "Chip", "componentId": "8:2"})
    answer["components"]["8:2"] = {"key": "d" * 40, "name": "State=On", "componentSetId": "8:1", "remote": True}
    answer["componentSets"]["8:1"] = {"key": "e" * 40, "name": "Chip", "remote": True}
    return answer


def load(server: Server, folder: Path, **scope: list[str]) -> None:
    """Load with the plain source, with everything turned on."""
    pipeline = dlt.pipeline(
        "figma",
        destination=dlt.destinations.duckdb(str(folder / "build.duckdb")),
        dataset_name="figma",
        pipelines_dir=str(folder / "pipelines"),
    )
    source = figma(
        server.org.token,
        server.base_url,
        key_lookups=True,
        library_analytics=True,
        variables=True,
        library_actions=True,
        activity_logs=True,
        comments=True,
        dev_resources=True,
        assets=str(folder / "assets"),
        images="components",
        image_fills=True,
        teams=scope["teams"],
        folders=scope["folders"],
        files=scope.get("files", []),
    )
    pipeline.run(source)


def _query(text: str) -> list[str]:
    return list(parse_qs(text, keep_blank_values=True))


def _official() -> dict[str, dict[str, set[str]]]:
    """The scopes and query parameters of every official endpoint by its path; empty if the list is absent."""
    listed = json.loads(OFFICIAL_FILE.read_text())["endpoints"] if OFFICIAL_FILE.exists() else []
    return {
        one["path"]: {
            "scopes": set(one["scopes"]),
            "query": {parameter["name"] for parameter in one["params"] if parameter["where"] == "query"},
        }
        for one in listed
    }
