"""The ground truth against a plain count over what the server answers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from figma_warehouse.sandbox import SampleOrganisation, Server, Truth, serve
from figma_warehouse.sandbox.truth.component_truth import UsageTruth
from figma_warehouse.sandbox.truth.style_truth import StyleTruth
from tests.fixtures.sample_organisations import sample_organisation

pytestmark = pytest.mark.slow

Get = Callable[..., tuple[int, Any]]
Node = dict[str, Any]
# a node, whether it is effectively visible, and the types of its ancestors
VisitedNode = tuple[Node, bool, frozenset[str]]
Answer = tuple[Node, list[VisitedNode]]
Answers = dict[str, Answer]
KINDS = {"component": "components", "component_set": "componentSets", "style": "styles"}


def list_files(server: Server, get: Get) -> Iterator[tuple[str, str, str | None]]:
    """Every file and branch of the listing: key, folder id, main file key."""
    for team_id in server.org.team_ids:
        pending = get(server, f"/v2/teams/{team_id}/folders")[1]["folders"]
        while pending:
            folder = pending.pop()["id"]
            pending += get(server, f"/v2/folders/{folder}/folders")[1]["folders"]
            for file in get(server, f"/v2/folders/{folder}/files?branch_data=true")[1]["files"]:
                yield file["key"], folder, None
                for branch in file["branches"]:
                    yield branch["key"], folder, file["key"]


def list_published(server: Server, get: Get, kind: str) -> dict[str, str]:
    """The publishing file of every published key, over all teams and pages."""
    found: dict[str, str] = {}
    for team_id in server.org.team_ids:
        cursor: dict[str, int] = {"after": 0}
        while "after" in cursor:
            after = f"&after={cursor['after']}" if cursor["after"] else ""
            meta = get(server, f"/v1/teams/{team_id}/{kind}?page_size=100{after}")[1]["meta"]
            found |= {row["key"]: row["file_key"] for row in meta[kind]}
            cursor = meta["cursor"]
    return found


def visit(root: Node) -> list[VisitedNode]:
    """Every node of a document."""
    found: list[VisitedNode] = []
    pending: list[VisitedNode] = [(root, root.get("visible", True), frozenset())]
    while pending:
        node, is_visible, ancestor_types = pending.pop()
        found.append((node, is_visible, ancestor_types))
        types = ancestor_types if node["type"] in ancestor_types else ancestor_types | {node["type"]}
        pending += [(child, is_visible and child.get("visible", True), types) for child in node.get("children", ())]
    return found


def count_file(nodes: list[VisitedNode]) -> dict[str, int]:
    types = Counter(node["type"] for node, _, _ in nodes)
    return {
        "nodes": len(nodes),
        "pages": types["CANVAS"],
        "visible_nodes": sum(is_visible for _, is_visible, _ in nodes),
        "instances": types["INSTANCE"],
        "component_definitions": types["COMPONENT"],
        "text_nodes": types["TEXT"],
    }


def count_usage(answer: Answer, published_here: set[str]) -> dict[str, UsageTruth]:
    """Usage by component key; `published_here` are the components that this file publishes."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for node, is_visible, ancestor_types in answer[1]:
        component = answer[0]["components"].get(node.get("componentId"))
        if node["type"] != "INSTANCE" or component is None:
            continue
        of_component = counts[component["key"]]
        of_component["instances"] += 1
        if ancestor_types & {"COMPONENT", "COMPONENT_SET"}:
            of_component["in_definitions"] += 1
            continue
        is_nested = "INSTANCE" in ancestor_types
        of_component["nested" if is_nested else "direct"] += 1
        of_component["usages"] += 1
        of_component["hidden"] += not is_visible
        of_component["placements"] += not is_nested and is_visible and component["key"] not in published_here
    fields = UsageTruth.__dataclass_fields__
    return {key: UsageTruth(**{name: found[name] for name in fields}) for key, found in counts.items()}


def count_styles(answer: Answer) -> dict[tuple[str, str], StyleTruth]:
    """References by style key and slot."""
    counts: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for node, is_visible, _ in answer[1]:
        for slot, id_ in node.get("styles", {}).items():
            of_slot = counts[answer[0]["styles"][id_]["key"], slot]
            of_slot[0] += 1
            of_slot[1] += is_visible
    return {grain: StyleTruth(*found) for grain, found in counts.items()}


def assert_files(truth: Truth, answers: Answers, listed: dict[str, tuple[str, str | None]]) -> None:
    assert listed == {key: (file.folder_id, file.main_file_key) for key, file in truth.files.items()}
    assert answers.keys() == {key for key, file in truth.files.items() if file.readable}
    for key, (answer, nodes) in answers.items():
        file, counts = truth.files[key], count_file(nodes)
        assert {name: getattr(file, name) for name in counts} == counts
        assert (answer["name"], answer["version"]) == (file.name, file.version)
        assert truth.node_counts[key, file.version, file.last_modified] == file.nodes


def assert_components(truth: Truth, answers: Answers, publishing_files: dict[str, str]) -> None:
    usage: dict[tuple[str, str], UsageTruth] = {}
    for file, answer in answers.items():
        published_here = {key for key, publishing_file in publishing_files.items() if publishing_file == file}
        usage |= {(key, file): counts for key, counts in count_usage(answer, published_here).items()}
    assert truth.component_usage == usage
    assert truth.published_components == publishing_files.keys()
    used = {key for (key, file), counts in usage.items() if counts.usages and publishing_files.get(key) != file}
    assert truth.unused_components == publishing_files.keys() - used


