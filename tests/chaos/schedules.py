"""What goes wrong in one trial, drawn from its seed: faults of the API, and interruptions of the processes."""

import random
import signal
from dataclasses import dataclass

from figma_warehouse.sandbox import TRANSIENT_FAULTS, FaultSchedule
from tests.chaos.baseline import FILES

REQUESTS = 90
PACKAGES = 4
RUN_SHARE = 0.06
IN_PARTS_SHARE = 0.2
TOO_LARGE = {"too_large": 0.2, "too_many_ids": 0.1, "null_nodes": 0.1}
MAX_DELAY = {"models": 10.0, "publishing": 0.02}


@dataclass(frozen=True)
class Interruption:
    """What happens to one process: a signal, a full disk, or a network outage that lasts until its end.

    The moment is `delay` seconds after a number of requests, or of load packages written, or after a stage started:
    `models` or `publishing`. On a full disk no file grows beyond `bytes`, from the start.
    """

    kind: str
    requests: int | None = None
    packages: int | None = None
    stage: str | None = None
    delay: float = 0.0
    bytes: int | None = None

    @property
    def signal(self) -> signal.Signals | None:
        """The signal to send, if any."""
        return {"kill": signal.SIGKILL, "terminate": signal.SIGTERM}.get(self.kind)


@dataclass(frozen=True)
class Schedule:
    """One trial: a first load, or a refresh after `edits` files changed and `removals` were deleted.

    `verb` is the command: `load`, or `run`, which also transforms and publishes.
    """

    seed: int
    rates: dict[str, float]
    max_faults_per_path: int
    interruptions: tuple[Interruption, ...]
    is_refresh: bool
    edits: int
    removals: int
    verb: str = "load"

    @property
    def changes_files(self) -> bool:
        """Whether files change or vanish during the load."""
        return any(kind in self.rates for kind in ("changed", "vanished"))

    def faults(self) -> FaultSchedule:
        """The server's schedule of faults. None of them takes long."""
        return FaultSchedule(self.seed, self.rates, self.max_faults_per_path, slow_seconds=0.05, retry_after=0)


def draw_schedule(seed: int) -> Schedule:
    """The schedule of a seed."""
    rng = random.Random(seed)
    is_refresh = rng.random() < 0.5
    if rng.random() < RUN_SHARE:
        return _draw_run(seed, rng)
    rates, max_faults_per_path = _draw_rates(rng), rng.choice((2, 4, 4, 7))
    if rng.random() < IN_PARTS_SHARE:
        # the loader takes a node that is null twice for one that Figma never answers
        rates, max_faults_per_path = rates | TOO_LARGE, 1
    return Schedule(
        seed,
        rates,
        max_faults_per_path,
        tuple(_draw_interruption(rng) for _ in range(rng.choice((0, 1, 1, 2, 2, 3)))),
        is_refresh,
        edits=rng.randint(3, FILES - 2) if is_refresh else 0,
        removals=rng.choice((0, 0, 1, 2)) if is_refresh else 0,
    )


def _draw_run(seed: int, rng: random.Random) -> Schedule:
    """A whole run, killed while it builds the models or publishes the file."""
    stages = [rng.choice(("models", "publishing")) for _ in range(rng.randint(1, 2))]
    kills = (Interruption("kill", stage=stage, delay=rng.uniform(0, MAX_DELAY[stage])) for stage in stages)
    return Schedule(seed, {}, 4, tuple(kills), is_refresh=True, edits=rng.randint(1, 5), removals=0, verb="run")


def _draw_rates(rng: random.Random) -> dict[str, float]:
    """Up to a third of the requests meet a few kinds of faults. Sometimes files change, or the token expires."""
    share = rng.choice((0.0, 0.05, 0.15, 0.33))
    kinds = rng.sample(TRANSIENT_FAULTS, rng.randint(2, 6))
    rates = {kind: share / len(kinds) for kind in kinds} if share else {}
    if rng.random() < 0.2:
        rates |= {"changed": 0.05, "vanished": 0.02}
    if rng.random() < 0.2:
        rates["expired"] = 0.01
    return rates


def _draw_interruption(rng: random.Random) -> Interruption:
    kind = rng.choices(("kill", "terminate", "disk", "outage"), (6, 2, 1, 1))[0]
    if kind == "disk":
        return Interruption(kind, bytes=round(10 ** rng.uniform(3.5, 6.8)))
    if kind == "outage" or rng.random() < 0.5:
        return Interruption(kind, requests=rng.randint(0, REQUESTS), delay=rng.choice((0.0, rng.uniform(0, 1.0))))
    return Interruption(kind, packages=rng.randint(1, PACKAGES), delay=rng.choice((0.0, rng.uniform(0, 0.4))))
