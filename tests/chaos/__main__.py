"""Loads under random faults and kills, held against calm ones: `python -m tests.chaos [--runs 200] [--seed 1]`.

Each trial is a seed. The exit code is 1 where any differs from a calm load, or wastes what it had; the seed is named.
`python -m tests.chaos soak [--files 2000] [--kills 2]` loads many small files, and prints time and memory.
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

from tests.chaos.schedules import drawn
from tests.chaos.soak import soak
from tests.chaos.trials import Verdict, run_trial
from tests.chaos.village import Village

CONSOLE = Console(highlight=False, soft_wrap=True)


def main() -> int:
    """Run what was asked for, and tell whether all of it held."""
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
        held = soak(Path(folder), files, kills, lambda words: CONSOLE.print(words, markup=False))
    CONSOLE.print("held" if held else "NOT HELD")
    return 0 if held else 1


def _run_trials(seeds: range, jobs: int) -> int:
    """Run and print trials; what those that differ left behind stays, and is named."""
    folder = Path(tempfile.mkdtemp(prefix="figma-chaos-"))
    village, verdicts, began = Village(folder), [], time.monotonic()
    schedules = [drawn(seed) for seed in seeds]
    for verb in {schedule.verb for schedule in schedules}:
        village.after(verb)
    with ThreadPoolExecutor(jobs) as threads:
        for verdict in threads.map(partial(run_trial, village), schedules):
            verdicts.append(verdict)
            _print_verdict(verdict)
    failed = [verdict for verdict in verdicts if verdict.defects]
    _print_sum(verdicts, time.monotonic() - began)
    if failed:
        CONSOLE.print(f"What they left is in {folder}.")
        return 1
    shutil.rmtree(folder)
    return 0


def _print_verdict(verdict: Verdict) -> None:
    faults = " ".join(f"{kind}:{count}" for kind, count in sorted(verdict.faults.items()))
    codes = " ".join(map(str, verdict.exit_codes))
    CONSOLE.print(
        f"seed {verdict.seed:5}  {'held' if not verdict.defects else 'DIFFERS':7}  runs {codes:14}"
        f"  documents {verdict.documents:3}/{verdict.documents_due:<3} requests {verdict.requests:4}"
        f"  {' '.join(verdict.interruptions) or 'no interruption':24}  {faults or 'no faults'}",
        markup=False,
    )
    for defect in verdict.defects[:5]:
        CONSOLE.print(f"            {defect}", markup=False)


def _print_sum(verdicts: list[Verdict], seconds: float) -> None:
    faults, interruptions, endings = Counter[str](), Counter[str](), Counter[int]()
    for verdict in verdicts:
        faults += verdict.faults
        interruptions.update(verdict.interruptions)
        endings.update(verdict.exit_codes)
    failed = [verdict.seed for verdict in verdicts if verdict.defects]
    runs = endings.total()
    for label, counts in (("Faults", faults), ("Interruptions", interruptions), ("Exit codes", endings)):
        listed = " · ".join(f"{kind} {count}" for kind, count in sorted(counts.items(), key=lambda one: -one[1]))
        CONSOLE.print(f"{label:14} {counts.total():6,}   {listed}", markup=False)
    wasted = sum(verdict.documents - verdict.documents_due for verdict in verdicts)
    due = sum(verdict.documents_due for verdict in verdicts)
    requests = sum(verdict.requests for verdict in verdicts)
    CONSOLE.print(f"Documents      {due:6,} due, {wasted:,} more for what was cut off or moved · {requests:,} requests")
    CONSOLE.print(
        f"Trials         {len(verdicts):6,} in {runs:,} runs, {seconds:,.0f} s · {len(failed)} differ {failed or ''}"
    )


if __name__ == "__main__":
    raise SystemExit(main())
