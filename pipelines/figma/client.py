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
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

import requests
from dlt.sources.helpers.rest_client.client import RESTClient
from dlt.sources.helpers.rest_client.paginators import JSONLinkPaginator, JSONResponseCursorPaginator
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from pipelines.figma.budget import Budget
from pipelines.figma.halting import Halt
from pipelines.figma.limits import TIERS
from pipelines.figma.refusals import (
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
from pipelines.figma.tokens import FixedToken, Token

USER_AGENT = "Mozilla/5.0 (compatible; figma-warehouse/0.1)"
CONNECT_SECONDS, READ_SECONDS = 10, 180
TRIES = 5
TIER_1 = re.compile(r"/v1/(files/[^/]+(/nodes)?|images/[^/]+)$")
TIER_3 = re.compile(r"/v1/(files/[^/]+/meta|me|((files|teams)/[^/]+/)?(components|component_sets|styles)(/[^/]+)?)$")

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
    halt: Halt = field(default_factory=Halt)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def total(self) -> int:
        """Requests of all tiers."""
        return sum(self.requests.values())

    @property
    def wait_seconds(self) -> float:
        """Seconds waited for all tiers."""
        return sum(self.waits.values())

    def check_halt(self) -> None:
        """Raise the Refused `put_off` where the refresh is to end."""
        why = self.halt.reason(self.total)
        if why:
            raise Refused("put_off", detail=f"ended early: {why}")

    def count_request(self, tier: int) -> None:
        """Count one try of one request; safe from any thread, like the others.

        Raises the Refused `put_off` where the refresh is to end.
        """
        with self._lock:
            self.check_halt()
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
            if self.token.renew(signed):
                return Transient(refusal, wait=0)
        except TokenRefused as last:
            refusal = last
        self.refused = refusal
        return refusal

    def _sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        try:
            return self.token.sign(request)
        except TokenRefused as refusal:
            self.refused = refusal
            raise

    def _pace(self, tier: int, bucket: int, place: str) -> None:
        while True:
            if self.refused:
                raise self.refused
            self.meter.check_halt()
            seconds = self.budget.take(bucket, place, is_pace_only=bucket != tier)
            if not seconds:
                return
            self.before_wait(tier, seconds, "pace")
            self.meter.halt.sleep(seconds)


class FigmaSession(requests.Session):
    """A session whose `send` keeps Figma's manners, so that dlt's REST client has them too.

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

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send until an answer holds a JSON object. Raises TokenRefused, Unreachable or Refused."""
        return self.exchange(request, _check_object, **kwargs)[0]

    def exchange(
        self, request: requests.PreparedRequest, read: Callable[[bytes], T], **kwargs: Any
    ) -> tuple[requests.Response, T]:
        """Send until `read` takes the body; a body that it raises ValueError on is asked for again."""
        retrying = Retrying(
            stop=stop_after_attempt(TRIES),
            retry=retry_if_exception_type(Transient),
            wait=self._wait,
            sleep=self._traffic.meter.halt.sleep,
            before_sleep=self._before_wait,
            reraise=True,
        )
        try:
            return retrying(self._try, request, read, **kwargs)
        except Transient as last:
            raise last.refusal from last

    def _try(
        self, request: requests.PreparedRequest, read: Callable[[bytes], T], **kwargs: Any
    ) -> tuple[requests.Response, T]:
        signed = self._traffic.admit(request, self.place)
        kwargs = {"timeout": (CONNECT_SECONDS, READ_SECONDS)} | kwargs | {"allow_redirects": False}
        try:
            response = super().send(signed, **kwargs)
        except requests.RequestException as error:
            raise connection_failure(request, error) from error
        self._traffic.meter.count_bytes(len(response.content))
        if response.status_code != requests.codes.ok:
            now = self._traffic.budget.now()
            raise self._traffic.learn(signed, self.place, failure(response, now), now)
        try:
            return response, read(response.content)
        except ValueError as error:
            raise bad_body(response, str(error)) from error

    def _wait(self, state: RetryCallState) -> float:
        asked = _asked_wait(state)
        return self._backoff(state) if asked is None else asked

    def _before_wait(self, state: RetryCallState) -> None:
        tier = tier_of(urlsplit(state.args[0].url).path)
        seconds = state.next_action.sleep if state.next_action else 0.0
        self._traffic.before_wait(tier, seconds, "backoff" if _asked_wait(state) is None else "retry_after")


class FigmaClient:
    """The API under one base URL with one token; safe from several threads, each with a session of its own.

    Without a budget nothing is paced, and waits are at most two minutes long. `on_wait` is told of each wait.
    """

    def __init__(self, token: Token | str, base_url: str, backoff: float = 1.0, budget: Budget | None = None) -> None:
        self.base_url = base_url.rstrip("/")
        self.meter, self.budget = Meter(), budget or Budget()
        self._traffic, self._backoff = Traffic(_token(token), self.budget, self.meter), backoff
        self._local = threading.local()

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
            yield decode_object(page.response.content)


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
    decode_object(body)
