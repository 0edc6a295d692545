"""A schedule of faults: which request meets which fault is drawn from a seed."""

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

from figma_warehouse.sandbox.api.http_answer import HttpAnswer
from figma_warehouse.sandbox.api.rate_limits import too_many_requests
from figma_warehouse.sandbox.api.refusal_error import RefusalError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LONG_RETRY_AFTER = 396_749
HTML = {"content-type": "text/html"}
GATEWAY_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"

# a retry of the same request may succeed
TRANSIENT_FAULTS = (
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
# the client must change its request, or give up
PERSISTENT_FAULTS = ("limited_long", "too_large", "too_many_ids", "null_nodes")
# the file or the token changes right before the answer
CHANGES = ("changed", "vanished", "expired")
KINDS = (*TRANSIENT_FAULTS, *PERSISTENT_FAULTS, *CHANGES)

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
class InjectedFault:
    """A fault that happened: its kind, the path it hit, and the time (UTC)."""

    kind: str
    path: str
    at: datetime


class FaultSchedule:
    """Draws for each request whether it meets a fault, and which; `injected` lists the faults so far.

    `rates` is the probability of each kind for one request. A path meets at most `max_per_path` faults, whatever its
    query, so that retries succeed in the end. The n-th try of a request (`path?query`) always draws the same fault.
    `slow_seconds` is the time that a slow body takes, `retry_after` the seconds that a short 429 asks for. Raises
    ValueError for an unknown kind, or if the rates add up to more than 1.
    """

    def __init__(
        self,
        seed: int,
        rates: Mapping[str, float],
        max_per_path: int = 4,
        slow_seconds: float = 0.2,
        retry_after: int = 1,
    ) -> None:
        unknown = set(rates) - set(KINDS)
        if unknown or not 0 <= sum(rates.values()) <= 1:
            raise ValueError(f"no kinds of faults: {sorted(unknown)}" if unknown else "rates must sum up to 0..1")
        self.seed, self.rates, self.max_per_path = seed, dict(rates), max_per_path
        self._slow_seconds, self._retry_after = slow_seconds, retry_after
        self._lock = threading.Lock()
        self._tries: Counter[str] = Counter()
        self._faults_of_path: Counter[str] = Counter()
        self._injected: list[InjectedFault] = []
        self._replacements: dict[str, Callable[[], HttpAnswer]] = {
            "challenge": lambda: HttpAnswer(202, b"", {**HTML, "x-amzn-waf-action": "challenge"}),
            "limited": lambda: too_many_requests("professional", "full", self._retry_after),
            "limited_date": lambda: self._rate_limited(_http_date(self._retry_after)),
            "limited_malformed": lambda: self._rate_limited("soon"),
            "limited_long": lambda: too_many_requests("starter", "full", LONG_RETRY_AFTER),
            "server_error": lambda: _refusal(500, "Internal server error"),
            "bad_gateway": lambda: HttpAnswer(502, GATEWAY_PAGE, HTML),
            "cut_before": lambda: HttpAnswer(drop=True),
            "empty_object": lambda: HttpAnswer(200, b"{}"),
            "too_large": lambda: _refusal(400, "Request too large. If applicable, filter by query params."),
            "too_many_ids": lambda: HttpAnswer(413, b"<html><body>Request Entity Too Large</body></html>", HTML),
        }

    @classmethod
    def transient(
        cls, seed: int, rate: float, max_per_path: int = 4, slow_seconds: float = 0.2, retry_after: int = 1
    ) -> FaultSchedule:
        """A schedule of transient faults, all equally likely; `rate` is the probability that a request meets one."""
        rates = dict.fromkeys(TRANSIENT_FAULTS, rate / len(TRANSIENT_FAULTS))
        return cls(seed, rates, max_per_path, slow_seconds, retry_after)

    @property
    def injected(self) -> list[InjectedFault]:
        """Every fault so far, in order."""
        with self._lock:
            return list(self._injected)

    def draw(self, target: str) -> str | None:
        """The kind of fault that this try of `path?query` meets, if any. Each call counts as one try."""
        path = target.partition("?")[0]
        with self._lock:
            self._tries[target] += 1
            kind = None if self._faults_of_path[path] >= self.max_per_path else self._draw_kind(target)
            if kind:
                self._faults_of_path[path] += 1
                self._injected.append(InjectedFault(kind, path, datetime.now(UTC)))
            return kind

    def replacement(self, kind: str) -> HttpAnswer | None:
        """The answer that the client gets instead of the organisation's; None if the fault needs the latter."""
        make = self._replacements.get(kind)
        return make() if make else None

    def damage(self, kind: str, answer: HttpAnswer) -> HttpAnswer:
        """The organisation's answer with the fault applied."""
        if kind == "cut_within":
            return replace(answer, cut=True)
        if kind == "slow":
            return replace(answer, trickle=self._slow_seconds)
        if kind == "truncated":
            return replace(answer, body=answer.body[: len(answer.body) // 2])
        if kind == "null_nodes":
            return replace(answer, body=_without_nodes(answer.body))
        return answer

    def _draw_kind(self, target: str) -> str | None:
        number = random.Random(f"{self.seed} {target} {self._tries[target]}").random()  # noqa: S311
        for kind, rate in self.rates.items():
            number -= rate
            if number < 0:
                return kind if kind not in ONLY_ON or ONLY_ON[kind].match(target) else None
        return None

    def _rate_limited(self, retry_after: str) -> HttpAnswer:
        answer = too_many_requests("professional", "full", self._retry_after)
        return replace(answer, headers={**answer.headers, "Retry-After": retry_after})


def _refusal(status: int, message: str) -> HttpAnswer:
    return HttpAnswer(status, RefusalError(status, message).body())


def _http_date(seconds: int) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


def _without_nodes(body: bytes) -> bytes:
    answer = msgspec.json.decode(body)
    return msgspec.json.encode({**answer, "nodes": dict.fromkeys(answer.get("nodes", {}))})
