"""The tokens that the API accepts: a personal access token, and OAuth access tokens, which expire."""

from __future__ import annotations

import base64
import threading
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import msgspec

from figma_warehouse.sandbox.api.listing_answers import TOKEN_USER
from figma_warehouse.sandbox.api.rate_limits import MillisecondClock, MonotonicClock
from figma_warehouse.sandbox.api.refusal_error import RefusalError

if TYPE_CHECKING:
    from collections.abc import Mapping

EXPIRES_IN = 90 * 86_400


class AcceptedTokens:
    """The valid tokens. An OAuth app has one access token per user: a new one revokes the previous one.

    `code` buys an access token and the refresh token, once. The refresh token never changes. `expires_in` is in
    seconds.
    """

    client_id = "sandbox-client"
    client_secret = "sandbox-client-secret"  # noqa: S105

    def __init__(self, personal: str, clock: MillisecondClock | None = None, expires_in: int = EXPIRES_IN) -> None:
        self.personal = personal
        self.expires_in = expires_in
        name = personal.removeprefix("figd_")
        self.code, self.refresh_token = f"code-{name}", f"figur_{name}"
        self._access_name = f"figu_{name}"
        self._clock = clock or MonotonicClock()
        self._lock = threading.Lock()
        self._issued = 0
        self._access_expires_at = 0
        self._is_expired = False

    def authenticate(self, headers: Mapping[str, str]) -> str:
        """Return the valid token of a request. Raises a 403 if it is unknown, expired or in the wrong header."""
        token = headers.get("x-figma-token", "")
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        with self._lock:
            if self.personal in (token, bearer) and not self._is_expired:
                return self.personal
            if self._issued and bearer == self._access_token and self._clock.now() < self._access_expires_at:
                return bearer
        raise RefusalError(403, "Invalid token")

    def expire(self) -> None:
        """Let every token expire at once."""
        with self._lock:
            self._is_expired, self._access_expires_at = True, 0

    def renew(self) -> None:
        """Accept the personal token again, as if the settings had a new one."""
        with self._lock:
            self._is_expired = False

    def grant(self, is_refresh: bool, authorization: str, form: bytes) -> bytes:
        """POST /v1/oauth/token and /v1/oauth/refresh: the JSON for a form and an HTTP Basic header.

        Raises a 401 for another client, and a 400 for another code or refresh token.
        """
        fields = {name: values[0] for name, values in parse_qs(form.decode()).items()}
        basic = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        if authorization != f"Basic {basic}":
            raise RefusalError(401, "Invalid client credentials", "B")
        with self._lock:
            return self._refresh(fields) if is_refresh else self._exchange_code(fields)

    @property
    def _access_token(self) -> str:
        return f"{self._access_name}-{self._issued}"

    def _refresh(self, fields: Mapping[str, str]) -> bytes:
        if fields.get("refresh_token") != self.refresh_token:
            raise RefusalError(400, "Invalid refresh token", "B")
        return msgspec.json.encode(self._issue_access_token())

    def _exchange_code(self, fields: Mapping[str, str]) -> bytes:
        if fields.get("grant_type") != "authorization_code" or fields.get("code") != self.code:
            raise RefusalError(400, "Invalid code", "B")
        self.code = ""
        about = {"refresh_token": self.refresh_token, "user_id_string": TOKEN_USER.id}
        return msgspec.json.encode({**self._issue_access_token(), **about})

    def _issue_access_token(self) -> dict[str, str | int]:
        self._issued += 1
        self._access_expires_at = self._clock.now() + 1000 * self.expires_in
        return {"access_token": self._access_token, "token_type": "bearer", "expires_in": self.expires_in}
