"""What the package tells of an error and its causes."""

from itertools import islice

from figma_warehouse.failures import causes, is_damaged


def test_an_error_that_is_among_its_own_causes_is_walked_once() -> None:
    first, second = ValueError("first"), ValueError("second")
    first.__context__, second.__context__ = second, first

    assert list(islice(causes(first), 3)) == [first, second]
    assert not is_damaged(first)
