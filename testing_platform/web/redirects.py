"""Where to go after a form: only to pages of this site, whatever the request says."""

from urllib.parse import urlsplit


def local_target(wanted: str | None, *, default: str) -> str:
    """The wanted path if it stays on this site, else the default."""
    if not wanted or not wanted.startswith("/") or wanted.startswith(("//", "/\\")):
        return default
    parts = urlsplit(wanted)
    has_control = any(ord(character) < 32 for character in wanted)
    return default if parts.scheme or parts.netloc or has_control else wanted
