"""The marts about comments and code, as they must be for the sample organisation."""

from typing import Any

import duckdb

from figma_warehouse.sandbox import Truth
from figma_warehouse.sandbox.truth.code_truth import CodeCoverage
from figma_warehouse.sandbox.truth.comment_truth import CommentLoad, CommentThread, comment_load

COUNTS = ", ".join(CommentLoad._fields)


def assert_comments(truth: Truth, connection: duckdb.DuckDBPyConnection, *, is_loaded: bool) -> None:
    """Compare both marts. If comments are not loaded, no thread is known, and the counts of each file are null."""
    connection.execute("set TimeZone = 'UTC'")
    threads = _rows(connection, f"file_key, thread_id, {', '.join(CommentThread._fields)}", "comment_threads", 2)
    assert threads == (truth.comment_threads if is_loaded else {})
    (last_week,) = connection.execute("select max(week_start) from marts.comment_load").fetchone() or ()
    weeks = _rows(connection, f"file_key, week_start, {COUNTS}", "comment_load", 2)
    nothing = (None,) * len(CommentLoad._fields)
    assert weeks == {
        (key, week): counts if is_loaded else nothing
        for key, threads in truth.written_threads.items()
        for week, counts in comment_load(threads if is_loaded else [], last_week).items()
    }
    for mart in ("comment_threads", "comment_load"):
        settled = connection.execute(f"select distinct is_conclusive from marts.{mart}").fetchall()
        assert settled == ([(is_loaded,)] if is_loaded or mart == "comment_load" else [])
    texts = connection.execute("select count(message) from figma.comments").fetchone()
    assert texts == (0,)
    if is_loaded:
        _assert_variety(truth)


def _assert_variety(truth: Truth) -> None:
    """The sample has open, answered and resolved threads, on nodes, on deleted nodes and on the canvas."""
    found = list(truth.comment_threads.values())
    assert {one.is_waiting for one in found} == {True, False}
    assert {one.resolved_at is None for one in found} == {True, False}
    assert {(one.node_id is None, one.node_name is None) for one in found} == {
        (True, True),
        (False, True),
        (False, False),
    }
    assert any(one.replies and one.first_reply_at is None for one in found)
    assert any(one.reactions for one in found)
    assert any(not threads for threads in truth.written_threads.values())


def _rows(connection: duckdb.DuckDBPyConnection, columns: str, mart: str, key: int) -> dict[tuple[Any, ...], Any]:
    rows = connection.execute(f"select {columns} from marts.{mart}").fetchall()
    return {row[:key]: row[key:] for row in rows}


def assert_code_coverage(truth: Truth, connection: duckdb.DuckDBPyConnection, *, is_loaded: bool) -> None:
    """Compare the mart. If dev resources are not loaded, only the placements are known."""
    columns = ", ".join(CodeCoverage._fields)
    found = _rows(connection, f"kind, item_key, {columns}", "code_coverage", 2)
    known = CodeCoverage._fields if is_loaded else ("library_file_key", "placements")
    assert found == {
        at: tuple(value if name in known else None for name, value in one._asdict().items())
        for at, one in truth.code_coverage.items()
    }
    settled = connection.execute("select distinct is_conclusive from marts.code_coverage").fetchall()
    assert (True,) not in settled
    linked = [one for one in truth.code_coverage.values() if one.dev_resources]
    assert 0 < len(linked) < len(truth.code_coverage)
    assert any(one.urls is None for one in linked)
    assert len({host for one in linked for host in (one.url_hosts or "").split(", ")} - {""}) > 2
