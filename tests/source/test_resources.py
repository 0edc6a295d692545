"""The registry of resources is complete and consistent."""

import re
from collections import Counter
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
import yaml

from figma_warehouse.sandbox import HttpAnswer, Server
from figma_warehouse.settings import FigmaSettings
from figma_warehouse.source.addresses import parse_scope
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.endpoints import ME, SCOPES
from figma_warehouse.source.extras import extra_resources, module_of
from figma_warehouse.source.figma import WITHOUT_ROWS, figma
from figma_warehouse.source.outcomes import Row, outcome
from figma_warehouse.source.reasons import reasons_that
from figma_warehouse.source.refresh import Refresh
from figma_warehouse.source.resources import (
    NODE_TABLES,
    PLUGIN_DATA,
    RESOURCES,
    RUNS,
    SETTLING_TABLES,
    SNAPSHOT_TABLES,
    Group,
    Resource,
    needed_scopes,
    resources_in,
    topics_of,
)
from figma_warehouse.source.schema import TABLES
from figma_warehouse.source.stored_state import StoredState
from tests.fixtures.in_memory_organisation import HOME, TEAM, InMemoryOrganisation

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
# if the first is refused, the others are not sent
REQUESTS_OF_AN_ITEM = {"variables": 2}
each_resource = pytest.mark.parametrize("resource", RESOURCES.values(), ids=RESOURCES)
each_extra = pytest.mark.parametrize("resource", resources_in(Group.EXTRA), ids=lambda one: one.name)
each_requested_extra = pytest.mark.parametrize(
    "resource", [one for one in resources_in(Group.EXTRA) if one.endpoints], ids=lambda one: one.name
)


def test_every_table_belongs_to_one_resource_or_is_shared_by_some() -> None:
    owned = Counter(table for resource in RESOURCES.values() for table in resource.tables)
    shared = {table for resource in RESOURCES.values() for table in resource.adds_to}
    assert {table for table, owners in owned.items() if owners > 1} == set()
    assert owned.keys() | shared | {RUNS} == TABLES.keys()


def test_the_node_tables_are_those_that_a_load_replaces_by_file() -> None:
    replaced = {name for name, table in TABLES.items() if table.replaced_by == "file_key"}
    listed = (table for name in ("variables", "comments", "dev_resources") for table in RESOURCES[name].tables)
    assert {"documents", *NODE_TABLES, PLUGIN_DATA, *listed} == replaced
    assert {"file_key", "version"} <= set.intersection(*(set(TABLES[name].key) for name in SNAPSHOT_TABLES))
    assert set(SETTLING_TABLES) <= TABLES.keys()


@each_resource
def test_a_resource_uses_one_tier_and_registered_scopes(resource: Resource) -> None:
    assert len({endpoint.tier for endpoint in resource.endpoints}) == min(1, len(resource.endpoints))
    assert {endpoint.scope for endpoint in resource.endpoints} <= SCOPES.keys()


@each_resource
def test_a_resource_has_words_for_messages_and_a_label_if_it_is_a_list(resource: Resource) -> None:
    assert resource.one
    assert resource.many
    assert bool(resource.label) == resource.group.is_list


@each_resource
def test_a_resource_is_turned_on_by_an_existing_setting(resource: Resource) -> None:
    assert resource.setting is None or resource.setting in {field.name for field in fields(FigmaSettings)}


def test_a_published_list_has_endpoints_by_team_and_by_file_and_a_noun_for_its_items() -> None:
    for resource in resources_in(Group.PUBLISHED):
        assert {resource.endpoint(name) for name in ("team_id", "file_key")} == set(resource.endpoints)
        assert TABLES[resource.name].key == (f"{resource.item}_key",)


# `check` alone uses the other one
@pytest.mark.parametrize("name", [name for name in SCOPES if name != ME.scope])
def test_a_scope_that_only_a_setting_needs_is_tested_only_if_the_setting_is_on(name: str) -> None:
    users = [one for one in RESOURCES.values() if name in {endpoint.scope for endpoint in one.endpoints}]
    settings = {resource.setting for resource in users}
    used_by = SCOPES[name].used_by
    assert settings == set(used_by) if None not in settings else used_by in {(), ("teams",), ("files",)}


@each_resource
def test_the_settings_that_come_with_the_project_describe_the_setting_of_a_resource(resource: Resource) -> None:
    assert resource.setting is None or f"{resource.setting} =" in (ROOT / ".dlt" / "config.toml").read_text()


@each_extra
def test_an_extra_resource_has_a_module_that_fetches_and_counts(resource: Resource) -> None:
    module = module_of(resource)
    assert callable(module.fetch_tables)
    assert callable(module.count_requests)


