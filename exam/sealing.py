"""Seals a form: what candidates read lies in a lab for days as ciphertext, and one key opens it at `begin`.

Keys, states, rationales and statistics are no input of this module, so they cannot leave through it.
"""

import gzip
import hashlib
import json
import os
import re
import secrets
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from exam.errors import FormKeyUnreadableError, PictureMissingError

NONCE_BYTES = 12
KEY_BYTES = 32
_GZIP = b"\x1f\x8b"

# `itembank.markup` writes the name first, and escapes every < and " that an author typed.
_PICTURE = re.compile(r'<img data-media-name="([^"]+)"')


@dataclass(frozen=True)
class Picture:
    """A cleaned picture as the bank keeps it."""

    media_type: str
    content: bytes


@dataclass(frozen=True)
class ItemText:
    """What candidates read of one item, and the digest of the version that it is."""

    section: str
    content_digest: bytes
    scored: bool
    stem_html: str
    option_htmls: tuple[str, ...]
    pictures: Mapping[str, Picture]  # name in the html -> picture


@dataclass(frozen=True)
class SealedItem:
    """The random ids under which candidates' browsers know an item and its options, in the authored order."""

    item_key: str
    option_keys: tuple[str, ...]


@dataclass(frozen=True)
class SealedPicture:
    """A picture as ciphertext, named by the SHA-256 of that ciphertext."""

    sha256: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Package:
    """A sealed form."""

    content: bytes  # nonce and ciphertext
    sha256: str
    digest: bytes  # of the form: which versions in which order, by which specification
    items: tuple[SealedItem, ...]
    pictures: tuple[SealedPicture, ...]


@dataclass(frozen=True)
class Randomness:
    """Where ids and nonces come from; tests replace it to see the same package twice."""

    identifier: Callable[[], str] = lambda: secrets.token_urlsafe(9)
    nonce: Callable[[], bytes] = lambda: os.urandom(NONCE_BYTES)


def new_key() -> bytes:
    """A key for one form."""
    return AESGCM.generate_key(bit_length=8 * KEY_BYTES)


def seal(
    items: Sequence[ItemText],
    *,
    title: str,
    specification: str,
    pass_percent: int,
    key: bytes,
    randomness: Randomness | None = None,
) -> Package:
    """Encrypt a form under its key; `open_package` reads it again."""
    randomness = randomness or Randomness()
    cipher = _Cipher(key, randomness.nonce)
    pictures = _sealed_pictures(items, cipher)
    sealed = _identified(items, randomness.identifier)
    plain = {"title": title, "items": [_shown(*pair, pictures=pictures) for pair in zip(items, sealed, strict=True)]}
    content = cipher.encrypt(packed(_canonical(plain)))
    return Package(
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        digest=form_digest(items, specification=specification, pass_percent=pass_percent),
        items=sealed,
        pictures=tuple(sorted(pictures.values(), key=lambda picture: picture.sha256)),
    )


def open_package(content: bytes, *, key: bytes) -> dict[str, Any]:
    """What candidates read: {title, items: [{id, html, options: [{id, html}]}]}."""
    plain: dict[str, Any] = json.loads(unpacked(decrypt(content, key=key)))
    return plain


def packed(plain: bytes) -> bytes:
    """The text of a form, compressed: ciphertext does not compress any more, and a room fetches it all at once."""
    return gzip.compress(plain, compresslevel=9, mtime=0)


def unpacked(content: bytes) -> bytes:
    """The text of a form; the first ones were sealed uncompressed, and JSON never begins like gzip."""
    return gzip.decompress(content) if content.startswith(_GZIP) else content


def form_digest(items: Iterable[ItemText], *, specification: str, pass_percent: int) -> bytes:
    """SHA-256 over what makes the form this form: the versions in order, what counts, the specification, the cut."""
    rows = [
        [position, item.section, item.content_digest.hex(), item.scored] for position, item in enumerate(items, start=1)
    ]
    parts = {"items": rows, "pass_percent": pass_percent, "specification": specification}
    return hashlib.sha256(_canonical(parts)).digest()


# Ids and what is shown


def _identified(items: Sequence[ItemText], identifier: Callable[[], str]) -> tuple[SealedItem, ...]:
    used: set[str] = set()

    def fresh() -> str:
        while (found := identifier()) in used:
            pass
        used.add(found)
        return found

    return tuple(SealedItem(fresh(), tuple(fresh() for _option in item.option_htmls)) for item in items)


def _shown(item: ItemText, sealed: SealedItem, *, pictures: Mapping[str, SealedPicture]) -> dict[str, Any]:
    options = zip(sealed.option_keys, item.option_htmls, strict=True)
    return {
        "id": sealed.item_key,
        "html": _with_addresses(item.stem_html, item, pictures),
        "options": [{"id": option, "html": _with_addresses(html, item, pictures)} for option, html in options],
    }


def _with_addresses(html: str, item: ItemText, pictures: Mapping[str, SealedPicture]) -> str:
    def address(match: re.Match[str]) -> str:
        return f'<img data-media="{pictures[_plain_sha256(_picture(item, match.group(1)))].sha256}"'

    return _PICTURE.sub(address, html)


# Pictures


def _sealed_pictures(items: Iterable[ItemText], cipher: "_Cipher") -> dict[str, SealedPicture]:
    """The pictures that candidates see, each once, by the SHA-256 of what it shows."""
    sealed: dict[str, SealedPicture] = {}
    for item in items:
        for name in _names(item):
            picture = _picture(item, name)
            plain = _plain_sha256(picture)
            if plain not in sealed:
                content = cipher.encrypt(picture.content)
                sealed[plain] = SealedPicture(hashlib.sha256(content).hexdigest(), picture.media_type, content)
    return sealed


def _names(item: ItemText) -> list[str]:
    # Pictures of the rationale belong to the version too, and must stay behind.
    return [name for html in (item.stem_html, *item.option_htmls) for name in _PICTURE.findall(html)]


def _picture(item: ItemText, name: str) -> Picture:
    if name not in item.pictures:
        raise PictureMissingError(name=name, version=item.content_digest.hex())
    return item.pictures[name]


def _plain_sha256(picture: Picture) -> str:
    return hashlib.sha256(picture.content).hexdigest()


# Ciphers


class _Cipher:
    def __init__(self, key: bytes, nonce: Callable[[], bytes]) -> None:
        self._cipher = AESGCM(key)
        self._nonce = nonce

    def encrypt(self, plain: bytes) -> bytes:
        nonce = self._nonce()
        return nonce + self._cipher.encrypt(nonce, plain, None)


def decrypt(content: bytes, *, key: bytes) -> bytes:
    """What stands behind nonce and ciphertext."""
    return AESGCM(key).decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], None)


def wrap_key(key: bytes, *, wrapping: bytes, form: uuid.UUID) -> bytes:
    """The key of a form as the database keeps it; it opens for this form only."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(wrapping).encrypt(nonce, key, form.bytes)


def unwrap_key(wrapped: bytes, *, wrapping: bytes, form: uuid.UUID) -> bytes:
    """The key of a form; refused when the secret is another one, or the row was changed."""
    try:
        return AESGCM(wrapping).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], form.bytes)
    except InvalidTag as error:
        raise FormKeyUnreadableError(form=str(form)) from error


def _canonical(parts: Mapping[str, Any]) -> bytes:
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
