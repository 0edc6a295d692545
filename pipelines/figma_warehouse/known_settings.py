"""The registry of settings: names, types, meanings and where each counts. Keys that are not in it are refused.

`docs/settings.md` is generated from it.
"""

import difflib
import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from figma_warehouse.failures import UsageFailure

SECTION, RUNTIME, MESSAGES, ALERTS = "sources.figma", "runtime", "messages", "alerts"
POSTGRES = "publish.postgres"
PREFIX = "SOURCES__FIGMA__"
# how alike a key and a setting are, of 1, if the key is a slip; more where other programs have keys of their own
IS_NEAR, IS_VERY_NEAR = 0.6, 0.85
ALL = "every command that sends requests"
LOADS = "run, load"
SENDS = "digest, run"


@dataclass(frozen=True)
class Setting:
    """One setting. `used_by` has the commands in which it counts."""

    name: str
    kind: str
    meaning: str
    used_by: str = LOADS
    section: str = SECTION


@dataclass(frozen=True)
class EnvironmentVariable:
    """An environment variable that is not a setting of a file."""

    name: str
    default: str
    meaning: str
    used_by: str


SETTINGS = (
    Setting("figma_token", "text", "Personal or plan access token; a secret. Also `FIGMA_TOKEN`", ALL),
    Setting("client_id", "text", "Id of an OAuth app, instead of a token", ALL),
    Setting("client_secret", "text", "Secret of the OAuth app; a secret", ALL),
    Setting("refresh_token", "text", "Refresh token of the OAuth app; a secret", ALL),
    Setting("base_url", "text", "Address of Figma's API; https, or http on this machine", ALL),
    Setting("teams", "a list", "Teams to load: ids, or addresses from the browser", "run, load, plan, check"),
    Setting("folders", "a list", "Folders (projects) to load: ids or addresses", "run, load, plan, check"),
    Setting("files", "a list", "Files to load: keys or addresses", "run, load, plan, check"),
    Setting(
        "exclude",
        "a list",
        "Files with their branches, and folders with everything in them, to leave out. They leave the figures, and"
        " their history stays",
        "run, load, plan, check",
    ),
    Setting(
        "plan",
        "text",
        "Plan of the organisation, which decides the rate limits: starter, professional, organization, enterprise, or"
        " unlimited. Without it: professional, or unlimited if `base_url` is on this machine",
        ALL,
    ),
    Setting("seat", "text", "Seat of the token's owner: view, collab, dev, full", ALL),
    *(
        Setting(
            f"tier_{tier}_limit",
            "text",
            f'Limit of tier {tier}, if it differs from that of the plan: "12 a minute", "20 a month", "unlimited"',
            ALL,
        )
        for tier in (1, 2, 3)
    ),
    Setting("backoff_seconds", "a number of seconds", "First wait before a retry; each further one is longer", ALL),
    Setting(
        "longest_wait_seconds",
        "a number of seconds",
        "Longest wait that Figma may ask for. If it asks for more, runs leave that tier alone until then",
        ALL,
    ),
    Setting(
        "archive",
        "text",
        "Folder, or fsspec URL such as `s3://bucket/figma`, that keeps documents as Figma sent them",
        "run, load, replay",
    ),
    Setting("archive_keep_days", "a number of days", "Archived states that are older are removed"),
    Setting("archive_keep_states", "a number of states", "Newest archived states of each file that are kept"),
    Setting(
        "images",
        "text",
        "Pictures of published components: `thumbnails` cost no request, `components` are rendered (tier 1), `none`",
    ),
    Setting("image_fills", "true or false", "Load the images that paints use as well (tier 2)"),
    Setting("image_format", "text", "Format of rendered pictures: png, jpg, svg, pdf"),
    Setting("image_scale", "a number from 0.01 to 4", "Scale of rendered pictures"),
    Setting("image_max_bytes", "a number of bytes", "Pictures that are larger are not stored"),
    Setting(
        "assets",
        "text",
        "Folder or fsspec URL for pictures. Without it: `assets` in the data folder",
        "run, load, dashboard",
    ),
    Setting(
        "key_lookups",
        "true or false",
        "Ask Figma for the library of each component, component set and style in use that no published list has: each"
        " key once, a key without an answer again after a week (tier 3; scope library_assets:read)",
        "run, load, plan, check",
    ),
    Setting(
        "library_analytics",
        "true or false",
        "Load Figma's own count of usages for the mart `reconciliation` (tier 3, two or three requests a day for each"
        " library; Enterprise, scope library_analytics:read)",
        "run, load, plan, check",
    ),
    Setting(
        "variables",
        "true or false",
        "Load the names, collections, modes and values of variables from each file that publishes or binds its own"
        " (tier 2, two requests for a file that changed; Enterprise, scope file_variables:read)",
        "run, load, plan, check",
    ),
    Setting(
        "library_actions",
        "true or false",
        "Load Figma's own account of insertions and detachments by week, a year of it at first (tier 3, two or three"
        " requests a week for each library; Enterprise, scope library_analytics:read)",
        "run, load, plan, check",
    ),
    Setting(
        "activity_logs",
        "true or false",
        "Load the openings and exports of files from the activity log (tier 3, one request a run and one more for each"
        " 1,000 events; Enterprise, plan access token, scope org:activity_log_read)",
        "run, load, plan, check",
    ),
    Setting(
        "activity_people",
        "true or false",
        "Store the names and e-mail addresses of people with the events of the activity log. Without it: their ids",
        "run, load",
    ),
    Setting(
        "variable_names",
        "a list",
        "Files that name variables, for plans without the endpoint of `variables`: paths to design tokens (Design"
        " Tokens Community Group) or to Figma's export of variables. If a file has only ids of local variables,"
        " `KEY=path` says which Figma file defines them. No request",
        "run, load, check",
    ),
    Setting(
        "shared_plugin_data",
        "a list",
        "Namespaces of the data that plugins share at nodes, to load with documents; `tokens` are the tokens that"
        " Tokens Studio applied. No request more. Documents that are loaded already lack them: `run --reload all`",
        "run, load, check, replay",
    ),
    Setting(
        "comments",
        "true or false",
        "Load comments without their texts, and reactions (tier 2, one request for a file that changed or has open"
        " threads; scope file_comments:read)",
        "run, load, plan, check",
    ),
    Setting(
        "comment_texts",
        "true or false",
        "Store the texts of comments as well; if it is turned off again, the next load removes them",
        "run, load, plan",
    ),
    Setting(
        "dev_resources",
        "true or false",
        "Load the dev resources of library files, once a day (tier 2, one request for a library; scope"
        " file_dev_resources:read)",
        "run, load, plan, check",
    ),
    Setting(
        "deprecated_pattern",
        "text",
        "Regular expression (RE2) for the mart `deprecated_usage`, in upper or lower case: what is published is"
        " deprecated if it matches its name, that of its set, page or frame, or its description",
        "run, transform, backfill, replay, demo",
    ),
    *(
        Setting(name, kind, f"Threshold of the mart `attention`: {meaning}", "run, transform, backfill, replay, demo")
        for name, kind, meaning in (
            ("attention_growth", "a number such as 0.25", "growth of a file in four weeks; 0.25 stands for 25 %"),
            ("attention_loss", "a number such as 0.5", "loss of nodes of a file in four weeks; 0.5 stands for half"),
            ("attention_unused_days", "a number of days", "days since a component was published that nobody uses"),
            ("attention_detachments", "a number of detachments", "those of one component in one file in four weeks"),
        )
    ),
    Setting("ask_again", "true or false", "As `--ask-again`: retry at once what Figma refused", "run, load, plan"),
    Setting(
        "slack_incoming_hook",
        "text",
        "Address of a webhook of Slack, or of anything that accepts its messages; a secret. It gets a message if a"
        " command ends with 1, 2 or 4",
        "run, load, backfill, replay, demo",
        RUNTIME,
    ),
    Setting(
        "slack_on_partial",
        "true or false",
        "Send the message for exit code 3 too",
        "run, load, backfill, replay, demo",
        RUNTIME,
    ),
    Setting(
        "webhook",
        "text",
        "Address of the webhook for digests and alerts; a secret. Without it: `slack_incoming_hook` under `[runtime]`",
        SENDS,
        MESSAGES,
    ),
    Setting(
        "webhook_format",
        "text",
        "What the webhook accepts: `slack`, `teams`, or `json` (title, text and sections). Without it, the host of the"
        " address decides",
        SENDS,
        MESSAGES,
    ),
    Setting(
        "dashboard_url",
        "text",
        "Address of the dashboards, which lines then link to; `{page}` in it stands for the name of the page, as in"
        " `https://example.com/figma/{page}.html`. Without `{page}`, `/<page>/` follows it",
        SENDS,
        MESSAGES,
    ),
    Setting("mail_to", "a list", "Addresses that get digests and alerts by mail", SENDS, MESSAGES),
    Setting("mail_from", "text", "Address of the sender", SENDS, MESSAGES),
    Setting("smtp_host", "text", "Name of the mail server", SENDS, MESSAGES),
    Setting("smtp_port", "a number of a port", "Port of the mail server", SENDS, MESSAGES),
    Setting("smtp_security", "text", "Encryption: `starttls`, `tls` or `none`", SENDS, MESSAGES),
    Setting("smtp_user", "text", "User of the mail server, if it asks for one", SENDS, MESSAGES),
    Setting("smtp_password", "text", "Password of that user; a secret", SENDS, MESSAGES),
    *(
        Setting(kind, f"a number of {unit}", f"Tell findings of this kind from this {figure} on{more}", "run", ALERTS)
        for kind, unit, figure, more in (
            ("stale_file", "days", "age", ""),
            ("shrunk_file", "nodes", "loss", ", beyond `attention_loss`"),
            ("grown_file", "nodes", "growth", ", beyond `attention_growth`"),
            ("lost_instances", "instances", "number", ""),
            ("unused_component", "days", "age", ", beyond `attention_unused_days`"),
            ("deprecated_use", "usages", "number", ""),
            ("dangling_style", "references", "number", ""),
            ("stale_bindings", "bindings", "number", ""),
            ("detachments", "detachments", "number", ", beyond `attention_detachments`"),
        )
    ),
    Setting(
        "url",
        "text",
        "Address of the database, `postgresql://user:password@host:5432/database`; a secret. libpq's parameters can"
        " follow, and its variables and files, such as `PGPASSWORD`, complete the address. The connection is encrypted"
        " unless the server is on this machine or `sslmode` says otherwise",
        "publish --to postgres",
        POSTGRES,
    ),
    Setting(
        "schema", "text", "Schema for the tables, which is made if it is missing", "publish --to postgres", POSTGRES
    ),
    Setting(
        "after_run",
        "true or false",
        "Publish there at the end of each run, too. If Postgres fails, the run keeps its result, and 0 becomes 3",
        "run",
        POSTGRES,
    ),
)
VARIABLES = (
    EnvironmentVariable(
        "DATA_DIR", "data", "Folder of the warehouse and all state; `--data-dir` comes first", "every command"
    ),
    EnvironmentVariable("FIGMA_TOKEN", "", "`figma_token` under another name", ALL),
    EnvironmentVariable(
        "DASHBOARD_TOKEN",
        "",
        "Token of the dashboards, 16 characters or more. Without it: none on this machine, else a new one at start",
        "dashboard",
    ),
    EnvironmentVariable("HTTPS_PROXY", "", "Address of a proxy", ALL),
    EnvironmentVariable("REQUESTS_CA_BUNDLE", "", "File with the certificates of a proxy or network", ALL),
    EnvironmentVariable("NO_COLOR", "", "If it is set, output has no colors", "every command"),
)
NAMES = {
    section: tuple(one.name for one in SETTINGS if one.section == section)
    for section in (SECTION, RUNTIME, MESSAGES, ALERTS, POSTGRES)
}


