"""figma-warehouse: one function per verb. What they do is elsewhere; here is what they print and how they end."""

import json
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from pipelines import report as say
from pipelines.failures import explain
from pipelines.settings import DataDir, data_dir, prepare_dlt, read_settings

app = typer.Typer(
    help="Load an organisation's Figma files into a DuckDB warehouse, and answer with SQL models and dashboards.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
DataOption = Annotated[
    Path | None, typer.Option("--data-dir", help="Folder of the warehouse and all state. [default: $DATA_DIR or data]")
]
PortOption = Annotated[int, typer.Option("--port", help="Port on 127.0.0.1; 0 takes a free one.", min=0, max=65535)]


def main() -> None:
    """Run the command line."""
    app()


@app.command()
def run(data_path: DataOption = None) -> None:
    """Load what changed, build the models, publish. For cron."""
    from pipelines.progress import progress_for
    from pipelines.warehouse import run as run_job

    console = _console()
    with _reporting(console), _data(data_path) as data:
        with progress_for(console) as follow:
            report = run_job(read_settings(), data, follow)
        say.print_run(console, report, data)
        raise typer.Exit(report.exit_code)


@app.command()
def load(data_path: DataOption = None) -> None:
    """Load what changed into the build file, without models and without publishing."""
    from pipelines.loading import load as load_files
    from pipelines.locking import run_lock
    from pipelines.progress import progress_for

    console = _console()
    with _reporting(console), _data(data_path) as data:
        with run_lock(data.lock), progress_for(console) as follow:
            report = load_files(read_settings(), data, follow)
        say.print_load(console, report)
        raise typer.Exit(report.exit_code)


@app.command()
def transform(data_path: DataOption = None) -> None:
    """Build and test the models in the build file."""
    from pipelines.locking import run_lock
    from pipelines.warehouse import build_models

    console = _console()
    with _reporting(console), _data(data_path) as data, run_lock(data.lock):
        report = build_models(data)
        console.print(f"{report.models} models built, {report.tests} tests passed.")


@app.command()
def publish(data_path: DataOption = None) -> None:
    """Replace the published file by what is in the build file."""
    from pipelines.locking import run_lock
    from pipelines.publish import publish as publish_file

    console = _console()
    with _reporting(console), _data(data_path) as data, run_lock(data.lock):
        size = publish_file(data)
        console.print(f"Published {data.published} ({size / 1e6:,.1f} MB).", soft_wrap=True)


@app.command()
def plan(data_path: DataOption = None) -> None:
    """Say what a run would fetch and how long it takes; only the listings are asked, nothing is written."""
    from pipelines.planning import plan_run

    console = _console()
    with _reporting(console), _data(data_path) as data:
        say.print_plan(console, plan_run(read_settings(), data))


@app.command()
def status(
    data_path: DataOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it for machines.")] = False,
) -> None:
    """Show the last runs, how fresh and complete the warehouse is, and what was skipped."""
    from pipelines.status import read_status

    console = _console()
    with _reporting(console), _data(data_path) as data:
        found = read_status(data)
        if as_json:
            print(json.dumps(asdict(found), default=_jsonable, indent=2))  # noqa: T201
        else:
            say.print_status(console, found)


@app.command()
def dashboard(data_path: DataOption = None, port: PortOption = 2718) -> None:
    """Serve the dashboards of the published file on 127.0.0.1."""
    from pipelines.dashboard import serve_dashboard

    console = _console()
    with _reporting(console), _data(data_path) as data:
        serve_dashboard(data, port, lambda url: console.print(f"Dashboards at {url}   (Ctrl-C stops)", soft_wrap=True))


@app.command()
def sandbox(
    port: PortOption = 4021,
    recorded: Annotated[
        Path | None, typer.Option(help="Serve the recorded answers (*.json.gz) in this folder.")
    ] = None,
    week: Annotated[int, typer.Option(help="Week at which the sample organisation's clock stands.", min=1)] = 26,
    scale: Annotated[bool, typer.Option("--scale", help="A large organisation: 115 files, 1.7 million nodes.")] = False,
) -> None:
    """Serve a Figma API on loopback: the sample organisation, or recorded answers."""
    from pipelines.sandbox.foreground import serve_sandbox

    console = _console()
    with _reporting(console):
        serve_sandbox(port, recorded, week, scale, lambda at: say.print_sandbox(console, at))


@app.command()
def demo(data_path: DataOption = None) -> None:
    """Load the sample organisation into a warehouse of its own; run it again to watch a week pass."""
    from pipelines.demo import run_demo
    from pipelines.progress import progress_for

    console = _console()
    data_path = data_path or Path("data/demo")
    with _reporting(console), _data(data_path) as data:
        with progress_for(console) as follow:
            report = run_demo(data, follow)
        say.print_demo(console, report, _shown(data.root))


@contextmanager
def _reporting(console: Console) -> Iterator[None]:
    """Turn a foreseeable failure into its words on standard error and its exit code."""
    try:
        yield
    except Exception as error:
        explained = explain(error)
        if explained is None:
            raise
        words, exit_code = explained
        Console(stderr=True, highlight=False, soft_wrap=True, no_color=console.no_color).print(words, markup=False)
        raise typer.Exit(exit_code) from None


@contextmanager
def _data(given: Path | None) -> Iterator[DataDir]:
    data = data_dir(given)
    os.umask(0o077)
    prepare_dlt(data)
    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s", datefmt="%Y-%m-%dT%H:%M:%SZ"
    )
    logging.Formatter.converter = time.gmtime
    logging.getLogger("figma_warehouse").setLevel(logging.INFO)
    yield data


def _console() -> Console:
    return Console(highlight=False)


def _shown(path: Path) -> Path:
    """Return a path as a person would type it from here."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _jsonable(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


if __name__ == "__main__":
    main()
