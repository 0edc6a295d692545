"""A schedule of faults: what goes wrong with which request, drawn from a seed, and remembered."""

from __future__ import annotations

import random
import re
import threading
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import msgspec

from figma_warehouse.sandbox.api.answers import RefusalError
from figma_warehouse.sandbox.api.rate_limits import too_many_requests
from figma_warehouse.sandbox.api.wire import HttpAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DAYS = 396_749
HTML = {"content-type": "text/html"}
GATEWAY_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"

# what another try of the same request need not meet
PASSING = (
    "challenge",
    "limited",
    "limited_date",
    "limited_malformed",
    "server_error",
    "bad_gateway",
    "cut_before",
    "cut_within",
    "slow",
    "truncated",
    "empty_object",
)
# what the client must decide about
LASTING = ("limited_long", "too_large", "too_many_ids", "null_nodes")
# what happens to the world right before the answer
EVENTS = ("changed", "vanished", "expired")
KINDS = (*PASSING, *LASTING, *EVENTS)

DOCUMENT = re.compile(r"/v1/files/[^/?]+\?(?!.*\b(depth|ids)=)")
CONTENT = re.compile(r"/v1/files/[^/?]+(/nodes)?\?")
NODES = re.compile(r"/v1/files/[^/?]+/nodes\?")
SEVERAL_NODES = re.compile(r"/v1/files/[^/?]+/nodes\?.*\bids=[^&]+(,|%2C)")
ONLY_ON = {
    "too_large": DOCUMENT,
    "too_many_ids": SEVERAL_NODES,
    "null_nodes": NODES,
    "changed": CONTENT,
    "vanished": CONTENT,
}


@dataclass(frozen=True)
class Fault:
    """One fault that was injected: its kind, the path it hit, and when (UTC)."""

    kind: str
    path: str
    at: datetime


class Faults:
    """Decides for each request whether something goes wrong, and what; `injected` tells what did.

    `rates` is the probability of each kind for one request; a path meets at most `at_most` faults in all, whatever the
    query, so that trying on ends well. The n-th try of a request (`path?query`) always draws the same lot.
    `pause` is the length of a slow body, `retry_after` the wait that short 429s ask for, both in seconds.
    Raises ValueError for an unknown kind, or rates that sum up beyond 1.
    """

    def __init__(
        self, seed: int, rates: Mapping[str, float], at_most: int = 4, pause: float = 0.2, retry_after: int = 1
    ) -> None:
        unknown = set(rates) - set(KINDS)
        if unknown or not 0 <= sum(rates.values()) <= 1:
            raise ValueError(f"no kinds of faults: {sorted(unknown)}" if unknown else "rates must sum up to 0..1")
        self.seed, self.rates, self.at_most = seed, dict(rates), at_most
        self._pause, self._retry_after = pause, retry_after
        self._lock = threading.Lock()
        self._tries: Counter[str] = Counter()
        self._met: Counter[str] = Counter()
        self._injected: list[Fault] = []
        self._instead: dict[str, Callable[[], HttpAnswer]] = {
            "challenge": lambda: HttpAnswer(202, b"", {**HTML, "x-amzn-waf-action": "challenge"}),
            "limited": lambda: too_many_requests("professional", "full", self._retry_after),
            "limited_date": lambda: self._limited(_http_date(self._retry_after)),
            "limited_malformed": lambda: self._limited("soon"),
            "limited_long": lambda: too_many_requests("starter", "full", DAYS),
            "server_error": lambda: _refusal(500, "Internal server error"),
            "bad_gateway": lambda: HttpAnswer(502, GATEWAY_PAGE, HTML),
            "cut_before": lambda: HttpAnswer(drop=True),
            "empty_object": lambda: HttpAnswer(200, b"{}"),
            "too_large": lambda: _refusal(400, "Request too large. If applicable, filter by query params."),
            "too_many_ids": lambda: HttpAnswer(413, b"<html><body>Request Entity Too Large</body></html>", HTML),
        }

    @classmethod
    def passing(cls, seed: int, rate: float, at_most: int = 4, pause: float = 0.2, retry_after: int = 1) -> Faults:
        """A schedule in which each request meets one of the passing faults, all alike, with that probability."""
        return cls(seed, dict.fromkeys(PASSING, rate / len(PASSING)), at_most, pause, retry_after)

    @property
    def injected(self) -> list[Fault]:
        """Every fault so far, in order."""
        with self._lock:
            return list(self._injected)

    def draw(self, target: str) -> str | None:
        """The kind of fault that this try of `path?query` meets, remembered; None for none."""
        path = target.partition("?")[0]
        with self._lock:
            self._tries[target] += 1
            kind = None if self._met[path] >= self.at_most else self._lot(target)
            if kind:
                self._met[path] += 1
                self._injected.append(Fault(kind, path, datetime.now(UTC)))
            return kind

    def instead(self, kind: str) -> HttpAnswer | None:
        """The answer given in place of the real one; None where the real one is needed."""
        made = self._instead.get(kind)
        return made() if made else None

    def spoil(self, kind: str, real: HttpAnswer) -> HttpAnswer:
        """The real answer as the fault leaves it."""
        if kind == "cut_within":
            return replace(real, cut=True)
        if kind == "slow":
            return replace(real, trickle=self._pause)
        if kind == "truncated":
            return replace(real, body=real.body[: len(real.body) // 2])
        if kind == "null_nodes":
            return replace(real, body=_without_nodes(real.body))
        return real

    def _lot(self, target: str) -> str | None:
        lot = random.Random(f"{self.seed} {target} {self._tries[target]}").random()  # noqa: S311
        for kind, rate in self.rates.items():
            lot -= rate
            if lot < 0:
                return kind if kind not in ONLY_ON or ONLY_ON[kind].match(target) else None
        return None

    def _limited(self, retry_after: str) -> HttpAnswer:
        answer = too_many_requests("professional", "full", self._retry_after)
        return replace(answer, headers={**answer.headers, "Retry-After": retry_after})


def _refusal(status: int, message: str) -> HttpAnswer:
    return HttpAnswer(status, RefusalError(status, message).body())


def _http_date(seconds: int) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


def _without_nodes(body: bytes) -> bytes:
    answer = msgspec.json.decode(body)
    return msgspec.json.encode({**answer, "nodes": dict.fromkeys(answer.get("nodes", {}))})
