"""What became of instances from state to state: component_swaps, detachments, usage_history."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import pairwise
from statistics import mean
from typing import Any

from tests.fixtures.recorded_company import CompanyFile
from tests.oracles.marts.documents import Instance, Json, Layer, State
from tests.oracles.marts.facts import Between, Facts, Row, end_of, monday, url, weeks

LEAST_PIXELS, MOST_PIXELS, SHARE_OF_SIDE = 4.0, 40.0, 0.1
EQUAL_BOX, LEAST_CONFIDENCE = 0.95, 0.7
SAME_ID = 1.0
MOST_FILES = 0.95


@dataclass(frozen=True)
class Event:
    """What differs between two neighbouring states of a file."""

    event: str
    before: State
    after: State
    old: Instance | None
    new: Instance | None
    frame_id: str | None = None
    confidence: Any = None

    @property
    def week(self) -> date:
        return monday(self.after.at)


class History:
    """The marts as lists of rows."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    @cached_property
    def events(self) -> list[Event]:
        """Events in main files, removed ones included."""
        main = [one.key for one in self.facts.files if not one.main_key]
        return [
            event
            for key in main
            for before, after in pairwise(self.facts.states[key])
            for event in between(before, after)
        ]

    @cached_property
    def component_swaps(self) -> list[Row]:
        return [self._swap(one) for one in self.events if one.event == "swap"]

    def _swap(self, one: Event) -> Row:
        assert one.old
        assert one.new
        key, node_id = one.after.file_key, one.new.layer.id
        before, after = (self.facts.of_component(instance.component_key) for instance in (one.old, one.new))
        set_before, set_after = before["component_set_key"], after["component_set_key"]
        return {
            **self._when(one, "swapped"),
            "node_id": node_id,
            "component_key_before": one.old.component_key,
            **{f"{name}_before": value for name, value in before.items()},
            "component_key_after": one.new.component_key,
            **{f"{name}_after": value for name, value in after.items()},
            "is_within_set": set_before is not None and set_before == set_after,
            "layer_name": one.new.layer.node.get("name"),
            **self._now(key, node_id, "INSTANCE"),
        }

    @cached_property
    def detachments(self) -> list[Row]:
        return [self._detachment(one) for one in self.events if one.event == "detachment"]

    def _detachment(self, one: Event) -> Row:
        assert one.old
        return {
            **self._when(one, "detached"),
            "node_id": one.old.layer.id,
            "component_key": one.old.component_key,
            **self.facts.of_component(one.old.component_key),
            "layer_name": one.old.layer.node.get("name"),
            "frame_id": one.frame_id,
            "confidence": one.confidence,
            **self._now(one.after.file_key, one.frame_id, "FRAME"),
            **self._editors(one),
        }

    def _editors(self, one: Event) -> Row:
        """Those who saved after the state before, up to this one."""
        cards = [version.card for version in self.facts.versions(self.facts.file(one.after.file_key))]
        between = [
            each for each in cards if each.id == one.after.version or one.before.at < each.created_at <= one.after.at
        ]
        people = {each.user.id: each.user.handle for each in between}
        return {"editors": ", ".join(sorted(people.values())) or None, "editor_count": len(people)}

    def _when(self, one: Event, what: str) -> Row:
        return {
            "file_key": one.after.file_key,
            "found_version": one.after.version,
            f"{what}_by_at": one.after.at,
            f"{what}_after_at": one.before.at,
            "week_start": one.week,
        }

    def _now(self, key: str, node_id: str | None, type_: str) -> Row:
        state = self.facts.current(key)
        layer = state.by_id.get(node_id or "") if state else None
        is_there = layer is not None and layer.type == type_
        return {
            "is_still_there": is_there,
            **self.facts.place(key),
            "figma_url": url(key, node_id if is_there else None),
        }

    @cached_property
    def usage_history(self) -> list[Row]:
        last = monday(self.facts.last_run.started_at)
        return [self._week(key, week) for key, first in self._first_weeks.items() for week in weeks(first, last)]

    @cached_property
    def _first_weeks(self) -> dict[str, date]:
        found: dict[str, date] = {}
        for state in self._main_states:
            for key in {one.component_key for one in state.instances if one.component_key}:
                found[key] = min(found.get(key, date.max), monday(state.at))
        return found

    @cached_property
    def _main_states(self) -> list[State]:
        return [state for one in self.facts.files if not one.main_key for state in self.facts.states[one.key]]

    def _week(self, key: str, week: date) -> Row:
        return {
            "component_key": key,
            "week_start": week,
            **self._known_of(key),
            **self._uses(week).get(key, NO_USES),
            **self._happened.get((key, week), NOTHING),
            **self._scan(week),
        }

    def _known_of(self, key: str) -> Row:
        if key not in self._known:
            library = self.facts.library_of("components", key)
            is_published = self.facts.is_published("components", key)
            row = self.facts.of_component(key) | {"library_file_key": library, "is_published": is_published}
            self._known[key] = row
        return self._known[key]

    @cached_property
    def _known(self) -> dict[str, Row]:
        return {}

    def exists(self, one: CompanyFile, moment: datetime) -> bool:
        """Whether a file is there at a moment, by its history, or else by its first sighting or last edit."""
        removed = self._run(one.deleted_at_load) if self.facts.is_removed(one) else None
        return self.born(one) < moment and (removed is None or removed.finished_at >= moment)

    def born(self, one: CompanyFile) -> datetime:
        versions = [version.card.created_at for version in self.facts.versions(one)]
        sighted = self._run(self.facts.first_load(one)).finished_at
        return min(versions, default=min(sighted, self.facts.listed_at(one)))

    def _run(self, load: int | None) -> Any:
        return next(run for run in self.facts.runs if run.load == load)

    def _state_at(self, one: CompanyFile, moment: datetime) -> State | None:
        read = [state for state in self.facts.states[one.key] if state.at < moment]
        return read[-1] if read else None

    def _is_scanned(self, one: CompanyFile, moment: datetime) -> bool:
        """Whether the state at a moment was read: no save after it, up to that moment, went unread."""
        state = self._state_at(one, moment)
        if state is None:
            return False
        saves = [(version.card.id, version.card.created_at) for version in self.facts.versions(one)]
        return not any(state.at < at < moment and id_ != state.version for id_, at in saves)

    def _scan(self, week: date) -> Row:
        if week not in self._scans:
            moment = end_of(week)
            supported = [one for one in self.facts.files if not one.main_key and self._is_supported(one)]
            there = [one for one in supported if self.exists(one, moment)]
            scanned = [one for one in there if self._is_scanned(one, moment)]
            is_conclusive = bool(there) and len(scanned) == len(there)
            self._scans[week] = {
                "files_expected": len(there),
                "files_scanned": len(scanned),
                "is_mostly_scanned": bool(there) and len(scanned) >= MOST_FILES * len(there),
                "is_conclusive": is_conclusive,
            }
        return self._scans[week]

    def _is_supported(self, one: CompanyFile) -> bool:
        return one in self.facts.expected or self.facts.is_removed(one)

    @cached_property
    def _scans(self) -> dict[date, Row]:
        return {}

    def _uses(self, week: date) -> dict[str, Row]:
        if week not in self._weekly:
            moment = end_of(week)
            main = [one for one in self.facts.files if not one.main_key and self.exists(one, moment)]
            self._weekly[week] = self._sum([state for one in main if (state := self._state_at(one, moment))])
        return self._weekly[week]

    @cached_property
    def _weekly(self) -> dict[date, dict[str, Row]]:
        return {}

    def _sum(self, states: list[State]) -> dict[str, Row]:
        sums: dict[str, Row] = defaultdict(lambda: dict(NO_USES))
        for state in states:
            for key, usages in self._usages_in(state).items():
                row = sums[key]
                row["usages"] += usages
                row["files_with_usages"] += 1
                placed = self._placed_in(state)[key]
                row["placements"] += placed if self.facts.home_of(key) != state.file_key else 0
                is_local = not self.facts.is_published("components", key) and key in self._defined(state.file_key)
                row["local_placements"] += placed if is_local else 0
        return sums

    def _usages_in(self, state: State) -> Counter[str]:
        return self._counted(state)[0]

    def _placed_in(self, state: State) -> Counter[str]:
        return self._counted(state)[1]

    def _counted(self, state: State) -> tuple[Counter[str], Counter[str]]:
        place = (state.file_key, state.at)
        if place not in self._counts:
            usages = [one for one in state.instances if one.is_usage and one.component_key]
            placed = [one.component_key for one in usages if one.is_placed]
            self._counts[place] = (Counter(str(one.component_key) for one in usages), Counter(map(str, placed)))
        return self._counts[place]

    @cached_property
    def _counts(self) -> dict[tuple[str, datetime], tuple[Counter[str], Counter[str]]]:
        return {}

    def _defined(self, file_key: str) -> set[str]:
        """Components that the loaded state of a file defines."""
        if file_key not in self._definitions:
            state = self.facts.current(file_key)
            nodes = [layer.node for layer in state.layers if layer.type == "COMPONENT"] if state else []
            self._definitions[file_key] = {key for node in nodes if state and (key := state.definition_key(node))}
        return self._definitions[file_key]

    @cached_property
    def _definitions(self) -> dict[str, set[str]]:
        return {}

    @cached_property
    def _happened(self) -> dict[tuple[str, date], Row]:
        found: dict[tuple[str, date], Row] = defaultdict(lambda: dict(NOTHING))
        confidence: dict[tuple[str, date], list[Any]] = defaultdict(list)
        for one in self.events:
            for name, instance in _counted_as(one):
                if instance and instance.component_key:
                    found[instance.component_key, one.week][name] += 1
            if one.event == "detachment" and one.old and one.old.component_key:
                confidence[one.old.component_key, one.week].append(one.confidence)
        for place, values in confidence.items():
            found[place]["detachment_confidence"] = _mean(values)
        return found


