"""Where things lie, and what a person has set: both checked before anything is asked of Figma."""

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import dlt
from dlt.common.configuration import configspec, resolve_configuration
from dlt.common.configuration.exceptions import ConfigurationException, ConfigValueCannotBeCoercedException
from dlt.common.configuration.specs import BaseConfiguration
from dlt.common.typing import TSecretStrValue

from figma_warehouse.bundled import bundled
from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import UsageFailure, cannot_use
from figma_warehouse.source.addresses import Scope, parse_scope
from figma_warehouse.source.api.budget import Budget
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.api.limits import DAY, PERIODS, Allowance, BadAllowance, Limit, parse_limit, plan_at
from figma_warehouse.source.api.safe_hosts import is_safe
from figma_warehouse.source.api.tokens import FixedToken, OAuthToken, Token, TokenAbout
from figma_warehouse.source.documents.archive import Archive, NotArchived, shown
from figma_warehouse.source.pictures.asset_folder import AssetFolder
from figma_warehouse.source.pictures.picture_job import COMPONENTS, THUMBNAILS, BadChoice, Imaging
from figma_warehouse.source.pictures.rendering import BadOption, RenderOptions
from figma_warehouse.source.resources import needed_scopes

LISTS = ("teams", "folders", "files", "exclude")
AMOUNTS = {
    "backoff_seconds": "a number of seconds",
    "longest_wait_seconds": "a number of seconds",
    "archive_keep_days": "a number of days",
    "archive_keep_states": "a number of states",
    "image_scale": "a number from 0.01 to 4",
    "image_max_bytes": "a number of bytes",
}
KINDS = {**dict.fromkeys(("image_fills", "library_analytics"), "true or false"), **dict.fromkeys(LISTS, "a list")}
OAUTH = ("client_id", "client_secret", "refresh_token")
SECRETS = ("FIGMA_TOKEN", "CLIENT_SECRET", "REFRESH_TOKEN", "DASHBOARD_TOKEN", "SLACK_INCOMING_HOOK")
NO_OAUTH = f"OAuth needs {', '.join(OAUTH)} under [sources.figma] in .dlt/secrets.toml; missing: {{}}."


