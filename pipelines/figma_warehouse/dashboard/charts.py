"""The look of charts: as wide as the page, on its background, legible in the light and in the dark theme."""

import json
from collections.abc import Mapping
from typing import Any

import altair as alt
import polars as pl

# after Okabe and Ito: colour-blind readers can tell them apart; contrast of at least 3:1 on white and on near-black
COLORS = ["#1f83c4", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#7a7a7a"]
# of what has no colour of its own
GREY = COLORS[-1]


def chart(drawing: Any, height: int, description: str) -> Any:
    """Finish a chart. Its text has no colour of its own and gets the reader's theme.

    A screen reader speaks for each mark what its tooltip shows.
    """
    return (
        _spoken(drawing)
        .properties(
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
            # the width of the container, because that of the drawing changes while Vega lays the legend out
            columns=alt.ExprRef("max(1, floor(((containerSize()[0] || 600) - 260) / 180))"),
        )
    )


def _spoken(drawing: Any) -> Any:
    """Describe each mark by its tooltip. Vega's own words would have the keys and the names of the columns."""
    if isinstance(drawing, alt.LayerChart):
        layered = drawing.copy()
        layered.layer = [_spoken(layer) for layer in layered.layer]
        return layered
    tooltip = drawing.encoding.tooltip
    if tooltip is alt.Undefined:
        return drawing
    parts = [_words(field) for field in (tooltip if isinstance(tooltip, list) else [tooltip])]
    return drawing.transform_calculate(spoken=" + '; ' + ".join(parts)).encode(description="spoken:N")


def _words(field: Any) -> str:
    """Return Vega's expression for one line of a tooltip."""
    given = field.to_dict(context={"datasets": {}, "data": None})
    value = f"datum[{json.dumps(given['field'])}]"
    if "format" in given:
        shaped = "utcFormat" if given["type"] == "temporal" else "format"
        value = f"{shaped}({value}, {json.dumps(given['format'])})"
    return f"{json.dumps(given['title'] + ': ')} + {value}"


def colors(labels: list[str], owned: Mapping[str, str] | None = None) -> alt.Color:
    """Colour by the column `label`, in the order of the labels: each its `owned` colour, if there are any."""
    shown = COLORS if owned is None else [owned.get(label, GREY) for label in labels]
    return alt.Color("label:N", sort=labels, scale=alt.Scale(domain=labels, range=shown))


def named_axis(names: Mapping[str, str]) -> alt.Axis:
    """Return an axis over keys that shows names, so that two bars of one name stay two bars."""
    return alt.Axis(labelExpr=f"({json.dumps(names)})[datum.value]", labelLimit=260, labelPadding=8)


def time_axis() -> alt.Axis:
    """Return an axis over time that labels as many days as fit."""
    return alt.Axis(tickCount=8, grid=False, format="%-d %b", labelOverlap=True)


def amount_axis(ticks: int = 6, format: str = "~s") -> alt.Axis:  # noqa: A002  # as Altair calls it
    """Return an axis over amounts that labels as many as fit."""
    # "~s" writes zero as 0k
    return alt.Axis(tickCount=ticks, format=format, labelOverlap=True, labelExpr="datum.value ? datum.label : '0'")


def by_week(rows: pl.DataFrame) -> pl.DataFrame:
    """Turn `week`, a date, into the text that `week_axis` reads, and add `day`, the same as a reader writes it."""
    week = pl.col("week").dt
    return rows.with_columns(week.strftime("%Y-%m-%d").alias("week"), week.strftime("%-d %b %Y").alias("day"))


def week_axis() -> alt.Axis:
    """Return an axis over weeks, each a Monday as YYYY-MM-DD, that labels as many as fit."""
    return alt.Axis(
        labelExpr="utcFormat(utcParse(datum.value, '%Y-%m-%d'), '%-d %b')",
        labelAngle=0,
        labelOverlap=True,
        labelPadding=6,
    )


def with_labels(
    rows: pl.DataFrame,
    column: str,
    amount: str,
    most: int = 5,
    other: str = "Other",
    owned: Mapping[str, str] | None = None,
) -> tuple[pl.DataFrame, list[str]]:
    """Add `label`: the value of `column` if it is one of the `most` largest by `amount`, else `other`.

    Of two values that own the same colour, the smaller one is among the others. Also return the labels, the largest
    first.
    """
    sums = rows.group_by(column).agg(pl.col(amount).sum()).sort(amount, column, descending=[True, False])
    kept: list[str] = []
    for value in sums[column]:
        taken = {owned[name] for name in kept if name in owned} if owned else set()
        if len(kept) < (most + 1 if sums.height <= most + 1 else most) and (owned or {}).get(value) not in taken:
            kept.append(value)
    labels = kept if len(kept) == sums.height else [*kept, other]
    label = pl.when(pl.col(column).is_in(kept)).then(column).otherwise(pl.lit(other)).alias("label")
    return rows.with_columns(label), labels
