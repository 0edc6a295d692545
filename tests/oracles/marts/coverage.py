"""What the runs asked for and what is current: coverage, file_freshness."""

import json
import re
from functools import cached_property

from tests.fixtures.recorded_company import CompanyFile, Save
from tests.oracles.marts.facts import UNSUPPORTED, Facts, Row, Run

LOCAL_VARIABLE = re.compile(r'"VariableID:\d+:\d+"')
REFUSALS = {"not_exportable": "File not exportable", "unsupported_type": "File type not supported by this endpoint"}


class Coverage:
    """The marts as lists of rows."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    @cached_property
    def coverage(self) -> list[Row]:
        return [row for run in self.facts.runs for row in self._of_run(run)]

    def _of_run(self, run: Run) -> list[Row]:
        files = [one for one in self.facts.files if one.save(run.load)]
        outcomes = [self._outcome(one, run.load) for one in files]
        loaded = outcomes.count("loaded")
        reasons = sorted((outcome, outcomes.count(outcome)) for outcome in set(outcomes) & REFUSALS.keys())
        removed = sum(one.deleted_at_load == run.load for one in self.facts.files)
        skipped = sum(count for _, count in reasons)
        teams = len(self.facts.company.teams)
        rows = {
            "documents": (len(files), loaded, outcomes.count("unchanged"), skipped, removed),
            # the history of a file is read with its document
            "file_versions": (loaded, loaded, 0, 0, 0),
            **dict.fromkeys(("components", "component_sets", "styles"), (teams, teams, 0, 0, 0)),
            "library_usages": self._analytics(run),
            "variables": self._variables(run),
            "activity_events": (1, 1, 0, 0, 0),
            "comments": self._comments(run),
            "dev_resources": self._dev_resources(run),
        }
        if (actions := self._actions(run))[0]:
            rows["library_actions"] = actions
        names = ("expected", "loaded", "unchanged", "skipped", "removed")
        shown = ", ".join(f"{reason} {count}" for reason, count in reasons) or None
        return [
            {
                "run_id": run.run_id,
                "resource": resource,
                **dict(zip(names, numbers, strict=True)),
                "skip_reasons": shown if resource == "documents" else None,
                "started_at": run.started_at,
                "finished_at": run.finished_at,
            }
            for resource, numbers in rows.items()
            if any(numbers)
        ]

    def _analytics(self, run: Run) -> tuple[int, int, int, int, int]:
        """Figma counts once a day: later loads of a day have nothing to read, but of what is new."""
        lists = self._analysed(run.load)
        new = lists.difference(*(self._analysed(load) for load in range(1, run.load)))
        return (len(lists), len(new), len(lists - new), 0, 0)

    def _analysed(self, load: int) -> set[tuple[str, str]]:
        """Each library with the kinds of items that it publishes, and variables, which nothing tells."""
        shown = [one for one in self.facts.company.publications if load in one.loads]
        found = {(one.file_key, one.kind) for one in shown if one.kind in ("components", "styles")}
        return found | {(key, "variables") for key, _ in found}

    def _actions(self, run: Run) -> tuple[int, int, int, int, int]:
        """Each list once a week."""
        due = self._analysed(run.load).difference(*(self._analysed(load) for load in range(1, run.load)))
        return (len(due), len(due), 0, 0, 0)

    def _variables(self, run: Run) -> tuple[int, int, int, int, int]:
        """Variables are requested of files that publish or bind some of their own, if the file changed since."""
        read: dict[str, Save] = {}
        now: list[str] = []
        for load in range(1, run.load + 1):
            saves = {one.key: save for one in self.facts.files if not one.main_key and (save := one.save(load))}
            publishing = {one.file_key for one in self.facts.company.publications if load in one.loads}
            asked = {key for key, save in saves.items() if key in publishing | read.keys() or self._binds(key, save)}
            now = [key for key in asked if read.get(key) is not saves[key]]
            read |= {key: saves[key] for key in now}
        return (len(now), len(now), 0, 0, 0)

    def _comments(self, run: Run) -> tuple[int, int, int, int, int]:
        """Comments are requested of main files that are new, that changed, or that have an open thread."""
        now, before = (self._main_saves(load) for load in (run.load, run.load - 1))
        written = self.facts.company.comments_by_key
        asked = [
            key
            for key, save in now.items()
            if before.get(key) is not save
            or any(not one["parent_id"] and not one["resolved_at"] for one in written.get(key, []))
        ]
        return (len(asked), len(asked), 0, 0, 0)

    def _dev_resources(self, run: Run) -> tuple[int, int, int, int, int]:
        """Libraries are requested once a day."""
        publishing = {
            one.file_key
            for one in self.facts.company.publications
            if run.load in one.loads and one.kind in ("components", "component_sets")
        }
        return (len(publishing), len(publishing), 0, 0, 0) if run.load == 1 else (0, 0, 0, 0, 0)

    def _main_saves(self, load: int) -> dict[str, Save]:
        return {one.key: save for one in self.facts.files if not one.main_key and (save := one.save(load))}

    def _binds(self, key: str, save: Save) -> bool:
        is_read = self.facts.can_be_read(self.facts.file(key))
        return is_read and bool(LOCAL_VARIABLE.search(json.dumps(save.answer)))

    def _outcome(self, one: CompanyFile, load: int) -> str:
        if not one.is_exportable:
            return "not_exportable"
        if one.editor_type in UNSUPPORTED:
            return "unsupported_type"
        return "loaded" if any(save.load == load for save in one.saves) else "unchanged"

    @cached_property
    def file_freshness(self) -> list[Row]:
        return [self._fresh(one) for one in self.facts.files if not self.facts.is_removed(one)]

    def _fresh(self, one: CompanyFile) -> Row:
        state = self.facts.current(one.key)
        outcome = self._outcome(one, self.facts.load)
        is_skipped = outcome in REFUSALS
        return {
            "file_key": one.key,
            **self.facts.place(one.key),
            "main_file_key": one.main_key,
            "is_branch": one.main_key is not None,
            "last_modified_at": self.facts.listed_at(one),
            "loaded_version": state.version if state else None,
            "loaded_modified_at": state.at if state else None,
            "loaded_at": self.facts.read_at(state) if state else None,
            "is_loaded": state is not None,
            "is_current": state is not None and state.at == self.facts.listed_at(one),
            "is_expected": one in self.facts.expected,
            "status": "skipped" if is_skipped else outcome,
            "skip_reason": outcome if is_skipped else None,
            "skip_detail": REFUSALS.get(outcome),
            # no rate limit closes a file for a time
            "retry_at": None,
        }
