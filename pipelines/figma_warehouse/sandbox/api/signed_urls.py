"""Signed addresses of pictures, as a file store issues them: new at every call, valid for days, usable by anyone."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from figma_warehouse.sandbox.organisation import Organisation

PICTURES_PATH = "/sandbox/pictures"
SIGNATURE = "X-Amz-Signature"


def sign_url(org: Organisation, base_url: str, path: str, days: int, **options: object) -> str:
    """The address of the picture at `path`, with the options it is rendered with, valid for `days` from the clock."""
    validity = {"X-Amz-Date": org.at.isoformat(), "X-Amz-Expires": str(days * 86_400), "nonce": uuid.uuid4().hex}
    query = {**{name: str(value) for name, value in options.items()}, **validity}
    return f"{base_url}{PICTURES_PATH}/{quote(path)}?{urlencode({**query, SIGNATURE: _signature(org, path, query)})}"


def is_valid(org: Organisation, path: str, query: Mapping[str, str]) -> bool:
    """Whether this organisation issued the address, and it has not expired."""
    signed = {name: value for name, value in query.items() if name != SIGNATURE}
    if not hmac.compare_digest(_signature(org, path, signed), query.get(SIGNATURE, "")):
        return False
    return org.at <= datetime.fromisoformat(query["X-Amz-Date"]) + timedelta(seconds=int(query["X-Amz-Expires"]))


def _signature(org: Organisation, path: str, query: Mapping[str, str]) -> str:
    message = path + urlencode(sorted(query.items()))
    return hmac.new(org.token.encode(), message.encode(), hashlib.sha256).hexdigest()
