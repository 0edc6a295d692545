"""HTTP to Figma: who asks, how often it is tried again, what is refused, and each failure by its kind.

Every answer is either the JSON object that was promised or an exception that says what the caller can decide:
the run is over (`TokenRefused`, `Unreachable`) or one thing cannot be had (`Refused`, with a reason).
"""

import email.utils
import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

import requests
from dlt.sources.helpers.rest_client.client import RESTClient
from dlt.sources.helpers.rest_client.paginators import JSONLinkPaginator, JSONResponseCursorPaginator
from requests.auth import AuthBase
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

USER_AGENT = "Mozilla/5.0 (compatible; figma-warehouse/0.1)"
CONNECT_SECONDS, READ_SECONDS = 10, 180
TRIES = 5
LONGEST_WAIT = 120.0
# what goes beyond a year is as good as a year, and keeps to what a date can hold
LONGEST_RETRY_AFTER = 366 * 86_400
TIER_1 = re.compile(r"/v1/(files/[^/]+(/nodes)?|images/[^/]+)$")
TIER_3 = re.compile(r"/v1/(files/[^/]+/meta|me|((files|teams)/[^/]+/)?(components|component_sets|styles)(/[^/]+)?)$")
BAD_TOKEN = re.compile(r"invalid token|token .*(expired|revoked|invalid)", re.IGNORECASE)
REASONS = (
    (403, re.compile(r"invalid scope", re.IGNORECASE), "missing_scope"),
    (403, re.compile(r"not exportable", re.IGNORECASE), "not_exportable"),
    (400, re.compile(r"too large", re.IGNORECASE), "too_large"),
    (400, re.compile(r"not supported", re.IGNORECASE), "unsupported_type"),
)
REASON_BY_STATUS = {400: "bad_request", 401: "no_access", 403: "no_access", 404: "not_found", 413: "too_large"}

T = TypeVar("T")


class FigmaError(Exception):
    """A failure in words for the person who runs the job."""


class TokenRefused(FigmaError):
    """The token is invalid or has expired: no request will succeed."""


class Unreachable(FigmaError):
    """No connection to the API can be made."""


class Refused(FigmaError):
    """One thing cannot be had; the rest can. `reason` is a word for the outcomes table."""

    def __init__(
        self, reason: str, status: int | None = None, detail: str = "", retry_at: datetime | None = None
    ) -> None:
        super().__init__(f"{reason.replace('_', ' ')}{f' (HTTP {status})' if status else ''}: {detail}".rstrip(": "))
        self.reason, self.status, self.detail, self.retry_at = reason, status, detail, retry_at


class _Transient(Exception):
    """A failure that another try may not have; `refusal` is what it becomes when none succeeds."""

    def __init__(self, refusal: FigmaError, wait: float | None = None) -> None:
        super().__init__(str(refusal))
        self.refusal, self.wait = refusal, wait


@dataclass
class Meter:
    """What has been spent: requests by tier (each try counts), seconds waited, bytes; and which tiers are closed."""

    requests: dict[int, int] = field(default_factory=lambda: {1: 0, 2: 0, 3: 0})
    wait_seconds: float = 0.0
    bytes_received: int = 0
    closed: dict[int, "Refused"] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def check_open(self, tier: int) -> None:
        """Raise the Refused that closed a tier while the time it named has not come: no request is worth it."""
        refusal = self.closed.get(tier)
        if refusal and refusal.retry_at and refusal.retry_at > datetime.now(UTC):
            raise refusal

    def close(self, tier: int, failure: Exception) -> Exception:
        """Close a tier where a failure says that it is used up for long; return the failure."""
        if isinstance(failure, Refused) and failure.reason == "rate_limited":
            self.closed[tier] = failure
        return failure

    def count_request(self, tier: int) -> None:
        """Count one try of one request; safe from any thread, like the others."""
        with self._lock:
            self.requests[tier] += 1

    def count_bytes(self, size: int) -> None:
        """Count the uncompressed body of an answer."""
        with self._lock:
            self.bytes_received += size

    def count_wait(self, seconds: float) -> None:
        """Count a wait before another try."""
        with self._lock:
            self.wait_seconds += seconds


@dataclass(frozen=True)
class Token(AuthBase):
    """A token and the header it goes into: OAuth tokens (`figu_`) as bearer, others in Figma's own."""

    secret: str = field(repr=False)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the token into the request's header."""
        if self.secret.startswith("figu_"):
            request.headers["Authorization"] = f"Bearer {self.secret}"
        else:
            request.headers["X-Figma-Token"] = self.secret
        return request


