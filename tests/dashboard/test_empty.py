"""A published file without rows, as after a first run that loaded nothing."""

from pathlib import Path

import pytest

from figma_warehouse.dashboard import key_figures, published_file, share_history
from figma_warehouse.dashboard.attention import attention
from figma_warehouse.dashboard.editors import SavePeriods, save_periods, save_totals
from figma_warehouse.dashboard.selection import Selection, Span
from notebooks import (
    adoption,
    component_usage,
    file_growth,
    library,
    orphaned_styles,
    overview,
    people,
    tokens,
    unused_and_lost,
)

EVERYTHING = Selection()
# the span of a warehouse without weeks
NOTHING = Span()
NO_PERIODS = SavePeriods()


def test_without_a_file_or_rows_there_is_no_freshness(empty: Path) -> None:
    assert published_file.freshness() is None
    empty.unlink()
    assert published_file.freshness() is None


@pytest.mark.usefixtures("empty")
def test_every_calculation_about_use_and_growth_on_an_empty_warehouse_has_no_rows() -> None:
    frames = [
        adoption.adoption(EVERYTHING, "team"),
        adoption.movers(EVERYTHING, "team", "layers", share_history.periods("4")),
        adoption.share_by_week(EVERYTHING, None),
        share_history.by_week(EVERYTHING, "team", "layers", share_history.periods(None)),
        share_history.by_slot_kind(EVERYTHING, "team", share_history.periods(None)),
        share_history.side_by_side(EVERYTHING, "team", share_history.periods("4")),
        component_usage.component_dependants("c1"),
        component_usage.component_ranking(EVERYTHING, "placements", each_variant=False),
        component_usage.component_swaps(EVERYTHING, "c1", None),
        component_usage.detachments(EVERYTHING, "c1", None),
        component_usage.files_using(EVERYTHING, "c1", each_variant=False),
        component_usage.property_values("set-Button"),
        component_usage.reconciliation(EVERYTHING),
        component_usage.set_variants("set-Button"),
        component_usage.usage_by_team(EVERYTHING, ["c1"], "placements", each_variant=False)[0],
        component_usage.usage_trend(EVERYTHING, "c1", None),
        file_growth.file_activity(EVERYTHING, None),
        file_growth.file_history([], None),
        file_growth.files_now(EVERYTHING, NOTHING),
        file_growth.unopened_files(EVERYTHING),
        overview.files_behind(EVERYTHING),
        overview.last_runs(),
        overview.library_changes(EVERYTHING, None),
        overview.nodes_by_team(EVERYTHING, None),
        overview.teams(EVERYTHING, NOTHING),
        people.detachments(EVERYTHING, NO_PERIODS),
        people.editors_of_libraries(EVERYTHING, NO_PERIODS),
        people.files_by_person(EVERYTHING, NO_PERIODS),
        people.people_by_name(EVERYTHING, NO_PERIODS),
        people.people_by_week(EVERYTHING, NO_PERIODS),
        people.people_detaching(EVERYTHING, NO_PERIODS),
        people.teams_by_period(EVERYTHING, NO_PERIODS),
        people.unread_histories(EVERYTHING),
    ]

    assert [frame.height for frame in frames] == [0] * len(frames)


@pytest.mark.usefixtures("empty")
def test_every_calculation_about_libraries_and_styles_on_an_empty_warehouse_has_no_rows() -> None:
    by_age, sets = unused_and_lost.unused_by_age(EVERYTHING), unused_and_lost.unused_sets(EVERYTHING)
    assert by_age is not None
    assert sets is not None

    frames = [
        library.copies_of(EVERYTHING),
        library.deprecated_uses(EVERYTHING),
        library.figma_actions(EVERYTHING, None),
        library.hygiene_findings(EVERYTHING),
        library.library_changes(EVERYTHING, None),
        library.overridden_components(EVERYTHING),
        library.publication_days(EVERYTHING, None),
        library.set_weights(EVERYTHING),
        library.users_of(EVERYTHING),
        orphaned_styles.files_referring(EVERYTHING, "s1"),
        orphaned_styles.hardcoded_values(EVERYTHING, None),
        orphaned_styles.orphaned_styles(EVERYTHING, None, None),
        orphaned_styles.shadow_styles(EVERYTHING),
        tokens.bindable_values(EVERYTHING, None),
        tokens.bindings_by_use(EVERYTHING, None),
        tokens.bound_variables(EVERYTHING, None),
        tokens.files_binding(EVERYTHING, None, "v1"),
        tokens.shares_by_team(EVERYTHING),
        tokens.stale_bindings(EVERYTHING),
        unused_and_lost.lost_components(EVERYTHING),
        unused_and_lost.unused_components(EVERYTHING),
        by_age,
        sets,
    ]

    assert [frame.height for frame in frames] == [0] * len(frames)


@pytest.mark.usefixtures("empty")
def test_every_figure_of_an_empty_warehouse_is_zero_or_unknown() -> None:
    styles = orphaned_styles.orphaned_styles(EVERYTHING, None, None)

    assert set(component_usage.usage_totals(EVERYTHING, each_variant=False).values()) == {0}
    assert set(orphaned_styles.orphan_totals(styles).values()) == {0}
    assert file_growth.growth_totals(file_growth.files_now(EVERYTHING, NOTHING))["fastest"] is None
    assert key_figures.totals(EVERYTHING, NOTHING)["files"] == 0
    assert attention(EVERYTHING) == []
    assert overview.placements_before(EVERYTHING, NOTHING) is None
    assert set(component_usage.impact("c1").values()) == {0}
    assert key_figures.adoption(EVERYTHING)["layer_share"] is None
    assert save_periods("12") == NO_PERIODS
    assert set(save_totals(EVERYTHING, NO_PERIODS).values()) == {0, None}
    assert people.expected_histories(EVERYTHING) == 0
    assert tokens.hardcoded_times(EVERYTHING) == 0
    assert tokens.uses() == {"All uses": None}