@configspec
class FigmaSettings(BaseConfiguration):
    """The settings under `sources.figma`, as dlt resolves them from the environment and `.dlt/`."""

    figma_token: TSecretStrValue | None = None
    client_id: str | None = None
    client_secret: TSecretStrValue | None = None
    refresh_token: TSecretStrValue | None = None
    base_url: str = "https://api.figma.com"
    teams: list[str] | None = None
    folders: list[str] | None = None
    files: list[str] | None = None
    exclude: list[str] | None = None
    plan: str | None = None
    seat: str = "full"
    tier_1_limit: str | None = None
    tier_2_limit: str | None = None
    tier_3_limit: str | None = None
    backoff_seconds: float = 1.0
    longest_wait_seconds: float = 120.0
    archive: str | None = None
    archive_keep_days: int | None = None
    archive_keep_states: int | None = None
    images: str = THUMBNAILS
    image_fills: bool = False
    image_format: str = "png"
    image_scale: float = 1.0
    image_max_bytes: int = 20_000_000
    assets: str | None = None
    library_analytics: bool = False
    ask_again: bool = False

    def scope(self) -> Scope:
        """Return what to load. Raises BadAddress, or UsageFailure where nothing is named."""
        scope = parse_scope(self.teams or (), self.folders or (), self.files or (), self.exclude or ())
        if scope.is_empty:
            raise UsageFailure(
                "Nothing to load. Name teams, folders or files under [sources.figma] in .dlt/secrets.toml"
                " or as SOURCES__FIGMA__TEAMS='[\"https://www.figma.com/files/team/...\"]'."
            )
        return scope

    def open_archive(self) -> Archive | None:
        """Return the archive that documents go to, if one is set. Raises UsageFailure where it cannot be written."""
        if not self.archive:
            return None
        try:
            archive = Archive(self.archive)
            archive.check()
        except NotArchived as failure:
            raise UsageFailure(
                f"The archive cannot be written: {failure}. Set archive under [sources.figma] to a folder or address"
                " that this job may write to, or leave it out. Nothing was changed."
            ) from failure
        return archive

    def allowance(self) -> Allowance:
        """Return what may be spent. Raises UsageFailure where a plan, a seat or a limit is none.

        Without a plan it is professional; on this machine, where the sandbox is, there is then no limit.
        """
        limits = {1: self.tier_1_limit, 2: self.tier_2_limit, 3: self.tier_3_limit}
        own = {tier: _limit(tier, text) for tier, text in limits.items() if text}
        try:
            return Allowance(self.plan or plan_at(self.base_url), self.seat, own)
        except BadAllowance as error:
            raise UsageFailure(str(error)) from error

    def token(self, data: "DataDir | None" = None) -> Token:
        """Return what signs requests: the token given, or OAuth's by its refresh token. Raises UsageFailure."""
        if self.figma_token is not None:
            return FixedToken(_checked(self.figma_token))
        client = {name: getattr(self, name) for name in OAUTH}
        missing = [name for name, value in client.items() if not value]
        if missing:
            raise UsageFailure(_no_token() if len(missing) == len(OAUTH) else NO_OAUTH.format(", ".join(missing)))
        return OAuthToken(
            **client, base_url=self.base_url, path=data.oauth if data else None, backoff=self.backoff_seconds
        )

    def client(self, data: "DataDir | None" = None) -> FigmaClient:
        """Return a client of the API with these settings, which keeps its budget in the data folder, if there is one.

        Raises UsageFailure.
        """
        token = self.token(data)
        if data:
            data.make()
        path = data.budget if data else None
        budget = Budget(self.allowance(), token.identity, path, self.longest_wait_seconds)
        return FigmaClient(token, self.base_url, self.backoff_seconds, budget)

    def imaging(self, data: "DataDir") -> Imaging:
        """Return what to picture and where to put it. Raises UsageFailure.

        Where documents are given by the day or month, renders would use them up: only who asks for renders gets them.
        """
        folder = AssetFolder(self.assets or str(data.assets))
        renders = self.allowance().limit(1)
        is_scarce = renders is not None and PERIODS[renders.per] >= DAY
        try:
            folder.check()
            return Imaging(
                keep=folder.keep,
                images=self.images,
                fills=self.image_fills,
                options=RenderOptions(self.image_format, self.image_scale),
                most_bytes=self.image_max_bytes,
                backoff=self.backoff_seconds,
                may_render=not is_scarce or self.images == COMPONENTS,
            )
        except (BadChoice, BadOption) as error:
            raise UsageFailure(f"Pictures under [sources.figma]: {error}") from error
        except (ImportError, ValueError) as error:
            raise UsageFailure(
                f'assets "{shown(self.assets or "")}" under [sources.figma] cannot be used: {error}'
            ) from error


def prepare_dlt(data: DataDir) -> None:
    """Point dlt at the project's settings and at the data folder. To be called before dlt resolves anything."""
    if not Path(".dlt").is_dir():
        os.environ.setdefault("DLT_PROJECT_DIR", str(bundled(".dlt").parent))
    os.environ.setdefault("DLT_DATA_DIR", str(data.dlt))
    os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
    # the job has its own way with SIGTERM and Ctrl-C
    os.environ.setdefault("RUNTIME__INTERCEPT_SIGNALS", "false")


