"""How many requests each tier may still be sent: a leaky bucket a tier, shared by all threads, kept between runs.

Figma limits requests by tier, by the seat of the token's user, and by the plan that the resource lives in
(https://developers.figma.com/docs/rest-api/rate-limits/). An answer does not say what is left: only a 429 tells.
"""

import hashlib
import logging
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any, Protocol

from pyrate_limiter import GCRA, WallClock

from figma_warehouse.source.api.limits import DAY, TIERS, Allowance, Limit
from figma_warehouse.source.api.refusals import LONGEST_RETRY_AFTER, Quota, Refused

LOG = logging.getLogger(__name__)
LONGEST_WAIT = 120.0
# what Figma says of a plan is forgotten after so long: it may have been upgraded since
DAYS_TOLD = 30
# a time of some other run may lie so far ahead; further, and that clock was wrong
CLOCK_SLACK = DAY
SCHEMA = """
create table if not exists tokens (
    owner text primary key,
    plan text not null,
    seat text not null,
    first_used_at real not null,
    used_at real not null
);
create table if not exists tiers (
    owner text not null,
    place text not null,
    tier integer not null,
    arrival integer not null default 0,
    requests integer,
    per text,
    blocked_until real,
    plan text,
    seat text,
    upgrade_link text,
    told_at real,
    primary key (owner, place, tier)
);
"""


class Clock(Protocol):
    """What time it is."""

    def now(self) -> int:
        """Return milliseconds since 1970."""


@dataclass(frozen=True)
class TierUse:
    """How one tier stands: `used` of its `limit` requests are in the bucket, from which they leak evenly.

    `limit` and `per` are None without a limit. `place` is the team whose resources another plan counts, "" for all
    others. `plan`, `seat` and `upgrade_link` are Figma's own words of the last 429, else None.
    """

    tier: int
    place: str
    used: int
    limit: int | None
    per: str | None
    blocked_until: datetime | None
    plan: str | None
    seat: str | None
    upgrade_link: str | None


@dataclass(frozen=True)
class BudgetUse:
    """How the budget of one token stands, by tier. `first_used_at` is when the token was first used here."""

    plan: str
    seat: str
    first_used_at: datetime
    tiers: list[TierUse]


def read_budget(path: Path, clock: Clock | None = None) -> BudgetUse | None:
    """Return how the budget of the token last used stands, without the token; None where there is no record."""
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            token = connection.execute("select * from tokens order by used_at desc limit 1").fetchone()
            return _use(connection, token, _now(clock or WallClock())) if token else None
    except sqlite3.DatabaseError:
        return None