class FigmaSession(requests.Session):
    """A session whose `send` keeps Figma's manners, so that dlt's REST client has them too."""

    def __init__(self, token: Token, meter: Meter, backoff: float = 1.0, longest_wait: float = LONGEST_WAIT) -> None:
        super().__init__()
        self.auth = token
        self.headers["User-Agent"] = USER_AGENT
        self._meter, self._longest_wait = meter, longest_wait
        self._backoff = wait_random_exponential(multiplier=backoff, max=30 * backoff)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send until an answer holds a JSON object. Raises TokenRefused, Unreachable or Refused."""
        return self.exchange(request, _check_object, **kwargs)[0]

    def exchange(
        self, request: requests.PreparedRequest, read: Callable[[bytes], T], **kwargs: Any
    ) -> tuple[requests.Response, T]:
        """Send until `read` takes the body; a body that it raises ValueError on is asked for again."""
        retrying = Retrying(
            stop=stop_after_attempt(TRIES),
            retry=retry_if_exception_type(_Transient),
            wait=self._wait,
            before_sleep=self._count_wait,
            reraise=True,
        )
        try:
            return retrying(self._try, request, read, **kwargs)
        except _Transient as failure:
            raise failure.refusal from failure

    def _try(
        self, request: requests.PreparedRequest, read: Callable[[bytes], T], **kwargs: Any
    ) -> tuple[requests.Response, T]:
        tier = tier_of(urlsplit(request.url or "").path)
        self._meter.check_open(tier)
        self._meter.count_request(tier)
        kwargs = {"timeout": (CONNECT_SECONDS, READ_SECONDS)} | kwargs | {"allow_redirects": False}
        try:
            response = super().send(request, **kwargs)
        except requests.RequestException as error:
            raise _connection_failure(request, error) from error
        self._meter.count_bytes(len(response.content))
        if response.status_code != requests.codes.ok:
            raise self._meter.close(tier, _failure(response, self._longest_wait))
        try:
            return response, read(response.content)
        except ValueError as error:
            raise _Transient(Refused(_bad_body_reason(response), 200, str(error))) from error

    def _wait(self, state: RetryCallState) -> float:
        failure = state.outcome.exception() if state.outcome else None
        asked = failure.wait if isinstance(failure, _Transient) else None
        return self._backoff(state) if asked is None else asked

    def _count_wait(self, state: RetryCallState) -> None:
        self._meter.count_wait(state.next_action.sleep if state.next_action else 0.0)


class FigmaClient:
    """The API under one base URL with one token; safe from several threads, each with a session of its own."""

    def __init__(self, token: str, base_url: str, backoff: float = 1.0, longest_wait: float = LONGEST_WAIT) -> None:
        self.base_url = base_url.rstrip("/")
        self.meter = Meter()
        self._token, self._backoff, self._longest_wait = Token(token), backoff, longest_wait
        self._local = threading.local()

    @property
    def _session(self) -> FigmaSession:
        if not hasattr(self._local, "session"):
            self._local.session = FigmaSession(self._token, self.meter, self._backoff, self._longest_wait)
        session: FigmaSession = self._local.session
        return session

    def get(self, path: str, holds: str | None = None, **params: Any) -> dict[str, Any]:
        """Return one small answer as a dict; without the list that it should hold it is a bad body."""

        def read(body: bytes) -> dict[str, Any]:
            answer = _decode_object(body)
            if holds and not isinstance(answer.get(holds), list):
                raise ValueError(f"no list of {holds}")
            return answer

        return self.fetch(path, read, **params)

    def fetch(self, path: str, read: Callable[[bytes], T], **params: Any) -> T:
        """Return what `read` makes of the answer's body; its ValueError says that this is not what was promised."""
        request = requests.Request("GET", self.base_url + path, params=_query(params))
        session = self._session
        environment = session.merge_environment_settings(request.url, {}, None, None, None)
        return session.exchange(session.prepare_request(request), read, **environment)[1]

    def pages_by_cursor(self, path: str, **params: Any) -> Iterator[dict[str, Any]]:
        """Yield the answers of a list that names its next page by `meta.cursor.after`; stop where a cursor repeats."""
        paginator = JSONResponseCursorPaginator("meta.cursor.after", "after")
        yield from _until_repeated(self._paginate(path, params, paginator), _next_cursor)

    def pages_by_link(self, path: str, **params: Any) -> Iterator[dict[str, Any]]:
        """Yield the answers of a list that names its next page by `pagination.next_page`; stop where a link repeats."""
        paginator = _PinnedLinkPaginator(self.base_url + path)
        yield from _until_repeated(self._paginate(path, params, paginator), _next_link)

    def _paginate(self, path: str, params: Mapping[str, Any], paginator: Any) -> Iterator[dict[str, Any]]:
        client = RESTClient(self.base_url, session=self._session, paginator=paginator, data_selector="$")
        # the empty hook keeps dlt from judging the status: send has done so
        for page in client.paginate(path, params=_query(params), hooks={"response": []}):
            yield page.response.json()


