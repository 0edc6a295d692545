"""The registry of reasons for a skip: the values of `outcomes.reason`, and how later runs treat each of them.

A reason that is not registered here cannot be raised or stored.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

# an item with a liftable reason is requested again after this time
RECHECK_AFTER = timedelta(days=7)


@dataclass(frozen=True)
class Reason:
    """One reason, under its name in `outcomes.reason`."""

    name: str
    # completes the sentence "the item was skipped because ..."
    meaning: str
    # a retry ends the same until the item changes
    is_permanent: bool = False
    # permanent only until somebody changes the access or the plan
    is_liftable: bool = False
    # the cause is Figma or the connection, not the item
    is_service_failure: bool = False
    # the item was not requested, or got no response; a later run requests it
    is_deferred: bool = False
    # the next run may succeed
    is_temporary: bool = False
    # the API never serves such items
    is_never_served: bool = False
    # a smaller request may succeed
    is_size: bool = False

    @property
    def words(self) -> str:
        """The reason in the form that messages use."""
        return self.name.replace("_", " ")


def _service_failure(name: str, meaning: str, *, is_size: bool = False) -> Reason:
    return Reason(name, meaning, is_service_failure=True, is_temporary=True, is_size=is_size)


_REASONS = (
    Reason("no_access", "the token's user may not read it", is_permanent=True, is_liftable=True),
    Reason("not_found", "it does not exist, or is hidden from the token's user", is_permanent=True, is_liftable=True),
    Reason("plan_limited", "the plan does not include it", is_permanent=True, is_liftable=True),
    Reason("missing_scope", "the token lacks the scope that `detail` names"),
    Reason("not_exportable", "its owner has disabled copying and exporting", is_permanent=True),
    Reason("unsupported_type", "the API serves no files of its type", is_permanent=True, is_never_served=True),
    Reason("bad_request", "Figma rejects the request", is_permanent=True),
    Reason("too_large", "the response is too large for Figma or for this client", is_permanent=True, is_size=True),
    Reason("refused", "Figma refuses it with a status that has no reason of its own"),
    Reason("redirected", "the response redirects to another address"),
    Reason("foreign_link", "the link to the next page of its list leads to another address"),
    _service_failure("server_error", "Figma failed with a status of 500 or more", is_size=True),
    _service_failure("connection_lost", "the connection broke before the response was complete", is_size=True),
    _service_failure("waf_challenge", "Figma's firewall answered in place of the API"),
    _service_failure("bad_body", "the response is not what the API documents"),
    Reason("unreachable", "the token or the network failed", is_temporary=True),
    Reason("rate_limited", "the rate limit is used up until `retry_at`", is_deferred=True, is_temporary=True),
    Reason("put_off", "the run ended, or Figma was failing, before its turn", is_deferred=True, is_temporary=True),
    Reason("unreadable", "this version of the project cannot flatten its document"),
    Reason("excluded", "the settings exclude it"),
    Reason("not_archived", "the archive could not store its document"),
    Reason("not_loaded", "the document of its file is not loaded"),
    Reason("not_renderable", "Figma has no picture of it"),
    Reason("bad_picture", "the downloaded file is not a picture that can be stored"),
    Reason("unsafe_address", "its picture is at an address from which downloads are not allowed"),
    Reason("expired", "the address of its picture has expired", is_temporary=True),
    Reason("nothing_published", "its file publishes no component"),
)
REASONS: Mapping[str, Reason] = MappingProxyType({reason.name: reason for reason in _REASONS})


def reasons_that(has: Callable[[Reason], bool]) -> frozenset[str]:
    """Return the names of the reasons with a property."""
    return frozenset(reason.name for reason in _REASONS if has(reason))
