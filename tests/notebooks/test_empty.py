from pathlib import Path

import pytest

from notebooks import component_usage, file_growth, orphaned_styles
from notebooks.parts import published as warehouse


def test_without_a_file_or_rows_there_is_nothing_to_be_fresh(empty: Path) -> None:
    assert warehouse.freshness() is None
    empty.unlink()
    assert warehouse.freshness() is None


@pytest.mark.usefixtures("empty")
def test_every_calculation_on_an_empty_warehouse_has_no_rows() -> None:
    none = component_usage.selected_usage(None, None, "", False)
    ranking = component_usage.component_ranking(none, "placements")
    styles = orphaned_styles.orphaned_styles(None, None, None, None, "")
    files = file_growth.files_now(None, "")

    frames = [none, ranking, styles, files, file_growth.file_history([]), orphaned_styles.files_referring("s1")]
    assert [frame.height for frame in frames] == [0] * len(frames)
    assert set(component_usage.usage_totals(none).values()) == {0}
    assert set(orphaned_styles.orphan_totals(styles).values()) == {0}
    assert file_growth.growth_totals(files)["fastest"] is None
