"""What `key_lookups` must hold after a first load: the keys that no list and no document explains."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from figma_warehouse.sandbox.truth.tallies import Tally

    # component, component_set or style, and its key
    KindAndKey = tuple[str, str]


class KeyLookup(NamedTuple):
    """The file of another organisation that publishes the item, None if none does, and the nodes that refer to it."""

    library_file_key: str | None
    uses: int


def key_lookups(
    tallies: Iterable[Tally], explained: frozenset[str], elsewhere: Mapping[str, str]
) -> dict[KindAndKey, KeyLookup]:
    """Lookups by kind and key over the files and branches with these tallies.

    `explained` has the keys that are published or defined in a file, `elsewhere` the files of other organisations by
    the keys that they publish.
    """
    uses: Counter[KindAndKey] = Counter()
    for tally in tallies:
        for key, counts in tally.components.items():
            uses["component", key] += counts.direct + counts.nested + counts.in_definitions
        for (key, _), (references, _) in tally.styles.items():
            uses["style", key] += references
    return {
        (kind, key): KeyLookup(elsewhere.get(key), count)
        for (kind, key), count in uses.items()
        if key and key not in explained
    }
