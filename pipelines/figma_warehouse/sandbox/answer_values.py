"""Values as Figma writes them in an answer: times, users, addresses of portraits and thumbnails."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from figma_warehouse.sandbox.organisation import User

PICTURE_HOST = "https://s3-alpha.figma.com"


def format_time(moment: datetime) -> str:
    """ISO 8601 in UTC with a `Z`: to the second, or to the microsecond if the moment has a fraction."""
    return moment.isoformat().replace("+00:00", "Z")


def format_time_in_milliseconds(moment: datetime) -> str:
    """ISO 8601 in UTC with a `Z` and three decimals, as in published lists."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def user_row(user: User) -> dict[str, str]:
    """A user as every answer shows one."""
    return {"id": user.id, "handle": user.handle, "img_url": f"{PICTURE_HOST}/profile/{user.id}"}


def thumbnail_url() -> str:
    """A signed address on Figma's picture host, a different one at every call. The sandbox does not serve it."""
    path = f"{PICTURE_HOST}/thumbnails/{uuid.uuid4()}"
    return f"{path}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=604800&X-Amz-Signature={uuid.uuid4().hex}"
