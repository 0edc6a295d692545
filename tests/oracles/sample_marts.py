"""The marts about components and styles, as they must be for the sample organisation.

Computes nothing from a load: the rows come from the sandbox's ground truth, and distances between colors from
coloraide. It reads the published file, and no code that is under test.
"""

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
from coloraide import Color

from figma_warehouse.sandbox import Truth
from figma_warehouse.sandbox.truth.activity_truth import FileViews
from figma_warehouse.sandbox.truth.component_truth import ComponentImpact, PropertyUsage, SetReach, SetWeight
from figma_warehouse.sandbox.truth.definition_truth import ComponentChange
from figma_warehouse.sandbox.truth.deprecated_truth import DeprecatedUse
from figma_warehouse.sandbox.truth.library_usage_truth import LibraryAndFile, LibraryUse
from figma_warehouse.sandbox.truth.override_truth import OverrideTruth
from figma_warehouse.sandbox.truth.page_truth import PageWeight
from figma_warehouse.sandbox.truth.peer_truth import PeerCounts
from figma_warehouse.sandbox.truth.shadow_truth import ShadowedComponent
from figma_warehouse.sandbox.truth.slot_truth import SlotCounts
from figma_warehouse.sandbox.truth.style_truth import Adoption, HardcodedCounts, ShadowedStyle
from figma_warehouse.sandbox.truth.tallies import StatusForDev
from figma_warehouse.sandbox.truth.token_truth import BindingCounts, StaleBinding, VariableReach
from figma_warehouse.sandbox.truth.variable_truth import VariableName
from tests.oracles.sample_attention import assert_attention
from tests.oracles.sample_comments import assert_code_coverage, assert_comments

# the two implementations round OKLab's matrices differently
DISTANCE_TOLERANCE = 1e-4
USAGE = ("instances", "direct", "nested", "in_definitions", "hidden", "usages", "placements")


def assert_marts(
    truth: Truth,
    published: Path,
    *,
    has_lookups: bool = False,
    names_from: str = "not loaded",
    has_comments: bool = False,
    has_dev_resources: bool = False,
) -> None:
    """Compare every row of these marts by its grain.

    With `has_lookups`, the load looked up keys without a library; with `has_comments` and `has_dev_resources`, it has
    loaded these. Names of variables are from a `definition` or from a `tokens_file`.
    """
    with duckdb.connect(str(published), read_only=True) as connection:
        elsewhere = _assert_lookups(truth, connection) if has_lookups else {}
        _assert_components(truth, elsewhere, connection)
        _assert_shadow_components(truth, connection)
        _assert_library_usage(truth.library_usage_looked_up if has_lookups else truth.library_usage, connection)
        _assert_deprecated_usage(truth, connection)
        _assert_overrides_and_pages(truth, connection)
        _assert_styles(truth, connection)
        _assert_tokens(truth, connection)
        _assert_variable_names(truth, connection, names_from)
        _assert_hygiene(truth, connection)
        _assert_component_changes(truth, connection)
        _assert_nearest_colors(truth, connection)
        _assert_nearest_candidates(truth, connection)
        _assert_nearest_lengths(truth, connection)
        _assert_nearest_names(truth, connection, names_from)
        _assert_equal_effects(truth, connection)
        assert_attention(truth, elsewhere, connection)
        assert_comments(truth, connection, is_loaded=has_comments)
        assert_code_coverage(truth, connection, is_loaded=has_dev_resources)


def assert_activity(truth: Truth, published: Path, *, is_loaded: bool) -> None:
    """Compare the marts about Figma's own account of activity, which are empty unless it is loaded."""
    # a week is read a day after its end
    ended = (datetime.now(UTC) - timedelta(days=8)).date()
    with duckdb.connect(str(published), read_only=True) as connection:
        grain = ("library_file_key", "kind", "item_key", "week_start")
        actions = _rows(connection, "library_actions", 4, *grain, "insertions", "detachments")
        assert actions == (
            {at: counts for at, counts in truth.library_actions.items() if at[3] <= ended} if is_loaded else {}
        )
        figma = "select sum(figma_insertions), sum(figma_detachments) from marts.reconciliation_weekly"
        account = "select sum(insertions), sum(detachments) from marts.library_actions where kind = 'component'"
        assert connection.execute(figma).fetchall() == connection.execute(account).fetchall()
        views = _rows(connection, "file_views", 2, "file_key", "week_start", *FileViews._fields)
        assert views == (truth.file_views if is_loaded else {})
        unopened = connection.execute("select file_key, is_conclusive from marts.unopened_files").fetchall()
        assert dict(unopened) == (dict.fromkeys(truth.unopened_files, True) if is_loaded else {})
        named = connection.execute("select count(user_name), count(user_email) from figma.activity_events").fetchall()
        assert named == [(0, 0)]
    assert len(truth.unopened_files) > 1
    assert sum(one.anonymous_opens for one in truth.file_views.values()) > 0


