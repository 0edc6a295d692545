"""How files grow and who saves them: file_growth, file_growth_weekly, file_activity, file_editors."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import pairwise

from tests.fixtures.recorded_company import CompanyFile
from tests.oracles.marts.documents import State
from tests.oracles.marts.facts import WEEK, Facts, Row, end_of, monday, weeks
from tests.oracles.marts.history import History

DAY = timedelta(days=1)
FOUR_WEEKS = 4 * WEEK
PAUSE = timedelta(minutes=30)

Saved = tuple[datetime, str, str, bool]


class Growth:
    """The marts as lists of rows."""

    def __init__(self, facts: Facts, history: History) -> None:
        self.facts = facts
        self.history = history
        self._sizes: dict[tuple[str, datetime], Row] = {}

    @cached_property
    def file_growth(self) -> list[Row]:
        return [row for one in self.facts.files for row in self._growth_of(one)]

    def _growth_of(self, one: CompanyFile) -> Iterator[Row]:
        states = self.facts.states[one.key]
        for before, state in pairwise([None, *states]):
            assert state
            is_latest = state is states[-1]
            yield {
                "file_key": one.key,
                "version": state.version,
                "last_modified_at": state.at,
                "loaded_at": self.facts.read_at(state),
                **self.facts.place(one.key),
                "is_branch": one.main_key is not None,
                "is_removed": self.facts.is_removed(one),
                **self.sizes(state),
                **self._change(before, state),
                "is_latest": is_latest,
                **self._four_weeks(one, state, is_latest=is_latest),
            }

    def sizes(self, state: State) -> Row:
        """What a state of a file holds."""
        place = (state.file_key, state.at)
        if place not in self._sizes:
            types = [layer.type for layer in state.layers]
            styles = {state.key_of("styles", id_) or id_ for _, _, id_ in state.style_references}
            self._sizes[place] = {
                "pages": types.count("CANVAS"),
                "nodes": len(types),
                "visible_nodes": sum(layer.is_visible for layer in state.layers),
                "instances": types.count("INSTANCE"),
                "component_definitions": types.count("COMPONENT"),
                "text_nodes": types.count("TEXT"),
                "styles": len(styles),
                "bytes": state.size,
            }
        return self._sizes[place]

    def _change(self, before: State | None, state: State) -> Row:
        if before is None:
            names = ("previous_nodes", "nodes_added", "days_since_previous", "nodes_per_day", "growth")
            return dict.fromkeys(names)
        nodes, previous = self.sizes(state)["nodes"], self.sizes(before)["nodes"]
        days = (state.at - before.at) / DAY
        return {
            "previous_nodes": previous,
            "nodes_added": nodes - previous,
            "days_since_previous": days,
            "nodes_per_day": (nodes - previous) / days if days else None,
            "growth": (nodes - previous) / previous if previous else None,
        }

    def _four_weeks(self, one: CompanyFile, state: State, *, is_latest: bool) -> Row:
        moment = (self.facts.last_run.started_at if is_latest else state.at) - FOUR_WEEKS
        compared = self._compared(one, state, moment)
        before = self.sizes(compared)["nodes"] if compared else None
        if is_latest and self._is_removed_at(one, moment):
            compared, before = None, None
        nodes = self.sizes(state)["nodes"]
        growth = (nodes - before) / before if before else None
        return {
            "four_weeks_before_at": compared.at if compared else None,
            "nodes_4_weeks_before": before,
            "growth_4_weeks": growth,
            "has_grown_fast": growth is not None and growth > 0.25,
            "has_shrunk_much": growth is not None and growth < -0.5,
        }

    def _compared(self, one: CompanyFile, state: State, moment: datetime) -> State | None:
        """The state at a moment; the first one if none is that old, unless it is the one to be compared."""
        states = self.facts.states[one.key]
        old = [other for other in states if other.at <= moment]
        return old[-1] if old else (states[0] if states[0] is not state else None)

    def _is_removed_at(self, one: CompanyFile, moment: datetime) -> bool:
        return self.facts.is_removed(one) and not self.history.exists(one, moment)

    @cached_property
    def file_growth_weekly(self) -> list[Row]:
        return [row for one in self.facts.files for row in self._weekly(one)]

    def _weekly(self, one: CompanyFile) -> Iterator[Row]:
        states = self.facts.states[one.key]
        if not states:
            return
        before = None
        for week in weeks(monday(states[0].at), self._last_week(one)):
            state = [other for other in states if other.at < end_of(week)][-1]
            nodes = self.sizes(state)["nodes"]
            yield {
                "file_key": one.key,
                "week_start": week,
                **self.facts.place(one.key),
                "is_branch": one.main_key is not None,
                "is_observed": any(monday(other.at) == week for other in states),
                "version": state.version,
                "last_modified_at": state.at,
                **self.sizes(state),
                "nodes_added": nodes - before if before is not None else None,
            }
            before = nodes

    def _last_week(self, one: CompanyFile) -> date:
        """The week of the last run; of a removed file the last whole week."""
        last = monday(self.facts.last_run.started_at)
        return last - WEEK if self.facts.is_removed(one) else last

    def _saves(self, one: CompanyFile) -> list[Saved]:
        """Time, user id, handle and whether it is named of each saved version, oldest first."""
        cards = [version.card for version in self.facts.versions(one)]
        return sorted(
            (card.created_at, card.user.id, card.user.handle, bool(card.label or card.description)) for card in cards
        )

    @cached_property
    def file_activity(self) -> list[Row]:
        return [row for one in self.facts.files for row in self._activity(one)]

    def _activity(self, one: CompanyFile) -> Iterator[Row]:
        saves = self._saves(one)
        starts = [monday(at) for _, at in _sessions(saves)]
        if not saves:
            return
        for week in weeks(monday(saves[0][0]), monday(self.facts.last_run.started_at)):
            now = [save for save in saves if monday(save[0]) == week]
            named = sum(is_named for *_, is_named in now)
            yield {
                "file_key": one.key,
                "week_start": week,
                **self.facts.place(one.key),
                "is_branch": one.main_key is not None,
                "saved_versions": len(now),
                "named_versions": named,
                "autosaves": len(now) - named,
                "people": len({user_id for _, user_id, *_ in now}),
                "sessions": starts.count(week),
                **_pace([monday(at) for at, *_ in saves], week),
            }

    @cached_property
    def file_editors(self) -> list[Row]:
        return [row for one in self.facts.files for row in self._editors(one)]

    def _editors(self, one: CompanyFile) -> Iterator[Row]:
        groups: dict[tuple[str, date], list[Saved]] = defaultdict(list)
        for save in self._saves(one):
            groups[save[1], monday(save[0])].append(save)
        starts = [(user_id, monday(at)) for user_id, at in _sessions(self._saves(one))]
        for (user_id, week), saves in groups.items():
            yield {
                "file_key": one.key,
                "user_id": user_id,
                "week_start": week,
                "user_handle": self._handles[user_id],
                **self.facts.place(one.key),
                "is_branch": one.main_key is not None,
                "saved_versions": len(saves),
                "named_versions": sum(is_named for *_, is_named in saves),
                "sessions": starts.count((user_id, week)),
                "last_saved_at": saves[-1][0],
            }

    @cached_property
    def _handles(self) -> dict[str, str]:
        """Name of each person at the latest save in any file."""
        saves = sorted(save for one in self.facts.files for save in self._saves(one))
        return {user_id: handle for _, user_id, handle, _ in saves}


def _sessions(saves: list[Saved]) -> list[tuple[str, datetime]]:
    """Person and begin of each session."""
    found: list[tuple[str, datetime]] = []
    latest: dict[str, datetime] = {}
    for at, user_id, *_ in saves:
        if user_id not in latest or at - latest[user_id] >= PAUSE:
            found.append((user_id, at))
        latest[user_id] = at
    return found


def _pace(saved: list[date], week: date) -> Row:
    """The columns that compare the last weeks with those before."""
    four, twelve, year = (week - (count - 1) * WEEK for count in (4, 12, 52))
    recent = sum(four <= one <= week for one in saved)
    before = sum(twelve <= one < four for one in saved)
    last = max(one for one in saved if one <= week)
    if recent and recent / 4 >= before / 8 / 2:
        state = "active"
    else:
        state = "slowing" if last >= twelve else "frozen" if last >= year else "dead"
    return {"last_saved_week": last, "saved_4_weeks": recent, "saved_8_weeks_before": before, "state": state}
