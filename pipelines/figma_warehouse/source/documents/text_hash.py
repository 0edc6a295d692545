"""The hash of many texts."""

import hashlib


def hash_texts(*parts: list[str]) -> str:
    """Return a hash of lists of texts, which also depends on the boundaries between the lists."""
    digest = hashlib.blake2b(digest_size=16)
    for texts in parts:
        digest.update(f"{len(texts)}\n".encode())
        digest.update("\n".join(texts).encode(errors="surrogatepass"))
    return digest.hexdigest()
