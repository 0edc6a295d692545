"""The failures of requests, by what the caller can do about them.

`TokenRefused` and `Unreachable` end the run. `Refused` skips one item and has a reason. `Transient` is retried.
"""

import email.utils
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import requests

from figma_warehouse.source.api.values import make_encodable
from figma_warehouse.source.reasons import REASONS

# the longest period that Figma documents is a month, so one response closes nothing for longer
MAX_RETRY_AFTER = 32 * 86_400
BEYOND_DATES = re.compile(r" [0-9]{5,} ")
DEFAULT_WAIT_SECONDS = 60
MAX_DETAIL_LENGTH = 500
BAD_TOKEN = re.compile(r"invalid token|token .*(expired|revoked|invalid)", re.IGNORECASE)
REASON_BY_WORDS = (
    (403, re.compile(r"invalid scope", re.IGNORECASE), "missing_scope"),
    (403, re.compile(r"not exportable", re.IGNORECASE), "not_exportable"),
    (403, re.compile(r"(figma|this|your|the) plan\b|enterprise|upgrade|account type", re.IGNORECASE), "plan_limited"),
    (400, re.compile(r"too large", re.IGNORECASE), "too_large"),
    (400, re.compile(r"not supported", re.IGNORECASE), "unsupported_type"),
)
REASON_BY_STATUS = {400: "bad_request", 401: "no_access", 403: "no_access", 404: "not_found", 413: "too_large"}
REQUIRED_SCOPES = re.compile(r"requires? (?:the |one of )?(.+?)(?: scopes?\b|$)", re.IGNORECASE)
SCOPE = re.compile(r"\b[a-z_]+:[a-z_]+\b")
PLANS = {"org": "organization", "pro": "professional"}
SEATS = {"low": "view or collab", "high": "dev or full"}
UNPRINTABLE = re.compile(r"[^\x20-\x7e]")
HIDDEN = "(a token)"
UNTRUSTED = re.compile(r"certificate verify failed: ([^(\"']+)")
TUNNEL = re.compile(r"Tunnel connection failed: (\d{3} [\w ]*)")


@dataclass(frozen=True)
class Quota:
    """The plan of the resource, the kind of seat, and the link for an upgrade, as the headers of a 429 report them."""

    plan: str | None = None
    seat: str | None = None
    upgrade_link: str | None = None


class FigmaError(Exception):
    """A failure with a message for the person who runs the job."""


class TokenRefused(FigmaError):
    """The token is invalid or has expired, so no request will succeed."""


class Unreachable(FigmaError):
    """No connection to the API can be made."""


class Refused(FigmaError):
    """One item is skipped; the others can still be loaded. Raises KeyError if `reason` is not one of REASONS.

    `retry_at` and `quota` describe a limit that is used up. The token needs one of `scopes`. `is_timeout` is true if
    the response did not end in time.
    """

    def __init__(
        self,
        reason: str,
        status: int | None = None,
        detail: str = "",
        retry_at: datetime | None = None,
        quota: Quota | None = None,
        scopes: tuple[str, ...] = (),
        *,
        is_timeout: bool = False,
    ) -> None:
        words = REASONS[reason].words
        super().__init__(f"{words}{f' (HTTP {status})' if status else ''}: {detail}".rstrip(": "))
        self.reason, self.status, self.detail, self.retry_at = reason, status, detail, retry_at
        self.quota, self.scopes, self.is_timeout = quota or Quota(), scopes, is_timeout


class Transient(Exception):
    """A failure that a retry may avoid. `refusal` is the exception to raise if every retry fails."""

    def __init__(self, refusal: FigmaError, wait: float | None = None) -> None:
        super().__init__(str(refusal))
        self.refusal, self.wait = refusal, wait


def as_refusal(error: FigmaError) -> Refused:
    """Return a failure as the refusal of one item, even if it would end a run.

    For the requests that come last in a run, which must not fail it.
    """
    return error if isinstance(error, Refused) else Refused("unreachable", detail=str(error))


class RateLimited(Transient):
    """A 429. `wait` is the time that Figma asks for, None if it gives none."""

    def __init__(self, refusal: FigmaError, wait: float | None, quota: Quota) -> None:
        super().__init__(refusal, wait)
        self.quota = quota


def failure(response: requests.Response, body: bytes, now: datetime, scope: str = "") -> FigmaError | Transient:
    """Return the exception for a response with another status than 200. A 429 is always transient here.

    `scope` is the scope that Figma's documentation names for the endpoint.
    """
    status, detail = response.status_code, error_message(response, body)
    if status == requests.codes.too_many:
        return _rate_limited(response, detail, now)
    if status < requests.codes.multiple_choices:
        return bad_body(response, "the response is not JSON")
    if status >= requests.codes.server_error:
        return Transient(Refused("server_error", status, detail))
    if status == requests.codes.not_found and not _has_error_envelope(response, body):
        return bad_body(response, "a 404 that is not Figma's: did a gateway or proxy answer instead?")
    if status in (requests.codes.unauthorized, requests.codes.forbidden) and BAD_TOKEN.search(detail):
        return TokenRefused(
            "Figma refused the token: it is invalid or has expired (personal tokens last at most 90 days)."
        )
    reason = next((reason for code, words, reason in REASON_BY_WORDS if code == status and words.search(detail)), None)
    if reason == "missing_scope":
        return _missing_scope(response, detail, scope)
    return Refused(reason or REASON_BY_STATUS.get(status, "redirected" if status < 400 else "refused"), status, detail)


