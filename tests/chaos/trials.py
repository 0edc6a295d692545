"""One trial: loads under a schedule until one ends well, then the tables held against those of a calm load."""

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
from tests.chaos.processes import Command
from tests.chaos.schedules import Interruption, Schedule
from tests.chaos.tables import committed, differences, left_out, pictures_left
from tests.chaos.village import Village, perform_calmly, settings_of

MOST_RUNS = 16
LONGEST_SECONDS = 600.0
ORPHAN_SECONDS = 20.0
AT_MOST_LOST = BATCH_FILES + FILES_AHEAD
TOKEN_REFUSED = 2
CONTENT = re.compile(r"/v1/files/([^/]+)(/nodes)?$")


@dataclass
class Verdict:
    """What one trial came to; `defects` is empty where all that was promised held.

    `documents` counts documents that were sent in one piece, `documents_due` those that a calm load asks for.
    """

    seed: int
    faults: Counter[str] = field(default_factory=Counter)
    interruptions: list[str] = field(default_factory=list)
    exit_codes: list[int] = field(default_factory=list)
    documents: int = 0
    documents_due: int = 0
    requests: int = 0
    defects: list[str] = field(default_factory=list)


def run_trial(village: Village, schedule: Schedule) -> Verdict:
    """Load under a schedule until a run ends with 0, and say what was not as promised.

    The trial's folder, with the logs of its runs, stays where there are defects.
    """
    world = ChangingOrganisation(village.organisation)
    folder = village.folder / f"seed-{schedule.seed}"
    data, calm = DataDir(folder / "data"), DataDir(folder / "calm")
    folder.mkdir()
    if schedule.is_refresh:
        shutil.copytree(village.after(schedule.verb).root, data.root)
        _edit(world, village.keys, schedule)
    with serve(world) as server:
        trial = _Trial(server, data, schedule)
        verdict = trial.run()
        verdict.documents_due = schedule.edits if schedule.is_refresh else len(village.keys)
        if not verdict.defects:
            trial.check_waste()
            server.fault_schedule = None
            if schedule.moves:
                # what moved after the listing is seen by the next load
                perform_calmly("load", server, data)
            _perform_calmly(village, server, schedule, calm)
            verdict.defects += differences(data.build, calm.build, schedule.moves)
            if schedule.verb == "run":
                verdict.defects += differences(data.published, calm.published)
    if not verdict.defects:
        shutil.rmtree(folder)
    return verdict


class _Trial:
    """The runs of one trial, each checked when it has ended."""

    def __init__(self, server: Server, data: DataDir, schedule: Schedule) -> None:
        self._server, self._data, self._schedule = server, data, schedule
        self._faults = schedule.faults()
        self._verdict = Verdict(schedule.seed)

    def run(self) -> Verdict:
        """Run until one ends with 0 and leaves no picture to the next, something is wrong, or it takes too long."""
        verdict, interruptions = self._verdict, self._schedule.interruptions
        for number in range(MOST_RUNS):
            self._run_once(number, interruptions[number] if number < len(interruptions) else None)
            if verdict.defects or (verdict.exit_codes[-1] == 0 and not pictures_left(self._data.build)):
                break
        else:
            verdict.defects.append(f"none of {MOST_RUNS} runs ended with 0 and every picture")
        verdict.faults = Counter(fault.kind for fault in self._faults.injected)
        return verdict

    def check_waste(self) -> None:
        """What was fetched twice must be within a batch for each run that was cut off, or had no disk to write to.

        Where the token was refused it is what was being downloaded at that moment.
        """
        verdict = self._verdict
        refused = verdict.exit_codes.count(TOKEN_REFUSED)
        cut_off = sum(code not in (0, TOKEN_REFUSED, 3) for code in verdict.exit_codes)
        wasted = verdict.documents - verdict.documents_due - verdict.faults["changed"]
        if wasted > cut_off * AT_MOST_LOST + refused * DOWNLOADS:
            verdict.defects.append(f"{wasted} documents too many were fetched for {cut_off} runs cut off")

    def _run_once(self, number: int, interruption: Interruption | None) -> None:
        server, verdict = self._server, self._verdict
        before = committed(self._data.published)
        settled = self._settled(committed(self._data.build))
        server.fault_schedule = self._faults
        server.reset_requests()
        output = self._data.root.parent / f"run-{number}.log"
        self._data.root.mkdir(parents=True, exist_ok=True)
        limit = interruption.bytes if interruption else None
        process = Command(self._schedule.verb, self._data, settings_of(server), output, limit).start()
        kind = _await(process, server, self._data, interruption)
        verdict.interruptions += [kind] if kind else []
        verdict.exit_codes.append(process.exitcode or 0)
        server.tokens.renew()
        printed = output.read_text()
        self._check_ending(kind, printed)
        self._check_requests(settled)
        self._check_published(before)
        self._check_waiting()

    def _settled(self, stored: dict[str, str]) -> set[str]:
        """The files whose present version is stored: nothing is to be asked of them."""
        cards = {key: self._server.org.file(key) for key in stored}
        return {key for key, card in cards.items() if card and card.version == stored[key]}

    def _check_ending(self, interruption: str, output: str) -> None:
        code, defects = self._verdict.exit_codes[-1], self._verdict.defects
        defects += [f"the output holds {word!r}" for word in ("Traceback", self._server.org.token) if word in output]
        allowed = {
            -9: interruption == "kill",
            0: True,
            1: interruption in ("disk", "outage"),
            2: self._verdict.faults["expired"] or any(fault.kind == "expired" for fault in self._faults.injected),
            3: True,
        }
        if not allowed.get(code):
            defects.append(f"exit code {code} after {interruption or 'no interruption'}: {output[-500:]}")

    def _check_requests(self, settled: set[str]) -> None:
        """A document that came in one piece is stored; of one in parts the rest may not have come, which is said."""
        verdict, code = self._verdict, self._verdict.exit_codes[-1]
        given = [request for request in self._server.requests if request.is_whole]
        content = [(match[1], request) for request in given if (match := CONTENT.match(request.path))]
        fetched = {key for key, _ in content}
        whole = {key for key, request in content if _is_document(request)}
        verdict.requests += len(self._server.requests)
        verdict.documents += sum(_is_document(request) for request in given)
        verdict.defects += [f"{key} is stored, and was fetched again" for key in fetched if key in settled]
        stored = self._stored(self._data.build)
        if code in (0, 3):
            there = {key for key in whole | (fetched - left_out(self._data.build)) if self._server.org.file(key)}
            verdict.defects += [f"{key} was fetched and not stored" for key in there if key not in stored]

    def _check_published(self, before: dict[str, str]) -> None:
        """The published file is what it was, or what the build file is now."""
        published = self._stored(self._data.published)
        if published not in (before, self._stored(self._data.build)):
            self._verdict.defects.append("the published file is neither old nor new")

    def _check_waiting(self) -> None:
        """What is to be stored again are rows: a merge that is done twice, side by side, doubles them."""
        packages = self._data.dlt / "pipelines" / "figma" / "load" / "normalized"
        try:
            noted = set(chain(*json.loads((packages.parents[1] / "waiting.json").read_text()).values()))
        except (FileNotFoundError, ValueError):  # nothing waits, or the disk was full
            return
        merges = [path.name for path in packages.glob("*/*_jobs/*.sql")]
        self._verdict.defects += [f"{name} is to be done twice" for name in merges if name.split(".")[1] in noted]

    def _stored(self, path: Path) -> dict[str, str]:
        try:
            return committed(path)
        except duckdb.Error as error:
            self._verdict.defects.append(f"{path.name} does not open: {error}")
            return {}


