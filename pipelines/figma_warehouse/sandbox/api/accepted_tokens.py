"""The tokens that are accepted: a personal one, and OAuth's, which are given out, renewed and die."""

from __future__ import annotations

import base64
import threading
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import msgspec

from figma_warehouse.sandbox.api.answers import TOKEN_USER, RefusalError
from figma_warehouse.sandbox.api.rate_limits import ApiClock, RealClock

if TYPE_CHECKING:
    from collections.abc import Mapping

EXPIRES_IN = 90 * 86_400


class Tokens:
    """What opens the API. An app has one access token per user: a new one kills the one before.

    `code` can be exchanged once for an access token and the refresh token; the latter stays as it is for ever.
    """

    client_id = "sandbox-client"
    client_secret = "sandbox-client-secret"  # noqa: S105

    def __init__(self, personal: str, clock: ApiClock | None = None, expires_in: int = EXPIRES_IN) -> None:
        self.personal = personal
        self.expires_in = expires_in
        name = personal.removeprefix("figd_")
        self.code, self.refresh_token = f"code-{name}", f"figur_{name}"
        self._access_name = f"figu_{name}"
        self._clock = clock or RealClock()
        self._lock = threading.Lock()
        self._given = 0
        self._access_dies_at = 0
        self._is_expired = False

    def admit(self, headers: Mapping[str, str]) -> str:
        """Return the secret that opens the API. Raises the 403 of one that is unknown, dead or in the wrong header."""
        secret = headers.get("x-figma-token", "")
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        with self._lock:
            if self.personal in (secret, bearer) and not self._is_expired:
                return self.personal
            if self._given and bearer == self._access and self._clock.now() < self._access_dies_at:
                return bearer
        raise RefusalError(403, "Invalid token")

    def expire(self) -> None:
        """Let every token die, at once."""
        with self._lock:
            self._is_expired, self._access_dies_at = True, 0

    def renew(self) -> None:
        """Let the personal token be good again, as a new one in the settings would be."""
        with self._lock:
            self._is_expired = False

    def grant(self, is_refresh: bool, authorization: str, form: bytes) -> bytes:
        """POST /v1/oauth/token and /v1/oauth/refresh: the form and HTTP Basic in, the answer's JSON out.

        Raises a 401 for another client and a 400 for another code or refresh token.
        """
        given = {name: values[0] for name, values in parse_qs(form.decode()).items()}
        basic = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        if authorization != f"Basic {basic}":
            raise RefusalError(401, "Invalid client credentials", "B")
        with self._lock:
            return self._refreshed(given) if is_refresh else self._exchanged(given)

    @property
    def _access(self) -> str:
        return f"{self._access_name}-{self._given}"

    def _refreshed(self, given: Mapping[str, str]) -> bytes:
        if given.get("refresh_token") != self.refresh_token:
            raise RefusalError(400, "Invalid refresh token", "B")
        return msgspec.json.encode(self._new_access())

    def _exchanged(self, given: Mapping[str, str]) -> bytes:
        if given.get("grant_type") != "authorization_code" or given.get("code") != self.code:
            raise RefusalError(400, "Invalid code", "B")
        self.code = ""
        about = {"refresh_token": self.refresh_token, "user_id_string": TOKEN_USER.id}
        return msgspec.json.encode({**self._new_access(), **about})

    def _new_access(self) -> dict[str, str | int]:
        self._given += 1
        self._access_dies_at = self._clock.now() + 1000 * self.expires_in
        return {"access_token": self._access, "token_type": "bearer", "expires_in": self.expires_in}
