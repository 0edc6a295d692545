"""What the mart code_coverage holds once dev resources are loaded."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from figma_warehouse.sandbox.company.code_links import CodeLink
    from figma_warehouse.sandbox.truth.component_truth import Usage
    from figma_warehouse.sandbox.truth.library_facts import LibraryFacts


class CodeCoverage(NamedTuple):
    """A published component that is no variant, or a set. Shares are those of its library."""

    library_file_key: str
    dev_resources: int
    url_hosts: str | None
    urls: str | None
    placements: int
    library_share: float
    library_placement_share: float | None


def code_coverage(
    links: Mapping[str, Iterable[CodeLink]], usage: Usage, facts: LibraryFacts
) -> dict[tuple[str, str], CodeCoverage]:
    """By kind and key; `links` has the dev resources of each library."""
    by_owner: defaultdict[str, list[CodeLink]] = defaultdict(list)
    for link in (link for several in links.values() for link in several):
        by_owner[link.owner_key].append(link)
    placements: defaultdict[str, int] = defaultdict(int)
    for (key, _), counts in usage.items():
        placements[facts.set_keys.get(key, key)] += counts.placements
    libraries: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for one in facts.published:
        if one.kind == "component_set" or (one.kind == "component" and one.key not in facts.set_keys):
            libraries[one.file_key].append((one.kind, one.key))
    found = {}
    for library, items in libraries.items():
        shares = _shares([key for _, key in items], by_owner, placements)
        for kind, key in items:
            linked = by_owner[key]
            hosts, urls = {one.host for one in linked}, {one.url for one in linked if one.host}
            found[kind, key] = CodeCoverage(
                library, len(linked), _joined(hosts, ", "), _joined(urls, "\n"), placements[key], *shares
            )
    return found


def _joined(texts: set[str], separator: str) -> str | None:
    return separator.join(sorted(texts - {""})) or None


def _shares(
    keys: list[str], by_owner: Mapping[str, list[CodeLink]], placements: Mapping[str, int]
) -> tuple[float, float | None]:
    linked = [key for key in keys if by_owner.get(key)]
    placed, covered = (sum(placements.get(key, 0) for key in some) for some in (keys, linked))
    return len(linked) / len(keys), covered / placed if placed else None
