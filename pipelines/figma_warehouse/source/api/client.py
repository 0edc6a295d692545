"""The HTTP client: it signs, paces and retries requests, and follows pagination.

A request returns the JSON object that the API documents, or raises an exception of `refusals`. TokenRefused and
Unreachable end the run; Refused skips one item and has the reason.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit

import requests
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_random_exponential

from figma_warehouse.source.api.budget import Budget
from figma_warehouse.source.api.limits import TIERS, Limit
from figma_warehouse.source.api.refusals import (
    FigmaError,
    RateLimited,
    Refused,
    TokenRefused,
    Transient,
    bad_body,
    connection_failure,
    decode_object,
    failure,
    is_whole,
)
from figma_warehouse.source.api.response_body import read_body
from figma_warehouse.source.api.stop import Stop
from figma_warehouse.source.api.tokens import FixedToken, Token
from figma_warehouse.source.endpoints import Endpoint, EndpointPath
from figma_warehouse.source.reasons import RECHECK_AFTER, recheck_after

USER_AGENT = "Mozilla/5.0 (compatible; figma-warehouse/0.1)"
CONNECT_SECONDS, READ_SECONDS = 10, 180
# per response and tier, uncompressed: real documents have 140 MB, real lists less than 10 MB
MAX_BYTES = {1: 1_000_000_000, 2: 64_000_000, 3: 64_000_000}
MAX_SECONDS = {1: 1_800, 2: 120, 3: 120}
MAX_ERROR_BYTES = 1_000_000
TRIES = 5
# of a tier-1 request that fails in a way that repeats, or whose limit is per day or month
FEW_TRIES = 2
# each page has 100 to 1000 entries
MAX_PAGES = 10_000

T = TypeVar("T")
OnWait = Callable[[int, float, str], None]


@dataclass
class Meter:
    """The requests and waiting seconds of a client, by tier, and the bytes it received.

    Each retry counts as a request. Waits of parallel threads add up. Several threads can share it.
    """

    requests: dict[int, int] = field(default_factory=lambda: dict.fromkeys(TIERS, 0))
    waits: dict[int, float] = field(default_factory=lambda: dict.fromkeys(TIERS, 0.0))
    bytes_received: int = 0
    stop: Stop = field(default_factory=Stop)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def total(self) -> int:
        """Requests of all tiers."""
        return sum(self.requests.values())

    @property
    def wait_seconds(self) -> float:
        """Seconds waited for all tiers."""
        return sum(self.waits.values())

    def check_stop(self) -> None:
        """Raise Refused (`put_off`) if the refresh is stopped."""
        self.stop.check(self.total)

    def count_request(self, tier: int) -> None:
        """Count one attempt of a request. Raises Refused (`put_off`) if the refresh is stopped."""
        with self._lock:
            self.check_stop()
            self.requests[tier] += 1

    def count_bytes(self, size: int) -> None:
        """Count the uncompressed size of a response body."""
        with self._lock:
            self.bytes_received += size

    def count_wait(self, tier: int, seconds: float) -> None:
        """Count a wait before a request."""
        with self._lock:
            self.waits[tier] += seconds


class Traffic:
    """The state that the threads of a client share: token, budget, meter, and the refusal of the token if there is one.

    `on_wait(tier, seconds, why)` is called before each wait. `why` is `pace` if the budget asks for the wait,
    `retry_after` if Figma does, and `backoff` before any other retry.
    """

    def __init__(self, token: Token, budget: Budget, meter: Meter) -> None:
        self.token, self.budget, self.meter = token, budget, meter
        self.on_wait: OnWait = lambda *_: None
        self.token_refusal: TokenRefused | None = None

    def admit(self, request: requests.PreparedRequest, endpoint: Endpoint, team_id: str) -> requests.PreparedRequest:
        """Wait until a request may be sent, count it and return it signed.

        Raises TokenRefused, Unreachable, or Refused if the tier is closed or the refresh is stopped.
        """
        self._pace(endpoint.tier, endpoint.tier, team_id)
        if endpoint.paced_as:
            self._pace(endpoint.tier, endpoint.paced_as, team_id)
        signed = self._sign(request)
        self.meter.count_request(endpoint.tier)
        return signed

    def before_wait(self, tier: int, seconds: float, why: str) -> None:
        """Call `on_wait` and count the wait, unless it is 0 seconds."""
        if seconds:
            self.on_wait(tier, seconds, why)
            self.meter.count_wait(tier, seconds)

    def record_failure(
        self,
        signed: requests.PreparedRequest,
        endpoint: Endpoint,
        team_id: str,
        failure: FigmaError | Transient,
        at: datetime,
    ) -> FigmaError | Transient:
        """Update the budget and the token after a failure at the time `at`. Returns the exception to raise."""
        if isinstance(failure, RateLimited):
            is_closed = self.budget.record_rate_limit(endpoint.tier, team_id, failure.wait, failure.quota, at)
            return failure.refusal if is_closed else failure
        if not isinstance(failure, TokenRefused):
            return failure
        try:
            if self.token.renew(signed, self.meter.stop):
                return Transient(failure, wait=0)
        except TokenRefused as last:
            failure = last
        self.token_refusal = failure
        return failure

    def _sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        try:
            return self.token.sign(request, self.meter.stop)
        except TokenRefused as refusal:
            self.token_refusal = refusal
            raise

    def _pace(self, tier: int, bucket: int, team_id: str) -> None:
        while True:
            if self.token_refusal:
                raise self.token_refusal
            self.meter.check_stop()
            seconds = self.budget.take(bucket, team_id, is_pace_only=bucket != tier)
            if not seconds:
                return
            self.before_wait(tier, seconds, "pace")
            self.meter.stop.sleep(seconds)


class FigmaSession(requests.Session):
    """A session that paces, signs and retries its requests.

    `team_id` is the team that owns the requested resource, "" if it is unknown.
    """

    def __init__(self, traffic: Traffic, backoff: float = 1.0) -> None:
        super().__init__()
        # the token is added right before sending; without this, requests would add one from .netrc
        self.auth = _unsigned
        self.headers["User-Agent"] = USER_AGENT
        self.team_id = ""
        self._traffic = traffic
        self._backoff = wait_random_exponential(multiplier=backoff, max=30 * backoff)

    def exchange(
        self,
        request: requests.PreparedRequest,
        endpoint: Endpoint,
        read: Callable[[bytes], T],
        tries: int = TRIES,
        **kwargs: Any,
    ) -> T:
        """Send a request and return `read(body)`; if `read` raises ValueError, the request is retried.

        Raises TokenRefused, Unreachable or Refused.
        """
        limit = self._traffic.budget.limit(1, self.team_id) if endpoint.tier == 1 else None
        last_try = _LastTry(endpoint.tier, limit, tries)
        retrying = Retrying(
            stop=last_try,
            retry=retry_if_exception_type(Transient),
            wait=self._wait,
            sleep=self._traffic.meter.stop.sleep,
            before_sleep=lambda state: self._before_wait(state, endpoint.tier),
            reraise=True,
        )
        try:
            result: T = retrying(self._try, request, endpoint, read, **kwargs)
        except Transient as last:
            raise last_try.refusal(last, self._traffic.budget.now()) from last
        return result

    def _try(
        self, request: requests.PreparedRequest, endpoint: Endpoint, read: Callable[[bytes], T], **kwargs: Any
    ) -> T:
        traffic = self._traffic
        signed = traffic.admit(request, endpoint, self.team_id)
        kwargs = {"timeout": (CONNECT_SECONDS, READ_SECONDS)} | kwargs | {"allow_redirects": False, "stream": True}
        try:
            response = self.send(signed, **kwargs)
            body = self._receive(response, endpoint.tier)
        except OSError as error:
            # requests raises these, and a bare OSError if a file of certificates is missing
            raise connection_failure(request, error) from error
        if response.status_code != requests.codes.ok:
            now = traffic.budget.now()
            failed = failure(response, body, now, endpoint.scope)
            raise traffic.record_failure(signed, endpoint, self.team_id, failed, now)
        traffic.token.confirm(signed)
        try:
            return read(body)
        except ValueError as error:
            raise bad_body(response, str(error), is_repeating=is_whole(body)) from error

    def _receive(self, response: requests.Response, tier: int) -> bytes:
        """Read and count a body; of an error response, only the beginning. Raises Refused (`too_large`)."""
        is_ok = response.status_code == requests.codes.ok
        limit = MAX_BYTES[tier] if is_ok else MAX_ERROR_BYTES
        body = read_body(response, limit, MAX_SECONDS[tier])
        self._traffic.meter.count_bytes(len(body))
        if is_ok and len(body) > limit:
            raise Refused("too_large", response.status_code, f"a response of more than {limit:,} bytes")
        return body

    def _wait(self, state: RetryCallState) -> float:
        requested = _requested_wait(state)
        return self._backoff(state) if requested is None else requested

    def _before_wait(self, state: RetryCallState, tier: int) -> None:
        seconds = state.next_action.sleep if state.next_action else 0.0
        self._traffic.before_wait(tier, seconds, "backoff" if _requested_wait(state) is None else "retry_after")


@dataclass
class _LastTry:
    """Tells when to stop retrying a request: after `tries`.

    A document or a render (tier 1) is worth fewer tries if its failure repeats, or if its limit is scarce.
    """

    tier: int
    limit: Limit | None
    tries: int
    repeats: int = 0

    @property
    def is_scarce(self) -> bool:
        return self.tier == 1 and self.limit is not None and self.limit.is_scarce

    def __call__(self, state: RetryCallState) -> bool:
        raised = state.outcome.exception() if state.outcome else None
        self.repeats += self.tier == 1 and isinstance(raised, Transient) and raised.is_repeating
        tries = min(self.tries, FEW_TRIES) if self.is_scarce else self.tries
        return state.attempt_number >= tries or self.repeats >= min(self.tries, FEW_TRIES)

    def refusal(self, last: Transient, now: datetime) -> FigmaError:
        """Return the refusal of the last failure, with the time before which a run does not ask again, if any."""
        refusal = last.refusal
        if self.tier != 1 or not isinstance(refusal, Refused) or isinstance(last, RateLimited):
            return refusal
        if last.is_repeating and (self.is_scarce or refusal.reason == "bad_body"):
            refusal.retry_at = now + recheck_after(self.limit.seconds if self.limit else 0)
        elif self.is_scarce:
            refusal.retry_at = now + RECHECK_AFTER
        return refusal


class FigmaClient:
    """A client for one base URL and one token. Several threads can share it; each has a session of its own.

    Without a budget, requests are not paced, and a wait of more than two minutes raises Refused. `max_pages` limits
    cursor pagination.
    """

    def __init__(
        self,
        token: Token | str,
        base_url: str,
        backoff: float = 1.0,
        budget: Budget | None = None,
        max_pages: int = MAX_PAGES,
    ) -> None:
        self.base_url, self._max_pages = base_url.rstrip("/"), max_pages
        self.meter, self.budget = Meter(), budget or Budget()
        self._traffic, self._backoff = Traffic(_as_token(token), self.budget, self.meter), backoff
        self._local = threading.local()

    @property
    def stop(self) -> Stop:
        """The stop that ends the requests of this client early. It can be replaced before the first request."""
        return self.meter.stop

    @stop.setter
    def stop(self, stop: Stop) -> None:
        self.meter.stop = stop

    def on_wait(self, callback: OnWait) -> None:
        """Call `callback(tier, seconds, why)` before each wait; `why` is pace, retry_after or backoff."""
        self._traffic.on_wait = callback

    @contextmanager
    def for_team(self, team_id: str | None) -> Iterator[None]:
        """Charge the requests of this thread to a team. A team with a plan of its own has a budget of its own."""
        session = self._session
        before, session.team_id = session.team_id, team_id or ""
        try:
            yield
        finally:
            session.team_id = before

    @property
    def _session(self) -> FigmaSession:
        if not hasattr(self._local, "session"):
            self._local.session = FigmaSession(self._traffic, self._backoff)
        session: FigmaSession = self._local.session
        return session

    def get(self, at: EndpointPath, list_name: str | None = None, **params: Any) -> dict[str, Any]:
        """Return a small response as a dict. If it lacks the list that `list_name` names, it counts as a bad body.

        A list within an object has a name such as `meta.items`.
        """

        def read(body: bytes) -> dict[str, Any]:
            answer = decode_object(body)
            if list_name and not isinstance(_value(answer, *list_name.split(".")), list):
                raise ValueError(f"no list of {list_name}")
            return answer

        return self.fetch(at, read, **params)

    def fetch(self, at: EndpointPath, read: Callable[[bytes], T], *, tries: int = TRIES, **params: Any) -> T:
        """Return `read(body)`; `read` raises ValueError if the body is not what the API documents."""
        request = requests.Request("GET", self.base_url + at.path, params=_query(params))
        session = self._session
        environment = session.merge_environment_settings(request.url, {}, None, None, None)
        return session.exchange(session.prepare_request(request), at.endpoint, read, tries, **environment)

    def pages_by_cursor(self, at: EndpointPath, **params: Any) -> Iterator[dict[str, Any]]:
        """Yield the pages of a list in which `meta.cursor.after` is the cursor of the next page.

        Raises Refused (`bad_body`) if a cursor repeats or the pages do not end, because the list is then incomplete.
        """
        return self._pages(at, lambda answer: _find(answer, "meta", "cursor", "after"), "after", None, params)

    def pages_of_analytics(self, at: EndpointPath, list_name: str, **params: Any) -> Iterator[dict[str, Any]]:
        """Yield the pages of a list in which `next_page` is true if there is another page, and `cursor` is its cursor.

        Raises Refused (`bad_body`) as `pages_by_cursor` does, and also if the cursor of the next page is missing.
        """
        return self._pages(at, _cursor_of_next, "cursor", list_name, params)

    def pages_of_activity(self, at: EndpointPath, **params: Any) -> Iterator[dict[str, Any]]:
        """Yield the pages of a list `meta.activity_logs`, in which `meta` has `next_page` and `cursor`.

        Raises Refused (`bad_body`) as `pages_of_analytics` does.
        """
        return self._pages(at, lambda answer: _cursor_of_next(answer["meta"]), "cursor", "meta.activity_logs", params)

    def _pages(
        self,
        at: EndpointPath,
        find_cursor: Callable[[dict[str, Any]], str],
        parameter: str,
        list_name: str | None,
        params: Mapping[str, Any],
    ) -> Iterator[dict[str, Any]]:
        seen: set[str] = set()
        following: dict[str, Any] = {}
        while True:
            answer = self.get(at, list_name, **{**params, **following})
            yield answer
            cursor = find_cursor(answer)
            if not cursor:
                return
            if cursor in seen:
                raise Refused("bad_body", detail=f"the list {at} repeats itself: the cursor {cursor} came twice")
            seen.add(cursor)
            if len(seen) >= self._max_pages:
                raise Refused("bad_body", detail=f"the list {at} does not end: more than {len(seen):,} pages")
            following = {parameter: cursor}

    def pages_by_link(self, at: EndpointPath, **params: Any) -> Iterator[dict[str, Any]]:
        """Yield the pages of a list in which `pagination.next_page` links to the next page. Ends if a link repeats.

        Raises Refused (`foreign_link`) if a link leads to another list.
        """
        seen: set[str] = set()
        while True:
            answer = self.get(at, **params)
            yield answer
            link = _find(answer, "pagination", "next_page")
            if not link or link in seen:
                return
            seen.add(link)
            params = _query_of(link, self.base_url + at.path)


def _cursor_of_next(answer: dict[str, Any]) -> str:
    cursor = _find(answer, "cursor") if answer.get("next_page") else ""
    if answer.get("next_page") and not cursor:
        raise Refused("bad_body", detail="the list has another page, but the cursor is missing")
    return cursor


def _query_of(link: str, url: str) -> dict[str, str]:
    """Return the query of a link to the next page. The rest of the link is ignored, so the token stays on our host.

    Links are absolute, name api.figma.com even if another host was requested, and contain raw spaces:
    `https://api.figma.com/v1/files/K/versions?column=date&before=2026-05-22 20:10:33 UTC&secondary_before=23565`.
    """
    try:
        parts = urlsplit(urljoin(url, link))
    except ValueError:
        parts = urlsplit("")
    # our own path may start with the path of a proxy
    if not parts.path or not urlsplit(url).path.endswith(parts.path):
        raise Refused("foreign_link", detail=f"the link to the next page of {url} leads to another address")
    return dict(parse_qsl(parts.query, keep_blank_values=True))


def _as_token(token: Token | str) -> Token:
    return FixedToken(token) if isinstance(token, str) else token


def _unsigned(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _requested_wait(state: RetryCallState) -> float | None:
    """Return the seconds that Figma asked to wait, or None if it did not."""
    raised = state.outcome.exception() if state.outcome else None
    return raised.wait if isinstance(raised, Transient) else None


def _find(answer: Any, *names: str) -> str:
    """Return the value under these nested names as text, "" if there is none."""
    return str(_value(answer, *names) or "")


def _value(answer: Any, *names: str) -> Any:
    for name in names:
        answer = answer.get(name) if isinstance(answer, dict) else None
    return answer


def _query(params: Mapping[str, Any]) -> str:
    texts = {name: str(value).lower() if isinstance(value, bool) else value for name, value in params.items()}
    return urlencode(texts, quote_via=quote)
