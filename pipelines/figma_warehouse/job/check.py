"""Tests what a run needs with few requests: the token, its scopes, the configured teams and files, this machine."""

import importlib.util
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import dlt

from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import DONE, PARTIAL, USAGE, UsageFailure
from figma_warehouse.job.build_file import check_build
from figma_warehouse.messages.delivery import NotSent, send_message
from figma_warehouse.messages.message import Message, MessageLine, MessageSection
from figma_warehouse.messages.message_settings import required_recipients
from figma_warehouse.settings import FigmaSettings
from figma_warehouse.source.addresses import BadAddress, Scope
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.api.refusals import FigmaError, Refused, TokenRefused
from figma_warehouse.source.api.values import as_text, is_plain
from figma_warehouse.source.endpoints import (
    FILE,
    FILE_META,
    FOLDER_FILES,
    ME,
    PROJECT_FILES,
    SCOPES,
    TEAM_FOLDERS,
    TEAM_PROJECTS,
    Endpoint,
    EndpointPath,
    OAuthScope,
)

# on top of the build file, its copy, and the load packages in progress
FREE_BYTES = 500_000_000
MOST_FOLDERS_SEARCHED = 10
# has the form of a key, and no item has it
UNUSED_KEY = "0" * 40


@dataclass(frozen=True)
class Finding:
    """The result of a test: ok, missing (the rest can be loaded) or fatal. `remedy` is what to do or what is lost."""

    name: str
    state: str
    remedy: str = ""


@dataclass(frozen=True)
class CheckReport:
    """The results in order, and the number of requests."""

    findings: list[Finding]
    requests: int
    has_asked_tier_1: bool = False

    @property
    def exit_code(self) -> int:
        """0 if everything works, 2 if no run can work, 3 if a run would miss parts."""
        states = {finding.state for finding in self.findings}
        return USAGE if "fatal" in states else PARTIAL if "missing" in states else DONE


def check(settings: Callable[[], FigmaSettings], data: DataDir, *, sends: bool = False) -> CheckReport:
    """Test what a run needs, and send a test message if `sends`. Unreadable settings are a finding as well."""
    report = _check_run(settings, data)
    return replace(report, findings=[*report.findings, _send_test(data)]) if sends else report


def _check_run(settings: Callable[[], FigmaSettings], data: DataDir) -> CheckReport:
    findings = list(_check_machine(data))
    try:
        chosen = settings()
        scope, api = chosen.scope(), chosen.client(data if findings[0].state == "ok" else None)
        if findings[0].state == "ok":
            chosen.imaging(data)
        chosen.open_archive()
        chosen.tokens_files()
        chosen.namespaces()
    except (UsageFailure, BadAddress) as error:
        return CheckReport([*findings, Finding("settings", "fatal", str(error))], 0)
    try:
        findings += _check_figma(api, scope, chosen)
    except FigmaError as error:
        name = "token" if isinstance(error, TokenRefused) else "connection"
        findings.append(Finding(name, "fatal", str(error)))
    return CheckReport(findings, api.meter.total, has_asked_tier_1=api.meter.requests[1] > 0)


def _check_machine(data: DataDir) -> Iterator[Finding]:
    elsewhere = "choose another one with --data-dir or DATA_DIR"
    yield _test(f"folder {data.root} can be written", lambda: _write(data), elsewhere)
    yield _test("build file can be read", lambda: check_build(data), "")
    has_dbt = importlib.util.find_spec("dbt.adapters.duckdb") is not None
    remedy = "" if has_dbt else "install figma-warehouse with its dependencies"
    yield Finding("dbt", "ok" if has_dbt else "fatal", remedy)
    secrets = Path(dlt.current.run_context().settings_dir) / "secrets.toml"
    if secrets.exists():
        is_private = not secrets.stat().st_mode & 0o077
        remedy = "" if is_private else f"others on this machine can read it: chmod 600 {secrets}"
        yield Finding("only you can read secrets.toml", "ok" if is_private else "missing", remedy)
    free = shutil.disk_usage(next(path for path in (data.root, *data.root.parents) if path.exists())).free
    needed = FREE_BYTES + 3 * (data.build.stat().st_size if data.build.exists() else 0)
    sizes = f"{free / 1e9:,.1f} GB free; a run may need {needed / 1e9:,.1f} GB"
    yield Finding("disk space", "ok" if free > needed else "missing", sizes)


