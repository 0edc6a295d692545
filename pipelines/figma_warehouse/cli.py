"""figma-warehouse: one function per verb. `job` does the work; `terminal` starts, prints and ends a verb."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from figma_warehouse.failures import PARTIAL
from figma_warehouse.job.export import Format
from figma_warehouse.logs import LogFormat
from figma_warehouse.messages.message import MessageFormat
from figma_warehouse.terminal.errors import report_failures
from figma_warehouse.terminal.options import (
    AgainOption,
    DataOption,
    EveryOption,
    FilesOption,
    LogOption,
    MinutesOption,
    NamedOption,
    PortOption,
    PublishTo,
    ReloadOption,
    RequestsOption,
    SinceOption,
    VersionOption,
    check_backfill_options,
    first_day,
    parse_path,
    parse_text,
)
from figma_warehouse.terminal.output import escape_unwritable
from figma_warehouse.terminal.session import make_console, open_session

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main() -> None:
    """Run the command line."""
    escape_unwritable()
    app()


@app.callback()
def start(_version: VersionOption = False) -> None:
    """Load an organisation's Figma files into a DuckDB warehouse, and query it with SQL models and dashboards."""


@app.command()
def init(
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", parser=parse_path, help="Folder to run the job in.", show_default=False),
    ] = Path(),
) -> None:
    """Write a settings file to fill in and a line for cron into a folder. Existing files are kept."""
    from figma_warehouse.job.project_folder import init_folder
    from figma_warehouse.terminal.print_files import print_init

    console = make_console()
    with report_failures(console):
        print_init(console, init_folder(folder), folder)


@app.command()
def run(
    data_path: DataOption = None,
    max_minutes: MinutesOption = None,
    max_requests: RequestsOption = None,
    ask_again: AgainOption = False,
    reload: ReloadOption = None,
    log_format: LogOption = LogFormat.TEXT,
) -> None:
    """Load changed files, build the models, publish. For cron.

    Exit codes: 0 everything is done; 1 failed, nothing was published; 2 wrong settings, or another run is active; 3
    published, but something was skipped or deferred; 4 published, but a listing failed: figures may be of the past.
    """
    from figma_warehouse.job.run import run as run_job
    from figma_warehouse.terminal.print_run import print_run

    with open_session("run", data_path, log_format, notifies=True) as session:
        settings = session.read_settings(ask_again=ask_again)
        with session.stoppable(max_minutes, max_requests) as (events, stop):
            report = run_job(settings, session.data, events, stop, reload or ())
        print_run(session.console, report, session.data)
        session.end(report)


@app.command()
def load(
    data_path: DataOption = None,
    max_minutes: MinutesOption = None,
    max_requests: RequestsOption = None,
    ask_again: AgainOption = False,
    reload: ReloadOption = None,
    log_format: LogOption = LogFormat.TEXT,
) -> None:
    """Load changed files into the build file. Build no models and publish nothing."""
    from figma_warehouse.job.run import load_only
    from figma_warehouse.terminal.print_run import print_load

    with open_session("load", data_path, log_format, notifies=True) as session:
        settings = session.read_settings(ask_again=ask_again)
        with session.stoppable(max_minutes, max_requests) as (events, stop):
            report = load_only(settings, session.data, events, stop, reload or ())
        print_load(session.console, report)
        session.end(report)


@app.command()
def transform(
    full: Annotated[bool, typer.Option("--full", help="Build and test the rows of all files anew.")] = False,
    data_path: DataOption = None,
) -> None:
    """Build and test the models in the build file, for the files that changed."""
    from figma_warehouse.job.run_lock import run_lock
    from figma_warehouse.job.transform import transform as build_models
    from figma_warehouse.terminal.print_run import print_models

    with open_session("transform", data_path) as session, run_lock(session.data.lock):
        print_models(session.console, build_models(session.data, full=full))


@app.command()
def publish(
    to: Annotated[
        PublishTo,
        typer.Option(
            "--to",
            help="postgres: copy the tables of the published file to the database under [publish.postgres] instead.",
        ),
    ] = PublishTo.FILE,
    data_path: DataOption = None,
) -> None:
    """Replace the published file with a copy of the build file."""
    from figma_warehouse.job.publish import publish as publish_file
    from figma_warehouse.job.publish_postgres import publish_to_postgres
    from figma_warehouse.job.run_lock import run_lock
    from figma_warehouse.terminal.print_run import print_in_postgres, print_published

    with open_session("publish", data_path) as session:
        if to is PublishTo.POSTGRES:
            print_in_postgres(session.console, publish_to_postgres(session.data))
            return
        with run_lock(session.data.lock):
            print_published(session.console, session.data, publish_file(session.data))


