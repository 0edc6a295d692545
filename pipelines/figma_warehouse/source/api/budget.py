"""The request budget: one leaky bucket per rate-limit tier, shared by all threads and stored between runs.

Figma limits requests by tier, by the seat of the token's user, and by the plan of the team that owns the resource
(https://developers.figma.com/docs/rest-api/rate-limits/). A response does not say how many requests are left. Only a
429 shows that the limit is used up.
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
from figma_warehouse.source.api.refusals import MAX_RETRY_AFTER, Quota, Refused

LOG = logging.getLogger(__name__)
LONGEST_WAIT = 120.0
# the plan may have been upgraded since Figma last reported it
QUOTA_DAYS = 30
# a stored time further in the future than this comes from a wrong clock
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
    """A source of the current time."""

    def now(self) -> int:
        """Return milliseconds since 1970."""


@dataclass(frozen=True)
class TierUse:
    """The state of one tier: `used` of its `limit` requests are in the bucket and leak from it evenly.

    `limit` and `per` are None if the tier has no limit. `team_id` is a team that has a plan of its own, "" for all
    other teams. `plan`, `seat` and `upgrade_link` come from Figma's last 429; they are None before the first one.
    """

    tier: int
    team_id: str
    used: int
    limit: int | None
    per: str | None
    blocked_until: datetime | None
    plan: str | None
    seat: str | None
    upgrade_link: str | None


@dataclass(frozen=True)
class BudgetUse:
    """The state of the budget of one token. `first_used_at` is the time at which this budget first saw the token."""

    plan: str
    seat: str
    first_used_at: datetime
    tiers: list[TierUse]


def read_budget(path: Path, clock: Clock | None = None) -> BudgetUse | None:
    """Return the state of the budget of the token that was used last, or None if `path` holds no budget."""
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            token = connection.execute("select * from tokens order by used_at desc limit 1").fetchone()
            return _read_use(connection, token, _now(clock or WallClock())) if token else None
    except sqlite3.DatabaseError:
        return None


class Budget:
    """Limits the requests of each tier. Several threads, and several processes with the same `path`, can share it.

    `identity` is the account by which Figma counts requests: a token, or an OAuth client with its user. Only its hash
    is stored. Without a path, nothing is stored. In all methods, `team_id` is the team that owns the requested
    resource, "" if it is unknown. If Figma reports a different plan for a team, that team gets buckets of its own; the
    column `place` holds its id.
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
        self._logged: set[Quota] = set()
        self._connection = _open(path)
        self._register_token()

    def now(self) -> datetime:
        """Return the current time according to the clock of this budget."""
        return _now(self._clock)

    def take(self, tier: int, team_id: str = "", is_pace_only: bool = False) -> float:
        """Reserve one request. Returns 0 if it may be sent now, else the seconds to wait before the next attempt.

        Raises Refused (`rate_limited`, with `retry_at`) if Figma closed the tier, unless `is_pace_only` is set, or if
        the wait is longer than `longest_wait`.
        """
        now = self.now()
        with self._transaction():
            row = self._tier_row(tier, team_id)
            if not is_pace_only and (row["blocked_until"] or 0) > now.timestamp():
                raise _rate_limited(row, _moment(row["blocked_until"]), "Figma asked to wait until then")
            limit = _limit(row)
            wait = self._take_room(row, limit) if limit else 0.0
        if limit and wait > self.longest_wait:
            raise _rate_limited(row, now + timedelta(seconds=wait), f"{limit} are used up")
        return wait

    def record_rate_limit(
        self, tier: int, team_id: str, seconds: float | None, quota: Quota, at: datetime | None = None
    ) -> bool:
        """Record a 429 that was received at `at` (default: now) and asks for a wait of `seconds`.

        No thread can send a request until the wait is over; after that, requests go out one at a time. Returns True if
        the wait is longer than `longest_wait`, which closes the tier.
        """
        now = (at or self.now()).timestamp()
        is_closed = seconds is not None and seconds > self.longest_wait
        with self._transaction():
            row = self._tier_row(tier, team_id)
            has_own_plan = bool(team_id) and (row["place"] == team_id or self.allowance.differs(quota))
            quota = Quota(
                quota.plan or row["plan"], quota.seat or row["seat"], quota.upgrade_link or row["upgrade_link"]
            )
            limit, until = self.allowance.limit(tier, quota), now + (seconds or 0.0)
            blocked_until = until if is_closed else row["blocked_until"]
            full_arrival = _arrival_with_room(limit, max(until, blocked_until or 0.0))
            self._upsert(
                tier,
                team_id if has_own_plan else "",
                # requests that were sent under another limit say nothing about the bucket of this one
                arrival=max(row["arrival"], full_arrival) if limit == _limit(row) else full_arrival,
                requests=limit and limit.requests,
                per=limit and limit.per,
                blocked_until=blocked_until,
                told_at=now,
                **asdict(quota),
            )
        self._log_difference(tier, team_id if has_own_plan else "", quota)
        return is_closed

    def reopen(self) -> list[TierUse]:
        """Open the tiers that Figma closed, in case the plan has changed. Returns their state from before.

        If Figma still limits a tier, its next 429 closes the tier again.
        """
        with self._transaction():
            closed = [
                row
                for row in self._connection.execute("select * from tiers where owner = ?", [self._owner]).fetchall()
                if (row["blocked_until"] or 0) > self.now().timestamp()
            ]
            for row in closed:
                cleared = dict.fromkeys(("plan", "seat", "upgrade_link", "told_at", "blocked_until"))
                limit = self.allowance.limit(row["tier"])
                numbers = {"requests": limit and limit.requests, "per": limit and limit.per}
                self._upsert(row["tier"], row["place"], arrival=0, **cleared, **numbers)
        return [_tier_use(row, self.now()) for row in closed]

    def used(self) -> BudgetUse:
        """Return the state of all tiers."""
        with self._transaction():
            token = self._connection.execute("select * from tokens where owner = ?", [self._owner]).fetchone()
            return _read_use(self._connection, token, self.now())

    def _take_room(self, row: sqlite3.Row, limit: Limit) -> float:
        now = self._clock.now()
        (arrival,), decision = GCRA().step([limit.rate], (row["arrival"],), now, 1)
        if decision.allowed:
            self._upsert(row["tier"], row["place"], arrival=int(arrival))
        return (decision.retry_after_ms or 0) / 1000

    def _register_token(self) -> None:
        """Record that this token is in use. The plan that Figma reported in an earlier run still applies."""
        now = self.now().timestamp()
        with self._transaction():
            # if a clock ran ahead, its token must not stay the one that was used last
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
        is_plausible, blocked_until = _checked_block(row, now)
        is_fresh = is_plausible and now < max(row["told_at"] + QUOTA_DAYS * DAY, blocked_until or 0)
        quota = Quota(row["plan"], row["seat"], row["upgrade_link"]) if is_fresh else Quota()
        if row["place"] and not is_fresh:
            key = [self._owner, row["place"], row["tier"]]
            self._connection.execute("delete from tiers where owner = ? and place = ? and tier = ?", key)
            return
        limit = self.allowance.limit(row["tier"], quota)
        self._upsert(
            row["tier"],
            row["place"],
            arrival=min(row["arrival"], _arrival_with_room(limit, max(now, blocked_until or 0), room=0)),
            requests=limit and limit.requests,
            per=limit and limit.per,
            blocked_until=blocked_until,
            told_at=row["told_at"] if is_plausible else None,
            **asdict(quota),
        )

    def _tier_row(self, tier: int, team_id: str) -> sqlite3.Row:
        """Return the team's own row of a tier if it has one, else the row for all other teams."""
        query = "select * from tiers where owner = ? and tier = ? and place in ('', ?) order by place desc limit 1"
        row: sqlite3.Row = self._connection.execute(query, [self._owner, tier, team_id]).fetchone()
        return row

    def _upsert(self, tier: int, team_id: str, **values: Any) -> None:
        names = ", ".join(values)
        placeholders = ", ".join("?" * len(values))
        changes = ", ".join(f"{name} = excluded.{name}" for name in values)
        self._connection.execute(
            f"insert into tiers (owner, place, tier, {names}) values (?, ?, ?, {placeholders})"  # noqa: S608
            f" on conflict do update set {changes}",
            [self._owner, team_id, tier, *values.values()],
        )

    def _log_difference(self, tier: int, team_id: str, quota: Quota) -> None:
        if quota in self._logged or not self.allowance.differs(quota):
            return
        self._logged.add(quota)
        suffix = f" for team {team_id}" if team_id else ""
        message = "Figma counts tier %d%s by plan %s, seat %s; the settings say plan %s, seat %s"
        LOG.warning(message, tier, suffix, quota.plan, quota.seat, self.allowance.plan, self.allowance.seat)

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
    """Open the budget file, readable by its owner only. If the file is not a budget, replace it with an empty one."""
    if path is None:
        return _connect(":memory:")
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    try:
        return _connect(str(path))
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        LOG.warning("%s is not a budget file; an empty one replaces it", path)
        path.unlink()
        return _open(path)