def _is_document(request: Request) -> bool:
    match = CONTENT.match(request.path)
    return match is not None and not match[2] and "depth=" not in request.query


def _edit(world: ChangingOrganisation, keys: list[str], schedule: Schedule) -> None:
    """Change and remove files of the organisation, before the refresh begins."""
    chosen = Random(f"{schedule.seed} files").sample(keys, schedule.edits + schedule.removals)
    for key in chosen[: schedule.edits]:
        world.change_file(key)
    for key in chosen[schedule.edits :]:
        world.remove_file(key)


def _perform_calmly(village: Village, server: Server, schedule: Schedule, folder: DataDir) -> None:
    """Go the same way in a folder without any trouble, up to the world as it is now."""
    if not schedule.is_refresh and not schedule.moves:
        shutil.copytree(village.loaded.root, folder.root)
        return
    if schedule.is_refresh:
        shutil.copytree(village.after(schedule.verb).root, folder.root)
    perform_calmly(schedule.verb, server, folder)


def _await(process: BaseProcess, server: Server, data: DataDir, interruption: Interruption | None) -> str:
    """Wait for the end of a process, interrupting it at its moment; the kind of what came to pass, or nothing."""
    before, until = _packages(data), time.monotonic() + LONGEST_SECONDS
    while interruption and process.is_alive() and not _is_due(interruption, process, server, data, before):
        time.sleep(0.001)
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
        return len(_packages(data) - packages) >= interruption.packages
    return len(server.requests) >= (interruption.requests or 0)


def _interrupt(process: BaseProcess, server: Server, interruption: Interruption) -> str:
    if interruption.kind == "outage":
        server.fault_schedule = FaultSchedule(interruption.requests or 0, {"cut_before": 1.0}, max_per_path=10**9)
    elif interruption.kind == "kill":
        children = _children(process)
        process.kill()
        # they see by themselves that they are alone, and end
        psutil.wait_procs(children, timeout=ORPHAN_SECONDS)
    elif interruption.kind == "terminate":
        process.terminate()
    return interruption.kind


def _children(process: BaseProcess) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):  # it may have ended since it was looked at
        return psutil.Process(process.pid).children()
    return []


def _packages(data: DataDir) -> set[str]:
    """The load packages that were ever begun."""
    folder = data.dlt / "pipelines" / "figma"
    return {path.name for stage in ("normalize/extracted", "load/normalized") for path in folder.glob(f"{stage}/*")}
