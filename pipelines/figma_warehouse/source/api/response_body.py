"""The body of an answer: no more of it than a limit, and no longer than until a deadline."""

import time

import requests
import urllib3

CHUNK = 262_144


def read_body(response: requests.Response, most_bytes: int, seconds: float) -> bytes:
    """Return the body, or the beginning of one that is larger, which is then a little longer than `most_bytes`.

    The answer must have been asked for with `stream`; it is closed, its connection kept where the body ended.
    Raises requests.RequestException, among them ReadTimeout where the body has not ended after so many seconds.
    """
    deadline, size, chunks = time.monotonic() + seconds, 0, []
    with response:
        while size <= most_bytes and (chunk := _next_chunk(response)):
            size += len(chunk)
            chunks.append(chunk)
            if time.monotonic() > deadline:
                raise requests.exceptions.ReadTimeout(f"no end after {seconds:g} seconds")
    return b"".join(chunks)


def _next_chunk(response: requests.Response) -> bytes:
    """Return what is there of the body, uncompressed, as soon as there is anything; nothing at its end."""
    try:
        # unlike iter_content, this waits for no full chunk, which may take for ever
        chunk: bytes = response.raw.read1(CHUNK, decode_content=True)
    except urllib3.exceptions.DecodeError as error:
        raise requests.exceptions.ContentDecodingError(error) from error
    except urllib3.exceptions.ReadTimeoutError as error:
        raise requests.exceptions.ReadTimeout(error) from error
    except urllib3.exceptions.HTTPError as error:
        raise requests.exceptions.ChunkedEncodingError(error) from error
    return chunk
