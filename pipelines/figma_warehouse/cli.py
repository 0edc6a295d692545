"""figma-warehouse: one function per verb. What they do is elsewhere; here is what they print and how they end."""

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, Protocol, cast

import typer
from rich.console import Console

from figma_warehouse.data_dir import DataDir, data_dir
from figma_warehouse.explanations import explain, is_interrupt
from figma_warehouse.failures import FAILED, INTERRUPTED, PARTIAL, UNREAD, UsageFailure
from figma_warehouse.job.export import Format
from figma_warehouse.logs import LogFormat, log_event, printable, write_logs
from figma_warehouse.settings import archive_url, prepare_dlt, read_settings, token_about
from figma_warehouse.terminal import report as say
from figma_warehouse.terminal.output import Output, on_standard_error
from figma_warehouse.terminal.slack_hook import notify

if TYPE_CHECKING:
    from figma_warehouse.settings import FigmaSettings
    from figma_warehouse.source.api.stop import Stop

app = typer.Typer(
    help="Load an organisation's Figma files into a DuckDB warehouse, and answer with SQL models and dashboards.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class Ending(Protocol):
    """What a job says of its end."""

    @property
    def exit_code(self) -> int:
        """Exit code of the command."""

    @property
    def message(self) -> str | None:
        """Why it was not gone through, where it was not."""


DataOption = Annotated[
    Path | None, typer.Option("--data-dir", help="Folder of the warehouse and all state. [default: $DATA_DIR or data]")
]
PortOption = Annotated[int, typer.Option("--port", help="Port; 0 takes a free one.", min=0, max=65535)]

MinutesOption = Annotated[
    float | None,
    typer.Option("--max-minutes", min=0, help="Begin no request for a file after so many minutes; the rest waits."),
]
RequestsOption = Annotated[
    int | None,
    typer.Option(
        "--max-requests",
        min=1,
        help="Begin no request for a file after so many requests, those of the listings included; the rest waits.",
    ),
]

AgainOption = Annotated[
    bool, typer.Option("--ask-again", help="Ask at once for all that Figma refused, not first after a week or an edit.")
]

LogOption = Annotated[LogFormat, typer.Option("--log-format", help="Log lines on standard error: text, or JSON alone.")]


SinceOption = Annotated[
    datetime | None,
    typer.Option("--since", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="First day of the past to fetch."),
]
EveryOption = Annotated[str, typer.Option("--every", help="One version a file each week or month: its last one.")]
FilesOption = Annotated[
    list[str] | None, typer.Option("--files", help="Key or URL of a file; may be repeated. [default: all main files]")
]
NamedOption = Annotated[
    bool, typer.Option("--named", help="Prefer the last version that a person named, where a period has one.")
]


def main() -> None:
    """Run the command line."""
    app()


@app.command()
def run(
    data_path: DataOption = None,
    max_minutes: MinutesOption = None,
    max_requests: RequestsOption = None,
    ask_again: AgainOption = False,
    log_format: LogOption = LogFormat.TEXT,
) -> None:
    """Load what changed, build the models, publish. For cron."""
    from figma_warehouse.job.run import run as run_job

    console = _console(log_format)
    with _reporting(console, "run", data_path), _data(data_path, log_format) as data:
        settings = _settings_of_a_run(data)
        settings.ask_again |= ask_again
        with _following(console, log_format, max_minutes, max_requests) as (follow, stop):
            report = run_job(settings, data, follow, stop)
        say.print_run(console, report, data)
        _end("run", report.load, data_path)


@app.command()
def load(
    data_path: DataOption = None,
    max_minutes: MinutesOption = None,
    max_requests: RequestsOption = None,
    ask_again: AgainOption = False,
    log_format: LogOption = LogFormat.TEXT,
) -> None:
    """Load what changed into the build file, without models and without publishing."""
    from figma_warehouse.job.load import load as load_files
    from figma_warehouse.job.run_lock import run_lock

    console = _console(log_format)
    with _reporting(console, "load", data_path), _data(data_path, log_format) as data:
        settings = _settings_of_a_run(data)
        settings.ask_again |= ask_again
        with run_lock(data.lock), _following(console, log_format, max_minutes, max_requests) as (follow, stop):
            report = load_files(settings, data, follow, stop)
            follow("ended", report)
        say.print_load(console, report)
        _end("load", report, data_path)


@app.command()
def transform(data_path: DataOption = None) -> None:
    """Build and test the models in the build file."""
    from figma_warehouse.job.run import build_models
    from figma_warehouse.job.run_lock import run_lock

    console = _console()
    with _reporting(console), _data(data_path) as data, run_lock(data.lock):
        report = build_models(data)
        console.print(f"{report.models} models built, {report.tests} tests passed.")


@app.command()
def publish(data_path: DataOption = None) -> None:
    """Replace the published file by what is in the build file."""
    from figma_warehouse.job.publish import publish as publish_file
    from figma_warehouse.job.run_lock import run_lock

    console = _console()
    with _reporting(console), _data(data_path) as data, run_lock(data.lock):
        size = publish_file(data)
        console.print(f"Published {data.published} ({size / 1e6:,.1f} MB).", soft_wrap=True)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Folder to write into; files of an earlier export are replaced.")],
    as_format: Annotated[Format, typer.Option("--format", help="What to write.")] = Format.PARQUET,
    data_path: DataOption = None,
) -> None:
    """Write the marts of the published file as Parquet or CSV, one file each."""
    from figma_warehouse.job.export import export_marts

    console = _console()
    with _reporting(console), _data(data_path) as data:
        say.print_export(console, export_marts(data, folder, as_format), _shown(folder.absolute()))