def _check_figma(api: FigmaClient, scope: Scope, settings: FigmaSettings) -> Iterator[Finding]:
    """Request each team, folder and file once, then one item for each scope that is not tested yet.

    Closed tiers are opened again first, so that a request finds out whether Figma still refuses them. Documents are
    expensive: one is requested only if its tier was closed.
    """
    closed = api.budget.reopen()
    yield from _name_owner(api)
    folders: list[EndpointPath] = []
    found = [
        *(_check_team(api, team_id, folders) for team_id in scope.teams),
        *(_check_folder(api, folder_id, folders) for folder_id in scope.folders),
        *(_check_file(api, key) for key in scope.files),
    ]
    yield from found
    if all(finding.state != "ok" for finding in found):
        yield Finding("anything to load", "fatal", "this token can list nothing of what is configured")
        return
    key = next(iter(scope.files), None) or _find_file(api, folders)
    asked = {FILE_META} if scope.files else set()
    for tested in (one for one in SCOPES.values() if _is_needed(one, settings)):
        at = _test_path(tested, asked, next(iter(scope.teams), None), key)
        if at:
            yield _test_scope(api, tested, at)
    for use in closed:
        if use.tier == 1 and use.team_id:
            yield Finding(
                f"documents of team {use.team_id}, which Figma had closed", "ok", "the next run requests them again"
            )
        elif use.tier == 1 and key:
            yield _test_documents(api, key)
    if key is None:
        yield Finding("scopes for files", "missing", "not tested: no file was found to test them with")


def _name_owner(api: FigmaClient) -> Iterator[Finding]:
    """Name the account whose token it is, if Figma tells. The other requests find out whether the token is valid."""
    try:
        answer = api.get(ME.at())
    except (Refused, TokenRefused):
        return
    names = [text for one in ("handle", "email") if (text := as_text(answer.get(one)))]
    if names:
        yield Finding(f"token of {', '.join(names)}", "ok")


def _check_team(api: FigmaClient, team_id: str, folders: list[EndpointPath]) -> Finding:
    name = f"team {team_id}"
    for endpoint, holds in ((TEAM_FOLDERS, "folders"), (TEAM_PROJECTS, "projects")):
        try:
            answer = api.get(endpoint.at(team_id=team_id), holds)
        except Refused as refusal:
            last = refusal
            if refusal.status not in (403, 404):
                break
        else:
            ids = [str(row["id"]) for row in answer[holds] if is_plain(row.get("id"))]
            folders += [_files_of(id_, is_project=endpoint is TEAM_PROJECTS) for id_ in ids]
            return Finding(f"{name} ({answer.get('name') or 'no name'})", "ok")
    return Finding(name, "missing", f"{last}. Without it, none of its files are loaded")


def _check_folder(api: FigmaClient, folder_id: str, folders: list[EndpointPath]) -> Finding:
    for at in (_files_of(folder_id, is_project=False), _files_of(folder_id, is_project=True)):
        try:
            answer = api.get(at, "files")
        except Refused as refusal:
            last = refusal
        else:
            folders.append(at)
            return Finding(f"folder {folder_id} ({answer.get('name') or 'no name'})", "ok")
    return Finding(f"folder {folder_id}", "missing", f"{last}. Without it, none of its files are loaded")


def _check_file(api: FigmaClient, key: str) -> Finding:
    try:
        answer = api.get(FILE_META.at(file_key=key))
    except Refused as refusal:
        consequence = "it is fetched at every run" if refusal.reason == "missing_scope" else "it is not loaded"
        return Finding(f"file {key}", "missing", f"{refusal}. So {consequence}")
    return Finding(f"file {key} ({(answer.get('file') or answer).get('name') or 'no name'})", "ok")


