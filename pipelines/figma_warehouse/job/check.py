"""Whether a run can work: the token, its scopes, what is to be loaded, this machine; with the fewest requests."""

import importlib.util
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import dlt

from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import DONE, PARTIAL, USAGE, UsageFailure
from figma_warehouse.job.build_file import check_build
from figma_warehouse.settings import FigmaSettings
from figma_warehouse.source.addresses import BadAddress, Scope
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.api.refusals import FigmaError, Refused, TokenRefused
from figma_warehouse.source.api.values import is_plain
from figma_warehouse.source.endpoints import (
    FILE,
    FILE_META,
    FOLDER_FILES,
    PROJECT_FILES,
    SCOPES,
    TEAM_FOLDERS,
    TEAM_PROJECTS,
    Endpoint,
    EndpointPath,
    OAuthScope,
)

# a run needs room for the build file, its copy, and what is under way
ROOM_BYTES = 500_000_000
FINDING_A_FILE = 10


@dataclass(frozen=True)
class Finding:
    """One thing that was tried: ok, missing (the rest can be loaded), or fatal; `remedy` says what it costs."""

    name: str
    state: str
    remedy: str = ""


@dataclass(frozen=True)
class CheckReport:
    """What was tried, in order, and the requests it took."""

    findings: list[Finding]
    requests: int
    has_asked_tier_1: bool = False

    @property
    def exit_code(self) -> int:
        """0 when all is well, 2 when no run could work, 3 when parts would be missing."""
        states = {finding.state for finding in self.findings}
        return USAGE if "fatal" in states else PARTIAL if "missing" in states else DONE


def check(settings: Callable[[], FigmaSettings], data: DataDir) -> CheckReport:
    """Try what a run needs. Settings that cannot be read are a finding like the others."""
    findings = list(_check_machine(data))
    try:
        given = settings()
        scope, api = given.scope(), given.client(data if findings[0].state == "ok" else None)
        if findings[0].state == "ok":
            given.imaging(data)
        given.open_archive()
    except (UsageFailure, BadAddress) as error:
        return CheckReport([*findings, Finding("settings", "fatal", str(error))], 0)
    try:
        findings += _check_figma(api, scope, given)
    except FigmaError as error:
        name = "token" if isinstance(error, TokenRefused) else "connection"
        findings.append(Finding(name, "fatal", str(error)))
    return CheckReport(findings, api.meter.total, has_asked_tier_1=api.meter.requests[1] > 0)


def _check_machine(data: DataDir) -> Iterator[Finding]:
    yield _tried(f"folder {data.root} can be written", lambda: _write(data), "name another with --data-dir or DATA_DIR")
    yield _tried("build file can be read", lambda: check_build(data), "")
    has_dbt = importlib.util.find_spec("dbt.adapters.duckdb") is not None
    yield Finding("dbt", "ok" if has_dbt else "fatal", "" if has_dbt else "install the project with its dependencies")
    secrets = Path(dlt.current.run_context().settings_dir) / "secrets.toml"
    if secrets.exists():
        is_private = not secrets.stat().st_mode & 0o077
        remedy = "" if is_private else f"others on this machine can read it: chmod 600 {secrets}"
        yield Finding("secrets.toml is its owner's alone", "ok" if is_private else "missing", remedy)
    free = shutil.disk_usage(next(path for path in (data.root, *data.root.parents) if path.exists())).free
    needed = ROOM_BYTES + 3 * (data.build.stat().st_size if data.build.exists() else 0)
    words = f"{free / 1e9:,.1f} GB free; a run may need {needed / 1e9:,.1f} GB"
    yield Finding("disk space", "ok" if free > needed else "missing", words)


