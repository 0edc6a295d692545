"""The organisation's own tally against a plain count over what it serves."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from figma_warehouse.sandbox import SampleOrganisation, Server, Truth, serve
from figma_warehouse.sandbox.truth.component_truth import UsageTruth
from figma_warehouse.sandbox.truth.style_truth import StyleTruth

Ask = Callable[..., tuple[int, Any]]
Node = dict[str, Any]
Seen = tuple[Node, bool, frozenset[str]]
Answers = dict[str, tuple[Node, list[Seen]]]


def listed_files(server: Server, ask: Ask) -> Iterator[tuple[str, str, str | None]]:
    """Every file and branch of the listing: key, folder id, main file key."""
    for team_id in server.org.team_ids:
        waiting = ask(server, f"/v2/teams/{team_id}/folders")[1]["folders"]
        while waiting:
            folder = waiting.pop()["id"]
            waiting += ask(server, f"/v2/folders/{folder}/folders")[1]["folders"]
            for file in ask(server, f"/v2/folders/{folder}/files?branch_data=true")[1]["files"]:
                yield file["key"], folder, None
                for branch in file["branches"]:
                    yield branch["key"], folder, file["key"]


def walk(node: Node, visible: bool = True, above: frozenset[str] = frozenset()) -> list[Seen]:
    """Every node with whether it can be seen and which types are above it."""
    visible = visible and node.get("visible", True)
    found = [(node, visible, above)]
    below = above if node["type"] in above else above | {node["type"]}
    for child in node.get("children", ()):
        found += walk(child, visible, below)
    return found


def count_file(nodes: list[Seen]) -> dict[str, int]:
    types = Counter(node["type"] for node, _, _ in nodes)
    return {
        "nodes": len(nodes),
        "pages": types["CANVAS"],
        "visible_nodes": sum(visible for _, visible, _ in nodes),
        "instances": types["INSTANCE"],
        "component_definitions": types["COMPONENT"],
        "text_nodes": types["TEXT"],
    }


def count_usage(answer: Node, nodes: list[Seen], publishes: set[str]) -> dict[str, UsageTruth]:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for node, visible, above in nodes:
        component = answer["components"].get(node.get("componentId"))
        if node["type"] != "INSTANCE" or component is None:
            continue
        seen = counts[component["key"]]
        seen["instances"] += 1
        if above & {"COMPONENT", "COMPONENT_SET"}:
            seen["in_definitions"] += 1
            continue
        seen["nested" if "INSTANCE" in above else "direct"] += 1
        seen["usages"] += 1
        seen["hidden"] += not visible
        seen["placements"] += "INSTANCE" not in above and visible and component["key"] not in publishes
    fields = UsageTruth.__dataclass_fields__
    return {key: UsageTruth(**{name: seen[name] for name in fields}) for key, seen in counts.items()}


def count_styles(answer: Node, nodes: list[Seen]) -> dict[tuple[str, str], StyleTruth]:
    counts: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for node, visible, _ in nodes:
        for slot, id_ in node.get("styles", {}).items():
            seen = counts[answer["styles"][id_]["key"], slot]
            seen[0] += 1
            seen[1] += visible
    return {place: StyleTruth(*seen) for place, seen in counts.items()}


def published(server: Server, ask: Ask, kind: str) -> dict[str, str]:
    """The file of every published key, over all teams and pages."""
    found: dict[str, str] = {}
    for team_id in server.org.team_ids:
        cursor: dict[str, int] = {"after": 0}
        while "after" in cursor:
            after = f"&after={cursor['after']}" if cursor["after"] else ""
            meta = ask(server, f"/v1/teams/{team_id}/{kind}?page_size=100{after}")[1]["meta"]
            found |= {row["key"]: row["file_key"] for row in meta[kind]}
            cursor = meta["cursor"]
    return found


def check_files(server: Server, ask: Ask, truth: Truth) -> Answers:
    """Compare every file; returns the answers of readable files by key."""
    answers: Answers = {}
    listed = {key: (folder, main) for key, folder, main in listed_files(server, ask)}
    assert listed == {key: (file.folder_id, file.main_file_key) for key, file in truth.files.items()}
    for key, file in truth.files.items():
        status, answer = ask(server, f"/v1/files/{key}")
        assert (status == 200) == file.readable
        if not file.readable:
            continue
        nodes = walk(answer["document"])
        counted = count_file(nodes)
        assert {name: getattr(file, name) for name in counted} == counted
        assert (answer["name"], answer["version"]) == (file.name, file.version)
        assert truth.node_counts[key, file.version, file.last_modified] == file.nodes
        answers[key] = answer, nodes
    return answers


def check_components(truth: Truth, answers: Answers, homes: dict[str, str]) -> None:
    usage = {
        (key, file): seen
        for file, (answer, nodes) in answers.items()
        for key, seen in count_usage(answer, nodes, {key for key, home in homes.items() if home == file}).items()
    }
    assert truth.component_usage == usage
    assert truth.published_components == homes.keys()
    used = {key for (key, file), seen in usage.items() if seen.usages and homes.get(key) != file}
    assert truth.unused_components == homes.keys() - used


def check_styles(truth: Truth, answers: Answers, homes: dict[str, str]) -> None:
    usage = {
        (key, file, slot): seen
        for file, (answer, nodes) in answers.items()
        for (key, slot), seen in count_styles(answer, nodes).items()
    }
    assert truth.style_usage == usage
    local = {file: {s["key"] for s in a["styles"].values() if not s["remote"]} for file, (a, _) in answers.items()}
    referred = {key for key, _, _ in usage}
    assert truth.orphaned_styles.unused == (homes.keys() | set().union(*local.values())) - referred
    dangling: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for (key, file, _), seen in usage.items():
        if key not in homes and key not in local[file]:
            dangling[key][file] += seen.references
    told = {key: (one.references, one.files) for key, one in truth.orphaned_styles.dangling.items()}
    assert told == {key: (seen.total(), len(seen)) for key, seen in dangling.items()}


def check_branches(truth: Truth, answers: Answers, homes: dict[str, str]) -> None:
    usages: Counter[str] = Counter()
    files: Counter[str] = Counter()
    references: Counter[str] = Counter()
    for branch, (answer, nodes) in answers.items():
        for key, used in count_usage(answer, nodes, set()).items():
            usages[key] += used.usages
            files[key] += used.usages > 0 and homes.get(key) != truth.files[branch].main_file_key
        for (key, _), seen in count_styles(answer, nodes).items():
            references[key] += seen.references
    assert truth.branch_usage == {key: (count, files[key]) for key, count in usages.items() if count}
    assert truth.branch_references == references


@pytest.mark.parametrize(("seed", "week"), [(7, 1), (7, 26), (11, 31)])
def test_the_truth_is_what_a_plain_count_over_http_finds(ask: Ask, seed: int, week: int) -> None:
    org = SampleOrganisation(seed=seed, week=week - 1)
    org.advance()
    truth = org.truth()
    with serve(org) as server:
        answers = check_files(server, ask, truth)
        mains = {key: answer for key, answer in answers.items() if not truth.files[key].is_branch}
        branches = {key: answer for key, answer in answers.items() if truth.files[key].is_branch}
        homes = published(server, ask, "components")
        check_components(truth, mains, homes)
        check_styles(truth, mains, published(server, ask, "styles"))
        check_branches(truth, branches, homes)


def test_every_listed_version_has_the_nodes_the_truth_gives_it(ask: Ask, server: Server, keys: dict[str, str]) -> None:
    truth = server.org.truth()  # type: ignore[attr-defined]
    for name in ("Checkout flow", "Campaign pages"):
        states = {version: nodes for (key, version, _), nodes in truth.node_counts.items() if key == keys[name]}
        for version in list(states)[::15]:
            answer = ask(server, f"/v1/files/{keys[name]}?version={version}")[1]
            assert count_file(walk(answer["document"]))["nodes"] == states[version]
            assert answer["version"] == version


def test_the_sample_has_a_case_of_everything(org: SampleOrganisation) -> None:
    truth = org.truth()
    assert truth.unused_components
    assert truth.orphaned_styles.unused
    assert truth.orphaned_styles.dangling
    assert truth.removed_files
    assert {key for key, _ in truth.component_usage} - truth.published_components
    for field in ("direct", "nested", "in_definitions", "hidden", "placements"):
        assert any(getattr(usage, field) for usage in truth.component_usage.values()), field
    assert any(file.nodes - file.pages == 1 and file.readable for file in truth.files.values())
    assert sum(file.nodes for file in truth.files.values()) > 50_000
