"""The shares of each week in the sample organisation, from the sandbox's ground truth."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb

from figma_warehouse.sandbox import Truth

# week, level, id, share
Point = tuple[date, str, str, str]
Fraction = tuple[int, int]

SHARES = """
    select week_start, level, id, share_name, numerator, denominator
    from marts.adoption_weekly
    where share_name <> 'text_characters' and (week_start, level, id) not in (
        select (week_start, level, id) from marts.adoption_weekly where numerator is null
    )
"""


class ExpectedShares:
    """What `adoption_weekly` must hold after a series of builds, one after each load."""

    def __init__(self) -> None:
        self.shares: dict[Point, Fraction] = {}
        self._saved_at: list[datetime] = []

    def add_build(self, truth: Truth, *, has_lookups: bool = False) -> None:
        """Record a build. The shares of the week of the newest save take the place of those that it had before."""
        self._saved_at += [file.last_modified for file in truth.files.values() if file.readable]
        newest = max(self._saved_at)
        week = newest.date() - timedelta(days=newest.weekday())
        self.shares = {point: counts for point, counts in self.shares.items() if point[0] != week}
        counted = (*_of_adoption(truth), *_of_libraries(truth, has_lookups=has_lookups))
        self.shares |= {(week, *item): counts for item, counts in counted}

    @property
    def weeks(self) -> list[date]:
        """The weeks that have shares."""
        return sorted({week for week, *_ in self.shares})

    def assert_stored(self, published: Path) -> None:
        """Compare the rows of all weeks, except those of files without layers or without content."""
        with duckdb.connect(str(published), read_only=True) as connection:
            rows = connection.execute(SHARES).fetchall()
        found = {(week, level, id_, share): (part, whole) for week, level, id_, share, part, whole in rows}
        assert len(found) == len(rows)
        assert found == self.shares


def _of_adoption(truth: Truth) -> Iterator[tuple[tuple[str, str, str], Fraction]]:
    for (level, id_), sums in truth.adoption.items():
        bound, slots = sums.bound_text_slots + sums.bound_fill_slots, sums.text_slots + sums.fill_slots
        placements = sums.library_placements + sums.local_placements
        yield (level, id_, "layers"), (sums.library_layers, sums.visible_layers)
        yield (level, id_, "instances"), (sums.library_placements, placements)
        yield (level, id_, "styles"), (bound, slots)
        yield (level, id_, "texts"), (sums.bound_text_slots, sums.text_slots)
        yield (level, id_, "fills"), (sums.bound_fill_slots, sums.fill_slots)
        kinds = [counts for place, counts in truth.slot_adoption.items() if place[:2] == (level, id_)]
        for place, counts in truth.slot_adoption.items():
            if place[:2] == (level, id_) and level != "file":
                yield (level, id_, f"{place[2]}_slots"), (counts.variable_slots + counts.style_slots, counts.slots)
        whole, by_variable = sum(counts.slots for counts in kinds), sum(counts.variable_slots for counts in kinds)
        yield (level, id_, "tokens"), (by_variable + sum(counts.style_slots for counts in kinds), whole)
        yield (level, id_, "variables"), (by_variable, whole)


def _of_libraries(truth: Truth, *, has_lookups: bool) -> Iterator[tuple[tuple[str, str, str], Fraction]]:
    usage = truth.library_usage_looked_up if has_lookups else truth.library_usage
    loaded = {key for key, file in truth.files.items() if file.readable and not file.main_file_key}
    placements = sum(counts.placements for counts in truth.component_usage.values())
    references = sum(counts.references for counts in truth.style_usage.values())
    for library in {library for library, _ in usage if library}:
        uses = [use for (used, _), use in usage.items() if used == library]
        yield ("library", library, "files"), (len(uses), len(loaded - {library}))
        yield ("library", library, "placements"), (sum(use.placements for use in uses), placements)
        yield ("library", library, "style_references"), (sum(use.style_references for use in uses), references)
