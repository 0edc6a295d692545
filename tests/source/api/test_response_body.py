"""Response bodies: the maximum size, the deadline, and the reuse of connections."""

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
from tests.fixtures.paths import unregistered
from tests.fixtures.stub_server import Reply, stub_server

ME = "/v1/me"
WHO = unregistered(ME, 3)
GZIP = {"Content-Encoding": "gzip", "Content-Type": "application/json"}


@contextmanager
def dripping(head: bytes, drop: bytes) -> Iterator[str]:
    """The base URL of a server that sends a few bytes every twentieth of a second and never ends."""
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
def test_a_body_that_trickles_in_ends_at_its_deadline_as_a_timeout(head: bytes, drop: bytes) -> None:
    with dripping(head, drop) as url, requests.Session() as session:
        response = session.get(url, stream=True, timeout=5)
        with pytest.raises(requests.exceptions.ReadTimeout) as raised:
            read_body(response, 1_000_000, 0.3)
        refusal = connection_failure(response.request, raised.value).refusal
    assert isinstance(refusal, Refused)
    assert (refusal.reason, refusal.is_timeout) == ("connection_lost", True)


def test_a_body_beyond_the_limit_is_too_large_and_not_read_to_its_end() -> None:
    bomb = Reply(200, gzip.compress(b" " * 100_000_000, 9), GZIP)
    with stub_server(lambda _: bomb) as figma:
        api = FigmaClient("figd_x", figma.base_url)
        with pytest.raises(Refused) as raised:
            api.get(WHO)
        assert len(figma.requests) == 1
    assert (raised.value.reason, raised.value.status) == ("too_large", 200)
    assert 64_000_000 < api.meter.bytes_received < 66_000_000


def test_only_the_beginning_of_an_error_body_is_read_and_its_status_counts() -> None:
    bomb = gzip.compress(b" " * 20_000_000, 9)
    replies = [Reply(503, bomb, GZIP), Reply(404, bomb, GZIP), Reply(403, bomb, GZIP)]
    with stub_server(lambda _: replies.pop(0)) as figma:
        api = FigmaClient("figd_x", figma.base_url, backoff=0.01)
        with pytest.raises(Refused) as raised:
            api.get(WHO)
    assert (raised.value.reason, raised.value.status) == ("no_access", 403)
    assert api.meter.bytes_received < 6_000_000


def test_a_connection_is_reused_for_the_next_request_even_after_an_error() -> None:
    """Each connection is a thread of the server."""
    served: set[int] = set()
    replies = [Reply(500, b"<html>"), Reply(200, gzip.compress(b'{"id":"1"}'), GZIP), Reply(200, b'{"id":"2"}')]

    def answer(_: object) -> Reply:
        served.add(threading.get_ident())
        return replies.pop(0)

    with stub_server(answer) as figma:
        api = FigmaClient("figd_x", figma.base_url, backoff=0.01)
        assert [api.get(WHO)["id"] for _ in range(2)] == ["1", "2"]
    assert len(served) == 1


def test_a_body_that_is_cut_or_badly_compressed_is_retried(server: Server) -> None:
    server.script(
        ME, HttpAnswer(cut=True, passthrough=True), HttpAnswer(200, b"no gzip" * 200, {"content-encoding": "gzip"})
    )
    api = FigmaClient(server.org.token, server.base_url, backoff=0.01)
    assert api.get(WHO)["handle"] == "warehouse-bot"
    assert api.meter.requests[3] == 3
