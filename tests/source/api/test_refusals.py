"""Error responses of Figma and the reasons they become, over real connections."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.api.refusals import Refused, retry_after
from figma_warehouse.source.endpoints import EndpointPath
from tests.fixtures.paths import at, unregistered
from tests.fixtures.stub_server import Reply, stub_server

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LONGEST = 32 * 86_400


def refusal(path: EndpointPath, reply: Reply) -> Refused:
    with stub_server(lambda _: reply) as figma, pytest.raises(Refused) as raised:
        FigmaClient("figd_x", figma.base_url).get(path)
    assert len(figma.requests) == 1
    return raised.value


def forbidden(words: str) -> Reply:
    return Reply(403, json.dumps({"status": 403, "err": words}).encode())


@pytest.mark.parametrize(
    ("words", "scopes"),
    [
        ("Invalid scope(s): [files:read]. This endpoint requires the folders:read scope", ["folders:read"]),
        (
            "Invalid scope(s): a:read, b:read. This endpoint requires the folders:read or projects:read scope",
            ["folders:read", "projects:read"],
        ),
        ("Invalid scope(s): [file_comments:read, file_versions:read]", ["file_content:read"]),
    ],
)
def test_a_missing_scope_is_named_with_the_path_that_needs_it(words: str, scopes: list[str]) -> None:
    refused = refusal(at("/v1/files/abc"), forbidden(words))
    assert (refused.reason, list(refused.scopes)) == ("missing_scope", scopes)
    assert refused.detail == f"{words} (/v1/files/abc needs {' or '.join(scopes)})"


def test_a_missing_scope_of_an_endpoint_without_one_keeps_figmas_message() -> None:
    refused = refusal(unregistered("/v3/novelty", 2), forbidden("Invalid scope(s): [a:read]"))
    assert (refused.reason, refused.scopes, refused.detail) == ("missing_scope", (), "Invalid scope(s): [a:read]")


@pytest.mark.parametrize(
    "words",
    [
        "Limited by Figma plan",
        "This endpoint is not available on your plan",
        "Library analytics is only available to Enterprise organizations",
        "Incorrect account type",
    ],
)
def test_plan_limits_have_a_reason_of_their_own(words: str) -> None:
    assert refusal(unregistered("/v1/files/K/variables/local", 2), forbidden(words)).reason == "plan_limited"


@given(st.integers(0, 10**30), st.sampled_from(["", " "]))
def test_a_retry_after_in_seconds_is_capped_at_a_month(seconds: int, space: str) -> None:
    assert retry_after(f"{space}{seconds}{space}", NOW) == min(seconds, LONGEST)


@given(st.integers(-(10**9), 10**11))
def test_a_retry_after_that_is_a_date_is_the_time_until_then(seconds: int) -> None:
    moment = NOW + timedelta(seconds=seconds)
    assert retry_after(format_datetime(moment, usegmt=True), NOW) == min(max(seconds, 0), LONGEST)
    assert retry_after(format_datetime(moment.replace(tzinfo=None)), NOW) == min(max(seconds, 0), LONGEST)


@pytest.mark.parametrize("year", ["10000", "99999", "9" * 20, "9" * 400])
def test_a_retry_after_with_an_impossible_date_is_a_month(year: str) -> None:
    assert retry_after(f"Wed, 21 Oct {year} 07:28:00 GMT", NOW) == LONGEST


DATE_LIKE = st.from_regex(
    r"(Mon|Sun|Foo), [0-9]{1,3} (Jan|Dec|Bar) [0-9]{1,25} [0-9]{2}:[0-9]{2}(:[0-9]{2})? (GMT|-0000|[+-][0-9]{4}|X)?",
    fullmatch=True,
)


@pytest.mark.slow
@given(st.one_of(st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40), DATE_LIKE))
def test_no_retry_after_raises_an_error(header: str) -> None:
    seconds = retry_after(header, NOW)
    assert seconds is None or 0 <= seconds <= LONGEST