def _connect(name: str) -> sqlite3.Connection:
    connection = sqlite3.connect(name, timeout=30, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    # the system keeps the writes of a killed process, so there is no need to wait for the disk
    connection.execute("pragma synchronous = off")
    connection.executescript(SCHEMA)
    return connection


def _read_use(connection: sqlite3.Connection, token: sqlite3.Row, now: datetime) -> BudgetUse:
    rows = connection.execute("select * from tiers where owner = ? order by place, tier", [token["owner"]])
    tiers = [_tier_use(row, now) for row in rows]
    return BudgetUse(token["plan"], token["seat"], _moment(token["first_used_at"]), tiers)


def _tier_use(row: sqlite3.Row, now: datetime) -> TierUse:
    limit = _limit(row)
    used = GCRA().consumed([limit.rate], (row["arrival"],), round(1000 * now.timestamp())) if limit else 0
    is_blocked = row["blocked_until"] is not None and row["blocked_until"] > now.timestamp()
    return TierUse(
        tier=row["tier"],
        team_id=row["place"],
        used=used,
        limit=row["requests"],
        per=row["per"],
        blocked_until=_moment(row["blocked_until"]) if is_blocked else None,
        plan=row["plan"],
        seat=row["seat"],
        upgrade_link=row["upgrade_link"],
    )


def _rate_limited(row: sqlite3.Row, retry_at: datetime, why: str) -> Refused:
    quota = Quota(row["plan"], row["seat"], row["upgrade_link"])
    return Refused("rate_limited", None, f"tier {row['tier']}: {why}", retry_at, quota)


def _limit(row: sqlite3.Row) -> Limit | None:
    return Limit(row["requests"], row["per"]) if row["requests"] else None


def _arrival_with_room(limit: Limit | None, until: float, room: int = 1) -> int:
    """Return the arrival time (GCRA, ms) of a bucket that has room for exactly `room` requests at `until`."""
    if limit is None:
        return 0
    emission = 1000 * limit.rate.interval / limit.requests
    return ceil(1e6 * until + (limit.rate.burst - room) * emission)


def _checked_block(row: sqlite3.Row, now: float) -> tuple[bool, float | None]:
    """Tell whether Figma's last 429 has a plausible time, and until when it closes the tier.

    A time in the future was recorded while the clock ran ahead.
    """
    is_plausible = row["told_at"] is not None and row["told_at"] <= now + CLOCK_SLACK
    until = row["blocked_until"] if is_plausible else None
    return is_plausible, until if until is not None and until <= now + CLOCK_SLACK + MAX_RETRY_AFTER else None


def _now(clock: Clock) -> datetime:
    return _moment(clock.now() / 1000)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
