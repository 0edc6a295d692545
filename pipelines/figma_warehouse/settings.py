"""The settings under `sources.figma`. They are checked before the first request to Figma."""

import math
import re
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import dlt
from dlt.common.configuration import configspec, resolve_configuration
from dlt.common.configuration.exceptions import ConfigurationException, ConfigValueCannotBeCoercedException
from dlt.common.configuration.specs import BaseConfiguration
from dlt.common.typing import TSecretStrValue

from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import UsageFailure, unusable_message
from figma_warehouse.known_settings import RUNTIME, SECTION, SETTINGS, check_names
from figma_warehouse.messages.message_settings import check_messages
from figma_warehouse.source.addresses import Scope, parse_scope
from figma_warehouse.source.api.limits import Allowance, BadAllowance, Limit, parse_limit, plan_at
from figma_warehouse.source.api.safe_hosts import is_safe
from figma_warehouse.source.api.tokens import FixedToken, OAuthToken, Token, TokenAbout
from figma_warehouse.source.documents.archive import hide_credentials
from figma_warehouse.source.resources import needed_scopes

if TYPE_CHECKING:
    from figma_warehouse.source.api.client import FigmaClient
    from figma_warehouse.source.documents.archive import Archive
    from figma_warehouse.source.outcomes import Row
    from figma_warehouse.source.pictures.picture_job import Imaging

Kind = TypeVar("Kind", str, float)
TYPES = {one.name: one.kind for one in SETTINGS if one.section == SECTION}
LISTS = tuple(name for name, kind in TYPES.items() if kind == "a list")
NUMBERS = {name: kind for name, kind in TYPES.items() if kind.startswith("a number")}
WEBHOOK, ON_PARTIAL = f"{RUNTIME}.slack_incoming_hook", f"{RUNTIME}.slack_on_partial"
DEPRECATED_PATTERN = "(^|[^a-z])(deprecated|obsolete|legacy|do not use|sunset)([^a-z]|$)|⛔|🚫"
# as setSharedPluginData of Figma's plugin API accepts it
NAMESPACE = re.compile(r"[0-9A-Za-z_.]{3,}")
OAUTH = ("client_id", "client_secret", "refresh_token")
THRESHOLDS = tuple(name for name in NUMBERS if name.startswith("attention_"))
INCOMPLETE_OAUTH = f"OAuth needs {', '.join(OAUTH)} under [sources.figma] in .dlt/secrets.toml; missing: {{}}."


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
    images: str = "thumbnails"
    image_fills: bool = False
    image_format: str = "png"
    image_scale: float = 1.0
    image_max_bytes: int = 20_000_000
    assets: str | None = None
    key_lookups: bool = False
    library_analytics: bool = False
    library_actions: bool = False
    variables: bool = False
    activity_logs: bool = False
    activity_people: bool = False
    variable_names: list[str] | None = None
    shared_plugin_data: list[str] | None = None
    comments: bool = False
    comment_texts: bool = False
    dev_resources: bool = False
    ask_again: bool = False
    deprecated_pattern: str = DEPRECATED_PATTERN
    attention_growth: float = 0.25
    attention_loss: float = 0.5
    attention_unused_days: float = 91.0
    attention_detachments: int = 3

    def scope(self) -> Scope:
        """Return what to load. Raises BadAddress, or UsageFailure if nothing is configured."""
        scope = parse_scope(self.teams or (), self.folders or (), self.files or (), self.exclude or ())
        if scope.is_empty:
            raise UsageFailure(
                "Nothing to load. Name teams, folders or files under [sources.figma] in .dlt/secrets.toml"
                " or as SOURCES__FIGMA__TEAMS='[\"https://www.figma.com/files/team/...\"]'."
            )
        return scope

    def tokens_files(self) -> "dict[str, list[Row]]":
        """Return the rows of the files that name variables, by path. Raises UsageFailure if one cannot be used."""
        from figma_warehouse.source.tokens_files.reading import read_tokens_files

        return read_tokens_files(self.variable_names or ())

    def namespaces(self) -> tuple[str, ...]:
        """Return the namespaces of shared plugin data to load, sorted. Raises UsageFailure if one is no namespace."""
        given = sorted(set(self.shared_plugin_data or ()))
        wrong = [one for one in given if not NAMESPACE.fullmatch(one)]
        if wrong:
            raise UsageFailure(
                f"shared_plugin_data under [sources.figma]: {wrong[0]!a} is not a namespace, which has letters, digits,"
                " _ and . only, such as tokens. Nothing was changed."
            )
        return tuple(given)

    def open_archive(self) -> "Archive | None":
        """Return the archive for documents, or None if none is set. Raises UsageFailure if it cannot be written."""
        from figma_warehouse.source.documents.archive import Archive, NotArchived

        if not self.archive:
            return None
        try:
            archive = Archive(self.archive)
            archive.check()
        except NotArchived as failure:
            raise UsageFailure(
                f"The archive cannot be written: {failure}. Set archive under [sources.figma] to a folder or address"
                " that this job can write to, or remove the setting. Nothing was changed."
            ) from failure
        return archive

    def allowance(self) -> Allowance:
        """Return the request limits. Raises UsageFailure if a plan, a seat or a limit is invalid.

        If no plan is set, the plan is professional; if `base_url` is on this machine, as the sandbox is, unlimited.
        """
        limits = {1: self.tier_1_limit, 2: self.tier_2_limit, 3: self.tier_3_limit}
        own = {tier: _limit(tier, text) for tier, text in limits.items() if text}
        try:
            return Allowance(self.plan or plan_at(self.base_url), self.seat, own)
        except BadAllowance as error:
            raise UsageFailure(str(error)) from error

    def token(self, data: DataDir | None = None) -> Token:
        """Return the token that signs requests: `figma_token`, else OAuth by its refresh token. Raises UsageFailure."""
        if self.figma_token is not None:
            return FixedToken(_check_token(self.figma_token))
        client = {name: getattr(self, name) for name in OAUTH}
        missing = [name for name, value in client.items() if not value]
        if missing:
            raise UsageFailure(
                _no_token() if len(missing) == len(OAUTH) else INCOMPLETE_OAUTH.format(", ".join(missing))
            )
        return OAuthToken(
            **client, base_url=self.base_url, path=data.oauth if data else None, backoff=self.backoff_seconds
        )

    def client(self, data: DataDir | None = None) -> "FigmaClient":
        """Return a client of the API. Its budget is kept in the data folder, if one is given. Raises UsageFailure."""
        from figma_warehouse.source.api.budget import Budget
        from figma_warehouse.source.api.client import FigmaClient

        token = self.token(data)
        if data:
            data.make()
        path = data.budget if data else None
        budget = Budget(self.allowance(), token.identity, path, self.longest_wait_seconds)
        return FigmaClient(token, self.base_url, self.backoff_seconds, budget)

    def imaging(self, data: DataDir) -> "Imaging":
        """Return which pictures to load and where to store them. Raises UsageFailure."""
        from figma_warehouse.source.pictures.asset_folder import AssetFolder
        from figma_warehouse.source.pictures.picture_job import BadChoice, Imaging
        from figma_warehouse.source.pictures.rendering import BadOption, RenderOptions

        folder = AssetFolder(self.assets or str(data.assets))
        try:
            folder.check()
            return Imaging(
                store=folder.store,
                images=self.images,
                fills=self.image_fills,
                options=RenderOptions(self.image_format, self.image_scale),
                max_bytes=self.image_max_bytes,
                backoff=self.backoff_seconds,
            )
        except (BadChoice, BadOption) as error:
            raise UsageFailure(f"Pictures under [sources.figma]: {error}") from error
        except (ImportError, ValueError) as error:
            raise UsageFailure(
                f'assets "{hide_credentials(self.assets or "")}" under [sources.figma] cannot be used: {error}'
            ) from error


