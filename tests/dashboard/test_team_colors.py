"""A team has one colour on all pages, in every selection and over time."""

from typing import Any

import pytest

from figma_warehouse.dashboard.charts import GREY
from figma_warehouse.dashboard.selection import Selection, Span
from figma_warehouse.dashboard.team_colors import COLORS, team_colors
from notebooks import component_usage, file_growth, overview
from tests.fixtures.hostile import MARKDOWN, SCRIPT, WEEKS, organisation
from tests.fixtures.published import Publish

pytestmark = pytest.mark.usefixtures("published")


def drawn_colors(selected: Selection) -> list[dict[str, str]]:
    """The colours of the labels in each chart of teams."""
    ranking = component_usage.component_ranking(selected, "placements", each_variant=False)
    charts: list[Any] = [
        overview.nodes_chart(overview.nodes_by_team(selected, None)),
        component_usage.usage_chart(selected, ranking, "placements", each_variant=False),
        file_growth.treemap_chart(file_growth.files_now(selected, Span(WEEKS[1]))),
    ]
    return [_scale(chart.to_dict()) for chart in charts]


def _scale(chart: dict[str, Any]) -> dict[str, str]:
    scale = chart.get("layer", [chart])[0]["encoding"]["color"]["scale"]
    return dict(zip(scale["domain"], scale["range"], strict=True))


def test_a_team_has_one_colour_in_all_charts_and_selections() -> None:
    colors = team_colors()

    assert colors == {MARKDOWN: COLORS[0], SCRIPT: COLORS[1]}
    assert drawn_colors(Selection()) == [colors] * 3
    assert drawn_colors(Selection(team="t2")) == [{SCRIPT: COLORS[1]}] * 3


def test_a_new_team_changes_no_colour(publish: Publish) -> None:
    before = team_colors()
    publish(
        {"figma.teams": [{"team_id": f"t{n}", "name": name} for n, name in ((10, "A"), (2, SCRIPT), (1, MARKDOWN))]}
    )

    assert team_colors() == before | {"A": COLORS[2]}


def test_of_two_teams_that_own_one_colour_a_chart_shows_the_smaller_one_among_the_others(publish: Publish) -> None:
    weekly = organisation()["marts.file_growth_weekly"]
    teams = [{"team_id": f"t1{n}", "name": f"Team {n}"} for n in range(len(COLORS) - 1)]
    growing = [row | {"team_id": "t200"} if row["team_id"] == "t2" else row for row in weekly]
    publish(
        {
            "figma.teams": [{"team_id": "t1", "name": MARKDOWN}, *teams, {"team_id": "t200", "name": SCRIPT}],
            "marts.file_growth_weekly": growing,
        }
    )
    assert team_colors()[MARKDOWN] == team_colors()[SCRIPT]

    nodes: Any = overview.nodes_chart(overview.nodes_by_team(Selection(), None))

    assert _scale(nodes.to_dict()) == {MARKDOWN: team_colors()[MARKDOWN], "Other teams": GREY}