def bad_body(response: requests.Response, detail: str) -> Transient:
    """Return the failure for a body that is not what the API documents; `detail` may quote the body."""
    is_challenge = "x-amzn-waf-action" in response.headers or response.status_code == requests.codes.accepted
    reason = "waf_challenge" if is_challenge else "bad_body"
    return Transient(Refused(reason, response.status_code, _without_secrets(response, detail)))


def connection_failure(request: requests.PreparedRequest, error: OSError) -> Transient:
    """Return the failure for a request without a complete response."""
    url = urlsplit(request.url or "")
    why = _why_unreachable(error, url.hostname)
    if why:
        return Transient(Unreachable(f"No connection to {url.scheme}://{url.netloc}: {why}"))
    is_timeout = isinstance(error, requests.exceptions.ReadTimeout) or "ReadTimeoutError" in repr(error)
    detail = f"{type(error).__name__} while reading {url.path}"
    return Transient(Refused("connection_lost", detail=detail, is_timeout=is_timeout))


def _why_unreachable(error: OSError, host: str | None) -> str | None:
    """Return a message that says why the connection failed and what to do, or None if there was a connection.

    Of a proxy's error, only the status is quoted, because the address of the proxy may contain a password.
    """
    text = repr(error)
    if isinstance(error, requests.exceptions.ProxyError) or "ProxySchemeUnknown" in text:
        status = TUNNEL.search(text)
        answer = f"the proxy refuses it ({status[1]})" if status else "the proxy cannot be reached"
        return f"{answer}. Is HTTPS_PROXY right?"
    if "CA certificate bundle" in text:
        return "the file with certificates that REQUESTS_CA_BUNDLE names does not exist."
    if untrusted := UNTRUSTED.search(text):
        return (
            f"its certificate is not trusted ({untrusted[1].strip()}). If a proxy or your network has its own"
            " certificate authority, set REQUESTS_CA_BUNDLE to the file with its certificate."
        )
    if "NameResolutionError" in text:
        return f"the name {host} cannot be resolved (DNS). Is base_url right, is there a network?"
    is_refused = isinstance(error, (requests.exceptions.ConnectTimeout, requests.exceptions.SSLError))
    return "is base_url right, is there a network?" if is_refused or "NewConnectionError" in text else None


def retry_after(header: str | None, now: datetime) -> float | None:
    """Return the seconds of a `Retry-After` header, which is a number or a date; None if it is neither."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return min(float(header), MAX_RETRY_AFTER)
    try:
        moment = email.utils.parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return MAX_RETRY_AFTER if BEYOND_DATES.search(header) else None
    # the zone -0000 parses to a time without a zone, and means UTC
    seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now.timestamp()
    return min(max(0.0, seconds), MAX_RETRY_AFTER)


def decode_object(body: bytes) -> dict[str, Any]:
    """Parse a body as a JSON object whose texts can all be encoded as UTF-8. Raises ValueError if it is not one."""
    try:
        answer = make_encodable(json.loads(body))
    except RecursionError as error:
        raise ValueError("the JSON is nested too deeply") from error
    if not isinstance(answer, dict):
        raise ValueError("not a JSON object")
    return answer


def _rate_limited(response: requests.Response, detail: str, now: datetime) -> RateLimited:
    seconds, quota = retry_after(response.headers.get("Retry-After"), now), _quota(response)
    retry_at = now + timedelta(seconds=DEFAULT_WAIT_SECONDS if seconds is None else seconds)
    return RateLimited(Refused("rate_limited", 429, detail, retry_at, quota), seconds, quota)


def _quota(response: requests.Response) -> Quota:
    plan, seat, link = (
        UNPRINTABLE.sub("", _without_secrets(response, response.headers.get(name, "")))
        for name in ("X-Figma-Plan-Tier", "X-Figma-Rate-Limit-Type", "X-Figma-Upgrade-Link")
    )
    is_link = link.startswith("https://")
    return Quota(PLANS.get(plan, plan) or None, SEATS.get(seat, seat) or None, link if is_link else None)


def _missing_scope(response: requests.Response, words: str, scope: str) -> Refused:
    path = urlsplit(response.url).path
    scopes = _scopes_in(words) or tuple(filter(None, [scope]))
    detail = f"{words} ({path} needs {' or '.join(scopes)})" if scopes else words
    return Refused("missing_scope", response.status_code, detail, scopes=scopes)


def _scopes_in(words: str) -> tuple[str, ...]:
    """Return the scopes after "requires" in Figma's message; one of them is enough. The token's own come before it."""
    required = REQUIRED_SCOPES.search(words)
    return tuple(SCOPE.findall(required[1])) if required else ()


def _has_error_envelope(response: requests.Response, body: bytes) -> bool:
    """Tell whether an error has one of Figma's error envelopes, so that a 404 means that the item is gone."""
    try:
        answer = decode_object(body)
    except ValueError:
        return False
    return answer.get("status") == response.status_code and bool(answer.get("err") or answer.get("message"))


def error_message(response: requests.Response, body: bytes, *secrets: str) -> str:
    """Return the message of Figma's error envelope, or the reason phrase of the status if the body has none.

    The token of the request and `secrets` are removed from it.
    """
    try:
        answer = decode_object(body)
    except ValueError:
        return _without_secrets(response, response.reason or "", *secrets)
    return _without_secrets(response, str(answer.get("err") or answer.get("message") or ""), *secrets)


def _without_secrets(response: requests.Response, words: str, *secrets: str) -> str:
    """Return the start of a message without the token: a response may repeat it, and messages are stored and shown."""
    sent = response.request.headers
    for secret in (sent.get("X-Figma-Token", ""), sent.get("Authorization", "").removeprefix("Bearer "), *secrets):
        words = words.replace(secret, HIDDEN) if secret else words
    return words[:MAX_DETAIL_LENGTH]
