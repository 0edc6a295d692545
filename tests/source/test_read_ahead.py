"""Documents fetched ahead: in order, in parallel, up to a limit, and none lost by a failure."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial

import pytest

from figma_warehouse.source.api.refusals import Unreachable
from figma_warehouse.source.api.stop import Stop
from figma_warehouse.source.documents.file_load import Loaded
from figma_warehouse.source.file_ref import FileRef
from figma_warehouse.source.read_ahead import DOWNLOADS, FILES_AHEAD, NODES_AHEAD, run_ahead
from tests.fixtures.commands import wait_for

PATIENCE = 20.0
# long enough for a thread that may begin a job to have begun it
MOMENT = 0.3


class Jobs:
    """Jobs that report their start and end on command."""

    def __init__(self, nodes: int = 1) -> None:
        self.begun: list[int] = []
        self.may_end = threading.Event()
        self._nodes = nodes

    def make(self, count: int) -> list[Callable[[], Loaded]]:
        return [partial(self._do, number) for number in range(count)]

    def _do(self, number: int) -> Loaded:
        self.begun.append(number)
        assert self.may_end.wait(PATIENCE)
        return loaded(number, self._nodes)


def loaded(number: int, nodes: int = 1) -> Loaded:
    return Loaded(FileRef(str(number)), {}, "loaded", nodes)


def numbers(results: list[Loaded]) -> list[int]:
    return [int(one.ref.key) for one in results]


def test_a_slow_document_is_yielded_in_its_turn() -> None:
    second_is_there = threading.Event()

    def first() -> Loaded:
        assert second_is_there.wait(PATIENCE)
        return loaded(0)

    def second() -> Loaded:
        second_is_there.set()
        return loaded(1)

    assert numbers(list(run_ahead([first, second], Stop()))) == [0, 1]


def test_several_documents_are_fetched_in_parallel() -> None:
    jobs = Jobs()
    results = run_ahead(jobs.make(3 * DOWNLOADS), Stop())
    taking = threading.Thread(target=list, args=(results,))
    taking.start()
    wait_for(lambda: len(jobs.begun) == DOWNLOADS)
    time.sleep(MOMENT)
    assert sorted(jobs.begun) == list(range(DOWNLOADS))
    jobs.may_end.set()
    taking.join()
    assert sorted(jobs.begun) == list(range(3 * DOWNLOADS))


def test_small_documents_are_read_ahead_up_to_a_number_of_files() -> None:
    jobs = Jobs()
    jobs.may_end.set()
    results = run_ahead(jobs.make(3 * FILES_AHEAD), Stop())
    assert numbers([next(results)]) == [0]
    wait_for(lambda: len(jobs.begun) == FILES_AHEAD + 1)
    time.sleep(MOMENT)
    assert len(jobs.begun) == FILES_AHEAD + 1
    assert numbers(list(results)) == list(range(1, 3 * FILES_AHEAD))


def test_large_documents_are_read_ahead_up_to_a_number_of_nodes() -> None:
    jobs = Jobs(nodes=NODES_AHEAD)
    jobs.may_end.set()
    results = run_ahead(jobs.make(2 * FILES_AHEAD), Stop())
    assert numbers([next(results)]) == [0]
    time.sleep(MOMENT)
    assert len(jobs.begun) <= 1 + DOWNLOADS
    assert numbers(list(results)) == list(range(1, 2 * FILES_AHEAD))


def test_a_failure_of_the_run_loses_no_running_job_and_starts_no_other() -> None:
    jobs = Jobs()
    made = jobs.make(2 * FILES_AHEAD)

    def fail() -> Loaded:
        wait_for(lambda: len(jobs.begun) == DOWNLOADS - 1)
        raise Unreachable("nobody answers")

    results = run_ahead([fail, *made], Stop())
    taken: list[Loaded] = []
    threading.Timer(MOMENT, jobs.may_end.set).start()
    with pytest.raises(Unreachable):
        taken.extend(results)
    assert numbers(taken) == sorted(jobs.begun)
    assert len(jobs.begun) <= 2 * DOWNLOADS


DEEP = """
import resource
from figma_warehouse.source.file_ref import FileRef
from figma_warehouse.source.documents.fetch import read_document
from figma_warehouse.source.documents.file_load import Loaded
from figma_warehouse.source.api.stop import Stop
from figma_warehouse.source.read_ahead import run_ahead

_, most = resource.getrlimit(resource.RLIMIT_STACK)
assert most == resource.RLIM_INFINITY
levels = "".join('{"id":"%d:1","type":"FRAME","children":[' % level for level in range(6000))
body = '{"version":"1","document":{"id":"0:0","type":"DOCUMENT","children":[' + levels + "]}" * 6001 + "}"

def load():
    return Loaded(FileRef("k"), {}, "loaded", read_document("k", body.encode()).tables["nodes"].num_rows)

(one,) = run_ahead([load], Stop())
print(one.nodes)
"""


def test_a_deeply_nested_document_is_read_even_if_the_stack_size_is_unlimited() -> None:
    command = ["bash", "-c", f"ulimit -s unlimited && exec {sys.executable} -"]
    result = subprocess.run(command, input=DEEP, capture_output=True, text=True, check=False)
    if "cannot modify limit" in result.stderr:
        pytest.skip("stacks cannot be unlimited here")
    assert (result.returncode, result.stdout) == (0, "6001\n"), result.stderr
