from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.sql.builds import Row, mart
from tests.sql.organisation import at

WEB = {"team_id": "t2", "team_name": "Product", "folder_id": "f2", "folder_path": "Apps / Web"}
NO_CHANGE = dict.fromkeys(("previous_nodes", "nodes_added", "days_since_previous", "nodes_per_day", "growth"))
NOTHING_BEFORE = dict.fromkeys(("four_weeks_before_at", "nodes_4_weeks_before", "growth_4_weeks"))


def snapshot(file_key: str, file_name: str, modified: datetime, *sizes: int, **more: Any) -> Row:
    nodes, visible_nodes, instances = sizes
    identity = {"file_key": file_key, "file_name": file_name, "version": f"{modified.month}-{modified.day}"}
    times = {"last_modified_at": modified, "loaded_at": modified}
    flags = {"is_branch": False, "is_removed": False, "is_latest": True}
    flags |= {"has_grown_fast": False, "has_shrunk_much": False}
    counts = {"nodes": nodes, "visible_nodes": visible_nodes, "instances": instances, "pages": 1, "bytes": 1000}
    zeros = {"component_definitions": 0, "text_nodes": 0, "styles": 0}
    return identity | WEB | times | flags | counts | zeros | NO_CHANGE | NOTHING_BEFORE | more


def freshness(file_key: str, file_name: str, modified: datetime, **more: Any) -> Row:
    identity = {"file_key": file_key, "file_name": file_name, "main_file_key": None, "is_branch": False}
    loaded = {
        "last_modified_at": modified,
        "loaded_version": f"{modified.month}-{modified.day}",
        "loaded_modified_at": modified + timedelta(milliseconds=700),
        "loaded_at": modified,
    }
    flags = {"is_loaded": True, "is_current": True, "is_expected": True, "status": "loaded"}
    return identity | WEB | loaded | flags | dict.fromkeys(("skip_reason", "skip_detail", "retry_at")) | more


def test_file_growth_lists_every_snapshot_and_compares_it_with_the_ones_before(warehouse: Path) -> None:
    change = {"days_since_previous": 31.0, "is_latest": False}
    april = {"previous_nodes": 8, "nodes_added": 2, "nodes_per_day": 2 / 31, "growth": 0.25} | change
    may = {"previous_nodes": 10, "nodes_added": 5, "nodes_per_day": 5 / 31, "growth": 0.5} | change
    since_march = {"four_weeks_before_at": at(3, 1), "nodes_4_weeks_before": 8, "growth_4_weeks": 0.25}
    since_april = {"four_weeks_before_at": at(4, 1), "nodes_4_weeks_before": 10, "growth_4_weeks": 0.5}

    assert mart(warehouse, "file_growth", "file_key, last_modified_at") == [
        snapshot("app", "App", at(3, 1), 8, 7, 4, is_latest=False),
        snapshot("app", "App", at(4, 1), 10, 8, 5, **april, **since_march),
        snapshot("app", "App", at(5, 2), 15, 10, 8, **may | since_april | {"is_latest": True, "has_grown_fast": True}),
        snapshot("branch", "App, new header", at(5, 4), 4, 4, 1, is_branch=True),
        snapshot("gone", "Gone", at(2, 1), 100, 100, 60, is_removed=True),
    ]


def test_file_freshness_lists_each_file_that_is_not_removed_and_its_skip_reason(warehouse: Path) -> None:
    unread = dict.fromkeys(("loaded_version", "loaded_modified_at", "loaded_at"))
    skipped = unread | {"is_loaded": False, "is_current": False, "status": "skipped"}
    library = {"team_id": "t1", "team_name": "Design", "folder_id": "f1", "folder_path": "System"}

    assert mart(warehouse, "file_freshness", "file_key") == [
        freshness("app", "App", at(5, 2)),
        freshness("branch", "App, new header", at(5, 4), main_file_key="app", is_branch=True, is_expected=False),
        freshness("deck", "Slides", at(5, 5), **skipped, skip_reason="unsupported_type", is_expected=False),
        freshness("lib", "Library", at(5, 1), **library),
        freshness("locked", "Locked", at(5, 6), **skipped, skip_reason="not_exportable", skip_detail="No export"),
        freshness("site", "Site", at(5, 3)),
    ]


def test_coverage_counts_the_outcomes_of_a_run_by_resource(warehouse: Path) -> None:
    run = {"run_id": "r1", "started_at": at(5, 11), "finished_at": at(5, 11, 1), "unchanged": 0}
    nothing_skipped = {"skipped": 0, "removed": 0, "skip_reasons": None}
    skipped = {"skipped": 2, "removed": 1, "skip_reasons": "not_exportable 1, unsupported_type 1"}

    assert mart(warehouse, "coverage", "resource") == [
        run | {"resource": "components", "expected": 1, "loaded": 1} | nothing_skipped,
        run | {"resource": "documents", "expected": 6, "loaded": 4} | skipped,
    ]
