"""One refresh: what is listed against what is known, hence what to fetch, and the fetching, one document ahead."""

import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property, partial
from itertools import islice

from pipelines.figma.addresses import Scope
from pipelines.figma.client import FigmaClient, FigmaError, Refused
from pipelines.figma.discovery import FileRef, Listing, discover, look_at_file
from pipelines.figma.documents import Loaded, as_table, load_file, load_versions, remove_file
from pipelines.figma.flatten import Tables
from pipelines.figma.known import Known
from pipelines.figma.library import fetch_published
from pipelines.figma.outcomes import Row, outcome, skipped

DOWNLOADS_AHEAD = 2

Job = Callable[[], Loaded]


@dataclass(frozen=True)
class Plan:
    """What a refresh will do: files to fetch, histories to catch up on, files to remove; and the rest, as outcomes."""

    changed: list[FileRef]
    histories: list[FileRef]
    gone: list[tuple[Row, Refused]]
    outcomes: list[Row]

    @property
    def size(self) -> int:
        """Number of files that something is done about."""
        return len(self.changed) + len(self.histories) + len(self.gone)


@dataclass
class Refresh:
    """The state of one refresh. Nothing is asked of the API before it is needed, and nothing twice."""

    api: FigmaClient
    scope: Scope
    known: Known = field(default_factory=Known)
    run_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    failure: FigmaError | None = None

    @cached_property
    def listing(self) -> Listing:
        """All files in scope, those included that left their folder but answer a direct look."""
        return discover(self.api, self.scope, self.run_id)

    @cached_property
    def plan(self) -> Plan:
        """Compare the listing with what is known."""
        gone, unsure = self._look_for_missing()
        changed, histories, outcomes = [], [], [*self.listing.outcomes, *unsure]
        for ref in self.listing.files.values():
            if self.known.is_refused(ref):
                outcomes.append(self.known.skips["documents", ref.key] | self._now())
            elif not self.known.is_loaded(ref):
                changed.append(ref)
            else:
                outcomes.append(self._unchanged(ref))
                if ("file_versions", ref.key) in self.known.skips:
                    histories.append(ref)
        return Plan(changed, histories, gone, outcomes)

    def listing_tables(self) -> Tables:
        """Return the listing's rows and the outcomes of what needs no further request."""
        plan = self.plan  # it may add to the listing what answers a direct look
        folders = [*self.listing.folders, *self._folders_gone()]
        return {
            "teams": as_table("teams", self.listing.teams),
            "folders": as_table("folders", folders),
            "files": as_table("files", [self._file_row(ref) for ref in self.listing.files.values()]),
            "outcomes": as_table("outcomes", plan.outcomes),
        }

    def published_tables(self, resource: str) -> Tables:
        """Return one kind of published list (components, component_sets or styles) and its outcomes."""
        rows, outcomes = fetch_published(self.api, resource, self.listing, self.known, self.run_id, self.started_at)
        return {resource: as_table(resource, rows), "outcomes": as_table("outcomes", outcomes)}

    @cached_property
    def loads(self) -> Iterator[Loaded]:
        """Each file of the plan, fetched; one iterator for the whole refresh, which batches take from in turn."""
        return _ahead(self._jobs(), DOWNLOADS_AHEAD)

    def _jobs(self) -> Iterator[Job]:
        api, known, run_id = self.api, self.known, self.run_id
        for stored, refusal in self.plan.gone:
            yield partial(remove_file, stored, refusal, run_id)
        for ref in self.plan.changed:
            yield partial(load_file, api, ref, known.documents.get(ref.key), known.version_ids(ref.key), run_id)
        for ref in self.plan.histories:
            yield partial(load_versions, api, ref, known.version_ids(ref.key), run_id)

    def _look_for_missing(self) -> tuple[list[tuple[Row, Refused]], list[Row]]:
        """Look directly at stored files that no listing shows: gone, still there (then listed after all), or unsure."""
        gone, unsure = self._configured_and_gone(), []
        for stored in self.known.gone_from(self.listing):
            key = stored["file_key"]
            try:
                found = look_at_file(self.api, key)
                of = {"team_id": stored["team_id"], "main_file_key": stored["main_file_key"]}
                self.listing.files[key] = replace(found, **of)
            except Refused as refusal:
                if refusal.reason == "not_found":
                    gone.append((stored, refusal))
                else:
                    about = {"file_key": key, "name": stored["name"]}
                    unsure.append(skipped(self.run_id, "files", key, refusal, **about))
        return gone, unsure

    def _configured_and_gone(self) -> list[tuple[Row, Refused]]:
        """Return the stored files whose metadata the listing itself has asked for, and found to be gone."""
        gone = []
        for row in self.listing.outcomes:
            stored = self.known.files.get(row["item_id"])
            if row["resource"] == "files" and row["reason"] == "not_found" and stored and not stored["removed_at"]:
                gone.append((stored, Refused("not_found", row["http_status"], row["detail"] or "")))
        return gone

    def _file_row(self, ref: FileRef) -> Row:
        before = self.known.files.get(ref.key)
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
        for folder_id, row in self.known.folders.items():
            is_covered = row["team_id"] in self.listing.team_ids - self.listing.failed
            if is_covered and folder_id not in listed and row["removed_at"] is None:
                yield row | {"removed_at": self.started_at}

    def _unchanged(self, ref: FileRef) -> Row:
        about = {"file_key": ref.key, "name": ref.name, "last_modified_at": ref.last_modified_at}
        return outcome(self.run_id, "documents", ref.key, "unchanged", **about)

    def _now(self) -> Row:
        return {"run_id": self.run_id, "finished_at": datetime.now(UTC)}


def _ahead(jobs: Iterable[Job], depth: int) -> Iterator[Loaded]:
    """Run jobs on threads, at most `depth` at once, and yield what they return in their order."""
    jobs = iter(jobs)
    with ThreadPoolExecutor(depth, thread_name_prefix="figma") as threads:
        running: deque[Future[Loaded]] = deque(threads.submit(job) for job in islice(jobs, depth))
        try:
            while running:
                loaded = running.popleft().result()
                running.extend(threads.submit(job) for job in islice(jobs, 1))
                yield loaded
        finally:
            threads.shutdown(wait=False, cancel_futures=True)
