"""Who asks: a personal or plan access token as it is, or OAuth's, which is renewed before it dies.

https://developers.figma.com/docs/rest-api/authentication/. A token goes into a request's header right before it is
sent, and into no log, message or repr.
"""

import fcntl
import hashlib
import json
import os
import re
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import requests
from pyrate_limiter import WallClock
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from figma_warehouse.source.api.budget import Clock
from figma_warehouse.source.api.refusals import (
    FigmaError,
    TokenRefused,
    Transient,
    Unreachable,
    decode_object,
    message_of,
)
from figma_warehouse.source.api.response_body import read_body
from figma_warehouse.source.api.stop import Stop

PRINTABLE = re.compile(r"[\x21-\x7e]+")
TRIES = 5
TIMEOUT_SECONDS = (10, 60)
# a token and what is said of it, or a gateway's page; within as long as any small answer may take
MOST_BYTES, MOST_SECONDS = 1_000_000, 120
# an access token is renewed when less than this is left of it, or a tenth of its life where that is shorter
RENEW_BEFORE_SECONDS = 3_600
SHORTEST_LIFE_SECONDS = 60
# beyond ten years it is no life of a token, and beyond the year 5138 no time
LONGEST_LIFE_SECONDS = 10 * 366 * 86_400
LATEST_SECONDS = 100_000_000_000
# by how a token begins, of which Figma documents nothing: what it is, and the days it lasts at most
KINDS = {"figd_": ("personal access token", 90), "figu_": ("OAuth access token", 90)}
OTHER_KIND = ("plan access token, or an old personal one", 365)


@dataclass(frozen=True)
class TokenAbout:
    """What can be known of a token without asking Figma; times are UTC, None where only Figma knows."""

    kind: str
    lasts_days: int
    obtained_at: datetime | None = None
    expires_at: datetime | None = None


class Token(ABC):
    """What signs requests."""

    @property
    @abstractmethod
    def identity(self) -> str:
        """What Figma counts requests by; a secret."""

    @abstractmethod
    def sign(self, request: requests.PreparedRequest, stop: Stop) -> requests.PreparedRequest:
        """Return a copy of a request with the token in its header. Raises TokenRefused, Unreachable.

        Raises Refused (`put_off`) if a token must be requested first and `stop` is triggered.
        """

    def renew(self, refused: requests.PreparedRequest, stop: Stop) -> bool:  # noqa: ARG002
        """Get another token, after a request with the present one was refused. Returns whether there is another.

        Raises what `sign` raises.
        """
        return False

    def confirm(self, answered: requests.PreparedRequest) -> None:  # noqa: B027
        """Record that Figma answered a request, and so accepts its token."""

    @abstractmethod
    def about(self) -> TokenAbout:
        """Return what is known of the token."""


@dataclass(frozen=True)
class FixedToken(Token):
    """A token that a person made: personal, plan, or OAuth's own, told apart by how it begins.

    White space around it is no part of it. Raises TokenRefused where the rest is no token.
    """

    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        secret = self.secret.strip()
        # an error of the HTTP library would show it
        if not PRINTABLE.fullmatch(secret):
            raise TokenRefused("That is no token: it is empty, or has characters in it that no token of Figma's has.")
        object.__setattr__(self, "secret", secret)

    @property
    def identity(self) -> str:
        """The token itself: all its requests are counted together."""
        return self.secret

    def sign(self, request: requests.PreparedRequest, stop: Stop) -> requests.PreparedRequest:  # noqa: ARG002
        """Return a signed copy: OAuth tokens (`figu_`) as bearer, others in Figma's own header."""
        signed = request.copy()
        if self.secret.startswith("figu_"):
            signed.headers["Authorization"] = f"Bearer {self.secret}"
        else:
            signed.headers["X-Figma-Token"] = self.secret
        return signed

    def about(self) -> TokenAbout:
        """Return the kind of token."""
        return TokenAbout(*next((kind for start, kind in KINDS.items() if self.secret.startswith(start)), OTHER_KIND))


@dataclass(frozen=True)
class Grant:
    """One access token and its life, in seconds since 1970; `app` tells whose it is without naming anyone.

    Raises ValueError or TypeError where that is no token, or no life of one.
    """

    app: str
    access_token: str = field(repr=False)
    obtained_at: float
    expires_at: float

    def __post_init__(self) -> None:
        # an error of the HTTP library would show it
        if not PRINTABLE.fullmatch(self.access_token):
            raise ValueError("no token")
        longest = self.obtained_at + LONGEST_LIFE_SECONDS
        if not 0 <= self.obtained_at <= LATEST_SECONDS or not self.obtained_at <= self.expires_at <= longest:
            raise ValueError("no life of a token")

    def is_good(self, now: float) -> bool:
        """Tell whether it is not yet to be renewed."""
        return now < self.expires_at - min(RENEW_BEFORE_SECONDS, (self.expires_at - self.obtained_at) / 10)


