"""HTTP to Figma: who asks, at what pace, how often it is tried again.

Every answer is either the JSON object that was promised or an exception of `refusals` that says what the caller can
decide: the run is over (`TokenRefused`, `Unreachable`) or one thing cannot be had (`Refused`, with a reason).
"""

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit

import requests
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from figma_warehouse.source.api.budget import Budget
from figma_warehouse.source.api.limits import TIERS
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
)
from figma_warehouse.source.api.response_body import read_body
from figma_warehouse.source.api.stop import Stop
from figma_warehouse.source.api.tokens import FixedToken, Token

USER_AGENT = "Mozilla/5.0 (compatible; figma-warehouse/0.1)"
CONNECT_SECONDS, READ_SECONDS = 10, 180
# how much may come, uncompressed, and for how long: real documents have 140 MB, real lists less than 10;
# what goes beyond would fill the memory, and one that never ends the night
MOST_BYTES = {1: 1_000_000_000, 2: 64_000_000, 3: 64_000_000}
MOST_SECONDS = {1: 1_800, 2: 120, 3: 120}
# a few words at most
MOST_BYTES_OF_ERROR = 1_000_000
TRIES = 5
TIER_1 = re.compile(r"/v1/(files/[^/]+(/nodes)?|images/[^/]+)$")
TIER_3 = re.compile(
    r"/v1/(files/[^/]+/meta|me|((files|teams)/[^/]+/)?(components|component_sets|styles)(/[^/]+)?"
    r"|analytics/libraries/[^/]+/component/usages)$"
)

# a hundred to a thousand entries each
MOST_PAGES = 10_000
# the official pages call it both tier 3 and tier 2
META_IS_PACED_AS = 2

T = TypeVar("T")
OnWait = Callable[[int, float, str], None]


