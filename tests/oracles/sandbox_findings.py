"""The marts beyond usage against what the organisation knows of itself."""

import math
from pathlib import Path
from typing import Any

import duckdb
from coloraide import Color

from figma_warehouse.sandbox import Truth
from figma_warehouse.sandbox.truth.findings import Adoption, Hardcoded, Impact, SetReach, Shadow, ValueUse

# the two implementations round OKLab's matrices at different digits
SAME_DISTANCE = 1e-4
USAGE = ("instances", "direct", "nested", "in_definitions", "hidden", "usages", "placements")


def assert_findings(truth: Truth, published: Path) -> None:
    """Every row of every mart, by its grain."""
    with duckdb.connect(str(published), read_only=True) as connection:
        _assert_components(truth, connection)
        _assert_styles(truth, connection)
        _assert_nearest(truth, connection)
        _assert_candidates(truth, connection)


def assert_nothing_claimed_for_sure(published: Path) -> None:
    """With files skipped, no mart that says none or unused says so for sure."""
    with duckdb.connect(str(published), read_only=True) as connection:
        for mart in ("component_set_reach", "variant_usage", "component_impact", "lost_components", "shadow_styles"):
            figures = "count(*) filter (where is_conclusive), max(files_scanned) < max(files_expected)"
            assert connection.execute(f"select {figures} from marts.{mart}").fetchall() == [(0, True)], mart
        organisation = "select is_conclusive from marts.adoption where level = 'organisation'"
        assert connection.execute(organisation).fetchall() == [(False,)]


def _assert_components(truth: Truth, connection: duckdb.DuckDBPyConnection) -> None:
    findings = truth.findings
    lost = _rows(connection, "lost_components", 2, "file_key", "coalesce(component_key, '')", "status", *USAGE)
    assert lost == {
        place: (status, *(getattr(usage, name) for name in USAGE))
        for place, (status, usage) in findings.lost_components.items()
    }
    needs = _rows(connection, "component_dependencies", 2, "component_key", "needed_key", "direct", "nested")
    assert needs == findings.component_dependencies
    assert _rows(connection, "component_impact", 1, "component_key", *Impact._fields) == findings.component_impact
    reach = _rows(connection, "component_set_reach", 1, "component_set_key", *SetReach._fields)
    assert reach == findings.component_set_reach
    grain = ("component_set_key", "property", "property_type", "value")
    assert _rows(connection, "variant_usage", 4, *grain, *ValueUse._fields) == findings.variant_usage


def _assert_styles(truth: Truth, connection: duckdb.DuckDBPyConnection) -> None:
    findings = truth.findings
    adoption = _rows(connection, "adoption", 2, "level", "id", *Adoption._fields)
    assert {place: sums for place, sums in adoption.items() if None not in sums} == findings.adoption
    shadows = _rows(connection, "shadow_styles", 2, "file_key", "style_key", *Shadow._fields)
    assert shadows == findings.shadow_styles
    by_hand = _rows(connection, "hardcoded_values", 3, "file_key", "kind", "value", *Hardcoded._fields)
    assert by_hand == findings.hardcoded_values


def _assert_nearest(truth: Truth, connection: duckdb.DuckDBPyConnection) -> None:
    palette = {value: _place(value) for value, role in truth.findings.palette if role == "fill"}
    nearest = connection.execute(
        "select distinct value, nearest_value, distance, is_exact from marts.hardcoded_values where kind = 'color'"
    ).fetchall()
    assert nearest
    for value, near, distance, is_exact in nearest:
        place = _place(value)
        least = min(math.dist(place, other) for other in palette.values())
        assert math.isclose(distance, least, abs_tol=SAME_DISTANCE), value
        assert math.isclose(math.dist(place, palette[near]), least, abs_tol=SAME_DISTANCE), value
        assert is_exact == (value in palette)


def _assert_candidates(truth: Truth, connection: duckdb.DuckDBPyConnection) -> None:
    findings = truth.findings
    columns = "value, nearest_value, nearest_name, nearest_candidates, nearest_candidate_names"
    rows = connection.execute(
        f"select distinct {columns} from marts.hardcoded_values where nearest_value is not null"
    ).fetchall()
    offers = {value: findings.palette[near, findings.mostly[value]] for value, near, *_ in rows}
    assert {value: found for value, _, *found in rows} == {
        value: [next(iter(offer.names), None), offer.candidates, ", ".join(offer.names) or None]
        for value, offer in offers.items()
    }
    assert len(rows) == len(offers)
    assert {findings.mostly[value] for value, offer in offers.items() if len(offer.names) > 1} >= {"fill", "text"}


def _place(color: str) -> tuple[float, ...]:
    converted = Color(color).convert("oklab")
    return (*converted.coords(), converted.alpha())


def _rows(connection: duckdb.DuckDBPyConnection, mart: str, keys: int, *columns: str) -> dict[Any, tuple[Any, ...]]:
    """The rows of a mart by the first columns, its grain."""
    rows = connection.execute(f"select {', '.join(columns)} from marts.{mart}").fetchall()
    found = {row[0] if keys == 1 else row[:keys]: row[keys:] for row in rows}
    assert len(found) == len(rows)
    return found
