"""Bytes to Arrow tables, compared with msgspec's typed decode of the same bytes, in turns. The best time counts."""

import gc
import time
from collections.abc import Callable
from typing import Any

import msgspec

from figma_warehouse.source.documents.flatten import flatten_document
from figma_warehouse.source.documents.model import Document, decode_document
from tests.benchmarks.inputs import Input
from tests.benchmarks.targets import Target, print_line

MAX_RATIO = 8
SMALL_BYTES = 50_000_000


def measure_decode(document: Input, runs: int | None) -> list[Target]:
    """Compare with the garbage collector on, as Python sets it, and off, which is fastest for the decoder alone."""
    body = document.path.read_bytes()
    rounds = runs or (10 if len(body) < SMALL_BYTES else 3)
    return [_compare(document, body, rounds, collects) for collects in (True, False)]


def _compare(document: Input, body: bytes, rounds: int, collects: bool) -> Target:
    decoder = msgspec.json.Decoder(Document)
    ours, alone = [], []
    for _ in range(rounds):
        alone.append(_seconds(lambda: decoder.decode(body), collects))
        ours.append(_seconds(lambda: flatten_document("benchmark", decode_document(body)), collects))
    ratio = min(ours) / min(alone)
    with_collector = "collector on" if collects else "collector off"
    print_line(
        f"  {document.name}, {with_collector}: {min(ours):.3f} s, typed decode alone {min(alone):.3f} s, {ratio:.1f}"
    )
    what = f"decode to Arrow {document.name}, {with_collector}"
    words = f"{min(ours):.3f} s", f"{min(alone):.3f} s", f"{ratio:.1f} times"
    return Target(what, *words, f"within {MAX_RATIO} times", ratio <= MAX_RATIO)


def _seconds(work: Callable[[], Any], collects: bool) -> float:
    gc.collect()
    if not collects:
        gc.disable()
    try:
        started = time.perf_counter()
        result = work()
        seconds = time.perf_counter() - started
    finally:
        gc.enable()
    del result
    return seconds
