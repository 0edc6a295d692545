from pathlib import Path

import pytest

from figma_warehouse.dashboard import published_file as warehouse
from figma_warehouse.dashboard import summary
from notebooks import adoption, component_usage, file_growth, orphaned_styles, overview, unused_and_lost


def test_without_a_file_or_rows_there_is_nothing_to_be_fresh(empty: Path) -> None:
    assert warehouse.freshness() is None
    empty.unlink()
    assert warehouse.freshness() is None


@pytest.mark.usefixtures("empty")
def test_every_calculation_on_an_empty_warehouse_has_no_rows() -> None:
    none = component_usage.selection(None, None, None, "", False)
    ranking = component_usage.component_ranking(none, "placements")
    styles = orphaned_styles.orphaned_styles(None, None, None, None, None, "")
    files = file_growth.files_now(None, None, "")

    frames = [
        component_usage.files_using(none, "c1"),
        ranking,
        styles,
        files,
        file_growth.file_history([], None),
        orphaned_styles.files_referring("s1", None, None),
    ]
    frames += [overview.teams(None, None), overview.stale_files(None, None), overview.last_runs()]
    frames += [overview.nodes_by_team(None, None, None), adoption.adoption("team", None, None, "")]
    frames += [
        unused_and_lost.unused_components(None, None, None, ""),
        unused_and_lost.lost_components(None, None, None, ""),
    ]
    frames += [orphaned_styles.shadow_styles(None, None, ""), orphaned_styles.hardcoded_values(None, None, "", None)]
    frames += [component_usage.usage_trend("c1", None), adoption.share_by_week(None), overview.library_changes(None)]
    frames += [component_usage.variant_usage("set-Button"), component_usage.component_dependants("c1")]
    frames += [component_usage.detachments("c1", None), component_usage.component_swaps("c1", None)]
    frames.append(component_usage.reconciliation(None, ""))
    frames += [component_usage.set_variants("set-Button"), component_usage.usage_by_team(none, ["c1"], "placements")]
    frames += [file_growth.file_activity(None, None, "", None)]
    assert [frame.height for frame in frames] == [0] * len(frames)
    assert set(component_usage.usage_totals(none).values()) == {0}
    assert set(orphaned_styles.orphan_totals(styles).values()) == {0}
    assert file_growth.growth_totals(files)["fastest"] is None
    assert summary.headline(None, None)["files"] == 0
    assert summary.attention() == []
    assert overview.placements_before() is None
    assert set(component_usage.impact("c1").values()) == {0}
    assert adoption.adoption_of(None, None)["layer_share"] is None