class Budget:
    """Gives room for requests, tier by tier; safe from any thread, and from several processes at one `path`.

    `identity` is what Figma counts by: a token, or an OAuth client with its user. Only its hash is kept. Without a
    path nothing is remembered. `place` in the methods is the team that a resource lives in, "" where not known: one
    whose plan Figma says is another has buckets of its own.
    """

    def __init__(
        self,
        allowance: Allowance | None = None,
        identity: str = "",
        path: Path | None = None,
        longest_wait: float = LONGEST_WAIT,
        clock: Clock | None = None,
    ) -> None:
        self.allowance, self.longest_wait = allowance or Allowance(), longest_wait
        self._clock = clock or WallClock()
        account = f"{identity} {self.allowance.plan} {self.allowance.seat}"
        self._owner = hashlib.sha256(account.encode()).hexdigest()[:16]
        self._lock = threading.Lock()
        self._told: set[Quota] = set()
        self._connection = _open(path)
        self._enter()

    def now(self) -> datetime:
        """Return the time by the clock of this budget."""
        return _now(self._clock)

    def take(self, tier: int, place: str = "", is_pace_only: bool = False) -> float:
        """Take room for one request: 0 when it may be sent, else the seconds after which to ask again.

        Raises Refused (`rate_limited`, with `retry_at`) where Figma said not to ask before then, which with
        `is_pace_only` does not matter, or where the wait would be longer than `longest_wait`.
        """
        now = self.now()
        with self._transaction():
            row = self._row(tier, place)
            if not is_pace_only and (row["blocked_until"] or 0) > now.timestamp():
                raise _refusal(row, _moment(row["blocked_until"]), "Figma said not to ask before then")
            limit = _limit(row)
            wait = self._step(row, limit) if limit else 0.0
        if limit and wait > self.longest_wait:
            raise _refusal(row, now + timedelta(seconds=wait), f"{limit} are spent")
        return wait

    def learn(self, tier: int, place: str, seconds: float | None, told: Quota, at: datetime | None = None) -> bool:
        """Keep what a 429 says, which came `at` some time, else now.

        Returns whether the tier is closed: Figma asks for a longer wait than ours.
        Until the wait is over no thread gets room, and then one request at a time.
        """
        now = (at or self.now()).timestamp()
        is_closed = seconds is not None and seconds > self.longest_wait
        with self._transaction():
            row = self._row(tier, place)
            is_elsewhere = bool(place) and (row["place"] == place or self.allowance.differs(told))
            told = Quota(told.plan or row["plan"], told.seat or row["seat"], told.upgrade_link or row["upgrade_link"])
            limit, until = self.allowance.limit(tier, told), now + (seconds or 0.0)
            blocked_until = until if is_closed else row["blocked_until"]
            full = _full(limit, max(until, blocked_until or 0.0))
            self._write(
                tier,
                place if is_elsewhere else "",
                # what was sent by another limit does not tell how full this one's bucket is
                arrival=max(row["arrival"], full) if limit == _limit(row) else full,
                requests=limit and limit.requests,
                per=limit and limit.per,
                blocked_until=blocked_until,
                told_at=now,
                **asdict(told),
            )
        self._tell(tier, place if is_elsewhere else "", told)
        return is_closed

    def reopen(self) -> list[TierUse]:
        """Forget of each tier that is blocked what Figma said; return how these stood.

        For when it may have changed: who is still blocked there is told so by the next answer.
        """
        with self._transaction():
            closed = [
                row
                for row in self._connection.execute("select * from tiers where owner = ?", [self._owner]).fetchall()
                if (row["blocked_until"] or 0) > self.now().timestamp()
            ]
            for row in closed:
                forgotten = dict.fromkeys(("plan", "seat", "upgrade_link", "told_at", "blocked_until"))
                limit = self.allowance.limit(row["tier"])
                numbers = {"requests": limit and limit.requests, "per": limit and limit.per}
                self._write(row["tier"], row["place"], arrival=0, **forgotten, **numbers)
        return [_tier_use(row, self.now()) for row in closed]

    def used(self) -> BudgetUse:
        """Return how each tier stands."""
        with self._transaction():
            token = self._connection.execute("select * from tokens where owner = ?", [self._owner]).fetchone()
            return _use(self._connection, token, self.now())

    def _step(self, row: sqlite3.Row, limit: Limit) -> float:
        now = self._clock.now()
        (arrival,), decision = GCRA().step([limit.rate], (row["arrival"],), now, 1)
        if decision.allowed:
            self._write(row["tier"], row["place"], arrival=int(arrival))
        return (decision.retry_after_ms or 0) / 1000

    def _enter(self) -> None:
        """Note that this token is in use, with the limits that hold: Figma's word on the plan outlives a run."""
        now = self.now().timestamp()
        with self._transaction():
            # a clock that ran ahead must not keep a token the last one used
            self._connection.execute("update tokens set used_at = min(used_at, ?)", [now - 1])
            self._connection.execute(
                "insert into tokens values (:owner, :plan, :seat, :now, :now)"
                " on conflict do update set used_at = excluded.used_at",
                {"owner": self._owner, "plan": self.allowance.plan, "seat": self.allowance.seat, "now": now},
            )
            for tier in TIERS:
                self._connection.execute(
                    "insert or ignore into tiers (owner, place, tier) values (?, '', ?)", [self._owner, tier]
                )
            for row in self._connection.execute("select * from tiers where owner = ?", [self._owner]).fetchall():
                self._refresh_limit(row, now)

    def _refresh_limit(self, row: sqlite3.Row, now: float) -> None:
        is_sound, blocked_until = _sound(row, now)
        is_fresh = is_sound and now < max(row["told_at"] + DAYS_TOLD * DAY, blocked_until or 0)
        told = Quota(row["plan"], row["seat"], row["upgrade_link"]) if is_fresh else Quota()
        if row["place"] and not is_fresh:
            key = [self._owner, row["place"], row["tier"]]
            self._connection.execute("delete from tiers where owner = ? and place = ? and tier = ?", key)
            return
        limit = self.allowance.limit(row["tier"], told)
        self._write(
            row["tier"],
            row["place"],
            arrival=min(row["arrival"], _full(limit, max(now, blocked_until or 0), room=0)),
            requests=limit and limit.requests,
            per=limit and limit.per,
            blocked_until=blocked_until,
            told_at=row["told_at"] if is_sound else None,
            **asdict(told),
        )

    def _row(self, tier: int, place: str) -> sqlite3.Row:
        """Return the state of a tier: that of the place where it has one of its own."""
        query = "select * from tiers where owner = ? and tier = ? and place in ('', ?) order by place desc limit 1"
        row: sqlite3.Row = self._connection.execute(query, [self._owner, tier, place]).fetchone()
        return row

    def _write(self, tier: int, place: str, **values: Any) -> None:
        names = ", ".join(values)
        marks = ", ".join("?" * len(values))
        changes = ", ".join(f"{name} = excluded.{name}" for name in values)
        self._connection.execute(
            f"insert into tiers (owner, place, tier, {names}) values (?, ?, ?, {marks})"  # noqa: S608
            f" on conflict do update set {changes}",
            [self._owner, place, tier, *values.values()],
        )

    def _tell(self, tier: int, place: str, told: Quota) -> None:
        if told in self._told or not self.allowance.differs(told):
            return
        self._told.add(told)
        where = f" for team {place}" if place else ""
        words = "Figma counts tier %d%s by plan %s, seat %s; the settings say plan %s, seat %s"
        LOG.warning(words, tier, where, told.plan, told.seat, self.allowance.plan, self.allowance.seat)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            self._connection.execute("begin immediate")
            try:
                yield
            except BaseException:
                self._connection.execute("rollback")
                raise
            self._connection.execute("commit")