def _find_file(api: FigmaClient, folders: list[EndpointPath]) -> str | None:
    """Return the key of a listed file, from a few folders at most."""
    for at in folders[:MOST_FOLDERS_SEARCHED]:
        try:
            files = api.get(at, "files")["files"]
        except Refused:
            continue
        keys = [file["key"] for file in files if is_plain(file.get("key"))]
        if keys:
            return str(keys[0])
    return None


def _files_of(folder_id: str, *, is_project: bool) -> EndpointPath:
    return PROJECT_FILES.at(project_id=folder_id) if is_project else FOLDER_FILES.at(folder_id=folder_id)


def _is_needed(scope: OAuthScope, settings: FigmaSettings) -> bool:
    """Tell whether a run with these settings needs a scope."""
    return not scope.used_by or any(getattr(settings, name) for name in scope.used_by)


def _test_path(scope: OAuthScope, asked: set[Endpoint], team_id: str | None, key: str | None) -> EndpointPath | None:
    """Return the request that tests a scope, or None if it was tested already or there is no team or file for it."""
    if scope.tried_by is None or scope.tried_by in asked:
        return None
    known = {"team_id": team_id, "file_key": key, "key": UNUSED_KEY}
    parameters = {name: known[name] for name in scope.tried_by.parameters}
    found = {name: value for name, value in parameters.items() if value is not None}
    return scope.tried_by.at(**found) if len(found) == len(parameters) else None


def _test_scope(api: FigmaClient, scope: OAuthScope, at: EndpointPath) -> Finding:
    tested = scope.tried_by
    try:
        api.get(at, **scope.query)
    except Refused as refusal:
        if refusal.reason == "missing_scope":
            return Finding(scope.name, "missing", f"without it {scope.without}")
        if refusal.reason == "rate_limited":
            return Finding(scope.name, "missing", f"not tested: {refusal}")
        if refusal.reason == "plan_limited" and scope.needs_plan:
            return Finding(scope.name, "missing", f"{refusal}. So {scope.without}")
        if tested and "key" in tested.parameters and refusal.reason == "not_found":
            return Finding(scope.name, "ok")
        if tested and not tested.parameters:
            return Finding(scope.name, "missing", f"{refusal}. So {scope.without}")
        # any other refusal concerns the item: the token has passed
        return Finding(scope.name, "ok", f"as far as it could be tested: {refusal}")
    return Finding(scope.name, "ok")


def _send_test(data: DataDir) -> Finding:
    """Send a message that says it is a test to all recipients of digests and alerts."""
    line = MessageLine(f"{socket.gethostname()}, {data.root.absolute()}")
    message = Message(
        "A test of figma-warehouse", (MessageSection("Digests and alerts of this warehouse arrive", (line,)),)
    )
    try:
        sent = send_message(message, required_recipients())
    except (UsageFailure, NotSent) as error:
        return Finding("messages", "missing", str(error))
    return Finding("messages", "ok", f"a test message was sent to {' and '.join(sent)}")


def _test_documents(api: FigmaClient, key: str) -> Finding:
    name = "documents, which Figma had closed"
    try:
        api.get(FILE.at(file_key=key), depth=1)
    except Refused as refusal:
        if refusal.reason == "rate_limited":
            until = f" until {refusal.retry_at:%Y-%m-%d %H:%M} UTC" if refusal.retry_at else ""
            return Finding(name, "missing", f"still closed{until}: {refusal}")
        return Finding(name, "ok", f"open again, as far as it could be tested: {refusal}")
    return Finding(name, "ok", "open again")


def _test(name: str, work: Callable[[], None], remedy: str) -> Finding:
    try:
        work()
    except (OSError, UsageFailure) as error:
        return Finding(name, "fatal", "; ".join(filter(None, (str(error), remedy))))
    return Finding(name, "ok")


def _write(data: DataDir) -> None:
    data.make()
    with tempfile.TemporaryFile(dir=data.root) as file:
        file.write(b"x")
