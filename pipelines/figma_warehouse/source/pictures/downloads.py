"""Downloads pictures: without the token, from safe hosts only, up to a maximum size, with retries."""

import hashlib
import threading
from urllib.parse import urljoin, urlsplit

import requests
from requests.auth import AuthBase
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from figma_warehouse.source.api.client import CONNECT_SECONDS, READ_SECONDS, TRIES, USER_AGENT
from figma_warehouse.source.api.refusals import Refused
from figma_warehouse.source.api.response_body import read_body
from figma_warehouse.source.api.safe_hosts import is_public, is_safe
from figma_warehouse.source.api.stop import Stop
from figma_warehouse.source.pictures.formats import BadPicture, Picture, read_picture
from figma_warehouse.source.reasons import reasons_that

MAX_SECONDS = 120
MAX_REDIRECTS = 3
# a bad picture may be a part of a picture, or the error page of a gateway
RETRIED = reasons_that(lambda reason: reason.is_service_failure) | {"bad_picture"}
# after this many lost connections in a row, no more downloads are tried
MAX_LOST_IN_A_ROW = 3


class Downloads:
    """Downloads pictures of at most `max_bytes`. Several threads can share it; each has a session of its own.

    After several lost connections in a row, no more downloads are tried; after `stop`, none begins. Only with
    `allows_local` may a picture be on this machine or in a private network: for an API that is local itself.
    """

    def __init__(
        self, max_bytes: int, backoff: float = 1.0, stop: Stop | None = None, *, allows_local: bool = False
    ) -> None:
        self._allows_local = allows_local
        self._max_bytes, self._backoff, self._stop = max_bytes, backoff, stop or Stop()
        self._local = threading.local()
        self._lost_in_a_row = 0

    def fetch(self, url: str) -> Picture:
        """Return the picture at a URL, with retries. Raises Refused.

        The reason is bad_picture if every attempt returned the same bytes, which are not a picture, and bad_body if
        the bytes differed.
        """
        retrying = Retrying(
            stop=stop_after_attempt(TRIES),
            retry=retry_if_exception(lambda error: isinstance(error, Refused) and error.reason in RETRIED),
            wait=wait_random_exponential(multiplier=self._backoff, max=30 * self._backoff),
            sleep=self._stop.sleep,
            reraise=True,
        )
        if self._lost_in_a_row >= MAX_LOST_IN_A_ROW:
            raise Refused("connection_lost", detail="not tried, because the previous connections were lost")
        answers: set[bytes] = set()
        try:
            picture = retrying(lambda: self._attempt(url, answers))
        except Refused as refusal:
            self._lost_in_a_row = self._lost_in_a_row + 1 if refusal.reason == "connection_lost" else 0
            if refusal.reason == "bad_picture" and len(answers) > 1:
                detail = "not a picture, and different bytes at each attempt"
                raise Refused("bad_body", refusal.status, detail) from refusal
            raise
        self._lost_in_a_row = 0
        return picture

    @property
    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
            self._local.session.auth = _NoCredentials()
            self._local.session.headers.update({"User-Agent": USER_AGENT, "Accept-Encoding": "identity"})
        session: requests.Session = self._local.session
        return session

    def _attempt(self, url: str, answers: set[bytes]) -> Picture:
        """Download once and add the hash of the body to `answers`, or b"" if there is none."""
        # downloads do not count as requests: the limit of requests applies to the requests for URLs
        self._stop.check()
        try:
            body = self._follow(url)
        except Refused:
            answers.add(b"")
            raise
        answers.add(hashlib.sha256(body).digest())
        return _read_picture(body)

    def _follow(self, url: str) -> bytes:
        scheme = url.partition(":")[0].lower()
        for _ in range(MAX_REDIRECTS + 1):
            _check_address(url, scheme, self._allows_local)
            try:
                body, location = self._get(url)
            except requests.RequestException as error:
                raise Refused("connection_lost", detail=f"{type(error).__name__} while downloading") from error
            if location is None:
                return body
            url = urljoin(url, location)
        raise Refused("redirected", detail=f"more than {MAX_REDIRECTS} redirects")

    def _get(self, url: str) -> tuple[bytes, str | None]:
        """Return the body and None, or b"" and the location of a redirect."""
        timeout = (CONNECT_SECONDS, READ_SECONDS)
        with self._session.get(url, stream=True, allow_redirects=False, timeout=timeout) as response:
            if response.is_redirect:
                return b"", response.headers["location"]
            _check_status(response)
            body = read_body(response, self._max_bytes, MAX_SECONDS)
            if len(body) > self._max_bytes:
                raise Refused("too_large", 200, f"more than {self._max_bytes:,} bytes")
            return body, None


class _NoCredentials(AuthBase):
    """Adds no credentials, not even those that a .netrc file has for the host."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def _read_picture(body: bytes) -> Picture:
    """Detect the format of a body from its bytes. Raises Refused (`bad_picture`) if it is not a picture."""
    try:
        return read_picture(body)
    except BadPicture as error:
        raise Refused("bad_picture", 200, str(error)) from error


def _check_address(url: str, scheme: str, allows_local: bool) -> None:
    """Raise Refused (`unsafe_address`) unless a URL is safe and has this scheme, which redirects must not change.

    A safe URL is https at a public host. With `allows_local`, it is https at any host, or http on this machine.
    """
    try:
        parts = urlsplit(url)
        is_allowed = is_safe(url) and parts.scheme == scheme
        is_allowed &= allows_local or (parts.scheme == "https" and is_public(parts.hostname or ""))
    except ValueError:
        raise Refused("unsafe_address", detail="an address that cannot be parsed") from None
    if not is_allowed:
        raise Refused("unsafe_address", detail=f"{parts.scheme or 'no scheme'} at {parts.hostname or 'no host'}")


def _check_status(response: requests.Response) -> None:
    status = response.status_code
    if status == requests.codes.ok:
        return
    if status == requests.codes.accepted or "x-amzn-waf-action" in response.headers:
        raise Refused("waf_challenge", status, "not a picture")
    if status >= requests.codes.server_error or status == requests.codes.too_many:
        raise Refused("server_error", status, response.reason)
    raise Refused("expired" if status == requests.codes.forbidden else "not_found", status, response.reason)