def check_names() -> None:
    """Raise UsageFailure if a settings file or a variable has a key that is no setting. Keys of dlt are accepted."""
    unknown = [*_unknown_in_files(), *_unknown_variables(os.environ)]
    if unknown:
        raise UsageFailure(f"{' '.join(unknown)} docs/settings.md describes all settings. Nothing was changed.")


def _unknown_in_files() -> Iterator[str]:
    from dlt.common.configuration.container import Container
    from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

    for provider in Container()[PluggableRunContext].providers.providers:
        if hasattr(provider, "to_toml"):
            place = next(iter(provider.present_locations), provider.name)
            yield from _unknown_in(tomllib.loads(provider.to_toml()), place)


def _unknown_in(document: Mapping[str, Any], place: str) -> Iterator[str]:
    sources = _table(document, "sources")
    for key in _unknown(_keys(_table(sources, "figma")), SECTION):
        yield _refusal(f"{key} under [{SECTION}] in {place}", _nearest(key, NAMES[SECTION]))
    for key in _slips(_keys(_table(document, RUNTIME)), RUNTIME):
        yield _refusal(f"{key} under [{RUNTIME}] in {place}", _nearest(key, NAMES[RUNTIME]))
    tables = {section: _table(document, section) for section in (MESSAGES, ALERTS)}
    tables[POSTGRES] = _table(_table(document, "publish"), "postgres")
    for section, table in tables.items():
        for key in _unknown(_keys(table), section):
            yield _refusal(f"{key} under [{section}] in {place}", _nearest(key, NAMES[section]))
    # dlt looks for settings in these places, too
    for where, table in ((place, document), (f"[sources] in {place}", sources)):
        for key in _slips(_keys(table), SECTION):
            yield _refusal(f"{key} in {where}", _nearest(key, NAMES[SECTION]))
    for name, table in _misnamed(document):
        if any(key in NAMES[SECTION] for key in _keys(table)):
            yield _refusal(f"[{name}] in {place}", f"[{SECTION}]", "section")


