"""One trial: loads under a schedule until one succeeds, then a comparison with an undisturbed load."""

import json
import re
import shutil
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random

import duckdb
import psutil

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.load import BATCH_FILES
from figma_warehouse.sandbox import ChangingOrganisation, FaultSchedule, Request, Server, serve
from figma_warehouse.source.read_ahead import DOWNLOADS, FILES_AHEAD
from tests.chaos.baseline import Baseline, run_undisturbed, settings_for
from tests.chaos.compare_builds import count_pictures_left, find_differences, skipped_files, stored_versions
from tests.chaos.processes import Command
from tests.chaos.schedules import Interruption, Schedule

MAX_RUNS = 16
POLL_SECONDS = 0.005
MAX_SECONDS = 600.0
CHILD_SECONDS = 20.0
MAX_REPEATED = BATCH_FILES + FILES_AHEAD
TOKEN_REFUSED = 2
CONTENT = re.compile(r"/v1/files/([^/]+)(/nodes)?$")


@dataclass
class TrialResult:
    """The result of one trial; `defects` is empty if it held every promise.

    `documents` counts the documents that were sent in one piece, `documents_expected` those of an undisturbed load.
    """

    seed: int
    faults: Counter[str] = field(default_factory=Counter)
    interruptions: list[str] = field(default_factory=list)
    exit_codes: list[int] = field(default_factory=list)
    documents: int = 0
    documents_expected: int = 0
    requests: int = 0
    defects: list[str] = field(default_factory=list)


def run_trial(baseline: Baseline, schedule: Schedule) -> TrialResult:
    """Load under a schedule until a run ends with 0, and return what broke a promise.

    If there are defects, the folder of the trial stays, with the logs of its runs.
    """
    organisation = ChangingOrganisation(baseline.organisation)
    folder = baseline.folder / f"seed-{schedule.seed}"
    data, undisturbed = DataDir(folder / "data"), DataDir(folder / "undisturbed")
    folder.mkdir()
    if schedule.is_refresh:
        shutil.copytree(baseline.data_after(schedule.verb).root, data.root)
        _edit_files(organisation, baseline.file_keys, schedule)
    with serve(organisation) as server:
        trial = _Trial(server, data, schedule)
        result = trial.run()
        result.documents_expected = schedule.edits if schedule.is_refresh else len(baseline.file_keys)
        if not result.defects:
            trial.check_repeated_downloads()
            server.fault_schedule = None
            if schedule.changes_files:
                # the next load sees what changed after the listing
                run_undisturbed("load", server, data)
            _run_undisturbed(baseline, server, schedule, undisturbed)
            result.defects += find_differences(data.build, undisturbed.build, schedule.changes_files)
            if schedule.verb == "run":
                result.defects += find_differences(data.published, undisturbed.published)
    if not result.defects:
        shutil.rmtree(folder)
    return result


class _Trial:
    """The runs of one trial. Each is checked after its end."""

    def __init__(self, server: Server, data: DataDir, schedule: Schedule) -> None:
        self._server, self._data, self._schedule = server, data, schedule
        self._faults = schedule.faults()
        self._result = TrialResult(schedule.seed)

    def run(self) -> TrialResult:
        """Run until one ends with 0 and has every picture, or until there is a defect. Limits the number of runs."""
        result, interruptions = self._result, self._schedule.interruptions
        for number in range(MAX_RUNS):
            self._run_once(number, interruptions[number] if number < len(interruptions) else None)
            if result.defects or (result.exit_codes[-1] == 0 and not count_pictures_left(self._data.build)):
                break
        else:
            result.defects.append(f"none of {MAX_RUNS} runs ended with 0 and had every picture")
        result.faults = Counter(fault.kind for fault in self._faults.injected)
        return result

    def check_repeated_downloads(self) -> None:
        """At most one batch is fetched again for each run that was cut off, or that had no disk space.

        After a refused token it is at most what was being downloaded.
        """
        result = self._result
        refused = result.exit_codes.count(TOKEN_REFUSED)
        cut_off = sum(code not in (0, TOKEN_REFUSED, 3, 4) for code in result.exit_codes)
        repeated = result.documents - result.documents_expected - result.faults["changed"]
        if repeated > cut_off * MAX_REPEATED + refused * DOWNLOADS:
            result.defects.append(f"{repeated} documents were fetched again, {cut_off} runs were cut off")

    def _run_once(self, number: int, interruption: Interruption | None) -> None:
        server, result = self._server, self._result
        before = stored_versions(self._data.published)
        up_to_date = self._files_up_to_date(stored_versions(self._data.build))
        server.fault_schedule = self._faults
        server.reset_requests()
        output = self._data.root.parent / f"run-{number}.log"
        self._data.root.mkdir(parents=True, exist_ok=True)
        limit = interruption.bytes if interruption else None
        process = Command(self._schedule.verb, self._data, settings_for(server), output, limit).start()
        kind = _wait_for_end(process, server, self._data, interruption)
        result.interruptions += [kind] if kind else []
        result.exit_codes.append(process.exitcode or 0)
        server.tokens.renew()
        printed = output.read_text()
        self._check_exit(kind, printed)
        self._check_requests(up_to_date)
        self._check_published_file(before)
        self._check_pending_packages()

    def _files_up_to_date(self, stored: dict[str, str]) -> set[str]:
        """The files whose current version is stored: the next run must not fetch them."""
        files = {key: self._server.org.file(key) for key in stored}
        return {key for key, file in files.items() if file and file.version == stored[key]}

    def _check_exit(self, interruption: str, output: str) -> None:
        code, defects = self._result.exit_codes[-1], self._result.defects
        defects += [f"the output holds {word!r}" for word in ("Traceback", self._server.org.token) if word in output]
        allowed = {
            -9: interruption == "kill",
            # before its first request, a run may not handle signals yet
            -15: interruption == "terminate" and not self._server.requests,
            0: True,
            1: interruption in ("disk", "outage") or "Ended while listing (" in output,
            2: "Nothing can be listed" in output
            or self._result.faults["expired"]
            or any(fault.kind == "expired" for fault in self._faults.injected),
            3: True,
            4: True,
        }
        if not allowed.get(code):
            defects.append(f"exit code {code} after {interruption or 'no interruption'}: {output[-500:]}")

    def _check_requests(self, up_to_date: set[str]) -> None:
        """A document that came in one piece is stored. One in parts is stored, or reported as skipped."""
        result, code = self._result, self._result.exit_codes[-1]
        complete = [request for request in self._server.requests if request.is_whole]
        content = [(match[1], request) for request in complete if (match := CONTENT.match(request.path))]
        fetched = {key for key, _ in content}
        whole = {key for key, request in content if _is_document(request)}
        result.requests += len(self._server.requests)
        result.documents += sum(_is_document(request) for request in complete)
        result.defects += [f"{key} is stored, and was fetched again" for key in fetched if key in up_to_date]
        stored = self._stored(self._data.build)
        if code in (0, 3, 4):
            expected = {
                key for key in whole | (fetched - skipped_files(self._data.build)) if self._server.org.file(key)
            }
            result.defects += [f"{key} was fetched and not stored" for key in expected if key not in stored]

    def _check_published_file(self, before: dict[str, str]) -> None:
        """The published file is the one before, or equals the build file."""
        published = self._stored(self._data.published)
        if published not in (before, self._stored(self._data.build)):
            self._result.defects.append("the published file is neither the old one nor the new one")

    def _check_pending_packages(self) -> None:
        """Only rows are stored again. A merge that runs twice at the same time would duplicate them."""
        packages = self._data.dlt / "pipelines" / "figma" / "load" / "normalized"
        try:
            pending = set(chain(*json.loads((packages.parents[1] / "waiting.json").read_text()).values()))
        except (FileNotFoundError, ValueError):  # no package is pending, or the disk was full
            return
        merges = [path.name for path in packages.glob("*/*_jobs/*.sql")]
        self._result.defects += [f"{name} would run twice" for name in merges if name.split(".")[1] in pending]

    def _stored(self, path: Path) -> dict[str, str]:
        try:
            return stored_versions(path)
        except duckdb.Error as error:
            self._result.defects.append(f"{path.name} does not open: {error}")
            return {}


