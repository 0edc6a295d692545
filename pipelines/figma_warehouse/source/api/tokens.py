"""Tokens that sign requests: a fixed personal or plan access token, or OAuth access tokens that are renewed in time.

See https://developers.figma.com/docs/rest-api/authentication/. A token is added to the header right before a request is
sent. It never appears in a log, a message or a repr.
"""

import hashlib
import json
import re
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import requests
from filelock import FileLock
from pyrate_limiter import WallClock
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from figma_warehouse.files import PRIVATE, write_whole
from figma_warehouse.source.api.budget import Clock
from figma_warehouse.source.api.refusals import (
    FigmaError,
    TokenRefused,
    Transient,
    Unreachable,
    decode_object,
    error_message,
)
from figma_warehouse.source.api.response_body import read_body
from figma_warehouse.source.api.stop import Stop

PRINTABLE = re.compile(r"[\x21-\x7e]+")
TRIES = 5
TIMEOUT_SECONDS = (10, 60)
# limits for the response of the refresh endpoint, which may be the error page of a gateway
MAX_BYTES, MAX_SECONDS = 1_000_000, 120
# an access token is renewed when less than this or a tenth of its life is left, whichever is shorter
RENEW_BEFORE_SECONDS = 3_600
MIN_LIFE_SECONDS = 60
# a life of more than ten years, or a time after the year 5138, is an error
MAX_LIFE_SECONDS = 10 * 366 * 86_400
LATEST_SECONDS = 100_000_000_000
# prefix of a token: its kind, and its longest life in days; Figma does not document the prefixes
KINDS = {"figd_": ("personal access token", 90), "figu_": ("OAuth access token", 90)}
OTHER_KIND = ("plan access token, or an old personal one", 365)


@dataclass(frozen=True)
class TokenAbout:
    """The facts about a token that need no request. Times are UTC, and None if only Figma knows them."""

    kind: str
    lasts_days: int
    obtained_at: datetime | None = None
    expires_at: datetime | None = None


class Token(ABC):
    """Signs requests."""

    @property
    @abstractmethod
    def identity(self) -> str:
        """The account by which Figma counts requests; a secret."""

    @abstractmethod
    def sign(self, request: requests.PreparedRequest, stop: Stop) -> requests.PreparedRequest:
        """Return a copy of a request with the token in its header. Raises TokenRefused or Unreachable.

        Raises Refused (`put_off`) if a token must be requested first and `stop` is triggered.
        """

    def renew(self, refused: requests.PreparedRequest, stop: Stop) -> bool:  # noqa: ARG002
        """Get a new token after Figma refused the current one. Returns False if there is no new token.

        Raises the same exceptions as `sign`.
        """
        return False

    def confirm(self, answered: requests.PreparedRequest) -> None:  # noqa: B027
        """Record that Figma answered a request and thus accepts its token."""

    @abstractmethod
    def about(self) -> TokenAbout:
        """Return the facts about the token that need no request."""


@dataclass(frozen=True)
class FixedToken(Token):
    """A token that a person created: a personal, plan or OAuth access token, distinguished by its prefix.

    White space around it is removed. Raises TokenRefused if the rest is not a token.
    """

    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        secret = self.secret.strip()
        # an error of the HTTP library would show the token
        if not PRINTABLE.fullmatch(secret):
            raise TokenRefused("This is not a token: it is empty, or has characters that no Figma token has.")
        object.__setattr__(self, "secret", secret)

    @property
    def identity(self) -> str:
        """The token itself."""
        return self.secret

    def sign(self, request: requests.PreparedRequest, stop: Stop) -> requests.PreparedRequest:  # noqa: ARG002
        """Return a signed copy, with an OAuth token (`figu_`) as bearer token and others in `X-Figma-Token`."""
        signed = request.copy()
        if self.secret.startswith("figu_"):
            signed.headers["Authorization"] = f"Bearer {self.secret}"
        else:
            signed.headers["X-Figma-Token"] = self.secret
        return signed

    def about(self) -> TokenAbout:
        """Return the kind of the token and its longest life."""
        return TokenAbout(*next((kind for start, kind in KINDS.items() if self.secret.startswith(start)), OTHER_KIND))


@dataclass(frozen=True)
class Grant:
    """One access token with its times, in seconds since 1970. `app` is a hash of the app and user that it belongs to.

    Raises ValueError or TypeError if the token or its times are invalid.
    """

    app: str
    access_token: str = field(repr=False)
    obtained_at: float
    expires_at: float

    def __post_init__(self) -> None:
        # an error of the HTTP library would show the token
        if not PRINTABLE.fullmatch(self.access_token):
            raise ValueError("not a token")
        latest_end = self.obtained_at + MAX_LIFE_SECONDS
        if not 0 <= self.obtained_at <= LATEST_SECONDS or not self.obtained_at <= self.expires_at <= latest_end:
            raise ValueError("the times are not those of a token")

    def is_good(self, now: float) -> bool:
        """Tell whether the token can be used without a renewal."""
        return now < self.expires_at - min(RENEW_BEFORE_SECONDS, (self.expires_at - self.obtained_at) / 10)


