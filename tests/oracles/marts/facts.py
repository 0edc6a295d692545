"""What is known after a load: files, states, versions, published lists and runs, as the organisation tells them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

from tests.fixtures.recorded_company import CompanyFile, RecordedCompany, SavedVersion
from tests.oracles.marts.documents import Json, State

Row = dict[Any, Any]
WEEK = timedelta(weeks=1)
KINDS = {"components": "component", "component_sets": "component_set", "styles": "style"}
UNSUPPORTED = ("slides", "buzz", "sites", "make")


@dataclass(frozen=True)
class Run:
    """One load, numbered from 1: its id and when it ran."""

    load: int
    run_id: str
    started_at: datetime
    finished_at: datetime


@dataclass(frozen=True)
class Published:
    """What the lists have said of one component, set or style, up to now."""

    kind: str
    key: str
    row: Json
    team_id: str
    is_now: bool
    first_load: int
    missed_load: int | None


@dataclass(frozen=True)
class During:
    """Equal to any time within a run."""

    run: Run

    def __eq__(self, other: object) -> bool:
        if isinstance(other, During):
            return self.run == other.run
        return isinstance(other, datetime) and self.run.started_at <= other <= self.run.finished_at

    def __hash__(self) -> int:
        return hash(self.run)


class OneOf:
    """Equal to each of the values that a definition allows."""

    def __init__(self, values: Iterable[Any]) -> None:
        self.values = list(values)

    def __eq__(self, other: object) -> bool:
        return any(value == other for value in self.values)

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        shown = ", ".join(map(repr, self.values[:3]))
        return f"one of {len(self.values)} ({shown}{', …' if len(self.values) > 3 else ''})"


@dataclass(frozen=True)
class Between:
    """Equal to any number between two."""

    least: float
    most: float

    def __eq__(self, other: object) -> bool:
        return isinstance(other, float) and self.least <= other <= self.most

    def __hash__(self) -> int:
        return 0


@dataclass(frozen=True)
class Since:
    """Equal to any time that is not before a moment."""

    moment: datetime

    def __eq__(self, other: object) -> bool:
        return isinstance(other, datetime) and other >= self.moment

    def __hash__(self) -> int:
        return 0


class Facts:
    """The organisation as it is known after the last of the runs and a backfill.

    `sizes` has the bytes of each answer by file key and last edit; `backfilled` the file key and version of what was
    read from histories.
    """

    def __init__(
        self,
        company: RecordedCompany,
        runs: list[Run],
        sizes: Mapping[tuple[str, datetime], int],
        backfilled: Iterable[tuple[str, str]] = (),
    ) -> None:
        self.company = company
        self.runs = runs
        self.load = runs[-1].load
        self.last_run = runs[-1]
        self.sizes = sizes
        self.backfilled = set(backfilled)

    # files

    @cached_property
    def files(self) -> list[CompanyFile]:
        """Every file and branch that was ever listed."""
        known = [one for one in self.company.company_files.values() if self.first_load(one) <= self.load]
        return sorted(known, key=lambda one: one.key)

    def first_load(self, one: CompanyFile) -> int:
        return one.saves[0].load

    def is_removed(self, one: CompanyFile) -> bool:
        return one.deleted_at_load is not None and one.deleted_at_load <= self.load

    def file(self, key: str) -> CompanyFile:
        return self.company.company_files[key]

    def name_of(self, key: str | None) -> str | None:
        """Name of a file now."""
        return self.file(key).name(self._last_listed(self.file(key))) if key in self.company.company_files else None

    def team_of(self, library: str | None) -> Row:
        """The columns that name the team of a library file."""
        folder = self.file(library).folder if library in self.company.company_files else None
        team_id = folder and folder.team_id
        return {"library_team_id": team_id, "library_team_name": team_id and self.team_name(team_id)}

    def _last_listed(self, one: CompanyFile) -> int:
        return min(self.load, (one.deleted_at_load or self.load + 1) - 1)

    def listed_at(self, one: CompanyFile) -> datetime:
        """Last edit according to the listing."""
        save = one.save(self._last_listed(one))
        assert save
        return save.at

    def place(self, key: str) -> Row:
        """The columns that say what a file is called and where it lies."""
        folder = self.file(key).folder
        return {
            "file_name": self.name_of(key),
            "folder_id": folder.id,
            "folder_path": self.folder_path(folder.id),
            "team_id": folder.team_id,
            "team_name": self.team_name(folder.team_id),
        }

    def folder_path(self, folder_id: str | None) -> str:
        names: list[str] = []
        while folder_id:
            folder = self.company.folder(folder_id)
            assert folder
            names.insert(0, folder.name)
            folder_id = folder.parent_id
        return " / ".join(names)

    def read_at(self, state: State) -> During | Since:
        """When a state was read: by a run, or by the backfill after them."""
        run = next((run for run in self.runs if run.load == state.load), None)
        return During(run) if run else Since(self.last_run.finished_at)

    def team_name(self, team_id: str | None) -> str | None:
        return next((team.name for team in self.company.teams if team.id == team_id), None)

    def can_be_read(self, one: CompanyFile) -> bool:
        return one.is_exportable and one.editor_type not in UNSUPPORTED

    @cached_property
    def present(self) -> list[CompanyFile]:
        """Main files that are not removed."""
        return [one for one in self.files if not one.main_key and not self.is_removed(one)]

    @cached_property
    def expected(self) -> list[CompanyFile]:
        """Main files that should be scanned."""
        return [one for one in self.present if one.editor_type not in UNSUPPORTED]

    def scan(self, files: list[CompanyFile] | None = None) -> Row:
        """The columns that say whether something can be concluded."""
        expected = self.expected if files is None else [one for one in self.expected if one in files]
        scanned = [one for one in expected if self.current(one.key)]
        return {
            "files_expected": len(expected),
            "files_scanned": len(scanned),
            "is_conclusive": bool(expected) and len(scanned) == len(expected),
        }

    # states

    @cached_property
    def states(self) -> dict[str, list[State]]:
        """All states of each file that were read, oldest first."""
        return {one.key: sorted(self._read(one), key=lambda state: state.at) for one in self.files}

    def _read(self, one: CompanyFile) -> Iterator[State]:
        if not self.can_be_read(one):
            return
        for load in range(1, self.load + 1):
            save = next((save for save in one.saves if save.load == load), None)
            if save and one.save(load):
                yield self._state(one.key, save.version, save.at, save.answer, load)
        for past in one.versions:
            if (one.key, past.card.id) in self.backfilled and past.answer:
                yield self._state(one.key, past.card.id, past.card.created_at, past.answer, None)

    def _state(self, key: str, version: str, at: datetime, answer: Json, load: int | None) -> State:
        size = self.sizes.get((key, at)) or len(self.company.body(version, at, answer))
        return State(key, version, at, answer, size, load)

    def current(self, key: str) -> State | None:
        """The loaded state of a file that is not removed."""
        read = self.states.get(key)
        return read[-1] if read and not self.is_removed(self.file(key)) else None

    @cached_property
    def main_states(self) -> list[State]:
        """The loaded states of the main files."""
        return [state for one in self.present if (state := self.current(one.key))]

    @cached_property
    def branch_states(self) -> list[State]:
        branches = [one for one in self.files if one.main_key and not self.is_removed(one)]
        return [state for one in branches if (state := self.current(one.key))]

    def versions(self, one: CompanyFile) -> list[SavedVersion]:
        """The version history as the last load that read the file's states has seen it."""
        if not self.can_be_read(one):
            return []
        read = max((save.load for save in one.saves if save.load <= self._last_listed(one)), default=0)
        return [version for version in one.versions if version.load <= read]

    # published lists

    @cached_property
    def published(self) -> dict[str, dict[str, Published]]:
        """What was ever published, by kind and key."""
        found: dict[str, dict[str, Published]] = {kind: {} for kind in KINDS}
        for load in range(1, self.load + 1):
            for kind, ever in found.items():
                rows = self._list(kind, load)
                for key, row in rows.items():
                    first = ever[key].first_load if key in ever else load
                    team_id = self.file(row["file_key"]).folder.team_id
                    ever[key] = Published(kind, key, row, team_id, True, first, None)
                for key in ever.keys() - rows.keys():
                    old = ever[key]
                    missed = old.missed_load or load
                    ever[key] = Published(kind, key, old.row, old.team_id, False, old.first_load, missed)
        return found

    def _list(self, kind: str, load: int) -> dict[str, Json]:
        return {one.row["key"]: one.row for one in self.company.publications if one.kind == kind and load in one.loads}

    def is_published(self, kind: str, key: str | None) -> bool:
        return key is not None and key in self.published[kind] and self.published[kind][key].is_now

    def library_of(self, kind: str, key: str | None) -> str | None:
        """The file that publishes it, or published it last."""
        known = self.published[kind].get(key or "")
        return known.row["file_key"] if known else None

    def home_of(self, key: str | None) -> str | None:
        """The file that publishes a component now."""
        return self.library_of("components", key) if self.is_published("components", key) else None

    # names

    @cached_property
    def _states_by_authority(self) -> list[State]:
        """Loaded main documents first, newest first; then loaded branches, then every other state, newest first."""
        loaded = sorted(self.main_states, key=lambda state: state.at, reverse=True)
        branches = sorted(self.branch_states, key=lambda state: state.at, reverse=True)
        rest = sorted((one for read in self.states.values() for one in read), key=lambda one: one.at, reverse=True)
        return [*loaded, *branches, *rest]

    @cached_property
    def _named(self) -> dict[str, dict[str, str]]:
        """Names that documents give, by map and key: of a file that defines it before one that uses it."""
        found: dict[str, dict[str, str]] = {}
        for map_name in ("components", "componentSets", "styles"):
            names = found.setdefault(map_name, {})
            for only_definers in (True, False):
                for state in self._states_by_authority:
                    for id_, entry in state.entries(map_name):
                        if entry.get("key") and (not only_definers or self._defines(state, map_name, id_, entry)):
                            names.setdefault(entry["key"], entry["name"])
        return found

    def _defines(self, state: State, map_name: str, id_: str, entry: Json) -> bool:
        return id_ in state.by_id if map_name != "styles" else entry.get("remote") is False

    def component_name(self, key: str | None) -> str | None:
        return self._name("components", "components", key)

    def set_name(self, key: str | None) -> str | None:
        return self._name("component_sets", "componentSets", key)

    def style_name(self, key: str | None) -> str | None:
        return self._name("styles", "styles", key)

    def _name(self, kind: str, map_name: str, key: str | None) -> str | None:
        known = self.published[kind].get(key or "")
        return known.row["name"] if known else self._named[map_name].get(key or "")

    @cached_property
    def _sets(self) -> dict[str, str]:
        """Key of the set of each variant that a document names as one."""
        found: dict[str, str] = {}
        for state in self._states_by_authority:
            for _, entry in state.entries("components"):
                set_key = state.key_of("componentSets", entry.get("componentSetId"))
                if entry.get("key") and set_key:
                    found.setdefault(entry["key"], set_key)
        return found

    def set_of(self, key: str | None) -> str | None:
        """Key of the set that a component belongs to."""
        known = self.published["components"].get(key or "")
        if known:
            owner = known.row["containing_frame"].get("containingComponentSet") or {}
            for one in self.published["component_sets"].values():
                if (one.row["file_key"], one.row["node_id"]) == (known.row["file_key"], owner.get("nodeId")):
                    return one.key
        return self._sets.get(key or "")

    def of_component(self, key: str | None) -> Row:
        """The columns that say what a component is."""
        return {"component_name": self.component_name(key), **self.of_set(self.set_of(key))}

    def of_set(self, set_key: str | None) -> Row:
        return {"component_set_key": set_key, "component_set_name": self.set_name(set_key)}


def monday(moment: datetime) -> date:
    """The Monday of a moment's week, UTC."""
    day = moment.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


def end_of(week: date) -> datetime:
    """The first moment after a week."""
    return datetime(week.year, week.month, week.day, tzinfo=UTC) + WEEK


def weeks(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += WEEK


def url(file_key: str, node_id: str | None = None) -> str:
    """The address that opens a node, or the file."""
    node = f"?node-id={node_id.replace(':', '-')}" if node_id else ""
    return f"https://www.figma.com/design/{file_key}{node}"


def time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