class OAuthToken(Token):
    """Access tokens by Figma's refresh endpoint, one at a time: a new one kills the one before.

    The present one lies at `path`, if given, readable by its owner alone; threads and processes share it.
    """

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        refresh_token: str,
        base_url: str,
        path: Path | None = None,
        backoff: float = 1.0,
        clock: Clock | None = None,
    ) -> None:
        self._client, self._refresh_token = (client_id, client_secret), refresh_token
        self._url = f"{base_url.rstrip('/')}/v1/oauth/refresh"
        self._app = hashlib.sha256(f"{self._url} {self.identity}".encode()).hexdigest()[:16]
        self._path, self._backoff, self._clock = path, backoff, clock or WallClock()
        self._lock = threading.Lock()
        self._grant: Grant | None = None
        # the token that replaced a refused one, until Figma accepts it
        self._unconfirmed: str | None = None

    def __repr__(self) -> str:
        return "OAuthToken()"

    @property
    def identity(self) -> str:
        """The app with its user."""
        return f"{self._client[0]} {self._refresh_token}"

    def sign(self, request: requests.PreparedRequest, stop: Stop) -> requests.PreparedRequest:
        """Return a signed copy, with a new access token where the present one is near its end."""
        with self._lock:
            if self._grant is None or not self._grant.is_good(self._now()):
                self._renew(self._grant, stop)
            signed = request.copy()
            signed.headers["Authorization"] = f"Bearer {self._grant.access_token}" if self._grant else ""
        return signed

    def renew(self, refused: requests.PreparedRequest, stop: Stop) -> bool:
        """Get another access token, unless another thread has; none where this one is new and never worked."""
        with self._lock:
            grant = self._grant
            if grant is None or refused.headers.get("Authorization") != f"Bearer {grant.access_token}":
                return True
            if self._unconfirmed == grant.access_token:
                return False
            fresh = self._renew(grant, stop)
            self._unconfirmed = fresh.access_token if fresh else None
            return True

    def confirm(self, answered: requests.PreparedRequest) -> None:
        """Record that Figma accepts the token of a request: it may be renewed if it is refused later."""
        with self._lock:
            if answered.headers.get("Authorization") == f"Bearer {self._unconfirmed}":
                self._unconfirmed = None

    def about(self) -> TokenAbout:
        """Return since when and until when the access token is good, where there is one."""
        grant = self._grant or self._stored()
        times = (_moment(grant.obtained_at), _moment(grant.expires_at)) if grant else ()
        return TokenAbout(*KINDS["figu_"], *times)

    def _renew(self, dead: Grant | None, stop: Stop) -> Grant | None:
        """Take the access token that another process has stored, or else ask for one and return that."""
        with self._exclusively():
            stored = self._stored()
            is_other = stored is not None and (dead is None or stored.access_token != dead.access_token)
            fresh = None if stored and is_other and stored.is_good(self._now()) else self._ask(stop)
            self._grant = fresh or stored
            if fresh:
                self._store(fresh)
        return fresh

    def _ask(self, stop: Stop) -> Grant:
        retrying = Retrying(
            stop=stop_after_attempt(TRIES),
            retry=retry_if_exception_type(Transient),
            wait=wait_random_exponential(multiplier=self._backoff, max=30 * self._backoff),
            sleep=stop.sleep,
            reraise=True,
        )
        try:
            return retrying(self._try, stop)
        except Transient as last:
            raise last.refusal from None

    def _try(self, stop: Stop) -> Grant:
        stop.check()
        form = {"refresh_token": self._refresh_token}
        try:
            response = requests.post(
                self._url, data=form, auth=self._client, timeout=TIMEOUT_SECONDS, allow_redirects=False, stream=True
            )
            body = read_body(response, MOST_BYTES, MOST_SECONDS)
        except requests.RequestException as error:
            # the request in the error carries the secrets
            raise self._no_answer(type(error).__name__) from None
        if response.status_code in (400, 401, 403):
            raise self._refused(response, body)
        try:
            answer = decode_object(body)
            return self._grant_of(answer["access_token"], float(answer.get("expires_in") or 0))
        except (KeyError, TypeError, ValueError, OverflowError):
            raise self._no_answer(f"HTTP {response.status_code}") from None

    def _grant_of(self, access_token: str, life: float) -> Grant:
        if life < 0:
            raise ValueError("no life of a token")
        now = self._now()
        return Grant(self._app, access_token, now, now + max(life, SHORTEST_LIFE_SECONDS))

    def _refused(self, response: requests.Response, body: bytes) -> FigmaError:
        words = message_of(response, body, self._client[1], self._refresh_token) or f"HTTP {response.status_code}"
        return TokenRefused(
            f"Figma gives no OAuth access token: {words}. Check client_id, client_secret and refresh_token under"
            " [sources.figma] in .dlt/secrets.toml."
        )

    def _no_answer(self, why: str) -> Transient:
        return Transient(Unreachable(f"No OAuth access token from {self._url} ({why}): is base_url right?"))

    def _stored(self) -> Grant | None:
        """Return the stored access token, where it is this app's."""
        if self._path is None or not self._path.exists():
            return None
        try:
            grant = Grant(**json.loads(self._path.read_text()))
        except (TypeError, ValueError):
            return None
        return grant if grant.app == self._app else None

    def _store(self, grant: Grant) -> None:
        if self._path is None:
            return
        fresh = self._path.with_name(f"{self._path.name}.new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(asdict(grant), file)
        fresh.replace(self._path)

    @contextmanager
    def _exclusively(self) -> Iterator[None]:
        """Keep other processes from renewing at the same time: each would kill the other's token."""
        if self._path is None:
            yield
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(f"{self._path}.lock", os.O_RDWR | os.O_CREAT, 0o600)) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _now(self) -> float:
        return self._clock.now() / 1000


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
