"""Every reason why an item was skipped: the words of `outcomes.reason`, and what each means for the runs after.

A reason that is not registered here cannot be raised or stored.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

# an item whose reason is liftable is requested again so long after it was refused, and so is a document that failed
# in a way that a retry hardly changes; `asked_again_after` has the time under a limit of longer periods
ASKED_AGAIN_AFTER = timedelta(days=7)


@dataclass(frozen=True)
class Reason:
    """One reason, under its name in `outcomes.reason`."""

    name: str
    # completes the sentence "the item was skipped because ..."
    meaning: str
    # another request ends the same, as long as the item does not change
    is_permanent: bool = False
    # permanent until somebody changes access or the plan
    is_liftable: bool = False
    # Figma or the connection failed, not the item
    is_of_service: bool = False
    # the item was not asked for, or no answer came: a later run asks
    is_deferred: bool = False
    # the next run may get the item, whatever the cause
    is_temporary: bool = False
    # the API has no such items
    is_never_served: bool = False
    # a smaller request may succeed
    is_size: bool = False

    @property
    def words(self) -> str:
        """The reason as people read it in messages."""
        return self.name.replace("_", " ")


def _of_service(name: str, meaning: str, *, is_size: bool = False) -> Reason:
    return Reason(name, meaning, is_of_service=True, is_temporary=True, is_size=is_size)


_REASONS = (
    Reason("no_access", "the token's user may not read it", is_permanent=True, is_liftable=True),
    Reason("not_found", "it does not exist, or is hidden from the token's user", is_permanent=True, is_liftable=True),
    Reason("plan_limited", "the plan does not include it", is_permanent=True, is_liftable=True),
    Reason("missing_scope", "the token lacks the scope that `detail` names"),
    Reason("not_exportable", "its owner has disabled copying and exporting", is_permanent=True),
    Reason("unsupported_type", "the API serves no files of its type", is_permanent=True, is_never_served=True),
    Reason("bad_request", "Figma rejects the request", is_permanent=True),
    Reason("too_large", "the answer is too large for Figma or for this client", is_permanent=True, is_size=True),
    Reason("refused", "Figma refuses it with a status that has no reason of its own"),
    Reason("redirected", "the answer leads to another address"),
    Reason("foreign_link", "the next page of its list is said to be at another address"),
    _of_service("server_error", "Figma failed with a status of 500 or more", is_size=True),
    _of_service("connection_lost", "the connection broke before the whole answer came", is_size=True),
    _of_service("waf_challenge", "Figma's firewall answered in place of the API"),
    _of_service("bad_body", "the answer is not what the API promises"),
    Reason("unreachable", "the token or the network failed", is_temporary=True),
    Reason("rate_limited", "the rate limit is used up until `retry_at`", is_deferred=True, is_temporary=True),
    Reason("put_off", "the run ended, or Figma was failing, before its turn", is_deferred=True, is_temporary=True),
    Reason("unreadable", "this version of the project cannot flatten its document"),
    Reason("excluded", "the settings exclude it"),
    Reason("not_archived", "the archive could not store its document"),
    Reason("not_loaded", "the document of its file is not loaded"),
    Reason("not_renderable", "Figma has no picture of it"),
    Reason("bad_picture", "what was downloaded is no picture that can be stored"),
    Reason("unsafe_address", "its picture is at an address that no download may go to"),
    Reason("expired", "the address of its picture has expired", is_temporary=True),
    Reason("nothing_published", "its file publishes no component"),
)
REASONS: Mapping[str, Reason] = MappingProxyType({reason.name: reason for reason in _REASONS})


def asked_again_after(limit_seconds: float = 0) -> timedelta:
    """Return the time until a refused item is requested again: a week, or the period of its rate limit if longer."""
    return max(ASKED_AGAIN_AFTER, timedelta(seconds=limit_seconds))


def reasons_that(has: Callable[[Reason], bool]) -> frozenset[str]:
    """Return the names of the reasons with a property."""
    return frozenset(reason.name for reason in _REASONS if has(reason))