def _misnamed(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the sections whose name is almost that of the settings."""
    for name, table in document.items():
        if isinstance(table, Mapping) and _is_like(name, "figma"):
            yield name, table
        if isinstance(table, Mapping) and _is_like(name, "sources"):
            for inner in table:
                if f"{name}.{inner}" != SECTION and _is_like(inner, "figma"):
                    yield f"{name}.{inner}", _table(table, inner)


def _unknown_variables(environment: Mapping[str, str]) -> Iterator[str]:
    for variable in sorted(environment):
        key = variable.upper().removeprefix(PREFIX)
        if key == variable.upper():
            yield from _slip_in_variable(variable)
        elif "__" not in key and (variable != variable.upper() or [*_unknown([key.lower()], SECTION)]):
            near = _nearest(key.lower(), NAMES[SECTION]).upper()
            yield _refusal(variable, near and PREFIX + near)


def _slip_in_variable(variable: str) -> Iterator[str]:
    """Yield a variable that is almost a setting of a section other than that of Figma."""
    for section in (RUNTIME, MESSAGES, ALERTS, POSTGRES):
        prefix = f"{section.upper().replace('.', '__')}__"
        key = variable.removeprefix(prefix).lower()
        if variable.startswith(prefix) and [*_slips([key], section)]:
            yield _refusal(variable, prefix + _nearest(key, NAMES[section]).upper())


def _unknown(keys: Iterable[str], section: str) -> Iterator[str]:
    return (key for key in keys if key not in NAMES[section] and key not in _dlt_names())


def _slips(keys: Iterable[str], section: str) -> Iterator[str]:
    """Yield the keys that are almost settings of a section in which other keys may be those of another program."""
    return (key for key in _unknown(keys, section) if _nearest(key, NAMES[section], IS_VERY_NEAR))


def _nearest(key: str, names: Iterable[str], is_near: float = IS_NEAR) -> str:
    """Return the setting that is most like a key, or "" if none is."""
    found = difflib.get_close_matches(key.lower(), list(names), n=1, cutoff=is_near)
    return found[0] if found else ""


def _is_like(name: str, expected: str) -> bool:
    # a name that goes on, as figma_2, is another section on purpose
    is_another = name != expected and name.startswith(expected)
    return not is_another and difflib.SequenceMatcher(None, name, expected).ratio() >= IS_NEAR


def _refusal(found: str, near: str, what: str = "setting") -> str:
    return f"{found} is not a {what}{f': {near}?' if near else '.'}"


def _table(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = document.get(name)
    return table if isinstance(table, Mapping) else {}


def _keys(table: Mapping[str, Any]) -> list[str]:
    """Return the keys of a table without those of further tables: these are sections of dlt."""
    return [key for key, value in table.items() if not isinstance(value, Mapping)]


def _dlt_names() -> frozenset[str]:
    """Return the names of dlt's own settings that count for one source, or for the whole program."""
    from dlt.common.configuration.specs import RuntimeConfiguration
    from dlt.common.data_writers.buffered import BufferedDataWriter
    from dlt.common.schema.configuration import SchemaConfiguration
    from dlt.extract.pipe_iterator import PipeIterator

    specs = (
        BufferedDataWriter.BufferedDataWriterConfiguration,
        PipeIterator.PipeIteratorConfiguration,
        RuntimeConfiguration,
        SchemaConfiguration,
    )
    of_sources = (
        "max_table_nesting",
        "root_key",
        "schema_contract",
        "parallelized",
        "write_disposition",
        "file_format",
    )
    return frozenset((*of_sources, *(name for spec in specs for name in spec.get_resolvable_fields())))
