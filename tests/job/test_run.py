"""The whole job over HTTP, compared with the organisation's own truth."""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.load import load
from figma_warehouse.job.publish import publish
from figma_warehouse.job.run import run
from figma_warehouse.job.transform import run_dbt
from figma_warehouse.sandbox import HttpAnswer, SampleOrganisation, Server, Truth
from figma_warehouse.settings import FigmaSettings
from figma_warehouse.source.resources import NODE_TABLES
from figma_warehouse.source.schema import TABLES
from tests.fixtures.build_files import first_difference
from tests.fixtures.built_tables import differing_tables, rebuilt
from tests.fixtures.sample_organisations import all_folder_ids
from tests.oracles.sample_instance_events import ExpectedInstanceEvents
from tests.oracles.sample_marts import assert_activity, assert_marts, assert_nothing_is_conclusive
from tests.oracles.sample_shares import ExpectedShares

pytestmark = pytest.mark.process

Ask = Callable[..., list[tuple[Any, ...]]]

USAGE = ("instances", "direct", "nested", "in_definitions", "hidden", "usages", "placements")
TOKENS_WEEK, LAST_WEEK = 3, 5
SIZES = ("nodes", "pages", "visible_nodes", "instances", "component_definitions", "text_nodes")


def test_the_marts_equal_the_organisations_truth_at_first_and_after_each_of_five_weeks(
    organisation: SampleOrganisation, settings: FigmaSettings, loaded: DataDir, tmp_path: Path
) -> None:
    published = loaded.published
    followed, shares = ExpectedInstanceEvents(organisation), ExpectedShares()
    tokens = tokens_file(organisation, tmp_path / "tokens.json")
    for week in range(LAST_WEEK + 1):
        if week:
            organisation.advance()
            turn_on_extras(settings, week, tokens)
            run(settings, loaded)
        truth = organisation.truth()
        followed.add_load(truth)
        followed.assert_stored(published)
        shares.add_build(truth, has_lookups=settings.key_lookups)
        shares.assert_stored(published)
        with _asking(published) as ask:
            _assert_usage(truth, ask)
            _assert_styles(truth, ask, has_lookups=settings.key_lookups)
            _assert_files(truth, ask)
        assert_marts(
            truth,
            published,
            has_lookups=settings.key_lookups,
            names_from=names_from(settings),
            has_comments=settings.comments,
            has_dev_resources=settings.dev_resources,
        )
        assert_activity(truth, published, is_loaded=settings.activity_logs)
        expected = _query(published, "select files_expected from figma.runs order by started_at")
        assert (len(expected), expected[-1]) == (week + 1, (len(truth.files),))
        for path in (published, loaded.build):
            in_time = "select count(*) from figma.runs where published_at between finished_at and now()"
            assert _query(path, in_time) == [(week + 1,)]
    assert len(shares.weeks) == LAST_WEEK + 1
    with _asking(published) as ask:
        _assert_reconciliation(truth, ask)
    assert not differing_tables(loaded.build, rebuilt(loaded, tmp_path).build)
    kinds = {event.event for event in followed.events.values() if not event.is_nested}
    assert kinds == {"insertion", "removal", "swap", "detachment"}


def turn_on_extras(settings: FigmaSettings, week: int, tokens: str) -> None:
    """Turn on what is off by default, in the last week: usage counts load once a day, and the weeks pass on one day."""
    settings.library_analytics = settings.key_lookups = settings.variables = week == LAST_WEEK
    settings.activity_logs = settings.library_actions = week == LAST_WEEK
    settings.comments = settings.dev_resources = week == LAST_WEEK
    settings.variable_names = [tokens] if week in {TOKENS_WEEK, LAST_WEEK} else None


def tokens_file(organisation: SampleOrganisation, path: Path) -> str:
    """An entry of `variable_names`: the answer that an Enterprise plan gets, without the copies of other libraries."""
    key = next(file_key for file_key, _ in organisation.truth().variable_names if file_key)
    path.write_text(json.dumps({"meta": organisation.variables(key)}))
    return f"{key}={path}"


def names_from(settings: FigmaSettings) -> str:
    return "definition" if settings.variables else "tokens_file" if settings.variable_names else "not loaded"


def test_a_second_run_requests_no_document_and_changes_no_row(
    server: Server, settings: FigmaSettings, loaded: DataDir, tmp_path: Path
) -> None:
    before = Path(shutil.copy(loaded.build, tmp_path / "before.duckdb"))
    server.reset_requests()

    report = load(settings, loaded)

    assert server.spent[1] == 0
    assert report.files_loaded == 0
    lasting = TABLES.keys() - {"runs", "outcomes"}
    assert first_difference(loaded.build, before, lasting, without=("last_seen_at",)) == ""


