"""One refresh: compare the listing with the stored state, decide which files to fetch, and fetch them ahead."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property, partial

from figma_warehouse.failures import UsageFailure
from figma_warehouse.source.addresses import Reload, Scope
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.api.refusals import FigmaError, Refused
from figma_warehouse.source.documents.archive import Archive
from figma_warehouse.source.documents.file_load import Loaded, Run, load_file, load_versions, remove_file
from figma_warehouse.source.documents.flatten import Tables
from figma_warehouse.source.file_ref import FileRef
from figma_warehouse.source.listings.discovery import Listing, discover, folders_above, look_at_file
from figma_warehouse.source.listings.library_events import library_events
from figma_warehouse.source.listings.published_lists import fetch_published, key_column
from figma_warehouse.source.outcomes import Row, outcome, skipped
from figma_warehouse.source.read_ahead import run_ahead
from figma_warehouse.source.reasons import REASONS, recheck_after
from figma_warehouse.source.resources import RESOURCES
from figma_warehouse.source.schema import as_table
from figma_warehouse.source.stored_state import StoredState

EXCLUDED = Refused("excluded", detail="excluded by the settings")


@dataclass(frozen=True)
class RefreshPlan:
    """The files to fetch, the histories to catch up on and the files to remove; all others are outcomes."""

    changed: list[FileRef]
    histories: list[FileRef]
    gone: list[tuple[Row, Refused]]
    outcomes: list[Row]

    @property
    def size(self) -> int:
        """Number of files to fetch, to catch up on or to remove."""
        return len(self.changed) + len(self.histories) + len(self.gone)


@dataclass
class Refresh:
    """The state of one refresh. It sends requests only when their results are needed, and each once.

    A refused item is requested again after a while, or if it changes; with `asks_again`, at once. The files of `reload`
    are fetched even if they did not change. With `activity_people`, events of the activity log name people; with
    `keeps_comment_texts`, rows of comments have their texts. `tokens_files` has the rows of the files that name
    variables, by path; `namespaces` are those of the shared plugin data to load.
    """

    api: FigmaClient
    scope: Scope
    stored_state: StoredState = field(default_factory=StoredState)
    run_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    failure: FigmaError | None = None
    archive: Archive | None = None
    asks_again: bool = False
    activity_people: bool = False
    reload: Reload = field(default_factory=Reload)
    keeps_comment_texts: bool = False
    tokens_files: dict[str, list[Row]] = field(default_factory=dict)
    namespaces: tuple[str, ...] = ()
    _lacks_metadata: bool = False
    _published: dict[str, tuple[list[Row], list[Row]]] = field(default_factory=dict)

    @cached_property
    def listing(self) -> Listing:
        """All files in scope. `plan` adds files that left their folder and still exist."""
        listing = discover(self.api, self.scope, self.run_id)
        for key, ref in listing.files.items():
            # metadata does not tell that a file is a branch; its stored document does
            if ref.folder_id is None and ref.main_file_key is None and key in self.stored_state.files:
                listing.files[key] = replace(ref, main_file_key=self.stored_state.files[key]["main_file_key"])
        excluded = [key for key, ref in listing.files.items() if self.scope.excludes(key, ref.main_file_key)]
        for key in excluded:
            listing.excluded.add(key)
            del listing.files[key]
        stored_inside = (key for key, row in self.stored_state.files.items() if self._is_excluded(row["folder_id"]))
        listing.excluded.update(key for key in stored_inside if key not in listing.files)
        return listing

    @cached_property
    def _parents(self) -> dict[str, str | None]:
        """The stored parent of each stored folder."""
        return {folder_id: row["parent_folder_id"] for folder_id, row in self.stored_state.folders.items()}

    def _is_excluded(self, folder_id: str | None) -> bool:
        """Tell whether a folder, or one of its stored parents, is excluded."""
        return bool(self.scope.excluded_folders & {folder_id or "", *folders_above(folder_id, self._parents)})

    @cached_property
    def _excluded_folder_names(self) -> set[str]:
        """Names that only excluded folders have. The metadata of a file has the name of its folder, but no id."""
        rows = {**self.stored_state.folders, **{row["folder_id"]: row for row in self.listing.folders}}
        names: dict[bool, set[str]] = {True: set(), False: set()}
        for folder_id, row in rows.items():
            names[self._is_excluded(folder_id)].add(row["name"])
        return names[True] - names[False] - {""}

    @cached_property
    def plan(self) -> RefreshPlan:
        """Compare the listing with the stored state."""
        gone, unsure = self._look_for_missing()
        changed, histories, outcomes = self.compare()
        return RefreshPlan(changed, histories, gone, [*self.listing.outcomes, *unsure, *outcomes])

    def compare(self) -> tuple[list[FileRef], list[FileRef], list[Row]]:
        """Return the files to fetch, the histories to catch up on, and the outcomes of all other listed files."""
        changed, reloaded, histories, outcomes = [], [], [], self._find_edit_times()
        unknown = {row["item_id"] for row in outcomes}
        for ref in (ref for key, ref in self.listing.files.items() if key not in unknown):
            if refused := self._refused_before(ref):
                outcomes.append(refused)
            elif not self.stored_state.is_loaded(ref):
                changed.append(ref)
            elif self.reload.includes(ref.key):
                reloaded.append(ref)
            else:
                outcomes.append(self._unchanged(ref))
                if ("file_versions", ref.key) in self.stored_state.skips:
                    histories.append(ref)
        # files that were skipped last time go last, so that they cannot hold up the rest
        changed.sort(key=lambda ref: self.stored_state.was_skipped(ref.key))
        # the oldest first: several runs with a small budget reload all files in turn
        reloaded.sort(key=lambda ref: self.stored_state.documents[ref.key]["loaded_at"])
        return [*changed, *reloaded], histories, outcomes

    def is_reload(self, ref: FileRef) -> bool:
        """Tell whether a file is fetched only because of `reload`."""
        return self.reload.includes(ref.key) and self.stored_state.is_loaded(ref)

    def check_reload(self) -> None:
        """Raises UsageFailure if a file to reload is in no listing."""
        listed = self.listing.files.keys() | {row["file_key"] for row in self.missing()}
        unknown = sorted(self.reload.keys - listed)
        if unknown:
            raise UsageFailure(
                f"--reload: {', '.join(unknown)} is in no listing. Name it under teams, folders or files of"
                " [sources.figma], or leave it out. Nothing was loaded."
            )

    def _find_edit_times(self) -> list[Row]:
        """Fetch the metadata (tier 3) of stored files whose listing has no usable time of the last edit.

        Returns the outcomes of files whose metadata cannot be read now. Their documents are not requested.
        """
        outcomes = []
        for key, ref in list(self.listing.files.items()):
            is_known = key in self.stored_state.documents or self.stored_state.was_skipped(key)
            if ref.last_modified_at or ref.version or not is_known or self._lacks_metadata:
                continue
            try:
                with self.api.for_team(ref.team_id):
                    found = look_at_file(self.api, key)
                self.listing.files[key] = replace(ref, last_modified_at=found.last_modified_at, version=found.version)
            except Refused as refusal:
                reason = REASONS[refusal.reason]
                self._lacks_metadata |= refusal.reason == "missing_scope"
                if reason.is_temporary or reason.is_never_served:
                    outcomes.append(skipped(self.run_id, "documents", key, refusal, **ref.outcome_columns))
        return outcomes

    def _refused_before(self, ref: FileRef) -> Row | None:
        if ref.key in self.reload.keys:
            return None
        return self.earlier_refusal("documents", ref.key, ref.last_modified_at)

    def earlier_refusal(self, resource: str, item_id: str, last_modified_at: datetime | None) -> Row | None:
        """Return the earlier refusal of an item if it still applies, as an outcome of this refresh.

        `finished_at` stays the time of the refusal, since the time until the next request counts from it.
        """
        if self.asks_again or (resource, item_id) not in self.stored_state.skips:
            return None
        after = recheck_after(self._limit_seconds(resource, item_id))
        if not self.stored_state.is_refused(resource, item_id, last_modified_at, self.started_at, after):
            return None
        return self.stored_state.skips[resource, item_id] | {"run_id": self.run_id}

    def is_loaded_today(self, resource: str, item_id: str) -> bool:
        """Tell whether an item was loaded on the day (UTC) on which this refresh started."""
        loaded_at = self.stored_state.loaded_at.get((resource, item_id))
        return loaded_at is not None and loaded_at.astimezone(UTC).date() == self.started_at.astimezone(UTC).date()

    def _limit_seconds(self, resource: str, file_key: str) -> int:
        """Return the period of the rate limit that counts a request for a file, 0 if there is none."""
        ref = self.listing.files.get(file_key)
        limit = self.api.budget.limit(RESOURCES[resource].tier, (ref and ref.team_id) or "")
        return limit.seconds if limit else 0

    def listing_tables(self) -> Tables:
        """Return the rows of the listing, and the outcomes of files that need no further request."""
        plan = self.plan  # it can add missing files that still exist to the listing
        folders = [*self.listing.folders, *self._folders_gone()]
        return {
            "teams": as_table("teams", self.listing.teams),
            "folders": as_table("folders", folders),
            "files": as_table("files", [self._file_row(ref) for ref in self.listing.files.values()]),
            "outcomes": as_table("outcomes", plan.outcomes),
        }

    def published(self, resource: str) -> tuple[list[Row], list[Row]]:
        """Return the rows of one kind of published list, with thumbnail URLs, and its outcomes."""
        if resource not in self._published:
            stored = self.stored_state.published.get(resource, {})
            self._published[resource] = fetch_published(
                self.api, resource, self.listing, stored, self.run_id, self.started_at, self.files_gone()
            )
        return self._published[resource]

    def published_tables(self, resource: str) -> Tables:
        """Return the tables of one kind of published list (components, component_sets or styles) and its events."""
        rows, outcomes = self.published(resource)
        stored = self.stored_state.published.get(resource, {})
        events = library_events(resource, key_column(resource), stored, rows, self.started_at)
        return {
            resource: as_table(resource, rows),
            "library_events": as_table("library_events", events),
            "outcomes": as_table("outcomes", outcomes),
        }

    @cached_property
    def loads(self) -> Iterator[Loaded]:
        """The results of the files in the plan. All batches of a refresh take from this one iterator."""
        return run_ahead(self._jobs(), self.api.stop)

    def _jobs(self) -> Iterator[Callable[[], Loaded]]:
        run = Run(self.run_id, self.archive, self.namespaces)
        for row, refusal in self.plan.gone:
            yield partial(remove_file, row, refusal, run.id, run.archive)
        for load, refs in ((load_file, self.plan.changed), (load_versions, self.plan.histories)):
            for ref in refs:
                stored = self.stored_state.stored(ref.key)
                stored = replace(stored, is_reloaded=self.reload.includes(ref.key))
                yield partial(self._load, ref, partial(load, self.api, ref, stored, run))

    def _load(self, ref: FileRef, job: Callable[[], Loaded]) -> Loaded:
        """Run a job with the budget of the file's team. If its document says that it is a branch, store that."""
        with self.api.for_team(ref.team_id):
            loaded = job()
        if loaded.main_file_key and ref.main_file_key is None:
            row = self._file_row(replace(ref, main_file_key=loaded.main_file_key))
            loaded.tables["files"] = as_table("files", [row])
        return loaded

    def _look_for_missing(self) -> tuple[list[tuple[Row, Refused]], list[Row]]:
        """Fetch the metadata of missing files. Return those that are gone, and the outcomes of unknown ones.

        Files that still exist are added to the listing.
        """
        gone, unsure = [*self._configured_and_gone(), *self._excluded()], []
        for stored in self.missing():
            key = stored["file_key"]
            try:
                with self.api.for_team(stored["team_id"]):
                    found = look_at_file(self.api, key)
                if found.folder_name in self._excluded_folder_names:
                    gone.append((stored, EXCLUDED))
                    continue
                # a file without a team is found missing again only by its stored folder
                folder_id = stored["folder_id"] if stored["team_id"] is None else None
                of = {"team_id": stored["team_id"], "main_file_key": stored["main_file_key"]}
                self.listing.files[key] = replace(found, folder_id=folder_id, **of)
            except Refused as refusal:
                if refusal.reason == "not_found":
                    gone.append((stored, refusal))
                else:
                    about = {"file_key": key, "name": stored["name"]}
                    unsure.append(skipped(self.run_id, "files", key, refusal, **about))
        return gone, unsure

    def excluded_in_vain(self) -> list[str]:
        """Return the exclusions that match nothing in the listing; none if a part of it is missing."""
        if self.listing.failed:
            return []
        folders = {folder["folder_id"] for folder in self.listing.folders} | set(self.scope.folders)
        files = self.listing.excluded | set(self.scope.main_files.values())
        return sorted((self.scope.excluded_files - files) | (self.scope.excluded_folders - folders))

    def missing(self) -> list[Row]:
        """Return the stored files that the listing should have and lacks."""
        excluded = {stored["file_key"] for stored, _ in self._excluded()}
        missing = self.listing.missing_from(self.stored_state.present_files(), self._parents)
        return [row for row in missing if row["file_key"] not in excluded]

    def _excluded(self) -> list[tuple[Row, Refused]]:
        """Return the stored files that are excluded now. They leave the current tables without a request."""
        return [
            (row, EXCLUDED)
            for row in self.stored_state.present_files()
            if row["file_key"] in self.listing.excluded or self.scope.excludes(row["file_key"], row["main_file_key"])
        ]

    def _configured_and_gone(self) -> list[tuple[Row, Refused]]:
        """Return the stored files that are configured by themselves and that the listing did not find."""
        gone = []
        for row in self.listing.outcomes:
            stored = self.stored_state.files.get(row["item_id"])
            if row["resource"] == "files" and row["reason"] == "not_found" and stored and not stored["removed_at"]:
                gone.append((stored, Refused("not_found", row["http_status"], row["detail"] or "")))
        return gone

    def files_gone(self) -> set[str]:
        """Return the keys of files that are confirmed as removed, by this refresh or an earlier one."""
        known = {key for key, row in self.stored_state.files.items() if row["removed_at"] is not None}
        return {row["file_key"] for row, _ in self.plan.gone} | known - self.listing.files.keys()

    def _file_row(self, ref: FileRef) -> Row:
        before = self.stored_state.files.get(ref.key)
        return {
            "file_key": ref.key,
            "name": ref.name,
            "team_id": ref.team_id,
            "folder_id": ref.folder_id,
            "main_file_key": ref.main_file_key,
            "last_modified_at": ref.last_modified_at,
            "version": ref.version,
            "first_seen_at": before["first_seen_at"] if before else self.started_at,
            "last_seen_at": self.started_at,
            "removed_at": None,
        }

    def _folders_gone(self) -> Iterator[Row]:
        listed = {folder["folder_id"] for folder in self.listing.folders}
        for folder_id, row in self.stored_state.folders.items():
            is_covered = self.listing.covers_folder(folder_id, self._parents)
            if (
                is_covered
                and row["team_id"] in self.listing.team_ids
                and folder_id not in listed
                and row["removed_at"] is None
            ):
                yield row | {"removed_at": self.started_at}

    def _unchanged(self, ref: FileRef) -> Row:
        return outcome(self.run_id, "documents", ref.key, "unchanged", **ref.outcome_columns)