NO_USES: Row = {"usages": 0, "placements": 0, "local_placements": 0, "files_with_usages": 0}
NOTHING: Row = {
    **dict.fromkeys(("insertions", "removals", "swaps_in", "swaps_out", "detachments"), 0),
    "detachment_confidence": None,
}


def between(before: State, after: State) -> Iterator[Event]:
    """Yield what happened to the direct instances outside definitions of a file."""
    old = {one.layer.id: one for one in before.instances}
    new = {one.layer.id: one for one in after.instances}
    detached = dict(_detached(before, after, [one for id_, one in old.items() if id_ not in new and _counts(one)]))
    for id_, one in new.items():
        if id_ in old and _counts(one) and _component(old[id_]) != _component(one):
            yield Event("swap", before, after, old[id_], one)
    for id_, one in old.items():
        if id_ in detached:
            frame_id, confidence = detached[id_]
            yield Event("detachment", before, after, one, None, frame_id, confidence)
        elif id_ not in new and _counts(one):
            yield Event("removal", before, after, one, None)
    left = _left_in_frames(before, after, {id_: frame_id for id_, (frame_id, _) in detached.items()})
    for id_, one in new.items():
        if id_ not in old and _counts(one) and id_ not in left:
            yield Event("insertion", before, after, None, one)