def test_a_refresh_sends_one_document_request_per_changed_file(
    server: Server, organisation: SampleOrganisation, settings: FigmaSettings, loaded: DataDir
) -> None:
    before = organisation.truth()
    organisation.advance()
    server.reset_requests()

    report = load(settings, loaded)

    moved = _moved(before, organisation.truth())
    asked = sorted(request.path.rsplit("/", 1)[1] for request in server.requests if request.tier == 1)
    assert asked == sorted(moved)
    teams, folders = len(organisation.team_ids), len(list(all_folder_ids(organisation)))
    missing = before.files.keys() - organisation.truth().files.keys()
    assert report.requests == server.spent
    # the listing of each team and folder with one page of a history per changed file, and three lists of each team
    assert server.spent == {1: len(moved), 2: teams + 2 * folders + len(moved), 3: 3 * teams + len(missing)}


def test_an_unreadable_document_is_skipped_with_its_reason_and_loaded_by_the_next_run(
    server: Server, organisation: SampleOrganisation, settings: FigmaSettings, data: DataDir
) -> None:
    # the team with the libraries, and a small one that uses them
    library_team, _, team = organisation.team_ids
    settings.teams = [library_team, team]
    key = next(key for key, file in organisation.truth().files.items() if file.readable and file.team_id == team)
    server.script(f"/v1/files/{key}\\?", *[HttpAnswer(200, b'{"document": {"id": "0:0", "ty')] * 5)

    report = load(settings, data)

    assert report.exit_code == 3
    assert run_dbt(data, "run").returncode == 0
    assert_nothing_is_conclusive(data.build)
    freshness = "select is_loaded, skip_reason from marts.file_freshness where file_key = ?"
    assert _query(data.build, freshness, key) == [(False, "bad_body")]
    assert _query(data.build, "select count(*) from figma.nodes where file_key = ?", key) == [(0,)]

    assert load(settings, data).files_loaded == 1
    assert _query(data.build, "select count(*) > 0 from figma.nodes where file_key = ?", key) == [(True,)]


def test_a_connected_reader_neither_blocks_publishing_nor_sees_half_a_load(
    organisation: SampleOrganisation, settings: FigmaSettings, loaded: DataDir
) -> None:
    count = "select count(*), sum(node_count) from figma.documents"
    with duckdb.connect(str(loaded.published), read_only=True) as reader:
        before = reader.execute(count).fetchall()
        organisation.advance()
        load(settings, loaded)
        publish(loaded)
        assert reader.execute(count).fetchall() == before
    assert _query(loaded.published, count) != before


def test_the_published_file_holds_a_comment_on_every_raw_table_and_column(loaded: DataDir) -> None:
    comments = _query(
        loaded.published,
        "select table_name, column_name, comment from duckdb_columns() where schema_name = 'figma'"
        " and table_name not like '\\_dlt%' escape '\\'",
    )
    assert {(table, column): text for table, column, text in comments} == {
        (table.name, field.name): table.describe(field.name) for table in TABLES.values() for field in table.schema
    }
    undescribed = _query(
        loaded.published,
        "select table_name, column_name from duckdb_columns() where schema_name = 'marts' and comment is null",
    )
    assert undescribed == []


def test_two_files_with_equal_node_ids_keep_their_nodes_apart(loaded: DataDir) -> None:
    shared = "select node_id from figma.nodes group by node_id having count(distinct file_key) > 1"
    assert _query(loaded.build, shared)
    (nodes,) = _query(loaded.build, "select count(*), count(distinct (file_key, node_id)) from figma.nodes")
    ((counted,),) = _query(loaded.build, "select sum(node_count) from figma.documents")
    assert nodes == (counted, counted)


def _assert_usage(truth: Truth, ask: Ask) -> None:
    columns = ", ".join(USAGE)
    rows = ask(f"select component_key, file_key, {columns} from marts.component_usage")
    assert {tuple(row[:2]): tuple(row[2:]) for row in rows} == {
        pair: tuple(getattr(usage, name) for name in USAGE) for pair, usage in truth.component_usage.items()
    }
    reach = "select component_key from marts.component_reach where is_published"
    assert {key for (key,) in ask(reach)} == truth.published_components
    history = "from marts.usage_history where week_start = (select max(week_start) from marts.usage_history)"
    ends = f"select sum(placements) filter (where is_published), sum(local_placements) {history}"
    adoption = "select library_placements, local_placements from marts.adoption where level = 'organisation'"
    assert ask(ends) == ask(adoption)
    unused = "select component_key from marts.unused_components"
    assert {key for (key,) in ask(unused)} == truth.unused_components
    for mart in ("component_reach", "unused_components"):
        rows = ask(f"select component_key, branch_usages, branch_files from marts.{mart}")
        assert {key: tuple(counts) for key, *counts in rows} == {
            key: truth.branch_usage.get(key, (0, 0)) for key, *_ in rows
        }


