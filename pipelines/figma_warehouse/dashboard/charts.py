"""How charts look: as wide as the page, on its background, legible on light and on dark."""

import json
from collections.abc import Mapping
from typing import Any

import altair as alt
import polars as pl

# after Okabe and Ito: told apart by colour-blind readers, at least three to one against white and near-black
COLORS = ["#1f83c4", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#7a7a7a"]


def chart(drawing: Any, height: int, description: str) -> Any:
    """Finish a chart; its text is left without a colour, so that it gets the reader's theme."""
    return (
        drawing.properties(
            width="container",
            height=height,
            background="transparent",
            description=description,
            usermeta={"embedOptions": {"actions": False, "renderer": "svg"}},
        )
        .configure_view(stroke=None)
        .configure_axis(
            gridOpacity=0.25, domain=False, ticks=False, labelFontSize=12, titleFontSize=12, labelSeparation=8
        )
        .configure_legend(
            orient="top",
            title=None,
            labelFontSize=12,
            labelLimit=200,
            # by what is there before the layout: the width of the drawing changes while room for the legend is made
            columns=alt.ExprRef("max(1, floor(((containerSize()[0] || 600) - 260) / 180))"),
        )
    )


def colors(labels: list[str]) -> alt.Color:
    """Colour by the column `label`, in the order of the labels."""
    return alt.Color("label:N", sort=labels, scale=alt.Scale(domain=labels, range=COLORS))


def named_axis(names: Mapping[str, str]) -> alt.Axis:
    """Return an axis over keys that shows their names: two things of one name stay apart."""
    return alt.Axis(labelExpr=f"({json.dumps(names)})[datum.value]", labelLimit=260, labelPadding=8)


def time_axis() -> alt.Axis:
    """Return an axis over time, of which as many days are labelled as fit."""
    return alt.Axis(tickCount=8, grid=False, format="%-d %b", labelOverlap=True)


def amount_axis(ticks: int = 6, format: str = "~s") -> alt.Axis:  # noqa: A002  # as Altair calls it
    """Return an axis over amounts, of which as many are labelled as fit."""
    # "~s" would write nothing at all as 0k
    return alt.Axis(tickCount=ticks, format=format, labelOverlap=True, labelExpr="datum.value ? datum.label : '0'")


def by_week(rows: pl.DataFrame) -> pl.DataFrame:
    """Name each `week`, a date, as `week_axis` reads it, and add `day`: the same as a reader does."""
    week = pl.col("week").dt
    return rows.with_columns(week.strftime("%Y-%m-%d").alias("week"), week.strftime("%-d %b %Y").alias("day"))


def week_axis() -> alt.Axis:
    """Return an axis over weeks, each named by its Monday as YYYY-MM-DD, of which as many are labelled as fit."""
    return alt.Axis(
        labelExpr="utcFormat(utcParse(datum.value, '%Y-%m-%d'), '%-d %b')",
        labelAngle=0,
        labelOverlap=True,
        labelPadding=6,
    )


def with_labels(rows: pl.DataFrame, column: str, amount: str, most: int = 5) -> tuple[pl.DataFrame, list[str]]:
    """Add `label`: the values of `column` that have most, Other for the rest; with the labels in order."""
    sums = rows.group_by(column).agg(pl.col(amount).sum()).sort(amount, column, descending=[True, False])
    kept = sums[column].to_list() if sums.height <= most + 1 else [*sums[column].head(most), "Other"]
    label = pl.when(pl.col(column).is_in(kept)).then(column).otherwise(pl.lit("Other")).alias("label")
    return rows.with_columns(label), kept
