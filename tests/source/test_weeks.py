"""The sample organisation over several weeks, against its truth."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from figma_warehouse.sandbox import SampleOrganisation, Server, Truth, serve
from tests.fixtures.sample_organisations import all_folder_ids
from tests.fixtures.warehouse import CONTENT, LISTED, Row, Warehouse, fetched, list_over_http, looked_at

pytestmark = pytest.mark.slow

# the tier and the path of each endpoint that a load with default settings requests
ENDPOINTS = {
    "1 GET /v1/files/{file_key}": r"/v1/files/\w+",
    "2 GET /v1/files/{file_key}/versions": r"/v1/files/\w+/versions",
    "2 GET /v2/folders/{folder_id}/files": r"/v2/folders/\w+/files",
    "2 GET /v2/folders/{folder_id}/folders": r"/v2/folders/\w+/folders",
    "2 GET /v2/teams/{team_id}/folders": r"/v2/teams/\w+/folders",
    "3 GET /v1/files/{file_key}/meta": r"/v1/files/\w+/meta",
    "3 GET /v1/teams/{team_id}/component_sets": r"/v1/teams/\w+/component_sets",
    "3 GET /v1/teams/{team_id}/components": r"/v1/teams/\w+/components",
    "3 GET /v1/teams/{team_id}/styles": r"/v1/teams/\w+/styles",
}
# entries on one page of a history and of a published list: the largest pages that Figma serves
HISTORY_PAGE, LIST_PAGE = 50, 1000


@dataclass
class Weekly:
    """One load of the sample organisation: the listings before and after, the requests and the stored rows."""

    truth: Truth
    listed: dict[str, str]
    fetched: list[str] = field(default_factory=list)
    looked_at: list[str] = field(default_factory=list)
    digests: dict[str, Row] = field(default_factory=dict)
    node_files: frozenset[str] = frozenset()
    nodes: dict[str, int] = field(default_factory=dict)
    teams: int = 0
    folders: int = 0
    # entries of each published list by kind and team, and saved versions by file
    published: Counter[tuple[str, str]] = field(default_factory=Counter)
    versions: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)

    def count(self, org: SampleOrganisation, server: Server) -> None:
        """Count what there is to request, and the requests."""
        self.teams, self.folders = len(org.team_ids), len(list(all_folder_ids(org)))
        for kind in ("components", "component_sets", "styles"):
            self.published.update((kind, self.truth.files[one.row["file_key"]].team_id) for one in org.published(kind))
        self.versions.update(save.file_key for save in org.saves() if save.is_listed)
        self.requests.update(_endpoint(request.tier, request.method, request.path) for request in server.requests)


def _endpoint(tier: int, method: str, path: str) -> str:
    """The endpoint of a request; the request itself if it is none of ENDPOINTS."""
    found = (name for name, pattern in ENDPOINTS.items() if re.fullmatch(pattern, path))
    given = f"{tier} {method} {path}"
    return next((name for name in found if name.startswith(f"{tier} {method} ")), given)


@dataclass
class Story:
    warehouse: Warehouse
    weeks: list[Weekly]
    org: SampleOrganisation


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Weeks 20, 20 again and 26 of the sample organisation, loaded one after the other."""
    warehouse = Warehouse(tmp_path_factory.mktemp("story"))
    org = SampleOrganisation(week=20)
    weeks: list[Weekly] = []
    with serve(org) as server:
        for step in (0, 0, 6):
            org.advance(step)
            week = Weekly(org.truth(), list_over_http(server))
            warehouse.load(server)
            week.fetched, week.looked_at = fetched(server), looked_at(server)
            week.count(org, server)
            week.digests = warehouse.digests(*CONTENT, *LISTED)
            counts = warehouse.query("select file_key, count(*) as nodes from nodes group by file_key")
            week.nodes = {row["file_key"]: row["nodes"] for row in counts}
            weeks.append(week)
        yield Story(warehouse, weeks, org)


