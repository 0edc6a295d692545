"""The settings under `messages`, where digests and alerts go, and under `alerts`, which findings are told."""

import math
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import dlt
from dlt.common.configuration.exceptions import ConfigurationException, ConfigValueCannotBeCoercedException

from figma_warehouse.failures import UsageFailure
from figma_warehouse.known_settings import ALERTS, MESSAGES, SETTINGS
from figma_warehouse.source.api.safe_hosts import is_local

DEFAULTS: dict[str, Any] = {"smtp_port": 587, "smtp_security": "starttls"}
SECURITIES = ("starttls", "tls", "none")
WEBHOOK_FORMATS = ("slack", "teams", "json")
TEAMS_HOSTS = (".webhook.office.com", ".logic.azure.com", ".api.powerplatform.com")
TYPES = {(one.section, one.name): one.kind for one in SETTINGS}
FALLBACK_WEBHOOK = "runtime.slack_incoming_hook"


@dataclass(frozen=True)
class Mail:
    """A mail server and the addresses of a mail."""

    host: str
    port: int
    security: str
    sender: str
    recipients: tuple[str, ...]
    user: str | None = None
    password: str | None = None


@dataclass(frozen=True)
class Recipients:
    """Where messages go: a webhook with the format that it accepts (slack, teams, json), mail, or both."""

    webhook: str | None
    webhook_format: str
    mail: Mail | None


def read_recipients() -> Recipients | None:
    """Return where messages go, or None if neither a webhook nor mail is set. Raises UsageFailure, without values."""
    given = _text("webhook")
    webhook = given or _fallback_webhook()
    if webhook:
        _check_address("webhook", webhook)
    mail = _read_mail()
    if not webhook and not mail:
        return None
    return Recipients(webhook, _webhook_format(given) if webhook else "json", mail)


def required_recipients() -> Recipients:
    """Return where messages go. Raises UsageFailure if neither a webhook nor mail is set."""
    recipients = read_recipients()
    if recipients is None:
        raise UsageFailure(
            f"There is nobody to send to. Set webhook, or mail_to with smtp_host and mail_from, under [{MESSAGES}] in"
            " .dlt/secrets.toml. Nothing was sent."
        )
    return recipients


def check_messages() -> None:
    """Raise UsageFailure if a setting of messages or alerts cannot be used."""
    read_recipients()
    dashboard_url()
    alert_thresholds()


def dashboard_url() -> str | None:
    """Return the address of the dashboards, or None if none is set. Raises UsageFailure."""
    url = _text("dashboard_url")
    if url:
        _check_address("dashboard_url", url)
    return url


def alert_thresholds() -> dict[str, float]:
    """Return the smallest figure that is told, by kind of finding; only kinds that are set. Raises UsageFailure."""
    given = {one.name: _number(one.name, ALERTS) for one in SETTINGS if one.section == ALERTS}
    return {kind: least for kind, least in given.items() if least is not None}


def _webhook_format(given: str | None) -> str:
    chosen = _text("webhook_format")
    if chosen:
        if chosen not in WEBHOOK_FORMATS:
            raise UsageFailure(f"webhook_format under [{MESSAGES}] must be one of {', '.join(WEBHOOK_FORMATS)}.")
        return chosen
    host = urlsplit(given or "").hostname or ""
    if host.endswith(TEAMS_HOSTS):
        return "teams"
    # the webhook of failures accepts Slack's messages
    return "slack" if not given or host == "hooks.slack.com" else "json"


def _fallback_webhook() -> str | None:
    try:
        return dlt.secrets.get(FALLBACK_WEBHOOK, str)
    except ConfigurationException as error:
        raise UsageFailure("slack_incoming_hook under [runtime] cannot be read. Nothing was sent.") from error


def _read_mail() -> Mail | None:
    recipients = _setting("mail_to", list) or []
    if not recipients:
        return None
    host, sender = _text("smtp_host"), _text("mail_from")
    missing = [name for name, value in (("smtp_host", host), ("mail_from", sender)) if not value]
    if not host or not sender:
        raise UsageFailure(f"Mail needs {' and '.join(missing)} under [{MESSAGES}]. Nothing was sent.")
    for name, addresses in (("mail_from", [sender]), ("mail_to", recipients)):
        if not all(_is_mail_address(one) for one in addresses):
            raise UsageFailure(f"{name} under [{MESSAGES}] must be of the form name@example.com. Nothing was sent.")
    security = _text("smtp_security") or str(DEFAULTS["smtp_security"])
    if security not in SECURITIES:
        raise UsageFailure(f"smtp_security under [{MESSAGES}] must be one of {', '.join(SECURITIES)}.")
    user, password = _text("smtp_user"), _text("smtp_password")
    if password and security == "none" and not is_local(f"http://{host}"):
        raise UsageFailure(
            f"The password must not be sent to smtp_host without encryption. Set smtp_security under [{MESSAGES}] to"
            " starttls or tls."
        )
    port = _number("smtp_port", MESSAGES) or DEFAULTS["smtp_port"]
    return Mail(host, int(port), security, sender, tuple(recipients), user, password)


def _is_mail_address(text: object) -> bool:
    if not isinstance(text, str) or not text.isprintable() or any(char in text for char in " ,;<>"):
        return False
    name, _, domain = text.rpartition("@")
    return bool(name) and bool(domain)


def _check_address(name: str, value: str) -> None:
    try:
        url = urlsplit(value)
        is_address = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        is_address = False
    if not is_address:
        raise UsageFailure(
            f"{name} under [{MESSAGES}] is not an address. It must be a whole address, with https:// at its start."
        )


def _text(name: str) -> str | None:
    value = _setting(name, str)
    return str(value) if value else None


def _number(name: str, section: str) -> float | None:
    value = _setting(name, float, section)
    if value is not None and not 0 <= value < math.inf:
        raise UsageFailure(f"{name} under [{section}] must be {TYPES[section, name]}, and is {value}.")
    return None if value is None else float(value)


def _setting(name: str, kind: type, section: str = MESSAGES) -> Any:
    """Return a setting, or None if it is not set. Raises UsageFailure, without the value, which could be a secret."""
    try:
        return dlt.secrets.get(f"{section}.{name}", kind)
    except ConfigValueCannotBeCoercedException as error:
        raise UsageFailure(f"{name} under [{section}] must be {TYPES[section, name]}.") from error
    except ConfigurationException as error:
        raise UsageFailure(f"{name} under [{section}] cannot be read.") from error