def _counts(one: Instance) -> bool:
    return one.is_direct and one.is_usage


def _component(one: Instance) -> str | None:
    return one.component_key or one.component_id


def _detached(before: State, after: State, gone: list[Instance]) -> Iterator[tuple[str, tuple[str, Any]]]:
    """Yield the id of each detached instance with the frame that took its place and the confidence."""
    frames = [layer for layer in after.layers if layer.type == "FRAME"]
    taken = set()
    for one in gone:
        same = after.by_id.get(one.layer.id)
        if same and same.type == "FRAME":
            yield one.layer.id, (same.id, SAME_ID)
    for one in gone:
        if one.layer.id in after.by_id:
            continue
        there = [
            frame
            for frame in frames
            if frame.id not in before.by_id and frame.id not in taken and _is_in_place(one.layer, frame)
        ]
        there.sort(key=lambda frame: _distance(one.layer.node, frame.node))
        if there:
            taken.add(there[0].id)
            is_equal = _distance(one.layer.node, there[0].node) == 0
            yield one.layer.id, (there[0].id, EQUAL_BOX if is_equal else Between(LEAST_CONFIDENCE, EQUAL_BOX))


def _is_in_place(old: Layer, frame: Layer) -> bool:
    """Whether a frame has the parent, the name and nearly the box of an instance."""
    if (old.parent_id, old.node.get("name")) != (frame.parent_id, frame.node.get("name")):
        return False
    box, other = _box(old.node), _box(frame.node)
    if not box or not other:
        return False
    sides = (("x", "width"), ("y", "height"), ("width", "width"), ("height", "height"))
    return all(abs(box[name] - other[name]) <= _tolerance(box[side]) for name, side in sides)


def _tolerance(side: float) -> float:
    return min(max(LEAST_PIXELS, SHARE_OF_SIDE * side), MOST_PIXELS)


def _box(node: Json) -> dict[str, float]:
    return node.get("absoluteBoundingBox") or {}


def _distance(node: Json, other: Json) -> float:
    return sum(abs(_box(node)[name] - _box(other)[name]) for name in ("x", "y", "width", "height"))


def _left_in_frames(before: State, after: State, frames: dict[str, str]) -> set[str]:
    """Instances that came out of detached ones: for each component at most as many as were inside."""
    left = set()
    for instance_id, frame_id in frames.items():
        inside = Counter(
            _component(one) for one in before.instances if instance_id in [above["id"] for above in one.layer.instances]
        )
        for one in _within(after, frame_id):
            if _counts(one) and inside[_component(one)] > 0:
                inside[_component(one)] -= 1
                left.add(one.layer.id)
    return left


def _within(state: State, node_id: str) -> list[Instance]:
    def is_within(layer: Layer) -> bool:
        return layer.parent_id is not None and (layer.parent_id == node_id or is_within(state.by_id[layer.parent_id]))

    return [one for one in state.instances if is_within(one.layer)]


def _counted_as(one: Event) -> list[tuple[str, Instance | None]]:
    return {
        "insertion": [("insertions", one.new)],
        "removal": [("removals", one.old)],
        "swap": [("swaps_in", one.new), ("swaps_out", one.old)],
        "detachment": [("detachments", one.old)],
    }[one.event]


def _mean(values: list[Any]) -> Any:
    least = mean(value.least if isinstance(value, Between) else value for value in values)
    most = mean(value.most if isinstance(value, Between) else value for value in values)
    return least if least == most else Between(least, most)
