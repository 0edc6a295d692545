"""Lines over weeks as inline SVG, drawn by the server: a page of an item needs no script to show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from figma_warehouse.dashboard.charts import COLORS
from figma_warehouse.dashboard.templating import render

# the drawing is stretched to the width of the page
WIDTH, HEIGHT = 1000, 160


@dataclass(frozen=True)
class Series:
    """A line of a chart: one value per week, null where nothing is known."""

    label: str
    values: Sequence[int | None]


@dataclass(frozen=True)
class Polyline:
    """A series as the points of an SVG polyline."""

    label: str
    color: str
    points: str
    last: int | None


def line_chart(title: str, weeks: Sequence[date], lines: Sequence[Series], caption: str = "") -> Markup:
    """Return a chart of lines over the same weeks, from zero to the largest value; a screen reader gets their ends."""
    known = [value for line in lines for value in line.values if value is not None]
    most = max(known, default=0)
    drawn = [
        Polyline(line.label, color, _points(line.values, most), line.values[-1])
        for line, color in zip(lines, COLORS, strict=False)
    ]
    return render(
        "line_chart.html",
        title=title,
        caption=caption,
        lines=drawn,
        weeks=weeks,
        most=most,
        width=WIDTH,
        height=HEIGHT,
        columns=[_column(lines, place, week, len(weeks)) for place, week in enumerate(weeks)],
    )


def _points(values: Sequence[int | None], most: int) -> str:
    return " ".join(
        f"{_x(place, len(values)):.1f},{HEIGHT - HEIGHT * value / (most or 1):.1f}"
        for place, value in enumerate(values)
        if value is not None
    )


def _x(place: int, number: int) -> float:
    return WIDTH * (place + 0.5) / number


def _column(lines: Sequence[Series], place: int, week: date, number: int) -> dict[str, str]:
    """Return the part of the chart that belongs to a week, with the words that the pointer shows there."""
    amounts = [f"{line.label}: {value:,}" for line in lines if (value := line.values[place]) is not None]
    return {
        "x": f"{WIDTH * place / number:.1f}",
        "width": f"{WIDTH / number:.1f}",
        "words": f"Week of {week:%-d %b %Y}: {', '.join(amounts)}",
    }
