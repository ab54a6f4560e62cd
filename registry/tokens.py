"""Secrets that a browser or a link carries: random, shown once, kept as SHA-256 only.

They hold 256 random bits, so a fast hash is enough: there is nothing to guess.
"""

import hashlib
import secrets


def new_token() -> str:
    """A fresh token, fit for a URL or a cookie."""
    return secrets.token_urlsafe(32)


def token_digest(token: str) -> bytes:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode()).digest()
