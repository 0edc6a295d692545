"""Extract, normalise and load one document: our loader and dlt's own nested normalisation take turns."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import msgspec

from figma_warehouse.bundled import CLONE
from figma_warehouse.sandbox import sample_document
from tests.benchmarks.inputs import Input
from tests.benchmarks.node_facts import NodeFacts, facts_by_recursion
from tests.benchmarks.one_load import SIDES, Measurement
from tests.benchmarks.targets import Target, print_line

MIN_SPEEDUP = 20
MAX_MEMORY_SHARE = 0.25
LARGE_NODES = 50_000
SLOW_SECONDS = 600
FIRST_NODES = 2_000


def measure_load(document: Input, runs: int | None, folder: Path) -> list[Target]:
    """Run both sides in turns, check that they store the same nodes, and compare medians.

    Each run has two processes: one that loaded before gives the time, a fresh one the memory.
    """
    print_line(document.name)
    expected = facts_by_recursion(document.path.read_bytes())
    first = folder / "first.json"
    first.write_bytes(sample_document(FIRST_NODES))
    measurements: dict[str, list[Measurement]] = {side: [] for side in SIDES}
    for run in range(runs or (1 if document.nodes >= LARGE_NODES else 5)):
        for side in SIDES:
            if run and measurements["baseline"][0].seconds > SLOW_SECONDS:
                break
            warm, cold = (_run_side(side, document, expected, folder, before) for before in ([first], []))
            measurements[side].append(msgspec.structs.replace(cold, seconds=warm.seconds))
            _print_measurement(side, measurements[side][-1], cold.seconds)
    return _compare(document, measurements["ours"], measurements["baseline"])


def _run_side(side: str, document: Input, expected: NodeFacts, folder: Path, before: list[Path]) -> Measurement:
    with tempfile.TemporaryDirectory(dir=folder) as fresh:
        arguments = [side, fresh, str(document.path), *map(str, before)]
        command = [sys.executable, "-m", "tests.benchmarks.one_load", *arguments]
        done = subprocess.run(command, cwd=CLONE, env=_environment(side, fresh), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{side} failed on {document.name}:\n{done.stderr[-4000:]}")
    one = msgspec.json.decode(done.stdout, type=Measurement)
    if one.facts != expected:
        raise SystemExit(f"{side} stores other nodes than {document.name}:\n{_differences(one.facts, expected)}")
    return one


def _print_measurement(side: str, one: Measurement, first_seconds: float) -> None:
    nodes = sum(count for count, _ in one.facts.values())
    seconds = f"{one.seconds:7.2f} s ({first_seconds:.2f} s as a process's first)"
    memory = f"peak {one.peak_mb:6,.0f} MB (imports and body {one.base_mb:,.0f} MB)"
    print_line(f"  {side:9} {seconds}  {memory}  {nodes:,} nodes of {len(one.facts)} types, as by recursion")


def _environment(side: str, fresh: str) -> dict[str, str]:
    """Ours has the project's settings, the baseline dlt's own. Both run without telemetry and warnings."""
    quiet = {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "CRITICAL"}
    project = str(CLONE) if side == "ours" else fresh
    return os.environ | quiet | {"DLT_PROJECT_DIR": project, "DLT_DATA_DIR": fresh}


def _differences(found: NodeFacts, expected: NodeFacts) -> str:
    types = sorted(type_ for type_ in found | expected if found.get(type_) != expected.get(type_))
    counts = {type_: (found.get(type_, (0, ""))[0], expected.get(type_, (0, ""))[0]) for type_ in types}
    return "\n".join(f"  {type_}: {stored} stored, {due} by recursion" for type_, (stored, due) in counts.items())


def _compare(document: Input, ours: list[Measurement], baseline: list[Measurement]) -> list[Target]:
    seconds = [median(one.seconds for one in side) for side in (ours, baseline)]
    peaks = [median(one.peak_mb for one in side) for side in (ours, baseline)]
    faster, share = seconds[1] / seconds[0], peaks[0] / peaks[1]
    speed = Target(
        f"load {document.name}: time",
        f"{seconds[0]:.2f} s",
        f"{seconds[1]:.2f} s",
        f"{faster:.1f} times faster",
        f"{MIN_SPEEDUP} times faster",
        faster >= MIN_SPEEDUP,
    )
    memory = Target(
        f"load {document.name}: peak memory",
        f"{peaks[0]:,.0f} MB",
        f"{peaks[1]:,.0f} MB",
        f"{share:.0%}, {_share_beside_imports(ours, baseline):.0%} beside imports and body",
        f"at most {MAX_MEMORY_SHARE:.0%}",
        share <= MAX_MEMORY_SHARE,
    )
    return [speed, memory]


def _share_beside_imports(ours: list[Measurement], baseline: list[Measurement]) -> float:
    grown = [median(one.peak_mb - one.base_mb for one in side) for side in (ours, baseline)]
    return grown[0] / grown[1]