def unreadable(truth: Truth) -> set[str]:
    return {key for key, file in truth.files.items() if not file.readable}


def test_the_first_week_requests_every_listed_file_once(story: Story) -> None:
    assert story.weeks[0].fetched == sorted(story.weeks[0].listed)


def test_the_same_week_again_requests_nothing_and_changes_no_table(story: Story) -> None:
    first, again = story.weeks[:2]
    assert again.fetched == again.looked_at == []
    assert again.digests == first.digests


def test_each_later_week_requests_exactly_the_files_that_changed_in_the_listing(story: Story) -> None:
    for before, week in zip(story.weeks[1:], story.weeks[2:], strict=False):
        changed = {key for key, at in week.listed.items() if before.listed.get(key) != at}
        assert changed
        assert week.fetched == sorted(changed)
        assert set(week.looked_at) == before.listed.keys() - week.listed.keys()


def test_each_load_sends_exactly_the_requests_that_its_listing_and_its_changes_need(story: Story) -> None:
    for before, week in zip([None, *story.weeks], story.weeks, strict=False):
        assert week.requests == requests_needed(week, before)
    first, again, later = (week.requests for week in story.weeks)
    # 46 files, of which 2 cannot be read, and the 44 histories of the others, of which one has two pages
    assert _by_tier(first) == {"1": 46, "2": 27 + 45, "3": 9}
    # without a change: 3 teams, 12 folders twice, and 3 published lists of each team
    assert _by_tier(again) == {"2": 27, "3": 9}
    # and for each of 37 changed files its document and one page of its history; one deleted file is looked for
    assert _by_tier(later) == {"1": 37, "2": 27 + 37, "3": 9 + 1}


def requests_needed(week: Weekly, before: Weekly | None) -> Counter[str]:
    """The requests of a load by endpoint, given the load before."""
    known = before.listed if before else {}
    changed = {key for key, at in week.listed.items() if known.get(key) != at}
    readable = [key for key in changed if week.truth.files[key].readable]
    teams = {file.team_id for file in week.truth.files.values()}
    lists = {
        kind: sum(_pages(week.published[kind, team], LIST_PAGE) for team in teams)
        for kind in ("components", "component_sets", "styles")
    }
    needed = {
        "1 GET /v1/files/{file_key}": len(changed),
        # newest first, up to the page that has a version of the load before
        "2 GET /v1/files/{file_key}/versions": sum(
            (week.versions[key] - before.versions[key]) // HISTORY_PAGE + 1
            if before and key in known
            else _pages(week.versions[key], HISTORY_PAGE)
            for key in readable
        ),
        "2 GET /v2/folders/{folder_id}/files": week.folders,
        "2 GET /v2/folders/{folder_id}/folders": week.folders,
        "2 GET /v2/teams/{team_id}/folders": week.teams,
        "3 GET /v1/files/{file_key}/meta": len(known.keys() - week.listed.keys()),
        **{f"3 GET /v1/teams/{{team_id}}/{kind}": pages for kind, pages in lists.items()},
    }
    return Counter({endpoint: number for endpoint, number in needed.items() if number})