@app.command()
def export(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER", parser=parse_path, help="Folder to write to; an earlier export in it is replaced whole."
        ),
    ],
    as_format: Annotated[Format, typer.Option("--format", help="Format of the files.")] = Format.PARQUET,
    data_path: DataOption = None,
) -> None:
    """Write each mart, and small tables such as files and runs, of the published file as a Parquet or CSV file."""
    from figma_warehouse.job.export import export_tables
    from figma_warehouse.terminal.print_files import print_export

    with open_session("export", data_path) as session:
        print_export(session.console, export_tables(session.data, folder, as_format), folder)


@app.command()
def plan(
    data_path: DataOption = None,
    is_backfill: Annotated[
        bool, typer.Option("--backfill", help="Show the plan of a backfill instead. It sends no request.")
    ] = False,
    since: SinceOption = None,
    every: EveryOption = "week",
    files: FilesOption = None,
    named: NamedOption = False,
    reload: ReloadOption = None,
) -> None:
    """Show what a run would fetch and how long it would take. It requests only listings and writes nothing."""
    from figma_warehouse.job.backfill import plan_backfill
    from figma_warehouse.job.plan import plan_run
    from figma_warehouse.settings import read_settings
    from figma_warehouse.terminal.print_plan import print_backfill_plan, print_plan

    with open_session("plan", data_path) as session:
        settings = read_settings()
        check_backfill_options(is_backfill=is_backfill, since=since, files=files or (), named=named)
        if is_backfill:
            chosen = plan_backfill(settings, session.data, first_day(since), every, files or (), named=named)
            print_backfill_plan(session.console, chosen)
        else:
            session.say("Listing all files, as fast as the rate limits allow ...")
            print_plan(session.console, plan_run(settings, session.data, reload or ()))


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
    """Fetch past versions for the history of growth and usage. Tables of the current state stay. It can be resumed."""
    from figma_warehouse.job.backfill import backfill as fetch_past
    from figma_warehouse.job.run_lock import run_lock
    from figma_warehouse.settings import read_settings
    from figma_warehouse.terminal.print_history import print_backfill

    with open_session("backfill", data_path, log_format, notifies=True) as session, run_lock(session.data.lock):
        with session.stoppable(max_minutes, max_requests) as (events, stop):
            chosen = (first_day(since), every, files or ())
            report = fetch_past(read_settings(), session.data, *chosen, named=named, events=events, stop=stop)
        print_backfill(session.console, report)
        session.end(report)


@app.command()
def replay(
    data_path: DataOption = None,
    archive: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            parser=parse_text,
            help="Folder or fsspec URL of the archive. [default: the setting archive]",
        ),
    ] = None,
    log_format: LogOption = LogFormat.TEXT,
) -> None:
    """Rebuild node tables, snapshots and events from the archive, without a request to Figma."""
    from figma_warehouse.job.replay import replay as rebuild
    from figma_warehouse.job.run_lock import run_lock
    from figma_warehouse.settings import archive_url, replayed_namespaces
    from figma_warehouse.terminal.print_history import print_replay

    with open_session("replay", data_path, log_format, notifies=True) as session, run_lock(session.data.lock):
        with session.stoppable() as (events, stop):
            report = rebuild(archive_url(archive), session.data, events, stop, replayed_namespaces())
        print_replay(session.console, report)
        session.end(report)


@app.command()
def check(
    data_path: DataOption = None,
    send: Annotated[
        bool,
        typer.Option("--send", help="Send a test message to the webhook and the mail addresses under [messages], too."),
    ] = False,
) -> None:
    """Test the token, its scopes and this machine with few requests, none of tier 1, and list the problems."""
    from figma_warehouse.job.check import check as try_all
    from figma_warehouse.settings import read_settings
    from figma_warehouse.terminal.print_check import print_check

    with open_session("check", data_path) as session:
        session.say("Testing each scope with a small request ...")
        report = try_all(read_settings, session.data, sends=send)
        print_check(session.console, report)
        raise typer.Exit(report.exit_code)


