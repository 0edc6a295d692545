"""What needs attention in the sample organisation, from the sandbox's ground truth."""

from collections import Counter
from collections.abc import Container

import duckdb

from figma_warehouse.sandbox import Truth

# what is deprecated in the sample organisation is all of this file
LIBRARY = "Core library"
# a file of a type that the API does not serve is not expected
UNSERVED = "Design review June"


def assert_attention(truth: Truth, elsewhere: Container[str], connection: duckdb.DuckDBPyConnection) -> None:
    """Compare the figures of the kinds of findings that the truth knows, by subject and file.

    What is published `elsewhere`, by key, is neither lost nor dangling.
    """
    rows = connection.execute("select kind, subject_key, file_key, figure from marts.attention").fetchall()
    found = {(kind, subject, file_key): figure for kind, subject, file_key, figure in rows}
    assert len(found) == len(rows)

    dangling = _figures(found, "dangling_style")
    assert {
        style: (sum(dangling[key] for key in dangling if key[0] == style), sum(key[0] == style for key in dangling))
        for style, _ in dangling
    } == {
        key: (counts.references, counts.files)
        for key, counts in truth.orphaned_styles.dangling.items()
        if key not in elsewhere
    }
    assert _figures(found, "deprecated_use") == _deprecated_uses(truth)
    assert _by_file(_figures(found, "lost_instances")) == _lost_instances(truth, elsewhere)
    assert _by_file(_figures(found, "stale_bindings")) == _stale_bindings(truth)
    assert {file_key for kind, _, file_key in found if kind == "stale_file"} == {
        key for key, file in truth.files.items() if not file.readable and file.name != UNSERVED
    }
    old = connection.execute("select component_key from marts.unused_components where days_published >= 91").fetchall()
    assert {subject for kind, subject, _ in found if kind == "unused_component"} == {key for (key,) in old} > set()
    assert {key for (key,) in old} <= truth.unused_components


def _figures(found: dict[tuple[str, str, str], float], kind: str) -> Counter[tuple[str, str]]:
    return Counter(
        {(subject, file_key): int(size) for (each, subject, file_key), size in found.items() if each == kind}
    )


def _by_file(figures: Counter[tuple[str, str]]) -> Counter[str]:
    files: Counter[str] = Counter()
    for (_, file_key), figure in figures.items():
        files[file_key] += figure
    return files


def _deprecated_uses(truth: Truth) -> Counter[tuple[str, str]]:
    return Counter(
        {
            (key, file_key): use.usages
            for (kind, key, file_key), use in truth.deprecated_usage.items()
            if use.usages
            and truth.files[file_key].name != LIBRARY
            and not (kind == "component" and use.named_in == "set")
        }
    )


def _lost_instances(truth: Truth, elsewhere: Container[str]) -> Counter[str]:
    figures: Counter[str] = Counter()
    for (file_key, key), (status, usage) in truth.lost_components.items():
        if status != "private part" and usage.usages and key not in elsewhere:
            figures[file_key] += usage.usages
    return figures


def _stale_bindings(truth: Truth) -> Counter[str]:
    figures: Counter[str] = Counter()
    for (_, file_key, _), binding in truth.stale_bindings.items():
        if binding.is_stale:
            figures[file_key] += binding.bindings
    return figures