def _is_document(request: Request) -> bool:
    match = CONTENT.match(request.path)
    return match is not None and not match[2] and "depth=" not in request.query


def _edit_files(organisation: ChangingOrganisation, keys: list[str], schedule: Schedule) -> None:
    """Change and remove files of the organisation before the refresh."""
    chosen = Random(f"{schedule.seed} files").sample(keys, schedule.edits + schedule.removals)
    for key in chosen[: schedule.edits]:
        organisation.change_file(key)
    for key in chosen[schedule.edits :]:
        organisation.remove_file(key)


def _run_undisturbed(baseline: Baseline, server: Server, schedule: Schedule, folder: DataDir) -> None:
    """Do the same in another folder without any disturbance, for the organisation as it is now."""
    if not schedule.is_refresh and not schedule.changes_files:
        shutil.copytree(baseline.loaded.root, folder.root)
        return
    if schedule.is_refresh:
        shutil.copytree(baseline.data_after(schedule.verb).root, folder.root)
    run_undisturbed(schedule.verb, server, folder)


def _wait_for_end(process: BaseProcess, server: Server, data: DataDir, interruption: Interruption | None) -> str:
    """Wait for the end of a process, and interrupt it at its moment. Returns the kind of interruption, or nothing."""
    before, until = _load_packages(data), time.monotonic() + MAX_SECONDS
    while interruption and process.is_alive() and not _is_due(interruption, process, server, data, before):
        time.sleep(POLL_SECONDS)
    kind = ""
    if interruption:
        process.join(interruption.delay)
    if interruption and process.is_alive():
        kind = _interrupt(process, server, interruption)
    process.join(max(0.0, until - time.monotonic()))
    if process.is_alive():
        process.kill()
        process.join()
    return kind


def _is_due(
    interruption: Interruption, process: BaseProcess, server: Server, data: DataDir, packages: set[str]
) -> bool:
    if interruption.stage == "models":
        return bool(_children(process))
    if interruption.stage == "publishing":
        return data.published.with_suffix(".publishing").exists()
    if interruption.packages is not None:
        return len(_load_packages(data) - packages) >= interruption.packages
    return len(server.requests) >= (interruption.requests or 0)


def _interrupt(process: BaseProcess, server: Server, interruption: Interruption) -> str:
    if interruption.kind == "outage":
        server.fault_schedule = FaultSchedule(interruption.requests or 0, {"cut_before": 1.0}, max_per_path=10**9)
    elif interruption.kind == "kill":
        children = _children(process)
        process.kill()
        # the children notice that their parent is gone, and end
        psutil.wait_procs(children, timeout=CHILD_SECONDS)
    elif interruption.kind == "terminate":
        process.terminate()
    return interruption.kind


def _children(process: BaseProcess) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):  # it may have ended in the meantime
        return psutil.Process(process.pid).children()
    return []


def _load_packages(data: DataDir) -> set[str]:
    """All load packages so far."""
    folder = data.dlt / "pipelines" / "figma"
    return {name for stage in ("normalize/extracted", "load/normalized") for name in _names_in(folder / stage)}


def _names_in(folder: Path) -> list[str]:
    with suppress(FileNotFoundError):  # dlt makes and removes it
        return [path.name for path in folder.iterdir()]
    return []
