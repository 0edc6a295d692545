"""A word to Slack, or to whatever takes its messages, when a run fails; by dlt's own setting and sender."""

import socket
import threading
from pathlib import Path

import dlt
from dlt.common.configuration.exceptions import ConfigurationException, ConfigValueCannotBeCoercedException
from dlt.common.runtime.slack import send_slack_message

from figma_warehouse.data_dir import data_dir
from figma_warehouse.failures import FAILED, PARTIAL, USAGE
from figma_warehouse.logs import LOG

SECONDS = 10.0


def notify(verb: str, exit_code: int, words: str, data_path: Path | None = None) -> None:
    """Tell the hook `runtime.slack_incoming_hook`, where one is set, that a command failed: on which
    machine, with which data folder.

    Exit code 3 is told where `runtime.slack_on_partial` is set. Never raises, and never waits long: how the hook fares
    is no matter of the run.
    """
    try:
        address = dlt.secrets.get("runtime.slack_incoming_hook", str)
        told = (FAILED, USAGE, PARTIAL) if dlt.config.get("runtime.slack_on_partial", bool) else (FAILED, USAGE)
    except ConfigValueCannotBeCoercedException as error:
        LOG.warning("the hook was not told: %s must be true or false", error.field_name)
        return
    except ConfigurationException:
        LOG.warning("the hook was not told: the settings cannot be read")
        return
    if not address or exit_code not in told:
        return
    where = f"{socket.gethostname()}, {data_dir(data_path).root.absolute()}"
    text = f"figma-warehouse {verb} ({where}) ended with exit code {exit_code}: {words}"
    sender = threading.Thread(target=_send, args=(address, text), daemon=True)
    sender.start()
    sender.join(SECONDS)


def _send(address: str, text: str) -> None:
    try:
        send_slack_message(address, text, is_markdown=False)
    except Exception as error:
        # the words of the error hold the address, which is a secret
        LOG.warning("the hook was not told: %s", type(error).__name__)
