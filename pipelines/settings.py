"""Where things lie, and what a person has set: both checked before anything is asked of Figma."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import dlt
from dlt.common.configuration import configspec, resolve_configuration
from dlt.common.configuration.exceptions import ConfigFieldMissingException, ConfigurationException
from dlt.common.configuration.specs import BaseConfiguration
from dlt.common.typing import TSecretStrValue

from pipelines.failures import UsageFailure
from pipelines.figma.addresses import Scope, parse_scope
from pipelines.figma.client import FigmaClient

PROJECT = Path(__file__).resolve().parent.parent
SCOPES = (
    "file_content:read, file_metadata:read, file_versions:read, folders:read (or projects:read), "
    "team_library_content:read, library_content:read"
)
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@configspec
class FigmaSettings(BaseConfiguration):
    """The settings under `sources.figma`, as dlt resolves them from the environment and `.dlt/`."""

    figma_token: TSecretStrValue = None  # type: ignore[assignment]
    base_url: str = "https://api.figma.com"
    teams: list[str] | None = None
    folders: list[str] | None = None
    files: list[str] | None = None
    plan: str = "professional"
    seat: str = "full"
    backoff_seconds: float = 1.0
    longest_wait_seconds: float = 120.0

    def scope(self) -> Scope:
        """Return what to load. Raises BadAddress, or UsageFailure where nothing is named."""
        scope = parse_scope(self.teams or (), self.folders or (), self.files or ())
        if scope == Scope():
            raise UsageFailure(
                "Nothing to load. Name teams, folders or files under [sources.figma] in .dlt/secrets.toml"
                " or as SOURCES__FIGMA__TEAMS='[\"https://www.figma.com/files/team/...\"]'."
            )
        return scope

    def client(self) -> FigmaClient:
        """Return a client of the API with these settings."""
        return FigmaClient(self.figma_token, self.base_url, self.backoff_seconds, self.longest_wait_seconds)


@dataclass(frozen=True)
class DataDir:
    """The folder that holds the warehouse and every state; nothing is written anywhere else."""

    root: Path

    @property
    def build(self) -> Path:
        """The DuckDB file that the job writes."""
        return self.root / "build.duckdb"

    @property
    def published(self) -> Path:
        """The DuckDB file that readers open."""
        return self.root / "warehouse.duckdb"

    @property
    def lock(self) -> Path:
        """The file that a running job holds."""
        return self.root / "run.lock"

    @property
    def dlt(self) -> Path:
        """Working folders of dlt."""
        return self.root / "dlt"

    @property
    def dbt(self) -> Path:
        """Compiled models and logs of dbt."""
        return self.root / "dbt"


def data_dir(given: Path | None = None) -> DataDir:
    """Return the data folder: as given, else `DATA_DIR`, else `data`."""
    return DataDir((given or Path(os.environ.get("DATA_DIR") or "data")).absolute())


def prepare_dlt(data: DataDir) -> None:
    """Point dlt at the project's settings and at the data folder. To be called before dlt resolves anything."""
    if not Path(".dlt").is_dir():
        os.environ.setdefault("DLT_PROJECT_DIR", str(PROJECT))
    os.environ.setdefault("DLT_DATA_DIR", str(data.dlt))
    os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")


def read_settings() -> FigmaSettings:
    """Resolve the settings. Raises UsageFailure that names what is missing or wrong and where to put it."""
    try:
        settings = resolve_configuration(FigmaSettings(), sections=("sources", "figma"))
    except ConfigFieldMissingException as error:
        raise UsageFailure(
            "No token. Put it into .dlt/secrets.toml (figma_token under [sources.figma]) or FIGMA_TOKEN."
            f" It needs the scopes {SCOPES}."
        ) from error
    except ConfigurationException as error:
        raise UsageFailure(
            f"A setting under [sources.figma] cannot be read: {error}. Lists in the environment are JSON:"
            """ SOURCES__FIGMA__TEAMS='["https://www.figma.com/files/team/..."]'."""
        ) from error
    _check_token(settings.figma_token)
    _check_base_url(settings.base_url)
    return settings


def use_settings(values: Mapping[str, object]) -> None:
    """Set settings for this process alone, above every file: for the demo."""
    for name, value in values.items():
        dlt.config[f"sources.figma.{name}"] = value


def _check_token(token: str) -> None:
    if not token.strip() or token.endswith("...") or not token.isascii() or any(map(str.isspace, token)):
        raise UsageFailure(
            "The token is empty or no token. Put the one from Figma > Settings > Security into .dlt/secrets.toml"
            f" (figma_token under [sources.figma]) or FIGMA_TOKEN. It needs the scopes {SCOPES}."
        )


def _check_base_url(base_url: str) -> None:
    url = urlsplit(base_url)
    is_safe = url.scheme == "https" or (url.scheme == "http" and url.hostname in LOOPBACK)
    if not is_safe or not url.hostname or url.query or url.username:
        raise UsageFailure(
            f'base_url "{base_url}" is no address the token may go to. Accepted: https://api.figma.com,'
            " https://api.figma-gov.com, another https address, or http on this machine."
        )
