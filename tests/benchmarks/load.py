"""Extract, normalise and load one document: ours against dlt's own nested normalisation, in turns."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import msgspec

from figma_warehouse.bundled import CLONE
from figma_warehouse.sandbox import sample_document
from tests.benchmarks.facts import Facts, facts_by_recursion
from tests.benchmarks.inputs import Input
from tests.benchmarks.promises import Promise, say
from tests.benchmarks.sides import SIDES, Measured

FASTER = 20
MEMORY_SHARE = 0.25
LARGE_NODES = 50_000
SLOW_SECONDS = 600
FIRST_NODES = 2_000


def measure_load(document: Input, runs: int | None, folder: Path) -> list[Promise]:
    """Run both sides in turns, check that they hold the same nodes, and compare medians.

    Each run is two processes: one that has loaded before gives the time, a fresh one the memory.
    """
    say(document.name)
    expected = facts_by_recursion(document.path.read_bytes())
    first = folder / "first.json"
    first.write_bytes(sample_document(FIRST_NODES))
    measured: dict[str, list[Measured]] = {side: [] for side in SIDES}
    for run in range(runs or (1 if document.nodes >= LARGE_NODES else 5)):
        for side in SIDES:
            if run and measured["baseline"][0].seconds > SLOW_SECONDS:
                break
            warm, cold = (_run_side(side, document, expected, folder, before) for before in ([first], []))
            measured[side].append(msgspec.structs.replace(cold, seconds=warm.seconds))
            _say_measured(side, measured[side][-1], cold.seconds)
    return _compare(document, measured["ours"], measured["baseline"])


def _run_side(side: str, document: Input, expected: Facts, folder: Path, before: list[Path]) -> Measured:
    with tempfile.TemporaryDirectory(dir=folder) as fresh:
        command = [sys.executable, "-m", "tests.benchmarks.sides", side, fresh, str(document.path), *map(str, before)]
        done = subprocess.run(command, cwd=CLONE, env=_environment(side, fresh), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{side} failed on {document.name}:\n{done.stderr[-4000:]}")
    one = msgspec.json.decode(done.stdout, type=Measured)
    if one.facts != expected:
        raise SystemExit(f"{side} holds other nodes than {document.name}:\n{_differences(one.facts, expected)}")
    return one


def _say_measured(side: str, one: Measured, first_seconds: float) -> None:
    nodes = sum(count for count, _ in one.facts.values())
    seconds = f"{one.seconds:7.2f} s ({first_seconds:.2f} s as a process's first)"
    memory = f"peak {one.peak_mb:6,.0f} MB (imports and body {one.base_mb:,.0f} MB)"
    say(f"  {side:9} {seconds}  {memory}  {nodes:,} nodes of {len(one.facts)} types, as by recursion")


def _environment(side: str, fresh: str) -> dict[str, str]:
    """Give ours the project's settings and the baseline dlt's own; neither telemetry nor warnings."""
    quiet = {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "CRITICAL"}
    project = str(CLONE) if side == "ours" else fresh
    return os.environ | quiet | {"DLT_PROJECT_DIR": project, "DLT_DATA_DIR": fresh}


def _differences(found: Facts, expected: Facts) -> str:
    types = sorted(type_ for type_ in found | expected if found.get(type_) != expected.get(type_))
    counts = {type_: (found.get(type_, (0, ""))[0], expected.get(type_, (0, ""))[0]) for type_ in types}
    return "\n".join(f"  {type_}: {there} there, {due} by recursion" for type_, (there, due) in counts.items())


def _compare(document: Input, ours: list[Measured], baseline: list[Measured]) -> list[Promise]:
    seconds = [median(one.seconds for one in side) for side in (ours, baseline)]
    peaks = [median(one.peak_mb for one in side) for side in (ours, baseline)]
    faster, share = seconds[1] / seconds[0], peaks[0] / peaks[1]
    speed = Promise(
        f"load {document.name}: time",
        f"{seconds[0]:.2f} s",
        f"{seconds[1]:.2f} s",
        f"{faster:.1f} times faster",
        f"{FASTER} times faster",
        faster >= FASTER,
    )
    memory = Promise(
        f"load {document.name}: peak memory",
        f"{peaks[0]:,.0f} MB",
        f"{peaks[1]:,.0f} MB",
        f"{share:.0%}, {_share_beside_imports(ours, baseline):.0%} beside imports and body",
        f"at most {MEMORY_SHARE:.0%}",
        share <= MEMORY_SHARE,
    )
    return [speed, memory]


def _share_beside_imports(ours: list[Measured], baseline: list[Measured]) -> float:
    grown = [median(one.peak_mb - one.base_mb for one in side) for side in (ours, baseline)]
    return grown[0] / grown[1]
