"""What goes wrong in one trial, all drawn from its seed: faults of the API, and what happens to the processes."""

import random
import signal
from dataclasses import dataclass

from figma_warehouse.sandbox import TRANSIENT_FAULTS, FaultSchedule
from tests.chaos.village import FILES

REQUESTS = 90
PACKAGES = 4
RUNS_SHARE = 0.06
PARTS_SHARE = 0.2
TOO_LARGE = {"too_large": 0.2, "too_many_ids": 0.1, "null_nodes": 0.1}
LONGEST = {"models": 10.0, "publishing": 0.02}


@dataclass(frozen=True)
class Interruption:
    """What happens to one process: a signal, a full disk, or a network that is gone from then on.

    The moment is `delay` seconds after so many requests, or after so many load packages were written, or after a
    stage has begun: `models` or `publishing`.
    A full disk lets no file grow beyond `bytes`, from the start.
    """

    kind: str
    requests: int | None = None
    packages: int | None = None
    stage: str | None = None
    delay: float = 0.0
    bytes: int | None = None

    @property
    def signal(self) -> signal.Signals | None:
        """The signal that is sent, if any."""
        return {"kill": signal.SIGKILL, "terminate": signal.SIGTERM}.get(self.kind)


@dataclass(frozen=True)
class Schedule:
    """One trial: a first load, or a refresh after `edits` files changed and `removals` were deleted.

    `verb` is the command: `load`, or `run`, which transforms and publishes too.
    """

    seed: int
    rates: dict[str, float]
    at_most: int
    interruptions: tuple[Interruption, ...]
    is_refresh: bool
    edits: int
    removals: int
    verb: str = "load"

    @property
    def moves(self) -> bool:
        """Whether files change or vanish while they are being read."""
        return any(kind in self.rates for kind in ("changed", "vanished"))

    def faults(self) -> FaultSchedule:
        """The schedule of the server's faults; nothing in it takes long."""
        return FaultSchedule(self.seed, self.rates, self.at_most, slow_seconds=0.05, retry_after=0)


def drawn(seed: int) -> Schedule:
    """The schedule of a seed."""
    lot = random.Random(seed)
    is_refresh = lot.random() < 0.5
    if lot.random() < RUNS_SHARE:
        return _drawn_run(seed, lot)
    rates, at_most = _rates(lot), lot.choice((2, 4, 4, 7))
    if lot.random() < PARTS_SHARE:
        # a node that is null twice is taken for one that Figma never gives
        rates, at_most = rates | TOO_LARGE, 1
    return Schedule(
        seed,
        rates,
        at_most,
        tuple(_interruption(lot) for _ in range(lot.choice((0, 1, 1, 2, 2, 3)))),
        is_refresh,
        edits=lot.randint(3, FILES - 2) if is_refresh else 0,
        removals=lot.choice((0, 0, 1, 2)) if is_refresh else 0,
    )


def _drawn_run(seed: int, lot: random.Random) -> Schedule:
    """A whole run, killed while the models are built, or the file is published."""
    stages = [lot.choice(("models", "publishing")) for _ in range(lot.randint(1, 2))]
    kills = (Interruption("kill", stage=stage, delay=lot.uniform(0, LONGEST[stage])) for stage in stages)
    return Schedule(seed, {}, 4, tuple(kills), is_refresh=True, edits=lot.randint(1, 5), removals=0, verb="run")


def _rates(lot: random.Random) -> dict[str, float]:
    """A share of requests up to a third meets a few kinds of faults; now and then files move or the token expires."""
    share = lot.choice((0.0, 0.05, 0.15, 0.33))
    kinds = lot.sample(TRANSIENT_FAULTS, lot.randint(2, 6))
    rates = {kind: share / len(kinds) for kind in kinds} if share else {}
    if lot.random() < 0.2:
        rates |= {"changed": 0.05, "vanished": 0.02}
    if lot.random() < 0.2:
        rates["expired"] = 0.01
    return rates


def _interruption(lot: random.Random) -> Interruption:
    kind = lot.choices(("kill", "terminate", "disk", "outage"), (6, 2, 1, 1))[0]
    if kind == "disk":
        return Interruption(kind, bytes=round(10 ** lot.uniform(3.5, 6.8)))
    if kind == "outage" or lot.random() < 0.5:
        return Interruption(kind, requests=lot.randint(0, REQUESTS), delay=lot.choice((0.0, lot.uniform(0, 1.0))))
    return Interruption(kind, packages=lot.randint(1, PACKAGES), delay=lot.choice((0.0, lot.uniform(0, 0.4))))