def _open(path: Path | None) -> sqlite3.Connection:
    """Open the record, for its owner alone; what is no record of ours is replaced by an empty one."""
    if path is None:
        return _connect(":memory:")
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    try:
        return _connect(str(path))
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        LOG.warning("%s is no record of a budget; a new one begins", path)
        path.unlink()
        return _open(path)


def _connect(name: str) -> sqlite3.Connection:
    connection = sqlite3.connect(name, timeout=30, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    # what a killed process wrote is kept by the system: there is no need to wait for the disk
    connection.execute("pragma synchronous = off")
    connection.executescript(SCHEMA)
    return connection


def _use(connection: sqlite3.Connection, token: sqlite3.Row, now: datetime) -> BudgetUse:
    rows = connection.execute("select * from tiers where owner = ? order by place, tier", [token["owner"]])
    tiers = [_tier_use(row, now) for row in rows]
    return BudgetUse(token["plan"], token["seat"], _moment(token["first_used_at"]), tiers)


def _tier_use(row: sqlite3.Row, now: datetime) -> TierUse:
    limit = _limit(row)
    used = GCRA().consumed([limit.rate], (row["arrival"],), round(1000 * now.timestamp())) if limit else 0
    is_blocked = row["blocked_until"] is not None and row["blocked_until"] > now.timestamp()
    return TierUse(
        tier=row["tier"],
        place=row["place"],
        used=used,
        limit=row["requests"],
        per=row["per"],
        blocked_until=_moment(row["blocked_until"]) if is_blocked else None,
        plan=row["plan"],
        seat=row["seat"],
        upgrade_link=row["upgrade_link"],
    )


def _refusal(row: sqlite3.Row, retry_at: datetime, why: str) -> Refused:
    told = Quota(row["plan"], row["seat"], row["upgrade_link"])
    return Refused("rate_limited", None, f"tier {row['tier']}: {why}", retry_at, told)


def _limit(row: sqlite3.Row) -> Limit | None:
    return Limit(row["requests"], row["per"]) if row["requests"] else None


def _full(limit: Limit | None, until: float, room: int = 1) -> int:
    """Return the state of a bucket that has room for so many requests at that time, and for no more."""
    if limit is None:
        return 0
    emission = 1000 * limit.rate.interval / limit.requests
    return ceil(1e6 * until + (limit.rate.burst - room) * emission)


def _sound(row: sqlite3.Row, now: float) -> tuple[bool, float | None]:
    """Tell whether what Figma said was noted by a clock that did not run ahead, and until when that closes the tier."""
    is_sound = row["told_at"] is not None and row["told_at"] <= now + CLOCK_SLACK
    until = row["blocked_until"] if is_sound else None
    return is_sound, until if until is not None and until <= now + CLOCK_SLACK + LONGEST_RETRY_AFTER else None


def _now(clock: Clock) -> datetime:
    return _moment(clock.now() / 1000)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