@app.command()
def status(
    data_path: DataOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    max_age: Annotated[
        float | None,
        typer.Option(
            "--max-age", metavar="HOURS", min=0, help="Exit with 3 if the published data is older. For monitors."
        ),
    ] = None,
    max_stale: Annotated[
        int | None,
        typer.Option(metavar="FILES", min=0, help="Exit with 3 if more files are loaded in an older state."),
    ] = None,
    max_missing: Annotated[
        int | None,
        typer.Option(metavar="FILES", min=0, help="Exit with 3 if more files were never loaded."),
    ] = None,
) -> None:
    """Show the last runs, how fresh and complete the warehouse is, and what was skipped."""
    from figma_warehouse.job.status import excess_messages, read_status
    from figma_warehouse.settings import describe_token
    from figma_warehouse.terminal.print_status import print_status, print_status_json

    with open_session("status", data_path) as session:
        found = read_status(session.data, describe_token(session.data))
        print_found = print_status_json if as_json else print_status
        print_found(session.console, found)
        messages = excess_messages(found, max_age, max_stale, max_missing)
        for message in messages:
            session.say(message)
        if messages:
            raise typer.Exit(PARTIAL)


@app.command()
def backup(
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", parser=parse_path, help="Folder to copy to; an earlier backup is replaced."),
    ],
    data_path: DataOption = None,
) -> None:
    """Copy the warehouse, the pictures and the record of requests to a folder. It can be used while a run is active."""
    from figma_warehouse.job.backup import back_up
    from figma_warehouse.terminal.print_files import print_backup

    with open_session("backup", data_path) as session:
        print_backup(session.console, back_up(session.data, folder), folder)


@app.command()
def compact(data_path: DataOption = None) -> None:
    """Write the build file anew if a third of it is free."""
    from figma_warehouse.job.compact import compact as write_anew
    from figma_warehouse.job.run_lock import run_lock
    from figma_warehouse.terminal.print_files import print_compaction

    with open_session("compact", data_path) as session, run_lock(session.data.lock):
        print_compaction(session.console, write_anew(session.data))


@app.command()
def digest(
    data_path: DataOption = None,
    since: Annotated[
        str, typer.Option("--since", metavar="PERIOD", help="Days or weeks, such as 7d or 2w, or a day: 2026-01-31.")
    ] = "7d",
    team: Annotated[
        str | None,
        typer.Option("--team", metavar="TEXT", parser=parse_text, help="Id or name of one team. [default: all teams]"),
    ] = None,
    as_format: Annotated[MessageFormat, typer.Option("--format", help="Format to print.")] = MessageFormat.TEXT,
    send: Annotated[
        bool,
        typer.Option(
            "--send",
            help="Send it to the webhook and the mail addresses under [messages] instead, unless nothing is new.",
        ),
    ] = False,
) -> None:
    """Show what changed: adoption, the library, detachments, growth, and what needs attention, on one screen.

    It reads the published file. Exit code 3: no load ended in the period, so that its changes are not known.
    """
    from datetime import UTC

    from figma_warehouse.job.digest import parse_period, read_digest
    from figma_warehouse.known_settings import check_names
    from figma_warehouse.messages.message_settings import required_recipients
    from figma_warehouse.terminal.print_digest import print_digest, send_digest

    with open_session("digest", data_path) as session:
        check_names()
        recipients = required_recipients() if send else None
        found = read_digest(session.data, parse_period(since, datetime.now(UTC)), team)
        if recipients:
            send_digest(session.console, found, recipients)
        else:
            print_digest(session.console, found, as_format)
        if not found.has_data:
            session.say(f"No load ended since {found.since_at:%Y-%m-%d}: what changed since then is not known.")
            raise typer.Exit(PARTIAL)


@app.command()
def dashboard(
    data_path: DataOption = None,
    host: Annotated[
        str,
        typer.Option("--host", help="Address to listen on. Readers on other machines need the token that is printed."),
    ] = "127.0.0.1",
    port: PortOption = 2718,
    export: Annotated[
        Path | None,
        typer.Option(
            "--export",
            metavar="PATH",
            parser=parse_path,
            help="Write static pages into this folder instead, for any web server.",
        ),
    ] = None,
) -> None:
    """Serve the dashboards of the published file, or write them as static pages."""
    from figma_warehouse.dashboard.server import serve_dashboard
    from figma_warehouse.dashboard.static_pages import export_pages
    from figma_warehouse.terminal.print_files import print_dashboard, print_pages

    with open_session("dashboard", data_path) as session:
        if export is not None:
            print_pages(session.console, export_pages(session.data, export), export)
        else:
            serve_dashboard(
                session.data,
                host,
                port,
                tell=lambda url: print_dashboard(session.console, url),
                tell_end=lambda signal: session.say(f"{signal}: the dashboards are no longer served."),
            )