@dataclass
class Meter:
    """What has been spent: requests (each try counts) and seconds waited by tier, and bytes.

    Waits of threads side by side add up.
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
        """Raise the Refused `put_off` where the refresh is to end."""
        self.stop.check(self.total)

    def count_request(self, tier: int) -> None:
        """Count one try of one request; safe from any thread, like the others.

        Raises the Refused `put_off` where the refresh is to end.
        """
        with self._lock:
            self.check_stop()
            self.requests[tier] += 1

    def count_bytes(self, size: int) -> None:
        """Count the uncompressed body of an answer."""
        with self._lock:
            self.bytes_received += size

    def count_wait(self, tier: int, seconds: float) -> None:
        """Count a wait before a request."""
        with self._lock:
            self.waits[tier] += seconds


class Traffic:
    """What the threads of a client share: its token, its budget, its meter, and whether the token still holds.

    `on_wait(tier, seconds, why)` is told of each wait before it begins: why is `pace` for our own, `retry_after` for
    Figma's, `backoff` for one after a failure that may pass.
    """

    def __init__(self, token: Token, budget: Budget, meter: Meter) -> None:
        self.token, self.budget, self.meter = token, budget, meter
        self.on_wait: OnWait = lambda *_: None
        self.refused: TokenRefused | None = None

    def admit(self, request: requests.PreparedRequest, place: str) -> requests.PreparedRequest:
        """Wait until a request may be sent, count it and return it signed. Raises what says that it must not be."""
        path = urlsplit(request.url or "").path
        tier = tier_of(path)
        self._pace(tier, tier, place)
        if path.endswith("/meta"):
            self._pace(tier, META_IS_PACED_AS, place)
        signed = self._sign(request)
        self.meter.count_request(tier)
        return signed

    def before_wait(self, tier: int, seconds: float, why: str) -> None:
        """Tell of a wait, and count it."""
        if seconds:
            self.on_wait(tier, seconds, why)
            self.meter.count_wait(tier, seconds)

    def learn(
        self, signed: requests.PreparedRequest, place: str, refusal: FigmaError | Transient, at: datetime
    ) -> FigmaError | Transient:
        """Keep what a failure, come `at` some time, says about further requests. Returns what it means by that."""
        if isinstance(refusal, RateLimited):
            tier = tier_of(urlsplit(signed.url or "").path)
            is_closed = self.budget.learn(tier, place, refusal.wait, refusal.quota, at)
            return refusal.refusal if is_closed else refusal
        if not isinstance(refusal, TokenRefused):
            return refusal
        try:
            if self.token.renew(signed, self.meter.stop):
                return Transient(refusal, wait=0)
        except TokenRefused as last:
            refusal = last
        self.refused = refusal
        return refusal

    def _sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        try:
            return self.token.sign(request, self.meter.stop)
        except TokenRefused as refusal:
            self.refused = refusal
            raise

    def _pace(self, tier: int, bucket: int, place: str) -> None:
        while True:
            if self.refused:
                raise self.refused
            self.meter.check_stop()
            seconds = self.budget.take(bucket, place, is_pace_only=bucket != tier)
            if not seconds:
                return
            self.before_wait(tier, seconds, "pace")
            self.meter.stop.sleep(seconds)


class FigmaSession(requests.Session):
    """A session whose `exchange` keeps Figma's manners.

    `place` is the team that lies behind what is asked for, "" where not known.
    """

    def __init__(self, traffic: Traffic, backoff: float = 1.0) -> None:
        super().__init__()
        # a token is put in right before sending; without this, one from .netrc would be
        self.auth = _unsigned
        self.headers["User-Agent"] = USER_AGENT
        self.place = ""
        self._traffic = traffic
        self._backoff = wait_random_exponential(multiplier=backoff, max=30 * backoff)

    def exchange(self, request: requests.PreparedRequest, read: Callable[[bytes], T], **kwargs: Any) -> T:
        """Send until `read` takes the body; a body that it raises ValueError on is asked for again.

        Raises TokenRefused, Unreachable or Refused.
        """
        retrying = Retrying(
            stop=stop_after_attempt(TRIES),
            retry=retry_if_exception_type(Transient),
            wait=self._wait,
            sleep=self._traffic.meter.stop.sleep,
            before_sleep=self._before_wait,
            reraise=True,
        )
        try:
            result: T = retrying(self._try, request, read, **kwargs)
        except Transient as last:
            raise last.refusal from last
        return result

    def _try(self, request: requests.PreparedRequest, read: Callable[[bytes], T], **kwargs: Any) -> T:
        signed = self._traffic.admit(request, self.place)
        kwargs = {"timeout": (CONNECT_SECONDS, READ_SECONDS)} | kwargs | {"allow_redirects": False, "stream": True}
        try:
            response = self.send(signed, **kwargs)
            body = self._receive(response)
        except OSError as error:
            # what requests raises is one of these; a missing file of certificates it raises bare
            raise connection_failure(request, error) from error
        if response.status_code != requests.codes.ok:
            now = self._traffic.budget.now()
            raise self._traffic.learn(signed, self.place, failure(response, body, now), now)
        self._traffic.token.prove(signed)
        try:
            return read(body)
        except ValueError as error:
            raise bad_body(response, str(error)) from error

    def _receive(self, response: requests.Response) -> bytes:
        """Read and count a body; of a failure's only the beginning. Raises the Refused `too_large`."""
        tier, is_ok = tier_of(urlsplit(response.url).path), response.status_code == requests.codes.ok
        most = MOST_BYTES[tier] if is_ok else MOST_BYTES_OF_ERROR
        body = read_body(response, most, MOST_SECONDS[tier])
        self._traffic.meter.count_bytes(len(body))
        if is_ok and len(body) > most:
            raise Refused("too_large", response.status_code, f"an answer of more than {most:,} bytes")
        return body

    def _wait(self, state: RetryCallState) -> float:
        asked = _asked_wait(state)
        return self._backoff(state) if asked is None else asked

    def _before_wait(self, state: RetryCallState) -> None:
        tier = tier_of(urlsplit(state.args[0].url).path)
        seconds = state.next_action.sleep if state.next_action else 0.0
        self._traffic.before_wait(tier, seconds, "backoff" if _asked_wait(state) is None else "retry_after")


