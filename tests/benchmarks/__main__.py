"""Speed and memory against targets: `python -m tests.benchmarks [load|decode|cores|refresh|models|changes|pages|all]`.

Ratios come from one run in which both sides take turns on the same bytes. The exit code is 1 if a target is missed.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.changes import measure_changes
from tests.benchmarks.cores import measure_cores
from tests.benchmarks.decode import measure_decode
from tests.benchmarks.inputs import Input, load_inputs, radix_icons
from tests.benchmarks.load import measure_load
from tests.benchmarks.models import measure_models
from tests.benchmarks.pages import measure_pages
from tests.benchmarks.refresh import measure_refresh
from tests.benchmarks.targets import Target, print_line, print_targets

SUBJECTS = ("load", "decode", "cores", "refresh", "models", "changes", "pages", "all")


def main() -> int:
    """Measure the subject, print one table, and return 0 if every target is met."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="figma-benchmarks-") as folder:
        targets = _measure(options, Path(folder))
    print_targets(targets)
    return 0 if all(target.is_met for target in targets) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("subject", nargs="?", choices=SUBJECTS, default="all")
    parser.add_argument("--nodes", type=int, default=180_000, help="nodes of the generated document")
    parser.add_argument("--runs", type=int, help="runs a side; default: 3, and 1 from 50,000 nodes on")
    return parser.parse_args()


def _measure(options: argparse.Namespace, folder: Path) -> list[Target]:
    subject, runs = options.subject, options.runs
    inputs = load_inputs(folder, options.nodes) if subject in ("load", "decode", "all") else []
    measures: dict[str, Callable[[], list[Target]]] = {
        "decode": lambda: [target for one in _decode_inputs(inputs, folder) for target in measure_decode(one, runs)],
        "load": lambda: [target for one in inputs for target in measure_load(one, runs, folder)],
        "cores": lambda: measure_cores(folder),
        "refresh": lambda: measure_refresh(folder),
        "models": lambda: measure_models(folder),
        "changes": lambda: measure_changes(folder),
        "pages": lambda: measure_pages(folder),
    }
    targets = []
    for name in measures if subject == "all" else [subject]:
        print_line(f"\n[bold]{name}[/bold]")
        targets += measures[name]()
    return targets


def _decode_inputs(inputs: list[Input], folder: Path) -> list[Input]:
    return [*inputs, *radix_icons(folder)]


if __name__ == "__main__":
    raise SystemExit(main())
