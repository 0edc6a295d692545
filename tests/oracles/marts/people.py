"""Who saved and who may have detached: file_histories, people_activity."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from functools import cached_property

from tests.fixtures.recorded_company import CompanyFile
from tests.oracles.marts.coverage import REFUSALS
from tests.oracles.marts.facts import KINDS, UNSUPPORTED, Facts, Row, monday
from tests.oracles.marts.growth import Growth
from tests.oracles.marts.history import History

COUNTS = (
    *("files_saved", "saved_versions", "named_versions", "sessions", "library_files_saved", "library_saved_versions"),
    *("branch_saved_versions", "detachments", "possible_detachments"),
)


class People:
    """The marts as lists of rows."""

    def __init__(self, facts: Facts, growth: Growth, history: History) -> None:
        self.facts = facts
        self.growth = growth
        self.history = history

    @cached_property
    def libraries(self) -> set[str]:
        """Files that publish or once published something."""
        return {one.row["file_key"] for kind in KINDS for one in self.facts.published[kind].values()}

    @cached_property
    def file_histories(self) -> list[Row]:
        return [self._history(one) for one in self.facts.files if not self.facts.is_removed(one)]

    def _history(self, one: CompanyFile) -> Row:
        cards = [version.card for version in self.facts.versions(one)]
        times = sorted(card.created_at for card in cards)
        refusal = None if one.is_exportable else "not_exportable"
        refusal = "unsupported_type" if one.editor_type in UNSUPPORTED else refusal
        return {
            "file_key": one.key,
            **self.facts.place(one.key),
            "is_branch": one.main_key is not None,
            "is_library": one.key in self.libraries,
            "is_expected": one in self.facts.expected,
            "is_read": self._is_read(one),
            "skip_reason": refusal,
            "skip_detail": REFUSALS.get(refusal or ""),
            # no rate limit closes a file for a time
            "retry_at": None,
            "saved_versions": len(cards),
            "people": len({card.user.id for card in cards}),
            "first_saved_at": times[0] if times else None,
            "last_saved_at": times[-1] if times else None,
        }

    def _is_read(self, one: CompanyFile) -> bool:
        """The history of a file is read with its document."""
        state = self.facts.current(one.key)
        return state is not None and state.at == self.facts.listed_at(one)

    @cached_property
    def people_activity(self) -> list[Row]:
        found: dict[tuple[str, str, date], Row] = defaultdict(
            lambda: dict.fromkeys(COUNTS, 0) | {"last_saved_at": None}
        )
        for edit in self.growth.file_editors:
            self._add_edit(found[edit["user_id"], edit["folder_id"], edit["week_start"]], edit)
        for event in self.history.events:
            if event.event == "detachment":
                key, after = event.after.file_key, event.after
                people = self._savers(key, after.version, event.before.at, after.at)
                for user_id in people:
                    row = found[user_id, self.facts.file(key).folder.id, monday(after.at)]
                    row["detachments" if len(people) == 1 else "possible_detachments"] += 1
        return [self._activity(*place, counts) for place, counts in found.items()]

    def _add_edit(self, row: Row, edit: Row) -> None:
        times = [at for at in (row["last_saved_at"], edit["last_saved_at"]) if at]
        row["last_saved_at"] = max(times)
        if edit["is_branch"]:
            row["branch_saved_versions"] += edit["saved_versions"]
            return
        row["files_saved"] += 1
        for name in ("saved_versions", "named_versions", "sessions"):
            row[name] += edit[name]
        if edit["file_key"] in self.libraries:
            row["library_files_saved"] += 1
            row["library_saved_versions"] += edit["saved_versions"]

    def _savers(self, key: str, version: str, after: datetime, until: datetime) -> set[str]:
        cards = [one.card for one in self.facts.versions(self.facts.file(key))]
        return {card.user.id for card in cards if card.id == version or after < card.created_at <= until}

    def _activity(self, user_id: str, folder_id: str, week: date, counts: Row) -> Row:
        team_id = next(one.folder.team_id for one in self.facts.files if one.folder.id == folder_id)
        return {
            "user_id": user_id,
            "team_id": team_id,
            "folder_id": folder_id,
            "week_start": week,
            "user_handle": self._handles[user_id],
            "team_name": self.facts.team_name(team_id),
            "folder_path": self.facts.folder_path(folder_id),
            **counts,
            "autosaves": counts["saved_versions"] - counts["named_versions"],
            **self._coverage(one for one in self.facts.expected if one.folder.id == folder_id),
        }

    @cached_property
    def _handles(self) -> dict[str, str]:
        return {row["user_id"]: row["user_handle"] for row in self.growth.file_editors}

    def _coverage(self, expected: Iterable[CompanyFile]) -> Row:
        are_read = [self._is_read(one) for one in expected]
        return {
            "files_expected": len(are_read),
            "files_scanned": sum(are_read),
            "is_conclusive": bool(are_read) and all(are_read),
        }