class FigmaClient:
    """The API under one base URL with one token; safe from several threads, each with a session of its own.

    Without a budget nothing is paced, and waits are at most two minutes long. `on_wait` is told of each wait. Lists by
    cursor have at most `most_pages`.
    """

    def __init__(
        self,
        token: Token | str,
        base_url: str,
        backoff: float = 1.0,
        budget: Budget | None = None,
        most_pages: int = MOST_PAGES,
    ) -> None:
        self.base_url, self._most_pages = base_url.rstrip("/"), most_pages
        self.meter, self.budget = Meter(), budget or Budget()
        self._traffic, self._backoff = Traffic(_token(token), self.budget, self.meter), backoff
        self._local = threading.local()

    @property
    def stop(self) -> Stop:
        """What ends the requests of this client early; may be set before the first one."""
        return self.meter.stop

    @stop.setter
    def stop(self, stop: Stop) -> None:
        self.meter.stop = stop

    def on_wait(self, tell: OnWait) -> None:
        """Have each wait told before it begins: its tier, its seconds, and why: pace, retry_after or backoff."""
        self._traffic.on_wait = tell

    @contextmanager
    def within(self, team_id: str | None) -> Iterator[None]:
        """Say for this thread which team it asks about: where that lives in another plan, only that is held up."""
        session = self._session
        before, session.place = session.place, team_id or ""
        try:
            yield
        finally:
            session.place = before

    @property
    def _session(self) -> FigmaSession:
        if not hasattr(self._local, "session"):
            self._local.session = FigmaSession(self._traffic, self._backoff)
        session: FigmaSession = self._local.session
        return session

    def get(self, path: str, holds: str | None = None, **params: Any) -> dict[str, Any]:
        """Return one small answer as a dict; without the list that it should hold it is a bad body."""

        def read(body: bytes) -> dict[str, Any]:
            answer = decode_object(body)
            if holds and not isinstance(answer.get(holds), list):
                raise ValueError(f"no list of {holds}")
            return answer

        return self.fetch(path, read, **params)

    def fetch(self, path: str, read: Callable[[bytes], T], **params: Any) -> T:
        """Return what `read` makes of the answer's body; its ValueError says that this is not what was promised."""
        request = requests.Request("GET", self.base_url + path, params=_query(params))
        session = self._session
        environment = session.merge_environment_settings(request.url, {}, None, None, None)
        return session.exchange(session.prepare_request(request), read, **environment)

    def pages_by_cursor(self, path: str, **params: Any) -> Iterator[dict[str, Any]]:
        """Yield the answers of a list that names its next page by `meta.cursor.after`.

        Raises Refused where a cursor repeats, or the pages do not end: the list is not complete.
        """
        return self._pages(path, lambda answer: _find(answer, "meta", "cursor", "after"), "after", None, params)

    def pages_of_analytics(self, path: str, holds: str, **params: Any) -> Iterator[dict[str, Any]]:
        """Yield the answers of a list that says by `next_page` whether it goes on, and names that page by `cursor`.

        Raises Refused as `pages_by_cursor` does, and where the next page has no name.
        """
        return self._pages(path, _cursor_of_next, "cursor", holds, params)

    def _pages(
        self,
        path: str,
        find_cursor: Callable[[dict[str, Any]], str],
        asked_as: str,
        holds: str | None,
        params: Mapping[str, Any],
    ) -> Iterator[dict[str, Any]]:
        seen: set[str] = set()
        following: dict[str, Any] = {}
        while True:
            answer = self.get(path, holds, **{**params, **following})
            yield answer
            cursor = find_cursor(answer)
            if not cursor:
                return
            if cursor in seen:
                raise Refused("bad_body", detail=f"the list {path} repeats itself: it names its page {cursor} again")
            seen.add(cursor)
            if len(seen) >= self._most_pages:
                raise Refused("bad_body", detail=f"the list {path} does not end: {len(seen):,} pages, and one more")
            following = {asked_as: cursor}

    def pages_by_link(self, path: str, **params: Any) -> Iterator[dict[str, Any]]:
        """Yield the answers of a list that names its next page by `pagination.next_page`; stop where a link repeats.

        Raises Refused where a link leads to another list.
        """
        seen: set[str] = set()
        while True:
            answer = self.get(path, **params)
            yield answer
            link = _find(answer, "pagination", "next_page")
            if not link or link in seen:
                return
            seen.add(link)
            params = _query_of(link, self.base_url + path)


def _cursor_of_next(answer: dict[str, Any]) -> str:
    cursor = _find(answer, "cursor") if answer.get("next_page") else ""
    if answer.get("next_page") and not cursor:
        raise Refused("bad_body", detail="the list goes on, and its next page has no name")
    return cursor


def _query_of(link: str, url: str) -> dict[str, str]:
    """Return the query of a link to the next page, which is all that is taken from it: the token goes nowhere else.

    Links are absolute, name api.figma.com whatever was asked, and hold raw spaces:
    `https://api.figma.com/v1/files/K/versions?column=date&before=2026-05-22 20:10:33 UTC&secondary_before=23565`.
    """
    try:
        parts = urlsplit(urljoin(url, link))
    except ValueError:
        parts = urlsplit("")
    # our own path may have a proxy's before it
    if not parts.path or not urlsplit(url).path.endswith(parts.path):
        raise Refused("foreign_link", detail=f"the next page of {url} is said to be at another address")
    return dict(parse_qsl(parts.query, keep_blank_values=True))


def _token(given: Token | str) -> Token:
    return FixedToken(given) if isinstance(given, str) else given


def _unsigned(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def tier_of(path: str) -> int:
    """Return the tier that the official tables give a path: 1 documents and renders, 3 published lists, else 2."""
    if TIER_1.search(path):
        return 1
    return 3 if TIER_3.search(path) else 2


def _asked_wait(state: RetryCallState) -> float | None:
    """Return the seconds that Figma asked for."""
    raised = state.outcome.exception() if state.outcome else None
    return raised.wait if isinstance(raised, Transient) else None


def _find(answer: Any, *names: str) -> str:
    """Return what lies under these names, one within the other; "" where there is nothing."""
    for name in names:
        answer = answer.get(name) if isinstance(answer, dict) else None
    return str(answer or "")


def _query(params: Mapping[str, Any]) -> str:
    texts = {name: str(value).lower() if isinstance(value, bool) else value for name, value in params.items()}
    return urlencode(texts, quote_via=quote)