def assert_styles(truth: Truth, answers: Answers, published: dict[str, str]) -> None:
    usage = {
        (key, file, slot): counts
        for file, answer in answers.items()
        for (key, slot), counts in count_styles(answer).items()
    }
    assert truth.style_usage == usage
    local = {file: {s["key"] for s in a["styles"].values() if not s["remote"]} for file, (a, _) in answers.items()}
    referred = {key for key, _, _ in usage}
    assert truth.orphaned_styles.unused == (published.keys() | set().union(*local.values())) - referred
    dangling: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for (key, file, _), counts in usage.items():
        if key not in published and key not in local[file]:
            dangling[key][file] += counts.references
    found = {key: (one.references, one.files) for key, one in truth.orphaned_styles.dangling.items()}
    assert found == {key: (by_file.total(), len(by_file)) for key, by_file in dangling.items()}


def assert_branches(truth: Truth, answers: Answers, publishing_files: dict[str, str]) -> None:
    usages: Counter[str] = Counter()
    files: Counter[str] = Counter()
    references: Counter[str] = Counter()
    for branch, answer in answers.items():
        for key, counts in count_usage(answer, set()).items():
            usages[key] += counts.usages
            files[key] += counts.usages > 0 and publishing_files.get(key) != truth.files[branch].main_file_key
        for (key, _), style in count_styles(answer).items():
            references[key] += style.references
    assert truth.branch_usage == {key: (count, files[key]) for key, count in usages.items() if count}
    assert truth.branch_references == references


def count_references(answer: Answer) -> Iterator[tuple[str, str, bool]]:
    """The kind and the key of what each node refers to, and whether it is of another file, by the document's maps."""
    maps, nodes = answer
    for node, _, _ in nodes:
        component = maps["components"].get(node.get("componentId"))
        component_set = maps["componentSets"].get((component or {}).get("componentSetId"))
        styles = (maps["styles"][id_] for id_ in node.get("styles", {}).values())
        for kind, entries in (("component", [component]), ("component_set", [component_set]), ("style", styles)):
            yield from ((kind, entry["key"], entry["remote"]) for entry in entries if entry)


def find_lookups(
    server: Server, get: Get, answers: Answers, published: set[str]
) -> dict[tuple[str, str], tuple[str | None, int]]:
    """The library of each key that no list has and no file defines, None after a 404, and the nodes with the key."""
    references = [one for answer in answers.values() for one in count_references(answer)]
    local = {key for answer, _ in answers.values() for kind in KINDS for key in local_keys(answer, KINDS[kind])}
    counts = Counter((kind, key) for kind, key, _ in references if key not in published | local)
    found: dict[tuple[str, str], tuple[str | None, int]] = {}
    for (kind, key), count in counts.items():
        status, answer = get(server, f"/v1/{kind}s/{key}")
        assert status in (200, 404)
        found[kind, key] = answer["meta"]["file_key"] if status == 200 else None, count
    return found


def local_keys(answer: Node, name: str) -> set[str]:
    return {entry["key"] for entry in answer[name].values() if not entry["remote"]}


@pytest.mark.parametrize(("seed", "week"), [(7, 1), (7, 26), (11, 31)])
def test_the_truth_equals_a_plain_count_over_http(get: Get, seed: int, week: int) -> None:
    org = sample_organisation(week) if seed == 7 else SampleOrganisation(seed=seed, week=week)
    with serve(org) as server:
        listed = {key: (folder, main) for key, folder, main in list_files(server, get)}
        found = {key: get(server, f"/v1/files/{key}") for key in listed}
        publishing_files, published_sets, published_styles = (
            list_published(server, get, kind) for kind in ("components", "component_sets", "styles")
        )
        answers = {key: (answer, visit(answer["document"])) for key, (status, answer) in found.items() if status == 200}
        lookups = find_lookups(server, get, answers, {*publishing_files, *published_sets, *published_styles})
    truth = org.truth()
    assert truth.key_lookups == lookups
    assert_files(truth, answers, listed)
    main_files = {key: answer for key, answer in answers.items() if not truth.files[key].is_branch}
    assert_components(truth, main_files, publishing_files)
    assert_styles(truth, main_files, published_styles)
    branches = {key: answer for key, answer in answers.items() if truth.files[key].is_branch}
    assert_branches(truth, branches, publishing_files)


def test_every_listed_version_has_as_many_nodes_as_the_truth_says(
    get: Get, server: Server, org: SampleOrganisation, keys: dict[str, str]
) -> None:
    truth = org.truth()
    for name in ("Checkout flow", "Campaign pages"):
        states = {version: nodes for (key, version, _), nodes in truth.node_counts.items() if key == keys[name]}
        for version in list(states)[::15]:
            answer = get(server, f"/v1/files/{keys[name]}?version={version}")[1]
            assert count_file(visit(answer["document"]))["nodes"] == states[version]
            assert answer["version"] == version


def test_the_sample_has_an_example_of_everything(org: SampleOrganisation) -> None:
    truth = org.truth()
    assert truth.unused_components
    assert truth.orphaned_styles.unused
    assert truth.orphaned_styles.dangling
    assert truth.removed_files
    assert {bool(lookup.library_file_key) for lookup in truth.key_lookups.values()} == {True, False}
    assert {kind for (kind, _), lookup in truth.key_lookups.items() if lookup.library_file_key} == {
        "component",
        "style",
    }
    assert {key for key, _ in truth.component_usage} - truth.published_components
    for field in ("direct", "nested", "in_definitions", "hidden", "placements"):
        assert any(getattr(usage, field) for usage in truth.component_usage.values()), field
    assert any(file.nodes - file.pages == 1 and file.readable for file in truth.files.values())
    assert sum(file.nodes for file in truth.files.values()) > 50_000
