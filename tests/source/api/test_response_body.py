"""Bodies of answers: as much as a limit, as long as a deadline, and the connection kept."""

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from figma_warehouse.sandbox import HttpAnswer, Server
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.api.refusals import Refused, connection_failure
from figma_warehouse.source.api.response_body import read_body
from tests.fixtures.hosts import Reply, host
from tests.fixtures.paths import unregistered

ME = "/v1/me"
WHO = unregistered(ME, 3)
GZIP = {"Content-Encoding": "gzip", "Content-Type": "application/json"}


@contextmanager
def dripping(head: bytes, drop: bytes) -> Iterator[str]:
    """A server that sends a drop every twentieth of a second, and never ends; its base URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                try:
                    connection.sendall(head)
                    while True:
                        connection.sendall(drop)
                        time.sleep(0.05)
                except OSError:
                    pass

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize(
    ("head", "drop"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
    ],
)
def test_a_body_that_comes_by_drops_ends_at_its_deadline_as_a_timeout(head: bytes, drop: bytes) -> None:
    with dripping(head, drop) as url, requests.Session() as session:
        response = session.get(url, stream=True, timeout=5)
        with pytest.raises(requests.exceptions.ReadTimeout) as raised:
            read_body(response, 1_000_000, 0.3)
        refusal = connection_failure(response.request, raised.value).refusal
    assert isinstance(refusal, Refused)
    assert (refusal.reason, refusal.is_timeout) == ("connection_lost", True)


def test_an_answer_that_grows_beyond_its_limit_is_too_large_and_left() -> None:
    bomb = Reply(200, gzip.compress(b" " * 100_000_000, 9), GZIP)
    with host(lambda _: bomb) as figma:
        api = FigmaClient("figd_x", figma.base_url)
        with pytest.raises(Refused) as raised:
            api.get(WHO)
        assert len(figma.seen) == 1
    assert (raised.value.reason, raised.value.status) == ("too_large", 200)
    assert 64_000_000 < api.meter.bytes_received < 66_000_000


def test_of_a_failure_no_more_than_the_beginning_is_read_and_its_status_counts() -> None:
    bomb = gzip.compress(b" " * 20_000_000, 9)
    replies = [Reply(503, bomb, GZIP), Reply(404, bomb, GZIP), Reply(403, bomb, GZIP)]
    with host(lambda _: replies.pop(0)) as figma:
        api = FigmaClient("figd_x", figma.base_url, backoff=0.01)
        with pytest.raises(Refused) as raised:
            api.get(WHO)
    assert (raised.value.reason, raised.value.status) == ("no_access", 403)
    assert api.meter.bytes_received < 6_000_000


def test_a_connection_is_kept_from_answer_to_answer_also_after_a_failure() -> None:
    """Each connection is a thread of the server."""
    served: set[int] = set()
    replies = [Reply(500, b"<html>"), Reply(200, gzip.compress(b'{"id":"1"}'), GZIP), Reply(200, b'{"id":"2"}')]

    def answer(_: object) -> Reply:
        served.add(threading.get_ident())
        return replies.pop(0)

    with host(answer) as figma:
        api = FigmaClient("figd_x", figma.base_url, backoff=0.01)
        assert [api.get(WHO)["id"] for _ in range(2)] == ["1", "2"]
    assert len(served) == 1


def test_a_body_that_is_cut_or_badly_packed_is_asked_for_again(server: Server) -> None:
    server.script(
        ME, HttpAnswer(cut=True, passthrough=True), HttpAnswer(200, b"no gzip" * 200, {"content-encoding": "gzip"})
    )
    api = FigmaClient(server.org.token, server.base_url, backoff=0.01)
    assert api.get(WHO)["handle"] == "warehouse-bot"
    assert api.meter.requests[3] == 3