def assert_nothing_is_conclusive(published: Path) -> None:
    """If files were skipped, no mart says for sure that something is unused or missing."""
    with duckdb.connect(str(published), read_only=True) as connection:
        shadows = ("shadow_styles", "shadow_components")
        for mart in ("component_set_reach", "variant_usage", "component_impact", "lost_components", *shadows):
            figures = "count(*) filter (where is_conclusive), max(files_scanned) < max(files_expected)"
            assert connection.execute(f"select {figures} from marts.{mart}").fetchall() == [(0, True)], mart
        organisation = "select is_conclusive from marts.adoption where level = 'organisation'"
        assert connection.execute(organisation).fetchall() == [(False,)]


def _assert_lookups(truth: Truth, connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Compare the lookups, and what they change. Return the found libraries by key."""
    lookups = connection.execute("select kind, item_key, library_file_key from figma.key_lookups").fetchall()
    assert {(kind, key): library for kind, key, library in lookups} == {
        at: lookup.library_file_key for at, lookup in truth.key_lookups.items()
    }
    elsewhere = {key: library for _, key, library in lookups if library}
    assert {kind for kind, _, library in lookups if library} == {"component", "style"}
    assert len(elsewhere) < len(lookups)
    lost = connection.execute(
        "select component_key, library_file_key, is_lost from marts.lost_components where status = 'other library'"
    ).fetchall()
    assert {(key, library) for key, library, _ in lost} <= elsewhere.items()
    assert {is_lost for *_, is_lost in lost} == {False}
    columns = "kind, style_key, defined_in_file_key, style_references, files_using"
    orphans = connection.execute(f"select {columns} from marts.orphaned_styles where kind <> 'unused'").fetchall()
    assert {tuple(row) for row in orphans if row[1] in elsewhere or row[0] == "other library"} == {
        ("other library", key, elsewhere[key], style.references, style.files)
        for key, style in truth.orphaned_styles.dangling.items()
        if key in elsewhere
    }
    return elsewhere


def _assert_components(truth: Truth, elsewhere: dict[str, str], connection: duckdb.DuckDBPyConnection) -> None:
    lost = _rows(connection, "lost_components", 2, "file_key", "coalesce(component_key, '')", "status", *USAGE)
    assert lost == {
        (file_key, key): (
            "other library" if key in elsewhere else status,
            *(getattr(usage, name) for name in USAGE),
        )
        for (file_key, key), (status, usage) in truth.lost_components.items()
    }
    dependencies = _rows(connection, "component_dependencies", 2, "component_key", "needed_key", "direct", "nested")
    assert dependencies == truth.component_dependencies
    assert _rows(connection, "component_impact", 1, "component_key", *ComponentImpact._fields) == truth.component_impact
    reach = _rows(connection, "component_set_reach", 1, "component_set_key", *SetReach._fields)
    assert reach == truth.component_set_reach
    assert _rows(connection, "set_weight", 1, "component_set_key", *SetWeight._fields) == truth.set_weight
    grain = ("component_set_key", "property", "property_type", "value")
    assert _rows(connection, "variant_usage", 4, *grain, *PropertyUsage._fields) == truth.variant_usage


def _assert_shadow_components(truth: Truth, connection: duckdb.DuckDBPyConnection) -> None:
    shadows = _rows(connection, "shadow_components", 2, "file_key", "node_id", *ShadowedComponent._fields)
    assert shadows == truth.shadow_components
    assert {"name", "shape"} <= {shadow.match_kind for shadow in truth.shadow_components.values()}


def _assert_library_usage(expected: dict[LibraryAndFile, LibraryUse], connection: duckdb.DuckDBPyConnection) -> None:
    usage = _rows(connection, "library_usage", 2, "library_file_key", "file_key", *LibraryUse._fields)
    assert usage == expected


def _assert_deprecated_usage(truth: Truth, connection: duckdb.DuckDBPyConnection) -> None:
    grain = ("kind", "item_key", "file_key")
    assert _rows(connection, "deprecated_usage", 3, *grain, *DeprecatedUse._fields) == truth.deprecated_usage


def _assert_overrides_and_pages(truth: Truth, connection: duckdb.DuckDBPyConnection) -> None:
    overrides = _rows(connection, "component_overrides", 2, "component_key", "field", *OverrideTruth._fields)
    assert overrides == truth.component_overrides
    pages = _rows(connection, "page_weight", 2, "file_key", "page_id", *PageWeight._fields)
    assert pages == truth.page_weight
    grain = ("file_key", "page_id", "node_id")
    assert _rows(connection, "ready_for_dev", 3, *grain, *StatusForDev._fields) == truth.ready_for_dev
    statuses = {(one.node_type, one.dev_status) for one in truth.ready_for_dev.values()}
    assert statuses == {("FRAME", "READY_FOR_DEV"), ("SECTION", "READY_FOR_DEV"), ("SECTION", "COMPLETED")}


def _assert_styles(truth: Truth, connection: duckdb.DuckDBPyConnection) -> None:
    adoption = _rows(connection, "adoption", 2, "level", "id", *Adoption._fields)
    assert {point: sums for point, sums in adoption.items() if None not in sums} == truth.adoption
    peers = _rows(connection, "adoption", 2, "level", "id", *PeerCounts._fields)
    assert {place: counts for place, counts in peers.items() if None not in counts} == truth.peer_adoption
    assert all(truth.peer_adoption["organisation", "organisation"])
    shadows = _rows(connection, "shadow_styles", 2, "file_key", "style_key", *ShadowedStyle._fields)
    assert shadows == truth.shadow_styles
    hardcoded = _rows(connection, "hardcoded_values", 3, "file_key", "kind", "value", *HardcodedCounts._fields)
    assert hardcoded == truth.hardcoded_values


def _assert_tokens(truth: Truth, connection: duckdb.DuckDBPyConnection) -> None:
    variable = ("variable_key", "local_variable_id")
    usage = _rows(connection, "variable_usage", 4, "file_key", *variable, "slot_kind", *BindingCounts._fields)
    assert usage == truth.variable_usage
    reach = _rows(
        connection, "variable_reach", 3, "variable_key", "local_file_key", variable[1], *VariableReach._fields
    )
    assert reach == truth.variable_reach
    grain = ("variable_key", "file_key", "variable_suffix")
    stale = _rows(connection, "stale_bindings", 3, *grain, *StaleBinding._fields)
    assert stale == truth.stale_bindings
    assert {is_stale for *_, is_stale, _ in stale.values()} == {True, False}
    slots = _rows(connection, "slot_adoption", 3, "level", "id", "slot_kind", *SlotCounts._fields)
    assert {place: counts for place, counts in slots.items() if None not in counts} == truth.slot_adoption


def _assert_variable_names(truth: Truth, connection: duckdb.DuckDBPyConnection, source: str) -> None:
    names: dict[tuple[str | None, str], VariableName] = {} if source == "not loaded" else truth.variable_names
    unnamed, columns = (None,) * len(VariableName._fields), (*VariableName._fields, "name_source")
    for mart, local_file in (("variable_usage", "file_key"), ("variable_reach", "local_file_key")):
        at = f"case when variable_key is null then {local_file} end, coalesce(variable_key, local_variable_id)"
        rows = connection.execute(f"select {at}, {', '.join(columns)} from marts.{mart}").fetchall()
        for file_key, id_, *found in rows:
            assert tuple(found) == (*names.get((file_key, id_), unnamed), source), (mart, file_key, id_)
    stale = connection.execute(
        "select distinct variable_key, variable_name, collection_name, resolved_type, name_source"
        " from marts.stale_bindings"
    ).fetchall()
    assert {tuple(found) for _, *found in stale} == {
        (*names.get((None, key), unnamed)[:3], source) for key, *_ in stale
    }
    unused = connection.execute("select variable_key from marts.unused_variables").fetchall()
    assert sorted(key for (key,) in unused) == (sorted(truth.unused_variables) if source == "definition" else [])
    aliases = _rows(connection, "variable_aliases", 2, "variable_key", "target_key", "steps")
    assert aliases == ({at: (steps,) for at, steps in truth.variable_aliases.items()} if names else {})


def _assert_hygiene(truth: Truth, connection: duckdb.DuckDBPyConnection) -> None:
    assert (
        set(_rows(connection, "library_hygiene", 4, "kind", "item_key", "problem", "property")) == truth.library_hygiene
    )
    problems = {problem for _, _, problem, _ in truth.library_hygiene}
    assert problems == {
        *("no_description", "no_documentation_link", "control_characters", "doubled_spaces", "same_name"),
        "unused_property",
    }


def _assert_component_changes(truth: Truth, connection: duckdb.DuckDBPyConnection) -> None:
    """Compare the changes since the first load, after which every save of the library was loaded."""
    connection.execute("set TimeZone = 'UTC'")
    grain = ("library_file_key", "found_version", "changed_by_at", "node_id", "change_kind", "subject_id")
    found = _rows(connection, "component_changes", len(grain), *grain, *ComponentChange._fields)
    first_states = "select file_key, min(last_modified_at) from figma.file_snapshots group by file_key"
    since = dict(connection.execute(first_states).fetchall())
    assert found == {at: change for at, change in truth.component_changes.items() if at[2] > since[at[0]]}


def _assert_nearest_colors(truth: Truth, connection: duckdb.DuckDBPyConnection) -> None:
    palette = {value: _to_oklab(value) for value, role in truth.palette if role == "fill"}
    rows = connection.execute(
        "select distinct value, nearest_value, distance, is_exact from marts.hardcoded_values where kind = 'color'"
    ).fetchall()
    assert rows
    for value, nearest_value, distance, is_exact in rows:
        point = _to_oklab(value)
        smallest = min(math.dist(point, other) for other in palette.values())
        assert math.isclose(distance, smallest, abs_tol=DISTANCE_TOLERANCE), value
        assert math.isclose(math.dist(point, palette[nearest_value]), smallest, abs_tol=DISTANCE_TOLERANCE), value
        assert is_exact == (value in palette)


def _assert_nearest_candidates(truth: Truth, connection: duckdb.DuckDBPyConnection) -> None:
    """Compare the styles with the nearest value."""
    style_name = "case when nearest_kind = 'style' then nearest_name end"
    columns = f"value, nearest_value, {style_name}, nearest_candidates, nearest_candidate_names"
    rows = connection.execute(
        f"select distinct {columns} from marts.hardcoded_values"
        " where nearest_value is not null and kind in ('color', 'font')"
    ).fetchall()
    offers = {value: truth.palette[nearest_value, truth.main_roles[value]] for value, nearest_value, *_ in rows}
    assert {value: columns_ for value, _, *columns_ in rows} == {
        value: [next(iter(offer.names), None), offer.candidates, ", ".join(offer.names) or None]
        for value, offer in offers.items()
    }
    assert len(rows) == len(offers)
    assert {truth.main_roles[value] for value, offer in offers.items() if len(offer.names) > 1} >= {"fill", "text"}


def _assert_nearest_names(truth: Truth, connection: duckdb.DuckDBPyConnection, source: str) -> None:
    """Compare the names of the nearest variables."""
    names = (
        {} if source == "not loaded" else {key: name for (file, key), name in truth.variable_names.items() if not file}
    )
    rows = connection.execute(
        "select distinct nearest_key, nearest_name from marts.hardcoded_values where nearest_kind = 'variable'"
    ).fetchall()
    assert dict(rows) == {key: names[key].variable_name if names else None for key, _ in rows}
    assert rows


def _assert_nearest_lengths(truth: Truth, connection: duckdb.DuckDBPyConnection) -> None:
    """Compare the nearest variable of each length: the least distance, then most slots, then the first key."""
    columns = "nearest_value, nearest_key, nearest_candidates, distance, is_exact, fit"
    rows = connection.execute(
        f"select distinct kind, value, nearest_kind, {columns} from marts.hardcoded_values where number is not null"
    ).fetchall()
    for kind, value, nearest_kind, *found in rows:
        offers = [(float(text), offer) for (place, text), offer in truth.slot_palette.items() if place == kind]
        ranked = [(abs(float(value) - number), -offer.uses, offer.key, number, offer) for number, offer in offers]
        if not ranked:
            assert (nearest_kind, *found) == (None, None, None, 0, None, False, "none"), (kind, value)
            continue
        distance, _, key, number, offer = min(ranked)
        fit = "exact" if distance == 0 else "near" if distance <= 2 else "far"
        expected = [f"{number:g}", key, offer.candidates, distance, distance == 0, fit]
        assert (nearest_kind, found) == ("variable", expected), (kind, value)
    assert {(row[0], row[-1]) for row in rows} >= {("radius", "near"), ("spacing", "far"), ("stroke_weight", "none")}


def _assert_equal_effects(truth: Truth, connection: duckdb.DuckDBPyConnection) -> None:
    columns = "nearest_value, nearest_key, nearest_candidates, nearest_candidate_names, distance, fit"
    rows = connection.execute(
        f"select distinct value, {columns} from marts.hardcoded_values where kind = 'effect'"
    ).fetchall()
    for value, *found in rows:
        offer = truth.slot_palette.get(("effect", value))
        equal = [value, offer.key, offer.candidates, ", ".join(offer.names), 0, "exact"] if offer else None
        assert found == (equal or [None, None, 0, None, None, "none"]), value
    assert rows


def _to_oklab(color: str) -> tuple[float, ...]:
    converted = Color(color).convert("oklab")
    return (*converted.coords(), converted.alpha())


def _rows(connection: duckdb.DuckDBPyConnection, mart: str, keys: int, *columns: str) -> dict[Any, tuple[Any, ...]]:
    """The rows of a mart by its grain, which is the first columns."""
    rows = connection.execute(f"select {', '.join(columns)} from marts.{mart}").fetchall()
    found = {row[0] if keys == 1 else row[:keys]: row[keys:] for row in rows}
    assert len(found) == len(rows)
    return found
