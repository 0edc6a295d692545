"""Loads under random faults and kills, compared with undisturbed ones: `python -m tests.chaos [--runs 200] [--seed 1]`.

Each trial has a seed. The exit code is 1 if a trial differs from an undisturbed load, or fetches too much again; its
seed is printed. `python -m tests.chaos soak [--files 2000] [--kills 2]` loads many small files, and prints time and
memory.
"""

import argparse
import shutil
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from rich.console import Console

from tests.chaos.baseline import Baseline
from tests.chaos.schedules import draw_schedule
from tests.chaos.soak import soak
from tests.chaos.trials import TrialResult, run_trial

CONSOLE = Console(highlight=False, soft_wrap=True)


def main() -> int:
    """Run the trials or the soak test. Returns 0 if all of them pass."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("subject", nargs="?", choices=("trials", "soak"), default="trials")
    parser.add_argument("--runs", type=int, default=200, help="how many trials")
    parser.add_argument("--seed", type=int, default=1, help="the seed of the first; the others follow")
    parser.add_argument("--jobs", type=int, default=2, help="how many trials at once")
    parser.add_argument("--files", type=int, default=2000, help="soak: how many files")
    parser.add_argument("--kills", type=int, default=2, help="soak: how many runs are killed")
    options = parser.parse_args()
    if options.subject == "soak":
        return _soak(options.files, options.kills)
    return _run_trials(range(options.seed, options.seed + options.runs), options.jobs)


def _soak(files: int, kills: int) -> int:
    with tempfile.TemporaryDirectory(prefix="figma-soak-") as folder:
        passed = soak(Path(folder), files, kills, lambda words: CONSOLE.print(words, markup=False))
    CONSOLE.print("passed" if passed else "FAILED")
    return 0 if passed else 1


def _run_trials(seeds: range, jobs: int) -> int:
    """Run and print the trials. The folders of failed ones stay."""
    folder = Path(tempfile.mkdtemp(prefix="figma-chaos-"))
    baseline, results, started = Baseline(folder), [], time.monotonic()
    schedules = [draw_schedule(seed) for seed in seeds]
    for verb in {schedule.verb for schedule in schedules}:
        baseline.data_after(verb)
    with ThreadPoolExecutor(jobs) as threads:
        for result in threads.map(partial(run_trial, baseline), schedules):
            results.append(result)
            _print_result(result)
    failed = [result for result in results if result.defects]
    _print_summary(results, time.monotonic() - started)
    if failed:
        CONSOLE.print(f"The data folders of failed trials are in {folder}.")
        return 1
    shutil.rmtree(folder)
    return 0


def _print_result(result: TrialResult) -> None:
    faults = " ".join(f"{kind}:{count}" for kind, count in sorted(result.faults.items()))
    codes = " ".join(map(str, result.exit_codes))
    CONSOLE.print(
        f"seed {result.seed:5}  {'passed' if not result.defects else 'FAILED':7}  runs {codes:14}"
        f"  documents {result.documents:3}/{result.documents_expected:<3} requests {result.requests:4}"
        f"  {' '.join(result.interruptions) or 'no interruption':24}  {faults or 'no faults'}",
        markup=False,
    )
    for defect in result.defects[:5]:
        CONSOLE.print(f"            {defect}", markup=False)


def _print_summary(results: list[TrialResult], seconds: float) -> None:
    faults, interruptions, exit_codes = Counter[str](), Counter[str](), Counter[int]()
    for result in results:
        faults += result.faults
        interruptions.update(result.interruptions)
        exit_codes.update(result.exit_codes)
    failed = [result.seed for result in results if result.defects]
    runs = exit_codes.total()
    for label, counts in (("Faults", faults), ("Interruptions", interruptions), ("Exit codes", exit_codes)):
        listed = " · ".join(f"{kind} {count}" for kind, count in sorted(counts.items(), key=lambda one: -one[1]))
        CONSOLE.print(f"{label:14} {counts.total():6,}   {listed}", markup=False)
    repeated = sum(result.documents - result.documents_expected for result in results)
    expected = sum(result.documents_expected for result in results)
    requests = sum(result.requests for result in results)
    CONSOLE.print(
        f"Documents      {expected:6,} expected, {repeated:,} more after interruptions · {requests:,} requests"
    )
    CONSOLE.print(
        f"Trials         {len(results):6,} in {runs:,} runs, {seconds:,.0f} s · {len(failed)} failed {failed or ''}"
    )


if __name__ == "__main__":
    raise SystemExit(main())
