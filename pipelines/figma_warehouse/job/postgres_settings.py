"""The settings under `publish.postgres`: the database and the schema that `publish --to postgres` writes to."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

import dlt
from dlt.common.configuration.exceptions import ConfigurationException

from figma_warehouse.failures import UsageFailure
from figma_warehouse.known_settings import POSTGRES, check_names
from figma_warehouse.source.api.safe_hosts import is_local

DEFAULT_SCHEMA = "figma_warehouse"
# Postgres cuts longer names off
LONGEST_NAME = 63
# a server that is gone must not hold a job up for hours
DEFAULTS = {"application_name": "figma-warehouse", "connect_timeout": "10", "tcp_user_timeout": "60000"}


@dataclass(frozen=True)
class PostgresSettings:
    """The parameters of a connection, as libpq names them, and the schema."""

    connection: Mapping[str, str] = field(repr=False)
    schema: str

    @property
    def password(self) -> str | None:
        """The password, if it stands in the address."""
        return self.connection.get("password")


def read_postgres_settings() -> PostgresSettings:
    """Return the settings. Raises UsageFailure, whose message omits the address, because it may have a password."""
    check_names()
    url, schema = _text("url"), _text("schema") or DEFAULT_SCHEMA
    if not url:
        raise UsageFailure(
            f"There is no address of Postgres. Set url under [{POSTGRES}] in .dlt/secrets.toml, or"
            " PUBLISH__POSTGRES__URL, to postgresql://user:password@host:5432/database. Nothing was sent."
        )
    if len(schema.encode()) > LONGEST_NAME or not schema.isprintable():
        raise UsageFailure(
            f"schema under [{POSTGRES}] is not a name of at most {LONGEST_NAME} bytes. Nothing was sent."
        )
    return PostgresSettings(_with_defaults(_parse(url)), schema)


def is_published_after_run() -> bool:
    """Return the setting `after_run`. Raises UsageFailure if it is neither true nor false."""
    try:
        return bool(dlt.config.get(f"{POSTGRES}.after_run", bool))
    except ConfigurationException as error:
        raise UsageFailure(f"after_run under [{POSTGRES}] must be true or false. Nothing was loaded.") from error


def _parse(url: str) -> dict[str, str]:
    from psycopg2 import ProgrammingError
    from psycopg2.extensions import parse_dsn

    try:
        parsed = dict(parse_dsn(url))
    except (ProgrammingError, UnicodeError, ValueError):
        parsed = {}
    # libpq takes the rest of a password with @ or / for the host, port or database, and repeats that in its messages
    is_split = "@" in parsed.get("host", "") + parsed.get("dbname", "")
    if not parsed or is_split or parsed.get("port", "").strip("0123456789,"):
        raise UsageFailure(
            f"url under [{POSTGRES}] is not an address of Postgres. Write it as"
            " postgresql://user:password@host:5432/database, with %40 for @, %2F for / and %25 for % in a password."
            " Nothing was sent."
        )
    return parsed


def _with_defaults(given: dict[str, str]) -> dict[str, str]:
    """Add limits of time, and encryption unless the server is on this machine or somebody chose otherwise."""
    is_chosen = "sslmode" in given or "service" in given or "PGSSLMODE" in os.environ
    encryption = {} if is_chosen or _is_on_this_machine(given) else {"sslmode": "require"}
    return DEFAULTS | encryption | given | {"client_encoding": "UTF8"}


def _is_on_this_machine(given: Mapping[str, str]) -> bool:
    hosts = given.get("host") or given.get("hostaddr") or os.environ.get("PGHOST") or ""
    return all(not host or host.startswith("/") or is_local(_url(host)) for host in hosts.split(","))


def _url(host: str) -> str:
    return f"http://[{host}]" if ":" in host else f"http://{host}"


def _text(name: str) -> str | None:
    try:
        value = dlt.secrets.get(f"{POSTGRES}.{name}", str)
    except ConfigurationException as error:
        raise UsageFailure(f"{name} under [{POSTGRES}] cannot be read. Nothing was sent.") from error
    return str(value).strip() if value else None
