"""Speed and memory against what is promised: `python -m tests.benchmarks [load|decode|cores|refresh|models|pages|all]`.

Ratios come from one run, both sides alternating on the same bytes. The exit code is 1 where a promise is not held.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.cores import measure_cores
from tests.benchmarks.decode import measure_decode
from tests.benchmarks.inputs import Input, load_inputs, radix_icons
from tests.benchmarks.load import measure_load
from tests.benchmarks.models import measure_models
from tests.benchmarks.pages import measure_pages
from tests.benchmarks.promises import Promise, print_promises, say
from tests.benchmarks.refresh import measure_refresh

SUBJECTS = ("load", "decode", "cores", "refresh", "models", "pages", "all")


def main() -> int:
    """Measure what was asked for, print one table, and tell whether every promise was held."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="figma-benchmarks-") as folder:
        promises = _measure(options, Path(folder))
    print_promises(promises)
    return 0 if all(promise.is_held for promise in promises) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("subject", nargs="?", choices=SUBJECTS, default="all")
    parser.add_argument("--nodes", type=int, default=180_000, help="nodes of the generated document")
    parser.add_argument("--runs", type=int, help="runs a side; default: 3, and 1 from 50,000 nodes on")
    return parser.parse_args()


def _measure(options: argparse.Namespace, folder: Path) -> list[Promise]:
    subject, runs = options.subject, options.runs
    inputs = load_inputs(folder, options.nodes) if subject in ("load", "decode", "all") else []
    measures: dict[str, Callable[[], list[Promise]]] = {
        "decode": lambda: [promise for one in _decoded(inputs, folder) for promise in measure_decode(one, runs)],
        "load": lambda: [promise for one in inputs for promise in measure_load(one, runs, folder)],
        "cores": lambda: measure_cores(folder),
        "refresh": lambda: measure_refresh(folder),
        "models": lambda: measure_models(folder),
        "pages": lambda: measure_pages(folder),
    }
    promises = []
    for name in measures if subject == "all" else [subject]:
        say(f"\n[bold]{name}[/bold]")
        promises += measures[name]()
    return promises


def _decoded(inputs: list[Input], folder: Path) -> list[Input]:
    return [*inputs, *radix_icons(folder)]


if __name__ == "__main__":
    raise SystemExit(main())
