"""Every reason in the code is registered, and every registered reason is in the code."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from figma_warehouse.source.api.refusals import REASON_BY_STATUS, REASON_BY_WORDS, Refused
from figma_warehouse.source.reasons import REASONS, Reason, reasons_that

PACKAGE = Path(__file__).parents[2] / "pipelines" / "figma_warehouse"
each_reason = pytest.mark.parametrize("reason", REASONS.values(), ids=REASONS)


def test_every_reason_in_the_code_is_registered_and_every_registered_one_is_in_the_code() -> None:
    raised = {reason for path in PACKAGE.rglob("*.py") for reason in _raised(path)}
    by_answer = {reason for *_, reason in REASON_BY_WORDS} | set(REASON_BY_STATUS.values())
    # by a status that has no reason of its own, and by the header of a firewall
    by_choice = {"refused", "redirected", "waf_challenge", "bad_body", "expired", "not_found"}
    assert raised | by_answer | by_choice == REASONS.keys()


def test_a_reason_that_is_not_registered_cannot_be_raised() -> None:
    with pytest.raises(KeyError):
        Refused("novelty")


@each_reason
def test_a_reason_has_one_meaning(reason: Reason) -> None:
    assert reason.meaning
    assert reason.is_permanent or not reason.is_liftable
    assert reason.is_permanent or not reason.is_never_served
    assert not (reason.is_permanent and reason.is_temporary)
    assert reason.is_temporary or not (reason.is_service_failure or reason.is_deferred)
    assert not (reason.is_service_failure and reason.is_deferred)


def test_each_property_has_exactly_the_reasons_that_runs_rely_on() -> None:
    assert reasons_that(lambda reason: reason.is_service_failure) == {
        *("server_error", "connection_lost", "waf_challenge", "bad_body")
    }
    assert reasons_that(lambda reason: reason.is_deferred) == {"put_off", "rate_limited"}
    assert reasons_that(lambda reason: reason.is_liftable) == {"no_access", "plan_limited", "not_found"}
    assert reasons_that(lambda reason: reason.is_never_served) == {"unsupported_type"}
    assert reasons_that(lambda reason: reason.is_size) == {"too_large", "server_error", "connection_lost"}
    assert reasons_that(lambda reason: reason.is_permanent) == {
        *("not_exportable", "plan_limited", "unsupported_type", "no_access", "not_found", "bad_request", "too_large")
    }


def test_messages_show_a_reason_with_spaces() -> None:
    assert REASONS["missing_scope"].words == "missing scope"


def _raised(path: Path) -> Iterator[str]:
    """The reasons in the code: first arguments of Refused."""
    for node in ast.walk(ast.parse(path.read_text())):
        name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
        if name == "Refused" and isinstance(node, ast.Call) and isinstance(node.args[0], ast.Constant):
            yield str(node.args[0].value)