def _assert_reconciliation(truth: Truth, ask: Ask) -> None:
    counts = "figma_usages, figma_teams_using, figma_files_using, usages, hidden, branch_usages, difference"
    rows = ask(f"select component_key, {counts} from marts.reconciliation where kind = 'component'")
    ours = {key: Counter(usages=0, hidden=0) for key in truth.published_components}
    for (key, _), usage in truth.component_usage.items():
        if key in ours:
            ours[key].update(usages=usage.usages, hidden=usage.hidden)
    figma = {key: truth.figma_usage.get(key, (0, 0, 0)) for key in ours}
    branches = {key: truth.branch_usage.get(key, (0, 0))[0] for key in ours}
    assert {key: tuple(counts) for key, *counts in rows} == {
        key: (*figma[key], counts["usages"], counts["hidden"], branches[key], figma[key][0] - counts["usages"])
        for key, counts in ours.items()
    }
    # the rest is in the one file that cannot be read, and in a draft, which no listing has
    beyond = [figma[key][0] - counts["usages"] - branches[key] for key, counts in ours.items()]
    assert min(beyond) == 0 < max(beyond)
    _assert_reconciled_styles_and_variables(truth, ask)
    unscanned = "select distinct unscanned_files, is_conclusive from marts.reconciliation"
    assert ask(unscanned) == [(1, False)]


def _assert_reconciled_styles_and_variables(truth: Truth, ask: Ask) -> None:
    ours: Counter[str] = Counter()
    for (key, _, _), usage in truth.style_usage.items():
        ours[key] += usage.references
    for (variable, _, _), reach in truth.variable_reach.items():
        ours[variable or ""] += reach.bindings
    rows = ask(
        "select kind, item_key, figma_usages, usages, difference from marts.reconciliation where kind <> 'component'"
    )
    assert [tuple(counts) for _, _, *counts in rows] == [
        (figma, ours[key], figma - ours[key]) for _, key, *_ in rows for figma in [truth.figma_usage.get(key, (0,))[0]]
    ]
    keys = {kind: {key for found, key, *_ in rows if found == kind} for kind in ("style", "variable")}
    assert keys["variable"] == {key for file_key, key in truth.variable_names if file_key is None}
    assert truth.orphaned_styles.unused - keys["style"] != truth.orphaned_styles.unused
    assert all(any(ours[key] for key in found) for found in keys.values())


def _assert_styles(truth: Truth, ask: Ask, *, has_lookups: bool) -> None:
    usage = "select style_key, file_key, slot, style_references, references_visible from marts.style_usage"
    assert {tuple(row[:3]): tuple(row[3:]) for row in ask(usage)} == {
        place: (usage.references, usage.visible) for place, usage in truth.style_usage.items()
    }
    unused = "select style_key, branch_references from marts.orphaned_styles where kind = 'unused'"
    assert dict(ask(unused)) == {key: truth.branch_references.get(key, 0) for key in truth.orphaned_styles.unused}
    dangling = "select style_key, style_references, files_using from marts.orphaned_styles where kind = 'dangling'"
    looked_up = truth.key_lookups if has_lookups else {}
    elsewhere = {key for (_, key), lookup in looked_up.items() if lookup.library_file_key}
    assert {key: tuple(counts) for key, *counts in ask(dangling)} == {
        key: (counts.references, counts.files)
        for key, counts in truth.orphaned_styles.dangling.items()
        if key not in elsewhere
    }


def _assert_files(truth: Truth, ask: Ask) -> None:
    listed = "select file_key, name, team_id, folder_id, main_file_key from figma.files where removed_at is null"
    assert {key: tuple(row) for key, *row in ask(listed)} == {
        key: (file.name, file.team_id, file.folder_id, file.main_file_key) for key, file in truth.files.items()
    }
    latest = f"select file_key, {', '.join(SIZES)} from marts.file_growth where is_latest and not is_removed"
    assert {key: tuple(row) for key, *row in ask(latest)} == {
        key: tuple(getattr(file, size) for size in SIZES) for key, file in truth.files.items() if file.readable
    }
    states = ask("select file_key, version, last_modified_at, nodes from marts.file_growth")
    assert {tuple(state): nodes for *state, nodes in states}.items() <= truth.node_counts.items()
    gone = {key for (key,) in ask("select file_key from figma.files where removed_at is not null")}
    assert gone <= truth.removed_files
    for table in ("documents", *NODE_TABLES):
        left = {key for (key,) in ask(f"select distinct file_key from figma.{table}")}
        assert left <= {key for key, file in truth.files.items() if file.readable}, table


def _moved(before: Truth, after: Truth) -> list[str]:
    """The files that changed according to a listing."""
    return [
        key
        for key, file in after.files.items()
        if file.readable and (key not in before.files or before.files[key].last_modified != file.last_modified)
    ]


@contextmanager
def _asking(path: Path) -> Iterator[Ask]:
    """A function that queries the database on one connection."""
    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield lambda sql, *parameters: connection.execute(sql, parameters).fetchall()


def _query(path: Path, sql: str, *parameters: str) -> list[tuple[Any, ...]]:
    with _asking(path) as ask:
        return ask(sql, *parameters)
