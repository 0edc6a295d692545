"""A message to a Slack webhook, or to anything that accepts its messages, when a command fails."""

import socket
import threading
from pathlib import Path

import dlt
from dlt.common.configuration.exceptions import ConfigurationException, ConfigValueCannotBeCoercedException

from figma_warehouse.data_dir import data_dir
from figma_warehouse.failures import FAILED, LISTING_FAILED, PARTIAL, USAGE
from figma_warehouse.logs import LOG
from figma_warehouse.messages.delivery import NotSent, post
from figma_warehouse.settings import ON_PARTIAL, WEBHOOK

TIMEOUT_SECONDS = 10.0


def notify(verb: str, exit_code: int, message: str, data_path: Path | None = None) -> None:
    """Send the failure of a command, with its machine and data folder, to the webhook, if one is set.

    The setting is `runtime.slack_incoming_hook`. Exit code 3 is sent only if `runtime.slack_on_partial` is set; 4,
    a listing that failed, is always sent.
    A webhook that fails never fails the command: this logs a warning, waits ten seconds at most, and raises nothing.
    """
    try:
        address = dlt.secrets.get(WEBHOOK, str)
        is_partial_sent = dlt.config.get(ON_PARTIAL, bool)
    except ConfigValueCannotBeCoercedException as error:
        LOG.warning("the webhook was not notified: %s must be true or false", error.field_name)
        return
    except ConfigurationException:
        LOG.warning("the webhook was not notified: the settings cannot be read")
        return
    sent = {FAILED, USAGE, LISTING_FAILED} | ({PARTIAL} if is_partial_sent else set())
    if not address or exit_code not in sent:
        return
    where = f"{socket.gethostname()}, {data_dir(data_path).root.absolute()}"
    text = f"figma-warehouse {verb} ({where}) ended with exit code {exit_code}: {message}"
    sender = threading.Thread(target=_send, args=(address, text), daemon=True)
    sender.start()
    sender.join(TIMEOUT_SECONDS)


def _send(address: str, text: str) -> None:
    try:
        post(address, {"text": text, "mrkdwn": False})
    except NotSent as failure:
        LOG.warning("the webhook was not notified: %s", failure)
