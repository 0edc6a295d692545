"""Addresses of pictures, as a file store signs them: another one for each call, good for some days, for anyone."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from figma_warehouse.sandbox.contract import Organisation

PICTURES = "/sandbox/pictures"
SIGNATURE = "X-Amz-Signature"


def sign(org: Organisation, base_url: str, path: str, days: int, **drawing: object) -> str:
    """The address of what lies at `path` below the pictures, drawn as told, from the clock on for so many days."""
    stamp = {"X-Amz-Date": org.at.isoformat(), "X-Amz-Expires": str(days * 86_400), "nonce": uuid.uuid4().hex}
    query = {**{name: str(value) for name, value in drawing.items()}, **stamp}
    return f"{base_url}{PICTURES}/{quote(path)}?{urlencode({**query, SIGNATURE: _signature(org, path, query)})}"


def is_good(org: Organisation, path: str, query: Mapping[str, str]) -> bool:
    """Whether the address was given out by this organisation and has not expired."""
    stamp = {name: value for name, value in query.items() if name != SIGNATURE}
    if not hmac.compare_digest(_signature(org, path, stamp), query.get(SIGNATURE, "")):
        return False
    return org.at <= datetime.fromisoformat(query["X-Amz-Date"]) + timedelta(seconds=int(query["X-Amz-Expires"]))


def _signature(org: Organisation, path: str, query: Mapping[str, str]) -> str:
    words = path + urlencode(sorted(query.items()))
    return hmac.new(org.token.encode(), words.encode(), hashlib.sha256).hexdigest()