@app.command()
def sandbox(
    port: PortOption = 4021,
    recorded: Annotated[
        Path | None,
        typer.Option(metavar="PATH", parser=parse_path, help="Serve the recorded answers (*.json.gz) in this folder."),
    ] = None,
    week: Annotated[
        int | None,
        typer.Option(help="Current week of the sample organisation. [default: 26, with --scale 0]", min=0),
    ] = None,
    start: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Monday of week 1. [default: 2026-05-04]"),
    ] = None,
    scale: Annotated[
        bool, typer.Option("--scale", help="Serve a large organisation: 115 files, 1.7 million nodes in week 0.")
    ] = False,
    faults: Annotated[float, typer.Option(help="Share of requests that fail.", min=0, max=1)] = 0,
    seed: Annotated[int, typer.Option(help="Seed that decides which requests fail, and how.")] = 7,
    limits: Annotated[
        str | None, typer.Option(help="Apply the rate limits of PLAN:SEAT, for example professional:full.")
    ] = None,
) -> None:
    """Serve a local Figma API with the sample organisation or recorded answers, and optional faults and limits."""
    from figma_warehouse.sandbox.sandbox_command import ApiOptions, SampleOptions, serve_sandbox
    from figma_warehouse.terminal.print_demo import print_sandbox

    console = make_console()
    with report_failures(console):
        sample, api = SampleOptions(week, start, scale), ApiOptions(faults, seed, limits)
        serve_sandbox(port, recorded, sample, api, lambda access: print_sandbox(console, access))


@app.command()
def demo(data_path: DataOption = None, log_format: LogOption = LogFormat.TEXT) -> None:
    """Load the sample organisation into a warehouse of its own. Each further demo moves it on by a week."""
    from figma_warehouse.job.demo import run_demo
    from figma_warehouse.terminal.print_demo import print_demo

    with open_session("demo", data_path or Path("data/demo"), log_format, notifies=True) as session:
        with session.progress() as events:
            report = run_demo(session.data, events)
        print_demo(session.console, report, session.data)


@app.command()
def images(
    addresses: Annotated[
        list[str], typer.Argument(metavar="FILE_URL...", help="URLs of files, or of nodes (?node-id=).")
    ],
    out: Annotated[Path, typer.Option(metavar="DIRECTORY", parser=parse_path, help="Folder to write to.")],
    image_format: Annotated[str, typer.Option("--format", help="png, jpg, svg or pdf.")] = "png",
    scale: Annotated[float, typer.Option(help="0.01 to 4.")] = 1.0,
    version: Annotated[str | None, typer.Option(help="Id of a version. [default: the current state]")] = None,
    svg_outline_text: Annotated[bool, typer.Option(help="Draw text as outlines, not as <text>.")] = True,
    svg_include_id: Annotated[bool, typer.Option(help="Add layer names as id attributes.")] = False,
    svg_include_node_id: Annotated[bool, typer.Option(help="Add node ids as data-node-id attributes.")] = False,
    svg_simplify_stroke: Annotated[bool, typer.Option(help="Draw strokes as attributes if possible.")] = True,
    contents_only: Annotated[bool, typer.Option(help="Leave out layers that overlap the node.")] = True,
    use_absolute_bounds: Annotated[bool, typer.Option(help="Render the full size, also of cropped layers.")] = False,
    data_path: DataOption = None,
) -> None:
    """Write pictures of nodes, or of all published components of files, to a folder."""
    from figma_warehouse.job.image_export import export_images
    from figma_warehouse.settings import read_settings
    from figma_warehouse.source.pictures.rendering import RenderOptions
    from figma_warehouse.terminal.print_files import print_images

    with open_session("images", data_path) as session:
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
        export = export_images(read_settings(), session.data, addresses, options, out)
        print_images(session.console, export)
        raise typer.Exit(export.exit_code)
