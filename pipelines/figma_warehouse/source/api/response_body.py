"""Reads response bodies up to a maximum size and until a deadline."""

import time

import requests
import urllib3

CHUNK = 262_144


def read_body(response: requests.Response, max_bytes: int, seconds: float) -> bytes:
    """Return the body. If it is larger than `max_bytes`, return its beginning, which is a little longer than that.

    The request needs `stream=True`. The response is closed; if the body was read to its end, the connection is reused.
    Raises requests.RequestException, which is ReadTimeout if the body does not end within `seconds`.
    """
    deadline, size, chunks = time.monotonic() + seconds, 0, []
    with response:
        while size <= max_bytes and (chunk := _next_chunk(response)):
            size += len(chunk)
            chunks.append(chunk)
            if time.monotonic() > deadline:
                raise requests.exceptions.ReadTimeout(f"the body did not end within {seconds:g} seconds")
    return b"".join(chunks)


def _next_chunk(response: requests.Response) -> bytes:
    """Return the next part of the body, uncompressed, as soon as one arrives; empty at the end."""
    try:
        # unlike iter_content, this does not wait for a full chunk, which may never come
        chunk: bytes = response.raw.read1(CHUNK, decode_content=True)
    except urllib3.exceptions.DecodeError as error:
        raise requests.exceptions.ContentDecodingError(error) from error
    except urllib3.exceptions.ReadTimeoutError as error:
        raise requests.exceptions.ReadTimeout(error) from error
    except urllib3.exceptions.HTTPError as error:
        raise requests.exceptions.ChunkedEncodingError(error) from error
    return chunk