class OAuthToken(Token):
    """Gets access tokens from Figma's refresh endpoint, one at a time, because a new one invalidates the one before.

    If a path is given, the current token is stored there, readable by its owner only. Threads and processes share it.
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
        # the token that replaced a refused one and that Figma has not accepted yet
        self._unconfirmed: str | None = None

    def __repr__(self) -> str:
        return "OAuthToken()"

    @property
    def identity(self) -> str:
        """The app and its user."""
        return f"{self._client[0]} {self._refresh_token}"

    def sign(self, request: requests.PreparedRequest, stop: Stop) -> requests.PreparedRequest:
        """Return a signed copy, with a new access token if the current one expires soon."""
        with self._lock:
            if self._grant is None or not self._grant.is_good(self._now()):
                self._renew(self._grant, stop)
            signed = request.copy()
            signed.headers["Authorization"] = f"Bearer {self._grant.access_token}" if self._grant else ""
        return signed

    def renew(self, refused: requests.PreparedRequest, stop: Stop) -> bool:
        """Get a new access token, unless another thread already did. Returns False if this one is new and failed."""
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
        """Record that Figma accepts the token of a request, so that it can be renewed if Figma refuses it later."""
        with self._lock:
            if answered.headers.get("Authorization") == f"Bearer {self._unconfirmed}":
                self._unconfirmed = None

    def about(self) -> TokenAbout:
        """Return the kind of the token and, if there is an access token, its times."""
        grant = self._grant or self._stored()
        times = (_moment(grant.obtained_at), _moment(grant.expires_at)) if grant else ()
        return TokenAbout(*KINDS["figu_"], *times)

    def _renew(self, old: Grant | None, stop: Stop) -> Grant | None:
        """Use the access token that another process has stored, or else request a new one and return it."""
        with self._renewal_lock():
            stored = self._stored()
            is_other = stored is not None and (old is None or stored.access_token != old.access_token)
            fresh = None if stored and is_other and stored.is_good(self._now()) else self._request_grant(stop)
            self._grant = fresh or stored
            if fresh:
                self._store(fresh)
        return fresh

    def _request_grant(self, stop: Stop) -> Grant:
        retrying = Retrying(
            stop=stop_after_attempt(TRIES),
            retry=retry_if_exception_type(Transient),
            wait=wait_random_exponential(multiplier=self._backoff, max=30 * self._backoff),
            sleep=stop.sleep,
            reraise=True,
        )
        try:
            return retrying(self._attempt, stop)
        except Transient as last:
            raise last.refusal from None

    def _attempt(self, stop: Stop) -> Grant:
        stop.check()
        form = {"refresh_token": self._refresh_token}
        try:
            response = requests.post(
                self._url, data=form, auth=self._client, timeout=TIMEOUT_SECONDS, allow_redirects=False, stream=True
            )
            body = read_body(response, MAX_BYTES, MAX_SECONDS)
        except requests.RequestException as error:
            # the request in the error contains the secrets
            raise self._unreachable(type(error).__name__) from None
        if response.status_code in (400, 401, 403):
            raise self._refusal(response, body)
        try:
            answer = decode_object(body)
            return self._new_grant(answer["access_token"], float(answer.get("expires_in") or 0))
        except (KeyError, TypeError, ValueError, OverflowError):
            raise self._unreachable(f"HTTP {response.status_code}") from None

    def _new_grant(self, access_token: str, life: float) -> Grant:
        if life < 0:
            raise ValueError("not the life of a token")
        now = self._now()
        return Grant(self._app, access_token, now, now + max(life, MIN_LIFE_SECONDS))

    def _refusal(self, response: requests.Response, body: bytes) -> FigmaError:
        words = error_message(response, body, self._client[1], self._refresh_token) or f"HTTP {response.status_code}"
        return TokenRefused(
            f"Figma refused to issue an OAuth access token: {words}. Check client_id, client_secret and refresh_token"
            " under [sources.figma] in .dlt/secrets.toml."
        )

    def _unreachable(self, why: str) -> Transient:
        return Transient(Unreachable(f"No OAuth access token from {self._url} ({why}): is base_url right?"))

    def _stored(self) -> Grant | None:
        """Return the stored access token, or None if there is none of this app and user."""
        if self._path is None or not self._path.exists():
            return None
        try:
            grant = Grant(**json.loads(self._path.read_text(encoding="utf-8")))
        except (TypeError, ValueError):
            return None
        return grant if grant.app == self._app else None

    def _store(self, grant: Grant) -> None:
        if self._path is None:
            return
        write_whole(self._path, json.dumps(asdict(grant)).encode())

    @contextmanager
    def _renewal_lock(self) -> Iterator[None]:
        """Keep other processes from renewing at the same time, because each would invalidate the other's token."""
        if self._path is None:
            yield
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{self._path}.lock", mode=PRIVATE, preserve_lock_file=True):
            yield

    def _now(self) -> float:
        return self._clock.now() / 1000


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
