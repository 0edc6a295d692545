"""Sending: to a webhook of Slack, of Teams or of anything that accepts JSON, and by mail. No other module sends."""

import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any

import requests

from figma_warehouse.failures import WarehouseError
from figma_warehouse.logs import printable
from figma_warehouse.messages.message import Message, MessageFormat
from figma_warehouse.messages.message_formats import format_message
from figma_warehouse.messages.message_settings import Mail, Recipients

TIMEOUT_SECONDS = 10.0
ADAPTIVE_CARD = "application/vnd.microsoft.card.adaptive"


class NotSent(WarehouseError):
    """A message did not reach one of its recipients. The text names no address, which is a secret of a webhook."""


def send_message(message: Message, recipients: Recipients) -> list[str]:
    """Send a message to the webhook and by mail, and return in words where it went.

    Each recipient is tried. Raises NotSent if one of them did not get the message.
    """
    sent, failures = [], []
    if recipients.webhook:
        try:
            post(recipients.webhook, _payload(message, recipients.webhook_format))
            sent.append("the webhook")
        except NotSent as failure:
            failures.append(str(failure))
    if recipients.mail:
        try:
            _send_mail(message, recipients.mail)
            count = len(recipients.mail.recipients)
            sent.append(f"{count} mail {'address' if count == 1 else 'addresses'}")
        except NotSent as failure:
            failures.append(str(failure))
    if failures:
        arrived = f" It reached {' and '.join(sent)}." if sent else ""
        raise NotSent(f"The message was not sent. {' '.join(failures)}{arrived}")
    return sent


def post(address: str, payload: Mapping[str, Any]) -> None:
    """Post JSON to a webhook. Raises NotSent, with the status or the kind of the error, never with the address."""
    try:
        answer = requests.post(address, json=payload, timeout=TIMEOUT_SECONDS, allow_redirects=False)
    except (requests.RequestException, ValueError) as error:
        # the message of the error contains the address
        raise NotSent(
            f"The webhook cannot be reached ({type(error).__name__}). Is its address right, and the network up?"
        ) from None
    if not 200 <= answer.status_code < 300:
        raise NotSent(f"The webhook answered with HTTP status {answer.status_code}. Is its address still valid?")


def _payload(message: Message, webhook_format: str) -> dict[str, Any]:
    """Return the body that Slack, Teams (a card in Markdown) or another receiver accepts."""
    if webhook_format == "slack":
        return {"text": format_message(message, MessageFormat.SLACK), "mrkdwn": True}
    if webhook_format == "teams":
        block = {"type": "TextBlock", "text": _markdown_of_cards(message), "wrap": True}
        card: dict[str, Any] = {"type": "AdaptiveCard", "version": "1.4", "body": [block]}
        return {"type": "message", "attachments": [{"contentType": ADAPTIVE_CARD, "content": card}]}
    sections = [
        {
            "heading": section.heading,
            "lines": [{"text": line.text, "url": line.link() or None} for line in section.lines],
        }
        for section in message.sections
    ]
    text = format_message(message, MessageFormat.TEXT)
    return {"title": message.title, "text": text, "sections": sections}


def _markdown_of_cards(message: Message) -> str:
    """Return Markdown with bold lines for its headings, which cards lack."""
    lines = format_message(message, MessageFormat.MARKDOWN).splitlines()
    return "\n".join(f"**{line.lstrip('#').strip()}**" if line.startswith("#") else line for line in lines)


def _send_mail(message: Message, mail: Mail) -> None:
    try:
        with _connect(mail) as server:
            if mail.user and mail.password:
                server.login(mail.user, mail.password)
            refused = server.send_message(_mail(message, mail))
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(_mail_failure(error)) from None
    if refused:
        raise NotSent(f"The mail server refused {len(refused)} of {len(mail.recipients)} addresses under mail_to.")


def _connect(mail: Mail) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if mail.security == "tls":
        return smtplib.SMTP_SSL(mail.host, mail.port, timeout=TIMEOUT_SECONDS, context=context)
    server = smtplib.SMTP(mail.host, mail.port, timeout=TIMEOUT_SECONDS)
    if mail.security == "starttls":
        try:
            server.starttls(context=context)
        except BaseException:
            server.close()
            raise
    return server


def _mail(message: Message, mail: Mail) -> EmailMessage:
    letter = EmailMessage()
    letter["Subject"] = printable(message.title)
    letter["From"], letter["To"] = mail.sender, ", ".join(mail.recipients)
    letter["Date"], letter["Message-ID"] = formatdate(), make_msgid(domain=mail.sender.rpartition("@")[2])
    letter.set_content(format_message(message, MessageFormat.TEXT))
    letter.add_alternative(format_message(message, MessageFormat.HTML), subtype="html")
    return letter


def _mail_failure(error: smtplib.SMTPException | OSError) -> str:
    """Say why a mail was not sent, without the server's words, which can repeat the user or the password."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"The mail server refused smtp_user and smtp_password (SMTP code {error.smtp_code})."
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "The mail server does not support what smtp_security or smtp_user asks for. See docs/settings.md."
    if isinstance(error, smtplib.SMTPResponseException):
        return f"The mail server refused the mail (SMTP code {error.smtp_code})."
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "The mail server refused every address under mail_to."
    if isinstance(error, smtplib.SMTPException):
        return f"The mail server ended the exchange ({type(error).__name__})."
    return (
        f"The mail server cannot be reached ({type(error).__name__}). Are smtp_host, smtp_port and smtp_security right?"
    )