def read_settings() -> FigmaSettings:
    """Resolve and check the settings. Raises UsageFailure, which names the missing, unknown or invalid setting."""
    try:
        check_names()
        check_webhook()
        check_messages()
        settings = resolve_configuration(FigmaSettings(), sections=("sources", "figma"))
    except ConfigValueCannotBeCoercedException as error:
        raise UsageFailure(_wrong_type(error)) from error
    except ConfigurationException as error:
        if isinstance(error.__context__, OSError):
            raise UsageFailure(unusable_message(error.__context__.filename, error.__context__.strerror)) from error
        raise UsageFailure(f"A setting under [sources.figma] cannot be read: {_on_one_line(error)}") from error
    _check_base_url(settings.base_url)
    _check_amounts(settings)
    _check_pattern(settings.deprecated_pattern)
    settings.token()
    settings.allowance()
    return settings


def check_webhook() -> None:
    """Raise UsageFailure if the webhook is set to something else than an address. The message omits the value."""
    try:
        given = dlt.secrets.get(WEBHOOK, str)
    except ConfigurationException:
        return  # the notification warns
    try:
        url = urlsplit(given or "https://none")
        is_address = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        is_address = False
    if not is_address:
        raise UsageFailure(
            "slack_incoming_hook under [runtime] (or RUNTIME__SLACK_INCOMING_HOOK) is not an address. It must be the"
            " whole address of a webhook, with https:// at its start. Nothing was changed."
        )


def describe_token(data: DataDir) -> TokenAbout | None:
    """Return the facts about the configured token that need no request, or None if there is no valid token."""
    try:
        return read_settings().token(data).about()
    except UsageFailure:
        return None


def archive_url(given: str | None = None) -> str:
    """Return the address of the archive: the one given, else the setting. It needs no token. Raises UsageFailure."""
    url = given or dlt.config.get("sources.figma.archive", str)
    if not url:
        raise UsageFailure(
            "There is no archive to replay. Name it with --archive, or set archive under [sources.figma]: a folder, or"
            " an address such as s3://bucket/figma."
        )
    return str(url)