def read_settings() -> FigmaSettings:
    """Resolve the settings. Raises UsageFailure that names what is missing or wrong and where to put it."""
    try:
        settings = resolve_configuration(FigmaSettings(), sections=("sources", "figma"))
    except ConfigValueCannotBeCoercedException as error:
        raise UsageFailure(_wrong_type(error)) from error
    except ConfigurationException as error:
        if isinstance(error.__context__, OSError):
            raise UsageFailure(cannot_use(error.__context__.filename, error.__context__.strerror)) from error
        raise UsageFailure(f"A setting under [sources.figma] cannot be read: {_on_one_line(error)}") from error
    _check_base_url(settings.base_url)
    _check_amounts(settings)
    settings.token()
    settings.allowance()
    return settings


def token_about(data: DataDir) -> TokenAbout | None:
    """Return what is known of the token that is set, if one is; nothing is asked of Figma."""
    try:
        return read_settings().token(data).about()
    except UsageFailure:
        return None


def archive_url(given: str | None = None) -> str:
    """Return where the archive is: as given, else as set; no token is needed for it. Raises UsageFailure."""
    url = given or dlt.config.get("sources.figma.archive", str)
    if not url:
        raise UsageFailure(
            "There is no archive to replay. Name it with --archive, or set archive under [sources.figma]: a folder, or"
            " an address such as s3://bucket/figma."
        )
    return str(url)


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what another program may know: no token or secret of ours, under whatever section it is set."""
    return {name: value for name, value in environment.items() if not name.upper().endswith(SECRETS)}


def assets_url(data: DataDir) -> str:
    """Return where pictures are: as set, else in the data folder; no token is needed for it."""
    return str(dlt.config.get("sources.figma.assets", str) or data.assets)


def _limit(tier: int, text: str) -> Limit | None:
    try:
        return parse_limit(text)
    except ValueError as error:
        raise UsageFailure(f"tier_{tier}_limit: {error}.") from None


def _checked(token: str) -> str:
    token = token.strip()
    if not token or token.endswith("...") or not token.isascii() or any(map(str.isspace, token)):
        raise UsageFailure(
            "The token is empty or no token. Put the one from Figma > Settings > Security into .dlt/secrets.toml"
            f" (figma_token under [sources.figma]) or FIGMA_TOKEN. {_scopes_it_needs()}"
        )
    return token


def _no_token() -> str:
    where = ".dlt/secrets.toml (figma_token under [sources.figma]) or FIGMA_TOKEN"
    return f"No token. Put it into {where}. {_scopes_it_needs()}"


def _scopes_it_needs() -> str:
    needed = needed_scopes()
    instead = {scope.instead_of: f" (or {scope.name})" for scope in needed if scope.instead_of}
    names = (f"{scope.name}{instead.get(scope.name, '')}" for scope in needed if not scope.instead_of)
    return f"It needs the scopes {', '.join(names)}."


def _on_one_line(error: Exception) -> str:
    return " ".join(str(error).replace("\\n", " ").split())


def _wrong_type(error: ConfigValueCannotBeCoercedException) -> str:
    """Return what a setting must be; its value may be a secret that was put in the wrong place."""
    name = error.field_name
    words = f"{name} under [sources.figma] must be {AMOUNTS.get(name) or KINDS.get(name) or 'of another type'}"
    if name in LISTS:
        return f"""{words}: {name} = ["..."]; in the environment, SOURCES__FIGMA__{name.upper()}='["..."]'."""
    return f"{words}."


def _check_amounts(settings: FigmaSettings) -> None:
    for name, what in AMOUNTS.items():
        value = getattr(settings, name)
        if value is not None and value < 0:
            raise UsageFailure(f"{name} under [sources.figma] must be {what}, and is {value}.")


def _check_base_url(base_url: str) -> None:
    named = "base_url"
    try:
        named = f'base_url "{shown(base_url).partition("?")[0]}"'
        url = urlsplit(base_url)
        is_address = is_safe(base_url) and not url.query and url.port != 0
    except ValueError:
        is_address = False
    if not is_address:
        raise UsageFailure(
            f"{named} is no address the token may go to. Accepted: https://api.figma.com,"
            " https://api.figma-gov.com, another https address, or http on this machine."
        )
