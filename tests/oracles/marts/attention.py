"""What a person should act on: attention, with the thresholds that the settings have by default."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from functools import cached_property
from typing import Any

from tests.oracles.marts.facts import Facts, OneOf, Row

GROWTH, LOSS, UNUSED_DAYS, DETACHMENTS = 0.25, 0.5, 91, 3
SEVERITY = {
    "shrunk_file": "high",
    "lost_instances": "high",
    "stale_file": "medium",
    "deprecated_use": "medium",
    "dangling_style": "medium",
    "detachments": "medium",
    "grown_file": "low",
    "unused_component": "low",
    "stale_bindings": "low",
}
FOUR_WEEKS = timedelta(days=28)
NAMELESS = "(no name)"


class Attention:
    """The mart as a list of rows, from the rows of other oracles."""

    def __init__(self, facts: Facts, rows: Callable[[str], list[Row]]) -> None:
        self.facts = facts
        self.rows = rows
        self.last_run = facts.last_run.started_at

    @cached_property
    def attention(self) -> list[Row]:
        return [
            *self._stale_files(),
            *self._resized_files(),
            *self._lost_instances(),
            *self._unused_components(),
            *self._deprecated_uses(),
            *self._dangling_styles(),
            *self._stale_bindings(),
            *self._detachments(),
        ]

    def _finding(self, kind: str, file_key: str, figure: float | None, words: str, **columns: Any) -> Row:
        """A finding; `{}` in the words stands for the name of the subject, which is the file if no other is given."""
        place = self.facts.place(file_key)
        row = {
            "kind": kind,
            "severity": SEVERITY[kind],
            "subject_type": "file",
            "subject_key": file_key,
            "file_key": file_key,
            "subject_name": place["file_name"],
            "figure": None if figure is None else float(figure),
            "figure_before": None,
            "since_at": None,
            "sample_url": f"https://www.figma.com/design/{file_key}",
            **place,
            **self.facts.scan(),
            "is_conclusive": True,
            **columns,
        }
        name = NAMELESS if row["subject_name"] is None else row["subject_name"]
        where = "" if row["subject_type"] == "file" else f"{place['file_name']}: "
        return row | {"sentence": f"{where}{words.replace('{}', name)}."}

    def _stale_files(self) -> Iterator[Row]:
        for row in self.rows("file_freshness"):
            if row["is_expected"] and not row["is_current"]:
                since = row["last_modified_at"] if row["is_loaded"] else None
                days = (self.last_run - since) / timedelta(days=1) if since else None
                words = "{} is loaded in an older state" if since else "{} was never loaded"
                yield self._finding("stale_file", row["file_key"], days, words, since_at=since)

    def _resized_files(self) -> Iterator[Row]:
        for row in self.rows("file_growth"):
            change = row["growth_4_weeks"]
            if not row["is_latest"] or row["is_branch"] or row["is_removed"] or change is None:
                continue
            if change > GROWTH or change < -LOSS:
                kind, verb = ("grown_file", "grew") if change > 0 else ("shrunk_file", "shrank")
                before = row["nodes_4_weeks_before"]
                yield self._finding(
                    kind,
                    row["file_key"],
                    row["nodes"],
                    f"{{}} {verb} from {_counted(before, 'node')} to {row['nodes']} in four weeks",
                    figure_before=float(before),
                    since_at=row["four_weeks_before_at"],
                )

    def _lost_instances(self) -> Iterator[Row]:
        lost = (row for row in self.rows("lost_components") if row["is_lost"] and row["usages"])
        for (key, file_key), found in _grouped(lost, lambda row: row["component_key"] or row["component_id"] or ""):
            usages = sum(row["usages"] for row in found)
            yield self._finding(
                "lost_instances",
                file_key,
                usages,
                f"{_counted(usages, 'instance')} of {{}} "
                + ("has lost its component" if usages == 1 else "have lost their component"),
                subject_type="component",
                subject_key=key,
                subject_name=min((name for row in found if (name := _component(row))), default=None),
                since_at=next((row["unpublished_at"] for row in found if row["unpublished_at"]), None),
                sample_url=OneOf(url for row in found for _, url in row["layer_name", "sample_url"].values),
                is_conclusive=found[0]["is_conclusive"],
            )

    def _unused_components(self) -> Iterator[Row]:
        for row in self.rows("unused_components"):
            if row["days_published"] >= UNUSED_DAYS:
                doubt = "" if row["is_conclusive"] else "perhaps "
                yield self._finding(
                    "unused_component",
                    row["library_file_key"],
                    row["days_published"],
                    f"{{}}, published on {row['published_at']:%Y-%m-%d}, is {doubt}used nowhere",
                    subject_type="component",
                    subject_key=row["component_key"],
                    subject_name=_component(row),
                    since_at=row["published_at"],
                    sample_url=row["figma_url"],
                    is_conclusive=row["is_conclusive"],
                )

    def _deprecated_uses(self) -> Iterator[Row]:
        for row in self.rows("deprecated_usage"):
            if row["usages"] and not row["is_at_home"] and not row["is_in_deprecated_set"]:
                remedy = f"; use {row['replacement_name']} instead" if row["replacement_name"] else ""
                yield self._finding(
                    "deprecated_use",
                    row["file_key"],
                    row["usages"],
                    f"{{}} is deprecated and used {_counted(row['usages'], 'time')}{remedy}",
                    subject_type=row["kind"],
                    subject_key=row["item_key"],
                    subject_name=_component(row | {"component_name": row["item_name"]}),
                    sample_url=row["sample_url"],
                )

    def _dangling_styles(self) -> Iterator[Row]:
        keys = {row["style_key"] for row in self.rows("orphaned_styles") if row["kind"] == "dangling"}
        rows = (row for row in self.rows("style_usage") if row["style_key"] in keys)
        dangling = (row for row in rows if not row["is_published"] and not row["is_defined_here"])
        for (key, file_key), found in _grouped(dangling, lambda row: row["style_key"] or ""):
            references = sum(row["style_references"] for row in found)
            yield self._finding(
                "dangling_style",
                file_key,
                references,
                f"{_counted(references, 'reference')} to the style {{}} that no library publishes",
                subject_type="style",
                subject_key=key,
                subject_name=found[0]["style_name"],
                sample_url=OneOf(url for row in found for url in row["sample_url"].values),
                is_conclusive=self.facts.scan()["is_conclusive"],
            )

    def _stale_bindings(self) -> Iterator[Row]:
        rows = self.rows("stale_bindings")
        # of several suffixes that could be the newest, the last in the order of text
        stale = (row for row in rows if row["variable_suffix"] != max(row["recent_suffix"].values))
        for (_, file_key), found in _grouped(stale, lambda _: ""):
            bindings = sum(row["bindings"] for row in found)
            properties = "1 property" if bindings == 1 else f"{bindings} properties"
            yield self._finding(
                "stale_bindings",
                file_key,
                bindings,
                f"{{}} binds {properties}, probably to earlier publications of variables",
                sample_url=OneOf(url for row in found for url in row["sample_url"].values),
                is_conclusive=found[0]["is_conclusive"],
            )

    def _detachments(self) -> Iterator[Row]:
        rows = self.rows("detachments")
        for (key, file_key), found in _grouped(
            rows, lambda row: row["component_set_key"] or row["component_key"] or ""
        ):
            late, early = self.last_run - FOUR_WEEKS, self.last_run - 2 * FOUR_WEEKS
            recent = [row for row in found if late < row["detached_by_at"] <= self.last_run]
            if len(recent) >= DETACHMENTS:
                is_set = found[0]["component_set_key"] is not None
                yield self._finding(
                    "detachments",
                    file_key,
                    len(recent),
                    f"{{}} was detached {_counted(len(recent), 'time')} in four weeks",
                    subject_type="component_set" if is_set else "component",
                    subject_key=key,
                    subject_name=found[0]["component_set_name" if is_set else "component_name"],
                    figure_before=float(sum(early < row["detached_by_at"] <= late for row in found)),
                    since_at=min(row["detached_by_at"] for row in recent),
                    sample_url=OneOf(row["figma_url"] for row in recent),
                )


def _grouped(rows: Iterable[Row], key: Callable[[Row], str]) -> Iterable[tuple[tuple[str, str], list[Row]]]:
    groups = defaultdict(list)
    for row in rows:
        groups[key(row), row["file_key"]].append(row)
    return groups.items()


def _component(row: Row) -> str | None:
    if row["component_set_name"] is not None and row["component_name"] is not None:
        return f"{row['component_set_name']}: {row['component_name']}"
    return row["component_name"]  # type: ignore[no-any-return]


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
