"""Whether a run can work: the token, its scopes, what is to be loaded, this machine; with the fewest requests."""

import importlib.util
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import dlt

from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import DONE, PARTIAL, USAGE, UsageFailure
from figma_warehouse.job.build_file import check_build
from figma_warehouse.settings import FigmaSettings
from figma_warehouse.source.addresses import BadAddress, Scope
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.api.refusals import FigmaError, Refused, TokenRefused
from figma_warehouse.source.api.values import is_plain

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
class Probe:
    """One request that shows whether the token has a scope, and what goes without it; some need a plan as well."""

    scope: str
    path: str
    cost: str
    params: tuple[tuple[str, Any], ...] = ()
    needs_plan: bool = False


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
        findings += _check_figma(api, scope, given.library_analytics)
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


def _check_figma(api: FigmaClient, scope: Scope, has_analytics: bool) -> Iterator[Finding]:
    """Ask for each team, folder and file once, then for one thing of each scope that is left to try.

    What Figma said of its limits is asked anew: documents, which are dear, only where they were closed.
    """
    closed = api.budget.reopen()
    folders: list[str] = []
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
    probes = chain(
        _team_probes(scope),
        _file_probes(key, is_alone=bool(scope.files)),
        _analytics_probes(key) if has_analytics else (),
    )
    for probe in probes:
        yield _try_scope(api, probe)
    for use in closed:
        if use.tier == 1 and use.place:
            yield Finding(f"documents of team {use.place}, which Figma had closed", "ok", "the next run asks anew")
        elif use.tier == 1 and key:
            yield _try_documents(api, key)
    if key is None:
        yield Finding("scopes for files", "missing", "not tried: no file was found to try them on")


def _check_team(api: FigmaClient, team_id: str, folders: list[str]) -> Finding:
    name = f"team {team_id}"
    for path, holds in ((f"/v2/teams/{team_id}/folders", "folders"), (f"/v1/teams/{team_id}/projects", "projects")):
        try:
            answer = api.get(path, holds)
        except Refused as refusal:
            last = refusal
            if refusal.status not in (403, 404):
                break
        else:
            kind = "v2/folders" if holds == "folders" else "v1/projects"
            folders += [f"/{kind}/{row['id']}/files" for row in answer[holds] if is_plain(row.get("id"))]
            return Finding(f"{name} ({answer.get('name') or 'no name'})", "ok")
    return Finding(name, "missing", f"{last}. Without it none of its files are loaded")


def _check_folder(api: FigmaClient, folder_id: str, folders: list[str]) -> Finding:
    for path in (f"/v2/folders/{folder_id}/files", f"/v1/projects/{folder_id}/files"):
        try:
            answer = api.get(path, "files")
        except Refused as refusal:
            last = refusal
        else:
            folders.append(path)
            return Finding(f"folder {folder_id} ({answer.get('name') or 'no name'})", "ok")
    return Finding(f"folder {folder_id}", "missing", f"{last}. Without it none of its files are loaded")


def _check_file(api: FigmaClient, key: str) -> Finding:
    try:
        answer = api.get(f"/v1/files/{key}/meta")
    except Refused as refusal:
        without = "it is fetched at every run" if refusal.reason == "missing_scope" else "it is not loaded"
        return Finding(f"file {key}", "missing", f"{refusal}. So {without}")
    return Finding(f"file {key} ({(answer.get('file') or answer).get('name') or 'no name'})", "ok")


def _find_file(api: FigmaClient, folders: list[str]) -> str | None:
    """Return the key of some listed file, looking into a few folders at most."""
    for path in folders[:FINDING_A_FILE]:
        try:
            files = api.get(path, "files")["files"]
        except Refused:
            continue
        keys = [file["key"] for file in files if is_plain(file.get("key"))]
        if keys:
            return str(keys[0])
    return None


def _team_probes(scope: Scope) -> Iterator[Probe]:
    for team_id in tuple(scope.teams)[:1]:
        yield Probe(
            "team_library_content:read",
            f"/v1/teams/{team_id}/components",
            "nothing is known of what is published; unused_components stays inconclusive",
            (("page_size", 1),),
        )


def _file_probes(key: str | None, *, is_alone: bool) -> Iterator[Probe]:
    if key is None:
        return
    # image fills need the scope of documents, and cost a request of tier 2 instead of tier 1
    yield Probe("file_content:read", f"/v1/files/{key}/images", "no document can be loaded: nothing is counted")
    yield Probe("file_versions:read", f"/v1/files/{key}/versions", "file_versions stays empty", (("page_size", 1),))
    if is_alone:
        yield Probe(
            "library_content:read",
            f"/v1/files/{key}/components",
            "nothing is known of what configured files publish; unused_components stays inconclusive",
        )
    else:
        yield Probe(
            "file_metadata:read", f"/v1/files/{key}/meta", "whether a file that left its folder is gone is never known"
        )


def _analytics_probes(key: str | None) -> Iterator[Probe]:
    if key:
        yield Probe(
            "library_analytics:read",
            f"/v1/analytics/libraries/{key}/component/usages",
            "reconciliation stays empty; it needs an Enterprise plan, or library_analytics left out of the settings",
            (("group_by", "component"),),
            needs_plan=True,
        )


def _try_scope(api: FigmaClient, probe: Probe) -> Finding:
    try:
        api.get(probe.path, **dict(probe.params))
    except Refused as refusal:
        if refusal.reason == "missing_scope":
            return Finding(probe.scope, "missing", f"without it {probe.cost}")
        if refusal.reason == "rate_limited":
            return Finding(probe.scope, "missing", f"not tried: {refusal}")
        if refusal.reason == "plan_limited" and probe.needs_plan:
            return Finding(probe.scope, "missing", f"{refusal}. So {probe.cost}")
        # another refusal is about the thing asked for: the token got that far
        return Finding(probe.scope, "ok", f"as far as could be tried: {refusal}")
    return Finding(probe.scope, "ok")


def _try_documents(api: FigmaClient, key: str) -> Finding:
    name = "documents, which Figma had closed"
    try:
        api.get(f"/v1/files/{key}", depth=1)
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
