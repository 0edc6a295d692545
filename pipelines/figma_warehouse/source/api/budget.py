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
# a plan may have been upgraded since Figma's last word on it
QUOTA_DAYS = 30
# a stored time further ahead than this comes from a clock that was wrong
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

    `limit` and `per` are None without a limit. `team_id` is a team whose plan is another one, "" for all other teams.
    `plan`, `seat` and `upgrade_link` are those of Figma's last 429, else None.
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
    """Gives room for requests, tier by tier. Safe from several threads, and from several processes with one `path`.

    `identity` is what Figma counts by: a token, or an OAuth client with its user; only its hash is stored. Without a
    path nothing is stored. `team_id` is the team that owns what is asked for, "" if it is not known: a team whose plan
    is another one by Figma's word has buckets of its own, which the column `place` names.
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
        """Return the time by the clock of this budget."""
        return _now(self._clock)

    def take(self, tier: int, team_id: str = "", is_pace_only: bool = False) -> float:
        """Take room for one request. Returns 0 if it may be sent, else the seconds to wait before the next attempt.

        Raises Refused (`rate_limited`, with `retry_at`) if Figma closed the tier until then, which `is_pace_only`
        ignores, or if the wait would be longer than `longest_wait`.
        """
        now = self.now()
        with self._transaction():
            row = self._row(tier, team_id)
            if not is_pace_only and (row["blocked_until"] or 0) > now.timestamp():
                raise _refusal(row, _moment(row["blocked_until"]), "Figma said not to ask before then")
            limit = _limit(row)
            wait = self._step(row, limit) if limit else 0.0
        if limit and wait > self.longest_wait:
            raise _refusal(row, now + timedelta(seconds=wait), f"{limit} are spent")
        return wait

    def limit(self, tier: int, team_id: str = "") -> Limit | None:
        """Return the limit of a tier as it counts now, None if there is none."""
        with self._transaction():
            return _limit(self._row(tier, team_id))

    def record_rate_limit(
        self, tier: int, team_id: str, seconds: float | None, quota: Quota, at: datetime | None = None
    ) -> bool:
        """Record a 429 that came at the time `at`, by default now, and asks for a wait of so many seconds.

        Until the wait is over no thread gets room, and then one request at a time. Returns whether the tier is closed:
        the wait is longer than `longest_wait`.
        """
        now = (at or self.now()).timestamp()
        is_closed = seconds is not None and seconds > self.longest_wait
        with self._transaction():
            row = self._row(tier, team_id)
            has_own_plan = bool(team_id) and (row["place"] == team_id or self.allowance.differs(quota))
            quota = Quota(
                quota.plan or row["plan"], quota.seat or row["seat"], quota.upgrade_link or row["upgrade_link"]
            )
            limit, until = self.allowance.limit(tier, quota), now + (seconds or 0.0)
            blocked_until = until if is_closed else row["blocked_until"]
            full = _full(limit, max(until, blocked_until or 0.0))
            self._write(
                tier,
                team_id if has_own_plan else "",
                # requests sent under another limit do not tell how full the bucket of this one is
                arrival=max(row["arrival"], full) if limit == _limit(row) else full,
                requests=limit and limit.requests,
                per=limit and limit.per,
                blocked_until=blocked_until,
                told_at=now,
                **asdict(quota),
            )
        self._log_difference(tier, team_id if has_own_plan else "", quota)
        return is_closed

    def reopen(self) -> list[TierUse]:
        """Open the tiers that Figma closed, for a plan that may have changed; return how they stood.

        A tier that Figma still limits is closed again by the next answer.
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

    def _register_token(self) -> None:
        """Record that this token is in use, with its limits: Figma's word on the plan outlives a run."""
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
        is_fresh = is_sound and now < max(row["told_at"] + QUOTA_DAYS * DAY, blocked_until or 0)
        quota = Quota(row["plan"], row["seat"], row["upgrade_link"]) if is_fresh else Quota()
        if row["place"] and not is_fresh:
            key = [self._owner, row["place"], row["tier"]]
            self._connection.execute("delete from tiers where owner = ? and place = ? and tier = ?", key)
            return
        limit = self.allowance.limit(row["tier"], quota)
        self._write(
            row["tier"],
            row["place"],
            arrival=min(row["arrival"], _full(limit, max(now, blocked_until or 0), room=0)),
            requests=limit and limit.requests,
            per=limit and limit.per,
            blocked_until=blocked_until,
            told_at=row["told_at"] if is_sound else None,
            **asdict(quota),
        )

    def _row(self, tier: int, team_id: str) -> sqlite3.Row:
        """Return the state of a tier: the team's own if it has one, else that of all others."""
        query = "select * from tiers where owner = ? and tier = ? and place in ('', ?) order by place desc limit 1"
        row: sqlite3.Row = self._connection.execute(query, [self._owner, tier, team_id]).fetchone()
        return row

    def _write(self, tier: int, team_id: str, **values: Any) -> None:
        names = ", ".join(values)
        marks = ", ".join("?" * len(values))
        changes = ", ".join(f"{name} = excluded.{name}" for name in values)
        self._connection.execute(
            f"insert into tiers (owner, place, tier, {names}) values (?, ?, ?, {marks})"  # noqa: S608
            f" on conflict do update set {changes}",
            [self._owner, team_id, tier, *values.values()],
        )

    def _log_difference(self, tier: int, team_id: str, quota: Quota) -> None:
        if quota in self._logged or not self.allowance.differs(quota):
            return
        self._logged.add(quota)
        where = f" for team {team_id}" if team_id else ""
        words = "Figma counts tier %d%s by plan %s, seat %s; the settings say plan %s, seat %s"
        LOG.warning(words, tier, where, quota.plan, quota.seat, self.allowance.plan, self.allowance.seat)

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
        team_id=row["place"],
        used=used,
        limit=row["requests"],
        per=row["per"],
        blocked_until=_moment(row["blocked_until"]) if is_blocked else None,
        plan=row["plan"],
        seat=row["seat"],
        upgrade_link=row["upgrade_link"],
    )


def _refusal(row: sqlite3.Row, retry_at: datetime, why: str) -> Refused:
    quota = Quota(row["plan"], row["seat"], row["upgrade_link"])
    return Refused("rate_limited", None, f"tier {row['tier']}: {why}", retry_at, quota)


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