@app.command()
def plan(
    data_path: DataOption = None,
    is_backfill: Annotated[
        bool, typer.Option("--backfill", help="Say it of a backfill: then nothing is asked of Figma.")
    ] = False,
    since: SinceOption = None,
    every: EveryOption = "week",
    files: FilesOption = None,
    named: NamedOption = False,
) -> None:
    """Say what a run would fetch and how long it takes; only the listings are asked, nothing is written."""
    from figma_warehouse.job.backfill import plan_backfill
    from figma_warehouse.job.plan import plan_run

    console = _console()
    with _reporting(console), _data(data_path) as data:
        settings = read_settings()
        if not is_backfill and (since or files or named):
            raise UsageFailure("--since, --files and --named say what a backfill fetches: add --backfill.")
        if is_backfill:
            chosen = plan_backfill(settings, data, _day_of(since), every, files or (), named=named)
            say.print_backfill_plan(console, chosen)
        else:
            _tell("Listing what there is, as fast as the limits allow ...")
            say.print_plan(console, plan_run(settings, data))


@app.command()
def backfill(
    data_path: DataOption = None,
    since: SinceOption = None,
    every: EveryOption = "week",
    files: FilesOption = None,
    named: NamedOption = False,
    max_minutes: MinutesOption = None,
    max_requests: RequestsOption = None,
    log_format: LogOption = LogFormat.TEXT,
) -> None:
    """Fetch past versions for the history of growth and usage; present tables stay as they are. It can be resumed."""
    from figma_warehouse.job.backfill import backfill as fetch_past
    from figma_warehouse.job.run_lock import run_lock

    console = _console(log_format)
    with _reporting(console, "backfill", data_path), _data(data_path, log_format) as data, run_lock(data.lock):
        with _following(console, log_format, max_minutes, max_requests) as (follow, stop):
            chosen = (_day_of(since), every, files or ())
            report = fetch_past(read_settings(), data, *chosen, named=named, follow=follow, stop=stop)
            follow("backfill_ended", report)
        say.print_backfill(console, report)
        _end("backfill", report, data_path)


@app.command()
def replay(
    data_path: DataOption = None,
    archive: Annotated[
        str | None, typer.Option(help="Folder or fsspec URL of the archive. [default: archive of sources.figma]")
    ] = None,
    log_format: LogOption = LogFormat.TEXT,
) -> None:
    """Rebuild node tables, snapshots and events from the archive, without a request to Figma."""
    from figma_warehouse.job.replay import replay as rebuild
    from figma_warehouse.job.run_lock import run_lock

    console = _console(log_format)
    with _reporting(console, "replay", data_path), _data(data_path, log_format) as data, run_lock(data.lock):
        with _following(console, log_format) as (follow, stop):
            report = rebuild(archive_url(archive), data, follow, stop)
            follow("replay_ended", report)
        say.print_replay(console, report)
        _end("replay", report, data_path)


@app.command()
def check(data_path: DataOption = None) -> None:
    """Try the token, its scopes and this machine with the fewest requests, none of tier 1; say what is missing."""
    from figma_warehouse.job.check import check as try_all

    console = _console()
    with _reporting(console), _data(data_path) as data:
        _tell("Asking Figma for a little of everything ...")
        report = try_all(read_settings, data)
        say.print_check(console, report)
        raise typer.Exit(report.exit_code)