@each_requested_extra
def test_an_extra_resource_sends_the_requests_that_it_counts_and_repeats_none_that_is_refused(
    server: Server, api: FigmaClient, drafts: InMemoryOrganisation, resource: Resource
) -> None:
    module, stored = module_of(resource), published_once(api, drafts)
    due = Counter({1: 0, 2: 0, 3: 0})
    for (tier, _), requests in module.count_requests(refresh_of(api, stored)).items():
        due[tier] += requests
    assert due.total() > 0
    refresh = refresh_of(api, stored)
    server.reset_requests()
    server.script(".", *[HttpAnswer(403, b'{"status":403,"err":"Not allowed"}')] * due.total())

    skips = outcomes_of(resource, refresh)

    refused_first = {tier: count // REQUESTS_OF_AN_ITEM.get(resource.name, 1) for tier, count in due.items()}
    assert server.spent == refused_first
    assert {(row["resource"], row["reason"]) for row in skips} == {(resource.name, "no_access")}
    yesterday = {"finished_at": NOON - timedelta(days=1)}
    refused = replace(stored, skips={(resource.name, row["item_id"]): row | yesterday for row in skips})
    assert module.count_requests(refresh_of(api, refused)).total() == 0, "see Refresh.earlier_refusal"
    refresh = refresh_of(api, refused)
    server.reset_requests()
    assert [row["reason"] for row in outcomes_of(resource, refresh)] == ["no_access"] * len(skips)
    assert server.requests == []


def published_once(api: FigmaClient, drafts: InMemoryOrganisation) -> StoredState:
    """The stored state after a component was published and listed, and a document used two others."""
    drafts.publish("components", "Button", HOME)
    rows, _ = refresh_of(api, StoredState()).published("components")
    used = [{"item_key": key, "name": "Chip", "uses": 1} for key in ("c" * 40, "d" * 40)]
    return StoredState(
        published={"components": {row["component_key"]: row for row in rows}},
        remote_keys=lambda resource: pa.Table.from_pylist(used if resource == "components" else []),
    )


def refresh_of(api: FigmaClient, stored: StoredState) -> Refresh:
    """A refresh that has read its listing and the published lists."""
    refresh = Refresh(api, parse_scope(teams=[TEAM.id]), stored, "run", NOON)
    for published in resources_in(Group.PUBLISHED):
        refresh.published(published.name)
    return refresh


def outcomes_of(resource: Resource, refresh: Refresh) -> list[Row]:
    return [row for tables in module_of(resource).fetch_tables(refresh) for row in tables["outcomes"].to_pylist()]


def test_an_extra_resource_is_loaded_if_its_setting_is_on() -> None:
    settings, always = FigmaSettings(), {"variable_names"}
    assert {one.name for one in extra_resources(settings)} == always
    settings.library_analytics = True
    assert {one.name for one in extra_resources(settings)} == {"library_usages"} | always
    settings.key_lookups = settings.variables = True
    assert {one.name for one in extra_resources(settings)} == {"key_lookups", "variables", "library_usages"} | always
    settings.activity_logs = True
    assert [one.name for one in extra_resources(settings)][-1] == "activity_events"
    settings.comments = settings.dev_resources = True
    assert {"comments", "dev_resources"} <= {one.name for one in extra_resources(settings)}


def test_the_source_has_a_dlt_resource_for_each_table_of_each_resource(tmp_path: Path) -> None:
    source = figma(
        "figd_x",
        "http://127.0.0.1:9",
        key_lookups=True,
        library_analytics=True,
        variables=True,
        library_actions=True,
        activity_logs=True,
        comments=True,
        dev_resources=True,
        assets=str(tmp_path),
        image_fills=True,
    )
    topics = topics_of(*(group for group in Group if group is not Group.BACKFILL))
    named = {name for topic in topics for name in topic.dlt_names}
    assert set(source.selected_resources) == named | {WITHOUT_ROWS}


def test_what_is_not_registered_is_an_error() -> None:
    with pytest.raises(KeyError):
        outcome("run", "novelties", "1", "loaded")


def test_every_table_has_a_staging_model_with_a_description_and_its_grain_is_tested() -> None:
    staging = ROOT / "sql" / "models" / "staging"
    sources = {one["name"]: one for one in yaml.safe_load((staging / "sources.yml").read_text())["sources"]}
    grains = {
        table["name"]: test["sound"]["arguments"]["grain"]
        for table in sources["figma"]["tables"]
        for test in table["data_tests"]
    }
    assert grains == {name: list(table.key) for name, table in TABLES.items()}
    files = [f"stg_{name}.{ending}" for name in TABLES for ending in ("sql", "yml")]
    assert [name for name in files if not (staging / name).exists()] == []


def model(name: str) -> str:
    (path,) = (ROOT / "sql" / "models").rglob(f"{name}.sql")
    return path.read_text()


def test_the_model_of_listings_reads_the_lists_that_are_registered() -> None:
    sql = model("int_listing")
    (listed,) = re.findall(r"outcomes\.resource in \(([^)]*)\)", sql)
    lists = [resource.name for resource in resources_in(Group.LISTING, Group.PUBLISHED)]
    assert re.findall(r"'(\w+)'", listed) == lists


@pytest.mark.parametrize("name", ["int_listing", "int_files"])
def test_the_models_leave_out_reasons_for_items_that_are_never_served(name: str) -> None:
    compared = set(re.findall(r"reason(?:, '')?\)? (?:=|<>) '(\w+)'", model(name)))
    assert compared == reasons_that(lambda reason: reason.is_never_served)


@pytest.mark.parametrize("file", ["README.md", ".dlt/secrets.toml.example"])
def test_the_readme_and_the_example_settings_name_the_needed_scopes(file: str) -> None:
    text = (ROOT / file).read_text()
    assert [scope.name for scope in needed_scopes() if scope.name not in text] == []
