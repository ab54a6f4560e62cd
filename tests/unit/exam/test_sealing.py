"""A sealed form holds what candidates read and nothing else, under ids that say nothing."""

import hashlib
import itertools
import json
import uuid
from dataclasses import replace

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from exam.errors import FormKeyUnreadableError, PictureMissingError
from exam.sealing import (
    ItemText,
    Package,
    Picture,
    Randomness,
    decrypt,
    form_digest,
    new_key,
    open_package,
    seal,
    unwrap_key,
    wrap_key,
)

KEY = bytes(range(32))
DRAWING = Picture("image/svg+xml", b"<svg>garis</svg>")
PLAIN = ItemText(
    section="pedagogic",
    content_digest=hashlib.sha256(b"one").digest(),
    scored=True,
    stem_html="<p>Berapa?</p>",
    option_htmls=("1", "2", "3", "4"),
    pictures={},
)
DRAWN = ItemText(
    section="professional",
    content_digest=hashlib.sha256(b"two").digest(),
    scored=True,
    stem_html='<p><img data-media-name="a.svg" alt="garis" width="40" height="20"></p>',
    option_htmls=("1", "2", "3", '<img data-media-name="b.svg" alt="x" width="1" height="1">'),
    pictures={"a.svg": DRAWING, "b.svg": DRAWING, "rationale.svg": Picture("image/svg+xml", b"<svg>kunci</svg>")},
)


def counted() -> Randomness:
    """Ids and nonces that come in order."""
    ids, nonces = itertools.count(1), itertools.count(1)
    return Randomness(identifier=lambda: f"id{next(ids):04d}", nonce=lambda: next(nonces).to_bytes(12, "big"))


def sealed(*items: ItemText, randomness: Randomness | None = None) -> Package:
    return seal(
        items,
        title="Uji Tulis A",
        specification="uji-tulis-40",
        pass_percent=75,
        key=KEY,
        randomness=randomness or counted(),
    )


def test_the_package_opens_to_the_contract_and_nothing_more() -> None:
    package = sealed(PLAIN, DRAWN)
    plain = open_package(package.content, key=KEY)
    assert set(plain) == {"title", "items"}
    assert plain["title"] == "Uji Tulis A"
    assert [set(item) for item in plain["items"]] == [{"id", "html", "options"}] * 2
    assert {frozenset(option) for item in plain["items"] for option in item["options"]} == {frozenset({"id", "html"})}
    assert plain["items"][0] == {
        "id": "id0001",
        "html": "<p>Berapa?</p>",
        "options": [{"id": f"id000{number + 1}", "html": str(number)} for number in range(1, 5)],
    }
    assert package.sha256 == hashlib.sha256(package.content).hexdigest()
    assert package.items[0].option_keys == ("id0002", "id0003", "id0004", "id0005")


def test_the_text_is_compressed_before_it_is_sealed_and_older_forms_still_open() -> None:
    long = replace(PLAIN, stem_html="<p>" + "Berapa? " * 500 + "</p>")
    package = sealed(long)
    assert len(package.content) < 1000
    plain = open_package(package.content, key=KEY)
    older = bytes(12) + AESGCM(KEY).encrypt(bytes(12), json.dumps(plain).encode(), None)
    assert open_package(older, key=KEY) == plain


def test_pictures_are_named_by_their_ciphertext_and_sealed_once() -> None:
    package = sealed(DRAWN)
    (picture,) = package.pictures
    assert picture.sha256 == hashlib.sha256(picture.content).hexdigest()
    assert decrypt(picture.content, key=KEY) == DRAWING.content
    html = json.dumps(open_package(package.content, key=KEY))
    assert html.count(f'data-media=\\"{picture.sha256}\\"') == 2
    assert "data-media-name" not in html
    assert "kunci" not in html


def test_words_that_look_like_a_picture_stay_words() -> None:
    text = replace(PLAIN, stem_html='<p>&lt;img data-media-name="a.svg"</p>')
    assert open_package(sealed(text).content, key=KEY)["items"][0]["html"] == text.stem_html


def test_a_picture_that_is_not_there_stops_the_sealing() -> None:
    with pytest.raises(PictureMissingError):
        sealed(replace(DRAWN, pictures={}))


def test_the_same_randomness_gives_the_same_bytes_and_real_randomness_never_does() -> None:
    assert sealed(PLAIN, DRAWN) == sealed(PLAIN, DRAWN)
    one, two = (sealed(PLAIN, randomness=Randomness()) for _time in range(2))
    assert one.content != two.content
    assert one.items != two.items
    assert one.digest == two.digest


def test_an_id_that_comes_twice_is_drawn_again() -> None:
    ids = iter(["a", "a", "b", "b", "c", "d", "e"])
    package = sealed(PLAIN, randomness=replace(counted(), identifier=lambda: next(ids)))
    assert package.items[0].item_key == "a"
    assert package.items[0].option_keys == ("b", "c", "d", "e")


@pytest.mark.parametrize(
    "changed",
    [
        (DRAWN, PLAIN),
        (PLAIN,),
        (PLAIN, replace(DRAWN, scored=False)),
        (PLAIN, replace(DRAWN, section="pedagogic")),
        (PLAIN, replace(DRAWN, content_digest=bytes(32))),
    ],
)
def test_the_digest_tells_forms_apart(changed: tuple[ItemText, ...]) -> None:
    assert sealed(*changed).digest != sealed(PLAIN, DRAWN).digest


def test_the_digest_holds_specification_and_cut() -> None:
    ways = [("uji-tulis-40", 75), ("full-60", 75), ("uji-tulis-40", 70)]
    digests = {form_digest([PLAIN], specification=code, pass_percent=cut) for code, cut in ways}
    assert len(digests) == 3


def test_a_changed_byte_is_noticed() -> None:
    content = sealed(PLAIN).content
    with pytest.raises(InvalidTag):
        open_package(content[:-1] + bytes([content[-1] ^ 1]), key=KEY)


def test_a_wrapped_key_opens_for_its_form_and_secret_only() -> None:
    key, wrapping, form = new_key(), new_key(), uuid.uuid4()
    wrapped = wrap_key(key, wrapping=wrapping, form=form)
    assert key not in wrapped
    assert unwrap_key(wrapped, wrapping=wrapping, form=form) == key
    with pytest.raises(FormKeyUnreadableError):
        unwrap_key(wrapped, wrapping=wrapping, form=uuid.uuid4())
    with pytest.raises(FormKeyUnreadableError):
        unwrap_key(wrapped, wrapping=new_key(), form=form)