@app.command()
def status(
    data_path: DataOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it for machines.")] = False,
    max_age: Annotated[
        float | None,
        typer.Option(
            "--max-age", metavar="HOURS", min=0, help="End with 3 where what is published is older: for monitors."
        ),
    ] = None,
) -> None:
    """Show the last runs, how fresh and complete the warehouse is, and what was skipped."""
    from figma_warehouse.job.status import read_status, why_too_old

    console = _console()
    with _reporting(console), _data(data_path) as data:
        found = read_status(data, token_about(data))
        if as_json:
            console.file.write(json.dumps(found.as_json(), default=_jsonable, indent=2) + "\n")
            console.file.flush()
        else:
            say.print_status(console, found)
        why = None if max_age is None else why_too_old(found, max_age)
        if why:
            _tell(why)
            raise typer.Exit(PARTIAL)


@app.command()
def dashboard(
    data_path: DataOption = None,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; any but this machine's own needs the token told.")
    ] = "127.0.0.1",
    port: PortOption = 2718,
    export: Annotated[
        Path | None, typer.Option("--export", help="Write the pages into this folder, for any web server, and end.")
    ] = None,
) -> None:
    """Serve the dashboards of the published file, or write them as static pages."""
    from figma_warehouse.dashboard.server import serve_dashboard
    from figma_warehouse.dashboard.static_pages import export_pages

    console = _console()
    with _reporting(console), _data(data_path) as data:
        if export is not None:
            pages = export_pages(data, export)
            console.print(f"Wrote {pages} pages: {export.absolute() / 'index.html'}", soft_wrap=True)
        else:
            serve_dashboard(
                data, host, port, lambda url: console.print(f"Dashboards at {url}   (Ctrl-C stops)", soft_wrap=True)
            )


@app.command()
def sandbox(
    port: PortOption = 4021,
    recorded: Annotated[
        Path | None, typer.Option(help="Serve the recorded answers (*.json.gz) in this folder.")
    ] = None,
    week: Annotated[int, typer.Option(help="Week at which the sample organisation's clock stands.", min=1)] = 26,
    start: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Monday of its first week, else 2026-05-04."),
    ] = None,
    scale: Annotated[bool, typer.Option("--scale", help="A large organisation: 115 files, 1.7 million nodes.")] = False,
    faults: Annotated[float, typer.Option(help="Share of requests that something goes wrong with.", min=0, max=1)] = 0,
    seed: Annotated[int, typer.Option(help="What goes wrong with which request.")] = 7,
    limits: Annotated[str | None, typer.Option(help="Limit requests as in a PLAN:SEAT, say professional:full.")] = None,
) -> None:
    """Serve a Figma API on loopback: the sample organisation, or recorded answers; with faults and limits if asked."""
    from figma_warehouse.sandbox.foreground import Story, Weather, serve_sandbox

    console = _console()
    with _reporting(console):
        weather = Weather(faults, seed, limits)
        serve_sandbox(port, recorded, Story(week, start, scale), weather, lambda at: say.print_sandbox(console, at))


@app.command()
def demo(data_path: DataOption = None, log_format: LogOption = LogFormat.TEXT) -> None:
    """Load the sample organisation into a warehouse of its own; run it again to watch a week pass."""
    from figma_warehouse.job.demo import run_demo
    from figma_warehouse.terminal.progress import progress_for

    console = _console(log_format)
    data_path = data_path or Path("data/demo")
    with _reporting(console, "demo", data_path), _data(data_path, log_format) as data:
        with progress_for(console, log_format) as follow:
            report = run_demo(data, follow)
        say.print_demo(console, report, _shown(data.root))


@app.command()
def images(
    addresses: Annotated[list[str], typer.Argument(metavar="FILE_URL...", help="Files, or nodes by ?node-id=.")],
    out: Annotated[Path, typer.Option(help="Folder to write to.", file_okay=False)],
    image_format: Annotated[str, typer.Option("--format", help="png, jpg, svg or pdf.")] = "png",
    scale: Annotated[float, typer.Option(help="0.01 to 4.")] = 1.0,
    version: Annotated[str | None, typer.Option(help="Id of a version; else the present state.")] = None,
    svg_outline_text: Annotated[bool, typer.Option(help="Texts as outlines, not as <text>.")] = True,
    svg_include_id: Annotated[bool, typer.Option(help="Layer names as id attributes.")] = False,
    svg_include_node_id: Annotated[bool, typer.Option(help="Node ids as data-node-id attributes.")] = False,
    svg_simplify_stroke: Annotated[bool, typer.Option(help="Strokes as attributes where possible.")] = True,
    contents_only: Annotated[bool, typer.Option(help="Leave out what overlaps the node.")] = True,
    use_absolute_bounds: Annotated[bool, typer.Option(help="Full size, also of what is cropped.")] = False,
    data_path: DataOption = None,
) -> None:
    """Write pictures of nodes, or of what files publish, to a folder."""
    from figma_warehouse.job.image_export import export_images
    from figma_warehouse.source.api.safe_hosts import is_local
    from figma_warehouse.source.pictures.downloads import Downloads
    from figma_warehouse.source.pictures.rendering import RenderOptions

    console = _console()
    with _reporting(console), _data(data_path) as data:
        options = RenderOptions(
            image_format,
            scale,
            version,
            svg_outline_text,
            svg_include_id,
            svg_include_node_id,
            svg_simplify_stroke,
            contents_only,
            use_absolute_bounds,
        )
        settings = read_settings()
        downloads = Downloads(
            settings.image_max_bytes, settings.backoff_seconds, may_be_local=is_local(settings.base_url)
        )
        export = export_images(settings.client(data), downloads, addresses, options, out)
        say.print_images(console, export)
        raise typer.Exit(export.exit_code)