def _check_figma(api: FigmaClient, scope: Scope, settings: FigmaSettings) -> Iterator[Finding]:
    """Ask for each team, folder and file once, then for one thing of each scope that is left to try.

    What Figma said of its limits is asked anew: documents, which are dear, only where they were closed.
    """
    closed = api.budget.reopen()
    folders: list[EndpointPath] = []
    found = [
        *(_check_team(api, team_id, folders) for team_id in scope.teams),
        *(_check_folder(api, folder_id, folders) for folder_id in scope.folders),
        *(_check_file(api, key) for key in scope.files),
    ]
    yield from found
    if all(finding.state != "ok" for finding in found):
        yield Finding("anything to load", "fatal", "of what is configured nothing can be listed with this token")
        return
    key = next(iter(scope.files), None) or _find_file(api, folders)
    asked = {FILE_META} if scope.files else set()
    for probed in (one for one in SCOPES.values() if one.used_by is None or getattr(settings, one.used_by)):
        at = _probe_path(probed, asked, next(iter(scope.teams), None), key)
        if at:
            yield _try_scope(api, probed, at)
    for use in closed:
        if use.tier == 1 and use.team_id:
            yield Finding(f"documents of team {use.team_id}, which Figma had closed", "ok", "the next run asks anew")
        elif use.tier == 1 and key:
            yield _try_documents(api, key)
    if key is None:
        yield Finding("scopes for files", "missing", "not tried: no file was found to try them on")


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
    return Finding(name, "missing", f"{last}. Without it none of its files are loaded")


def _check_folder(api: FigmaClient, folder_id: str, folders: list[EndpointPath]) -> Finding:
    for at in (_files_of(folder_id, is_project=False), _files_of(folder_id, is_project=True)):
        try:
            answer = api.get(at, "files")
        except Refused as refusal:
            last = refusal
        else:
            folders.append(at)
            return Finding(f"folder {folder_id} ({answer.get('name') or 'no name'})", "ok")
    return Finding(f"folder {folder_id}", "missing", f"{last}. Without it none of its files are loaded")


def _check_file(api: FigmaClient, key: str) -> Finding:
    try:
        answer = api.get(FILE_META.at(file_key=key))
    except Refused as refusal:
        without = "it is fetched at every run" if refusal.reason == "missing_scope" else "it is not loaded"
        return Finding(f"file {key}", "missing", f"{refusal}. So {without}")
    return Finding(f"file {key} ({(answer.get('file') or answer).get('name') or 'no name'})", "ok")


def _find_file(api: FigmaClient, folders: list[EndpointPath]) -> str | None:
    """Return the key of some listed file, looking into a few folders at most."""
    for at in folders[:FINDING_A_FILE]:
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


def _probe_path(scope: OAuthScope, asked: set[Endpoint], team_id: str | None, key: str | None) -> EndpointPath | None:
    """Return what to ask to try a scope; None if it was tried already or there is no team or file to try it on."""
    if scope.tried_by is None or scope.tried_by in asked:
        return None
    known = {"team_id": team_id, "file_key": key}
    parameters = {name: known[name] for name in scope.tried_by.parameters}
    found = {name: value for name, value in parameters.items() if value is not None}
    return scope.tried_by.at(**found) if len(found) == len(parameters) else None


def _try_scope(api: FigmaClient, scope: OAuthScope, at: EndpointPath) -> Finding:
    try:
        api.get(at, **scope.query)
    except Refused as refusal:
        if refusal.reason == "missing_scope":
            return Finding(scope.name, "missing", f"without it {scope.without}")
        if refusal.reason == "rate_limited":
            return Finding(scope.name, "missing", f"not tried: {refusal}")
        if refusal.reason == "plan_limited" and scope.needs_plan:
            return Finding(scope.name, "missing", f"{refusal}. So {scope.without}")
        # another refusal is about the thing asked for: the token got that far
        return Finding(scope.name, "ok", f"as far as could be tried: {refusal}")
    return Finding(scope.name, "ok")


def _try_documents(api: FigmaClient, key: str) -> Finding:
    name = "documents, which Figma had closed"
    try:
        api.get(FILE.at(file_key=key), depth=1)
    except Refused as refusal:
        if refusal.reason == "rate_limited":
            until = f" until {refusal.retry_at:%Y-%m-%d %H:%M} UTC" if refusal.retry_at else ""
            return Finding(name, "missing", f"closed still{until}: {refusal}")
        return Finding(name, "ok", f"open again, as far as could be tried: {refusal}")
    return Finding(name, "ok", "open again")


def _tried(name: str, work: Callable[[], None], remedy: str) -> Finding:
    try:
        work()
    except (OSError, UsageFailure) as error:
        return Finding(name, "fatal", "; ".join(filter(None, (str(error), remedy))))
    return Finding(name, "ok")


def _write(data: DataDir) -> None:
    data.make()
    with tempfile.TemporaryFile(dir=data.root) as file:
        file.write(b"x")