def replayed_namespaces() -> tuple[str, ...]:
    """Return the namespaces of shared plugin data, as the setting has them. It needs no token. Raises UsageFailure."""
    settings = FigmaSettings()
    settings.shared_plugin_data = dlt.config.get(f"{SECTION}.shared_plugin_data", list)
    return settings.namespaces()


def assets_url(data: DataDir) -> str:
    """Return the folder of pictures: the setting, else the one in the data folder. It needs no token."""
    return str(dlt.config.get("sources.figma.assets", str) or data.assets)


def deprecated_pattern() -> str:
    """Return the pattern of what is deprecated: the setting, else its default. It needs no token.

    Raises UsageFailure if it is no regular expression.
    """
    return _check_pattern(_model_setting("deprecated_pattern", str))


def attention_thresholds() -> dict[str, float]:
    """Return the settings attention_… by name, each as given or by default. It needs no token.

    Raises UsageFailure if one is no number, or negative.
    """
    return {name: _check_amount(name, _model_setting(name, float)) for name in THRESHOLDS}


def _model_setting(name: str, kind: type[Kind]) -> Kind:
    """Return a setting as given, else its default. Raises UsageFailure if it cannot be read as this kind."""
    try:
        given = dlt.config.get(f"{SECTION}.{name}", kind)
    except ConfigValueCannotBeCoercedException as error:
        raise UsageFailure(_wrong_type(error)) from error
    except ConfigurationException as error:
        raise UsageFailure(f"{name} under [sources.figma] cannot be read: {_on_one_line(error)}") from error
    return kind(getattr(FigmaSettings(), name) if given is None else given)


def _check_pattern(pattern: str) -> str:
    """Return the pattern. Raises UsageFailure if the models cannot use it, which the database says."""
    import duckdb

    name = "deprecated_pattern under [sources.figma]"
    try:
        with duckdb.connect() as connection:
            found = connection.execute("select regexp_matches('', $1, 'i')", [pattern]).fetchall()
    except duckdb.Error as error:
        reason = _on_one_line(error).removeprefix("Invalid Input Error: ").rstrip(".")
        raise UsageFailure(f"{name} is no regular expression: {reason}. Nothing was changed.") from error
    if found == [(True,)] or "\0" in pattern:
        raise UsageFailure(
            f"{name} matches an empty text, or has a null character. Name at least one word. Nothing was changed."
        )
    return pattern


def _limit(tier: int, text: str) -> Limit | None:
    try:
        return parse_limit(text)
    except ValueError as error:
        raise UsageFailure(f"tier_{tier}_limit: {error}.") from None


def _check_token(token: str) -> str:
    token = token.strip()
    if not token or token.endswith("...") or not token.isascii() or any(map(str.isspace, token)):
        raise UsageFailure(
            "The token is empty or not a token. Put the one from Figma > Settings > Security into .dlt/secrets.toml"
            f" (figma_token under [sources.figma]) or FIGMA_TOKEN. {_scopes_it_needs()}"
        )
    return token


def _no_token() -> str:
    return (
        "No token. Put it into .dlt/secrets.toml (figma_token under [sources.figma]; figma-warehouse init writes that"
        f" file to start from) or FIGMA_TOKEN. {_scopes_it_needs()}"
    )


def _scopes_it_needs() -> str:
    needed = needed_scopes()
    instead = {scope.instead_of: f" (or {scope.name})" for scope in needed if scope.instead_of}
    names = (f"{scope.name}{instead.get(scope.name, '')}" for scope in needed if not scope.instead_of)
    return f"It needs the scopes {', '.join(names)}."


def _on_one_line(error: Exception) -> str:
    return " ".join(str(error).replace("\\n", " ").split())


def _wrong_type(error: ConfigValueCannotBeCoercedException) -> str:
    """Return a message about the type of a setting. It omits the value, which could be a misplaced secret."""
    # of a setting that is asked for alone, dlt gives the section as well
    name = error.field_name.rpartition(".")[2]
    words = f"{name} under [sources.figma] must be {TYPES.get(name) or 'of another type'}"
    if name in LISTS:
        return f"""{words}: {name} = ["..."]; in the environment, SOURCES__FIGMA__{name.upper()}='["..."]'."""
    return f"{words}."


def _check_amounts(settings: FigmaSettings) -> None:
    for name in NUMBERS:
        value = getattr(settings, name)
        if value is not None:
            _check_amount(name, value)


def _check_amount(name: str, value: float) -> float:
    if not 0 <= value < math.inf:
        raise UsageFailure(f"{name} under [sources.figma] must be {NUMBERS[name]}, and is {value}.")
    return value


def _check_base_url(base_url: str) -> None:
    name = "base_url"
    try:
        name = f'base_url "{hide_credentials(base_url).partition("?")[0]}"'
        url = urlsplit(base_url)
        is_address = is_safe(base_url) and not url.query and url.port != 0
    except ValueError:
        is_address = False
    if not is_address:
        raise UsageFailure(
            f"The token must not be sent to {name}. Accepted: https://api.figma.com,"
            " https://api.figma-gov.com, another https address, or http on this machine."
        )