class _PinnedLinkPaginator(JSONLinkPaginator):
    """Takes only the query from Figma's links: scheme, host and path stay ours, so the token goes nowhere else.

    The links are absolute, name api.figma.com whatever was asked, and hold raw spaces:
    `https://api.figma.com/v1/files/K/versions?column=date&before=2026-05-22 20:10:33 UTC&secondary_before=23565`.
    """

    def __init__(self, url: str) -> None:
        super().__init__("pagination.next_page")
        self._url = url

    def update_state(self, response: requests.Response, data: list[Any] | None = None) -> None:
        """Keep the next link, rebuilt on our own address; refuse one that leads to another list."""
        super().update_state(response, data)
        if not self._next_reference:
            return
        try:
            link = urlsplit(urljoin(self._url, str(self._next_reference)))
        except ValueError:
            link = urlsplit("")
        # our own path may have a proxy's before it
        if not link.path or not urlsplit(self._url).path.endswith(link.path):
            raise Refused("foreign_link", detail=f"the next page of {self._url} is said to be at another address")
        query = urlencode(parse_qsl(link.query, keep_blank_values=True), quote_via=quote)
        self._next_reference = urlunsplit((*urlsplit(self._url)[:3], query, ""))


def tier_of(path: str) -> int:
    """Return the tier that the official tables give a path: 1 documents and renders, 3 published lists, else 2."""
    if TIER_1.search(path):
        return 1
    return 3 if TIER_3.search(path) else 2


def _next_cursor(answer: dict[str, Any]) -> Any:
    return ((answer.get("meta") or {}).get("cursor") or {}).get("after")


def _next_link(answer: dict[str, Any]) -> Any:
    return (answer.get("pagination") or {}).get("next_page")


def _until_repeated(
    answers: Iterator[dict[str, Any]], pointer: Callable[[dict[str, Any]], Any]
) -> Iterator[dict[str, Any]]:
    seen: list[Any] = []
    for answer in answers:
        yield answer
        following = pointer(answer)
        if following in seen:
            return
        seen.append(following)


def _query(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(value).lower() if isinstance(value, bool) else value for name, value in params.items()}


def _check_object(body: bytes) -> None:
    _decode_object(body)


def _decode_object(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except RecursionError as error:
        raise ValueError("nested beyond all measure") from error
    if not isinstance(answer, dict):
        raise ValueError("no JSON object")
    return answer


def _bad_body_reason(response: requests.Response) -> str:
    is_challenge = "x-amzn-waf-action" in response.headers or response.status_code == requests.codes.accepted
    return "waf_challenge" if is_challenge else "bad_body"


def _failure(response: requests.Response, longest_wait: float) -> FigmaError | _Transient:
    status, detail = response.status_code, _message(response)
    if status == requests.codes.too_many:
        return _rate_limited(response, detail, longest_wait)
    if status < requests.codes.multiple_choices:
        return _Transient(Refused(_bad_body_reason(response), status, "no JSON answer"))
    if status >= requests.codes.server_error:
        return _Transient(Refused("server_error", status, detail))
    if status in (requests.codes.unauthorized, requests.codes.forbidden) and BAD_TOKEN.search(detail):
        return TokenRefused(
            "Figma refused the token: it is invalid or has expired (personal tokens last at most 90 days)."
        )
    reason = next((reason for code, words, reason in REASONS if code == status and words.search(detail)), None)
    return Refused(reason or REASON_BY_STATUS.get(status, "redirected" if status < 400 else "refused"), status, detail)


def _rate_limited(response: requests.Response, detail: str, longest_wait: float) -> FigmaError | _Transient:
    seconds = retry_after(response.headers.get("Retry-After"))
    refusal = Refused("rate_limited", 429, detail, datetime.now(UTC) + timedelta(seconds=seconds or 60))
    return refusal if seconds is not None and seconds > longest_wait else _Transient(refusal, seconds)


def retry_after(header: str | None) -> float | None:
    """Return the seconds that a `Retry-After` header asks for, as a number or a date; None when it says neither."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header) if len(header) < len(str(LONGEST_RETRY_AFTER)) else LONGEST_RETRY_AFTER
    try:
        return max(0.0, email.utils.parsedate_to_datetime(header).timestamp() - time.time())
    except ValueError:
        return None


def _message(response: requests.Response) -> str:
    """Return the words of either error envelope, or of none where the body is something else."""
    try:
        answer = _decode_object(response.content)
    except ValueError:
        return response.reason or ""
    return str(answer.get("err") or answer.get("message") or "")[:500]


def _connection_failure(request: requests.PreparedRequest, error: requests.RequestException) -> _Transient:
    url = urlsplit(request.url or "")
    is_refused = isinstance(error, (requests.exceptions.ConnectTimeout, requests.exceptions.SSLError)) or (
        "NewConnectionError" in repr(error) or "NameResolutionError" in repr(error)
    )
    if is_refused:
        return _Transient(
            Unreachable(f"No connection to {url.scheme}://{url.netloc}: is base_url right, is there a network?")
        )
    return _Transient(Refused("connection_lost", detail=f"{type(error).__name__} while reading {url.path}"))
