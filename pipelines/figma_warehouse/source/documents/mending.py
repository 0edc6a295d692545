"""Mends what the decoder refuses in an answer although its meaning is plain: lone surrogates, U+0000, NaN."""

import re

# an escaped backslash and a pair of surrogates match first, so that the last alternative is never a part of them
_ESCAPE = re.compile(
    rb"\\(?:\\|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u0000|u[dD][89a-fA-F][0-9a-fA-F]{2}))"
)
# two patterns, because a search for one literal is far faster than for either of two
_NO_NUMBERS = (re.compile(rb"NaN"), re.compile(rb"Infinity"))
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_SPACE = b" \t\r\n"


def mend(body: bytes) -> bytes:
    """Return JSON with a question mark for each lone surrogate and U+0000, and null for each member that is no number.

    All other values stay as they are. A number in a list that is none stays too: the decoder refuses it.
    """
    return _ESCAPE.sub(_mended_escape, _without_nan(body))


def _mended_escape(escape: re.Match[bytes]) -> bytes:
    return b"?" if escape[1] else escape[0]


def _without_nan(body: bytes) -> bytes:
    parts, end, is_in_string = [], 0, False
    for start, stop in sorted(found.span() for word in _NO_NUMBERS for found in word.finditer(body)):
        between = body[end:start]
        is_in_string ^= _has_odd_quotes(between)
        before = between.removesuffix(b"-").rstrip(_SPACE)
        is_member = not is_in_string and before.endswith(b":")
        parts += [before + b"null"] if is_member else [between, body[start:stop]]
        end = stop
    return b"".join([*parts, body[end:]])


def _has_odd_quotes(part: bytes) -> bool:
    """Tell whether a string begins in a part of JSON and does not end in it, or the other way round."""
    return (part.count(b'"') - _ESCAPED.findall(part).count(b'"')) % 2 == 1
