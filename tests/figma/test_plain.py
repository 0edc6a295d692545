"""The source as any dlt pipeline runs it: whichever pipeline that is, and however often."""

import json
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from pipelines.figma import figma
from pipelines.figma.client import FigmaClient
from pipelines.figma.limits import BadAllowance
from pipelines.figma.refusals import TokenRefused
from pipelines.figma.tokens import FixedToken
from pipelines.sandbox import Server
from tests.figma.hosts import host, say

MakeSource = Callable[..., Any]


@pytest.fixture
def source(server: Server) -> MakeSource:
    def make(**more: Any) -> Any:
        given = {"figma_token": server.org.token, "base_url": server.base_url, "teams": server.org.team_ids}
        return figma(**(given | more))

    return make


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"plan": "pro"}, 'plan "pro" is none of starter, student, professional, organization, enterprise, unlimited'),
        ({"seat": "viewer"}, 'seat "viewer" is none of view, collab, dev, full'),
    ],
)
def test_a_plan_or_seat_that_is_none_is_refused_with_those_there_are(
    source: MakeSource, wrong: dict[str, str], words: str
) -> None:
    with pytest.raises(BadAllowance, match=words):
        source(**wrong)


def test_white_space_around_a_token_is_no_part_of_it() -> None:
    with host(lambda _: say({})) as figma_host:
        FigmaClient(" figd_secret\r\n", figma_host.base_url).get("/v1/me")
        FigmaClient("figu_secret\n", figma_host.base_url).get("/v1/me")
    assert figma_host.seen[0].headers["X-Figma-Token"] == "figd_secret"
    assert figma_host.seen[1].headers["Authorization"] == "Bearer figu_secret"
    assert FixedToken("figd_secret\n").identity == "figd_secret"


@pytest.mark.parametrize(
    "token", ["", " \n", "figd_secret\nfigd_secret", "figd secret", "figd_sécret", "figd_secret\0"]
)
def test_what_is_no_token_is_refused_without_being_shown(source: MakeSource, token: str) -> None:
    with pytest.raises(TokenRefused, match="no token") as raised:
        source(figma_token=token)
    shown = "".join(traceback.format_exception(raised.value)) + json.dumps(str(raised.value))
    assert "secret" not in shown