def _pages(entries: int, size: int) -> int:
    """The pages of a list; an empty one has a page, too."""
    return max(1, -(-entries // size))


def _by_tier(requests: Counter[str]) -> dict[str, int]:
    tiers: Counter[str] = Counter()
    for endpoint, number in requests.items():
        tiers[endpoint[0]] += number
    return dict(tiers)


def test_some_week_had_a_deleted_an_emptied_and_a_silently_edited_file(story: Story) -> None:
    last = story.weeks[-1].truth
    assert last.removed_files
    assert any(file.nodes == 1 + file.pages for file in last.files.values() if file.readable)
    versions = Counter((key, version) for key, version, _ in last.node_counts)
    assert max(versions.values()) > 1


def test_after_every_week_the_nodes_are_those_of_the_existing_files(story: Story) -> None:
    for week in story.weeks:
        assert week.nodes == {key: file.nodes for key, file in week.truth.files.items() if file.readable}


def test_every_loaded_state_has_the_node_count_of_the_truth(story: Story) -> None:
    rows = story.warehouse.query("select file_key, version, last_modified_at, nodes from file_snapshots")
    counts = {(row["file_key"], row["version"], row["last_modified_at"]): row["nodes"] for row in rows}
    truth = story.weeks[-1].truth.node_counts
    assert counts == {state: truth[state] for state in counts}
    expected: set[tuple[str, str, datetime]] = set()
    for week in story.weeks:
        files = week.truth.files.items()
        expected |= {(key, file.version, file.last_modified) for key, file in files if file.readable}
    assert counts.keys() == expected


def test_the_counts_of_every_present_file_equal_the_truth(story: Story) -> None:
    columns = ("nodes", "pages", "visible_nodes", "instances", "component_definitions", "text_nodes")
    rows = story.warehouse.query(
        "select snapshots.* from file_snapshots as snapshots join documents using (file_key, version, last_modified_at)"
    )
    assert {row["file_key"]: tuple(row[name] for name in columns) for row in rows} == {
        key: tuple(getattr(file, name) for name in columns)
        for key, file in story.weeks[-1].truth.files.items()
        if file.readable
    }


def test_the_usage_of_every_component_in_every_present_file_equals_the_truth(story: Story) -> None:
    columns = ("instances", "direct", "nested", "in_definitions", "hidden", "usages")
    rows = story.warehouse.query(
        "select used.*, components.file_key as home from snapshot_components as used"
        " join documents using (file_key, version, last_modified_at)"
        " join files on files.file_key = used.file_key and files.main_file_key is null"
        " left join components on components.component_key = used.component_key and components.removed_at is null"
    )
    truth = story.weeks[-1].truth.component_usage
    found = {(row["component_key"], row["file_key"]): tuple(row[name] for name in columns) for row in rows}
    assert found == {place: tuple(getattr(counts, name) for name in columns) for place, counts in truth.items()}
    away = [row for row in rows if row["home"] != row["file_key"]]
    assert {(row["component_key"], row["file_key"]): row["direct_visible"] for row in away} == {
        place: truth[place].placements for place in ((row["component_key"], row["file_key"]) for row in away)
    }


def test_the_references_to_every_style_in_every_present_file_equal_the_truth(story: Story) -> None:
    rows = story.warehouse.query(
        "select used.* from snapshot_styles as used"
        " join documents using (file_key, version, last_modified_at)"
        " join files on files.file_key = used.file_key and files.main_file_key is null"
    )
    found = {(row["style_key"], row["file_key"]): (row["references"], row["references_visible"]) for row in rows}
    expected: dict[tuple[str, str], tuple[int, int]] = {}
    for (style_key, file_key, _), counts in story.weeks[-1].truth.style_usage.items():
        references, visible = expected.get((style_key, file_key), (0, 0))
        expected[style_key, file_key] = (references + counts.references, visible + counts.visible)
    assert found == expected


def test_the_published_items_at_the_end_are_those_without_removed_at(story: Story) -> None:
    rows = story.warehouse.query("select component_key, removed_at from components")
    there = {row["component_key"] for row in rows if row["removed_at"] is None}
    assert there == story.weeks[-1].truth.published_components
    ever = {key for week in story.weeks for key in week.truth.published_components}
    assert {row["component_key"] for row in rows} == ever


def test_unreadable_files_are_listed_and_have_a_skipped_outcome(story: Story) -> None:
    missing = unreadable(story.weeks[-1].truth)
    assert len(missing) == 2
    assert {
        (item, reason) for _, item, status, reason in story.warehouse.last_outcomes("documents") if status == "skipped"
    } == {
        (key, "unsupported_type" if "review" in story.weeks[-1].truth.files[key].name else "not_exportable")
        for key in missing
    }