@contextmanager
def _reporting(console: Console, notified: str | None = None, data_path: Path | None = None) -> Iterator[None]:
    """Turn a foreseeable failure into its words on standard error and its exit code; tell the hook of `notified`.

    Where what is printed is all that a command does, and cannot be, that is a failure too.
    """
    try:
        yield
        if notified is None:
            _check_printed(console)
    except typer.Exit:
        raise
    except BaseException as error:
        if is_interrupt(error):
            _tell("Stopped. What was stored stays; the same command goes on from there.")
            raise typer.Exit(INTERRUPTED) from None
        if not isinstance(error, Exception):
            raise
        words, exit_code = explain(error) or (f"An unforeseen failure: {type(error).__name__}.", FAILED)
        if notified:
            notify(notified, exit_code, words, data_path)
        if explain(error) is None:
            raise
        # what is torn down after a failure has nothing to add to these words
        sys.unraisablehook = lambda _: None
        if console.quiet:
            log_event("failed", logging.ERROR, message=words, exit_code=exit_code)
        else:
            with on_standard_error():
                Console(stderr=True, highlight=False, soft_wrap=True, no_color=console.no_color).print(
                    printable(words), markup=False
                )
        raise typer.Exit(exit_code) from None


def _check_printed(console: Console) -> None:
    failure = console.file.failure if isinstance(console.file, Output) else None
    if failure:
        raise typer.Exit(UNREAD if isinstance(failure, BrokenPipeError) else FAILED)


def _tell(words: str) -> None:
    """Say on standard error what takes a while, and prints nothing until it is done."""
    with on_standard_error():
        typer.echo(words, err=True)


def _settings_of_a_run(data: DataDir) -> "FigmaSettings":
    """Read the settings; where that fails, the table `runs` says so too."""
    try:
        return read_settings()
    except UsageFailure as failure:
        from figma_warehouse.job.load import note_unset

        note_unset(data, failure)
        raise


def _end(verb: str, report: Ending, data_path: Path | None) -> None:
    if report.exit_code:
        words = report.message or "some things were skipped: see figma-warehouse status."
        notify(verb, report.exit_code, words, data_path)
    raise typer.Exit(report.exit_code)


@contextmanager
def _following(
    console: Console, log_format: LogFormat, max_minutes: float | None = None, max_requests: int | None = None
) -> Iterator[tuple[Callable[[str, Any], None], "Stop"]]:
    """Give what follows a job and what ends it: limits, SIGTERM, Ctrl-C."""
    from figma_warehouse.source.api.stop import Stop
    from figma_warehouse.terminal.progress import progress_for
    from figma_warehouse.terminal.signals import stop_on_signals

    stop = Stop(max_minutes, max_requests)
    with progress_for(console, log_format) as follow, stop_on_signals(stop, lambda name: follow("ending", name)):
        yield follow, stop


@contextmanager
def _data(given: Path | None, log_format: LogFormat = LogFormat.TEXT) -> Iterator[DataDir]:
    data = data_dir(given)
    os.umask(0o077)
    prepare_dlt(data)
    write_logs(log_format)
    yield data


def _day_of(since: datetime | None) -> date:
    if since is None:
        raise UsageFailure("Say from when on: --since 2026-01-01.")
    return since.date()


def _console(log_format: LogFormat = LogFormat.TEXT) -> Console:
    """Return what a command prints on: nothing, where the log says it all as JSON."""
    return Console(file=cast("IO[str]", Output()), highlight=False, quiet=log_format == LogFormat.JSON)


def _shown(path: Path) -> Path:
    """Return a path as a person would type it from here."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _jsonable(value: Any) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


if __name__ == "__main__":
    main()
