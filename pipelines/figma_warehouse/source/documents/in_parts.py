"""A document that Figma cannot return whole, assembled from parts. The result equals the whole document.

Pages come first, then one level after the other. A node is requested whole; if it is too large, it is requested alone
(`depth=1`) and then its children. If the server fails on a node and does not say that it is too large, the node is
requested alone at once: if that fails as well, the size is not the cause. `version=` does not pin the current state: an
edit can change a file without a new version, and the version then returns an older state.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from math import ceil, inf
from typing import TypeVar
from urllib.parse import quote

from figma_warehouse.source.api.client import TRIES, FigmaClient
from figma_warehouse.source.api.refusals import Refused
from figma_warehouse.source.documents.model import Document, Node, NodesAnswer, Subtree, decode_document, decode_nodes
from figma_warehouse.source.endpoints import FILE, FILE_NODES, Endpoint
from figma_warehouse.source.reasons import REASONS

# 413 is seen near 900 ids and beyond 4 kB of address; so many characters hold at most half as many ids
LONGEST_IDS = 3_500
# after so many failures in a row, the size is probably not the cause: a few requests have to tell
MANY_FAILURES = 2

T = TypeVar("T", Document, NodesAnswer)


@dataclass(frozen=True)
class Assembled:
    """A document assembled from `parts` responses of `size` bytes in all.

    `last_version` is the version of the newest part if the file was edited in between, None if all parts show one
    state. A node that was moved from one part to another in between can occur twice.
    """

    document: Document
    parts: int
    size: int
    last_version: str | None


def fetch_in_parts(
    api: FigmaClient,
    key: str,
    version: str | None = None,
    *,
    first_tries: int = TRIES,
    plugin_data: str | None = None,
) -> Assembled:
    """Fetch a file, current or as of a version, in as few tier-1 requests as its sizes allow, and assemble it.

    If the file is edited in between, it is read once more from the start, and then accepted as mixed. `first_tries` is
    the number of tries for the first part; `plugin_data` is the parameter of that name. Raises Refused: a document
    never lacks a node, so the reason is `too_large` if one node is too large even without its children.
    """
    too_large: set[str] = set()
    try:
        return _Reading(api, key, version, too_large, plugin_data).read(first_tries)
    except _MovedOn:
        return _Reading(api, key, version, too_large, plugin_data, is_last=True).read()


class _MovedOn(Exception):
    """The file was edited after its first part."""


@dataclass
class _Sizes:
    """The sizes of the nodes of one level so far, and the smallest size that was refused; in bytes."""

    nodes: int = 0
    size: int = 0
    refused: float = inf

    def may_fit(self, count: int) -> bool:
        """Tell whether one request for `count` nodes may succeed."""
        return count == 1 or not self.nodes or count * self.size / self.nodes < self.refused

    def count(self, nodes: int, size: int) -> None:
        self.nodes, self.size = self.nodes + nodes, self.size + size


@dataclass
class _Reading:
    """One pass through a file. `too_large` has the ids of nodes that cannot be requested whole.

    `failures` counts failures in a row that do not say that a response is too large. `bare` has nodes of the present
    level without their children. The last pass goes on if the file is edited.
    """

    api: FigmaClient
    key: str
    version: str | None
    too_large: set[str]
    plugin_data: str | None = None
    is_last: bool = False
    parts: int = 0
    size: int = 0
    failures: int = 0
    last_version: str | None = None
    bare: dict[str, Node] = field(default_factory=dict)
    document: Document = field(init=False)

    def read(self, first_tries: int = TRIES) -> Assembled:
        self.document, _ = self._fetch(FILE, decode_document, first_tries, depth=1, branch_data=True)
        parents = [self.document.document]
        while parents:
            parents = self._complete(parents)
        return Assembled(self.document, self.parts, self.size, self.last_version)

    def _complete(self, parents: list[Node]) -> list[Node]:
        """Replace the children of nodes by complete ones. Return the nodes that still lack grandchildren."""
        families = [[child.id for child in parent.children or ()] for parent in parents]
        # an only child of a node that is too large is too large itself
        self.too_large.update(family[0] for family in families if len(family) == 1)
        ids = [id_ for family in families for id_ in family]
        # all children of one parent together do not fit into one response
        most = ceil(len(ids) / (2 * len(parents)))
        found = self._take_all([id_ for id_ in ids if id_ not in self.too_large], most)
        missing = [id_ for id_ in ids if id_ in self.too_large and id_ not in self.bare]
        self.bare |= self._take_all(missing, len(ids), depth=1)
        bare = {id_: self.bare.pop(id_) for id_ in ids if id_ in self.bare}
        found |= bare
        for parent in parents:
            parent.children = [found[child.id] for child in parent.children or () if child.id in found]
        return [node for node in bare.values() if node.children]

    def _take_all(self, ids: list[str], most: int, **cut: int) -> dict[str, Node]:
        """Fetch nodes, at most `most` per request. Nodes that are too large are left out and added to `too_large`."""
        found: dict[str, Node] = {}
        sizes = _Sizes()
        for batch in _batches(ids, most):
            self._take(batch, found, sizes, **cut)
        return found

    def _take(self, ids: list[str], found: dict[str, Node], sizes: _Sizes, **cut: int) -> float:
        """Fetch nodes in as few requests as possible. Return their bytes, or `inf` if one of them is too large."""
        is_asked = sizes.may_fit(len(ids))
        if is_asked:
            try:
                # after a failure, a smaller request tells more than a retry; a node without children has none
                tries = TRIES if self.failures <= (MANY_FAILURES if cut else 0) else 1
                answer, size = self._fetch(FILE_NODES, decode_nodes, tries, ids=",".join(ids), **cut)
            except Refused as refusal:
                self._judge(refusal, ids, is_bare=bool(cut))
            else:
                found.update(self._taken(ids, answer))
                sizes.count(len(ids), size)
                return size
        if len(ids) == 1:
            self.too_large.update(ids)
            if self.failures:
                self._take(ids, self.bare, _Sizes(), depth=1)
            return inf
        total = sum(self._take(smaller, found, sizes, **cut) for smaller in self._split(ids))
        if is_asked:
            sizes.refused = min(sizes.refused, total)
        return total

    def _split(self, ids: list[str]) -> Iterator[list[str]]:
        """Return the ids in halves, or in sixteenths after many failures."""
        size = ceil(len(ids) / (16 if self.failures >= MANY_FAILURES else 2))
        return (ids[start : start + size] for start in range(0, len(ids), size))

    def _fetch(
        self, endpoint: Endpoint, decode: Callable[[bytes], T], tries: int = TRIES, **params: object
    ) -> tuple[T, int]:
        """Fetch one part and return it with its size in bytes."""
        if self.version is not None:
            params["version"] = self.version
        if self.plugin_data is not None:
            params["plugin_data"] = self.plugin_data
        at = endpoint.at(file_key=self.key)
        answer, size = self.api.fetch(at, lambda body: (decode(body), len(body)), tries=tries, **params)
        self.parts, self.size, self.failures = self.parts + 1, self.size + size, 0
        return answer, size

    def _judge(self, refusal: Refused, ids: list[str], *, is_bare: bool) -> None:
        """Raise the refusal if a smaller request would fail as well, or if there is no smaller one."""
        self.failures = 0 if refusal.reason == "too_large" else self.failures + 1
        if not REASONS[refusal.reason].is_size:
            raise refusal
        if is_bare and len(ids) == 1:
            detail = f"{refusal.detail} (node {ids[0]} without its children)".strip()
            raise Refused(refusal.reason, refusal.status, detail, refusal.retry_at) from refusal

    def _taken(self, ids: list[str], answer: NodesAnswer) -> Iterator[tuple[str, Node]]:
        """Yield the nodes of a response, and merge its maps into those of the document."""
        has_moved = self._has_moved(answer)
        for id_ in ids:
            part = answer.nodes.get(id_)
            if part is not None:
                self._merge(part)
                yield id_, part.document
            elif not self.is_last:
                raise _MovedOn
            elif not has_moved:
                raise Refused("bad_body", detail=f"Figma does not give node {id_} by itself")

    def _has_moved(self, answer: NodesAnswer) -> bool:
        first = self.document
        has_moved = (answer.version, answer.last_modified) != (first.version, first.last_modified)
        if has_moved and not self.is_last:
            raise _MovedOn
        if has_moved:
            self.last_version = answer.version
        return has_moved

    def _merge(self, part: Subtree) -> None:
        self.document.components.update(part.components)
        self.document.component_sets.update(part.component_sets)
        self.document.styles.update(part.styles)


def _batches(ids: Iterable[str], most: int) -> Iterator[list[str]]:
    """Yield ids in batches of at most `most`, each short enough for a URL."""
    batch: list[str] = []
    length = 0
    for id_ in ids:
        added = len(quote(f"{id_},", safe=""))
        if batch and (len(batch) == most or length + added > LONGEST_IDS):
            yield batch
            batch, length = [], 0
        batch.append(id_)
        length += added
    if batch:
        yield batch
