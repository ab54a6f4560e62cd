"""Nothing that a candidate's computer is given tells a key, a statistic, the bank's own words, or another's data.

Every response of a whole attempt is kept, errors, pictures, static files and the decrypted form included, and searched
for everything that the database knows and the candidate must not.
"""

import base64
import gzip
import json
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select
from werkzeug.test import TestResponse

from exam.model import Attempt, Enrolment, Form
from itembank.model import ItemVersion
from tests.attacks.lab import Candidate, Json, Lab

STATIC = re.compile(r"""["'](/static/[^"']+|/sw\.js)["']""")


@dataclass(frozen=True)
class Heard:
    """Everything that one computer was given."""

    texts: dict[str, bytes]  # by where it came from
    form: Json

    def containing(self, secret: bytes) -> list[str]:
        """Where something stands."""
        return [place for place, text in self.texts.items() if secret in text]


def written(secret: bytes | str) -> Iterator[bytes]:
    """The ways in which a secret may be written down."""
    raw = secret.encode() if isinstance(secret, str) else secret
    yield raw
    if isinstance(secret, str):
        yield json.dumps(secret)[1:-1].encode()
    else:
        yield from (raw.hex().encode(), raw.hex().upper().encode())
    yield from (base64.b64encode(raw).rstrip(b"="), base64.urlsafe_b64encode(raw).rstrip(b"="))


def whole(answer: TestResponse) -> bytes:
    """Status, headers and body of an answer, the body as it was before it was compressed."""
    return b"\n".join([answer.status.encode(), str(answer.headers).encode(), unpacked(answer)])


def unpacked(answer: TestResponse) -> bytes:
    """The body as people would read it."""
    assert answer.headers.get("Content-Encoding", "identity") in {"identity", "gzip"}
    return gzip.decompress(answer.data) if "Content-Encoding" in answer.headers else answer.data


def a_whole_attempt(lab: Lab, one: Candidate) -> Heard:
    """Sign in, read everything, answer everything, meet every refusal, hand in, come back."""
    one.sign_in("0" * 13)
    one.sign_in()
    one.take_seat(start_code="WWWWWW")
    one.take_seat()
    one.begin()
    lab.admit_everybody()
    key = one.begin().get_json()["form_key"]
    form, pictures = opened(one, key)
    answer_everything(one, form)
    one.send(one.step(3))
    one.send({"seq": "x"})
    one.get("/api/v1/forms/00000000-0000-0000-0000-000000000000")
    one.get(one.seat["form_url"] + "/media/" + "0" * 64)
    one.get("/api/v1/nothing")
    one.take_seat(device="another")
    one.on_attempt("break", {"on": True})
    one.take_seat()
    one.submit(len(form["items"]))
    one.take_seat()
    one.begin()
    texts = {f"{n} {answer.request.path}": whole(answer) for n, answer in enumerate(one.heard)}
    texts |= {f"picture {n}": picture for n, picture in enumerate(pictures)}
    texts |= {"form": json.dumps(form, ensure_ascii=False).encode()}
    return Heard(texts | dict(public_files(one)), form)


def opened(one: Candidate, key: str) -> tuple[Json, list[bytes]]:
    """The form and its pictures in the clear, as the runner holds them in memory."""
    cipher = AESGCM(b64decode(key))
    package = one.get(one.seat["form_url"]).data
    sealed = [one.get(picture["url"]).data for picture in one.seat["media"]]
    pictures = [cipher.decrypt(each[:12], each[12:], None) for each in sealed]
    return json.loads(gzip.decompress(cipher.decrypt(package[:12], package[12:], None))), pictures


def answer_everything(one: Candidate, form: Json) -> None:
    """The second option of every item, in batches."""
    for start in range(0, len(form["items"]), 20):
        batch = form["items"][start : start + 20]
        answers = [
            {"seq": start + n, "kind": "answer", "item": item["id"], "option": item["options"][1]["id"], "at": 1}
            for n, item in enumerate(batch, start=1)
        ]
        assert one.send(*answers).status_code == 200


def public_files(one: Candidate) -> Iterator[tuple[str, bytes]]:
    """The runner's document and every file that it names, and the files that these name."""
    waiting, known = ["/ujian", "/sw.js", "/static/manifest.json", "/health", "/"], set()
    while waiting:
        path = waiting.pop()
        if path in known:
            continue
        known.add(path)
        answer = one.client.get(path)
        yield path, whole(answer)
        text = unpacked(answer).decode(errors="replace")
        waiting += STATIC.findall(text) if (answer.mimetype or "").startswith("text/") else []
        if path == "/static/manifest.json":
            waiting += re.findall(r"/static/[\w./-]+", text)


@pytest.fixture
def heard(lab: Lab) -> Heard:
    """What the first candidate's computer was given, while a neighbour works too."""
    one, neighbour = lab.candidates[:2]
    lab.seat(neighbour)
    return a_whole_attempt(lab, one)


def bank_secrets(form: Form) -> Iterator[tuple[str, bytes | str]]:
    """What the bank knows of the items of a form and no candidate may learn."""
    for place in form.items:
        version: ItemVersion = place.version
        yield "item code", version.item.code
        yield "rationale", version.rationale
        yield "rationale", version.rationale_html
        yield "content digest", version.content_digest
        yield "version", str(version.public_id)
        yield "version", version.public_id.bytes
        yield "indicator", version.item.indicator.text
    yield "key of the form", form.wrapped_key
    yield "seed", f'"seed": {form.seed}'


def test_no_byte_tells_what_the_bank_knows(lab: Lab, heard: Heard) -> None:
    with lab.database.reading() as session:
        form = session.scalars(select(Form).where(Form.public_id == lab.room.form.public_id)).one()
        secrets = list(bank_secrets(form))
    assert (len(secrets) > 200, len(heard.texts) > 50) == (True, True)
    assert heard.containing(heard.form["items"][0]["id"].encode())  # what is there is found
    found = [
        (what, place)
        for what, secret in secrets
        if secret
        for text in written(secret)
        for place in heard.containing(text)
    ]
    assert found == []


def test_no_byte_tells_anything_of_others(lab: Lab, heard: Heard) -> None:
    one, neighbour = lab.candidates[:2]
    with lab.database.reading() as session:
        others = session.scalars(select(Enrolment).where(Enrolment.participant_number != one.number)).all()
        own = session.scalars(select(Enrolment).where(Enrolment.participant_number == one.number)).one()
        secrets: list[bytes | str] = [neighbour.seat["token"], neighbour.seat["attempt"], own.teacher.nuptk]
        secrets += [mac for each in (*others, own) if (mac := each.pin_mac)]
        for other in others:
            secrets += [other.participant_number, str(other.public_id), other.teacher.nuptk, other.teacher.full_name]
        secrets += [str(each.public_id) for each in session.scalars(select(Attempt)) if each.enrolment_id != own.id]
    secrets += [neighbour.pin, one.pin]
    # "Guru 1" begins "Guru 10" and the like, so names are looked for with what follows them in JSON and HTML.
    found = [
        (secret, place)
        for secret in secrets
        for text in written(secret)
        for place in heard.containing(text)
        if not str(secret).startswith("Guru")
    ]
    assert found == []
    names = [name for each in others for name in heard.containing(f'"{each.teacher.full_name}"'.encode())]
    assert names == []


def test_no_secret_of_the_server_leaves_it(lab: Lab, heard: Heard) -> None:
    keys = lab.platform.keys
    secrets = [
        value
        for value in vars(keys).values()
        if isinstance(value, bytes) and value not in {keys.public, keys.emergency_public}
    ]
    secrets.append(lab.platform.settings.secret.get_secret_value().encode())
    assert len(secrets) >= 4
    assert [place for secret in secrets for text in written(secret) for place in heard.containing(text)] == []
    folder = str(lab.platform.settings.data).encode()
    assert heard.containing(folder) == []
    for clue in (b"Traceback", b"sqlite", b"SQLAlchemy", b"werkzeug", b"gunicorn", b"/site-packages/"):
        assert heard.containing(clue) == [], clue


def test_the_form_holds_its_fields_and_no_others(heard: Heard) -> None:
    assert heard.form.keys() == {"title", "items"}
    for item in heard.form["items"]:
        assert item.keys() == {"id", "html", "options"}
        assert {tuple(sorted(option)) for option in item["options"]} == {("html", "id")}
        for html in (item["html"], *(option["html"] for option in item["options"])):
            assert not re.search(r"<!--|\sdata-(?!media)|\son\w+=|<script|javascript:", html), html


def test_nothing_about_an_option_tells_the_key(lab: Lab, heard: Heard) -> None:
    with lab.database.reading() as session:
        form = session.scalars(select(Form).where(Form.public_id == lab.room.form.public_id)).one()
        key_of = {place.item_key: place.option_keys[place.version.key_position] for place in form.items}
    places, ranks = set(), set()
    for item in heard.form["items"]:
        ids = [option["id"] for option in item["options"]]
        assert len({len(each) for each in ids}) == 1
        key = key_of[item["id"]]
        places.add(ids.index(key))
        ranks.add(sorted(ids).index(key))
        shapes = {tuple(re.findall(r"<\w+", option["html"])[:1]) for option in item["options"]}
        assert len(shapes) == 1, item["id"]  # the key is not in another element than the rest
    assert places == ranks == {0, 1, 2, 3}


def test_a_right_answer_is_acknowledged_like_a_wrong_one(lab: Lab) -> None:
    with lab.database.reading() as session:
        form = session.scalars(select(Form).where(Form.public_id == lab.room.form.public_id)).one()
        first = form.items[0]
        item, options, key = first.item_key, list(first.option_keys), first.version.key_position
    told: list[tuple[Any, ...]] = []
    for candidate, option in zip(
        lab.candidates, [options[key], *(o for o in options if o != options[key])], strict=True
    ):
        lab.seat(candidate)
        answer = candidate.send({"seq": 1, "kind": "answer", "item": item, "option": option, "at": 1})
        body = answer.get_json()
        told.append((answer.status, sorted(answer.headers.items()), {**body, "digest": ""}, len(body["digest"])))
    assert told[1:] == told[:-1]


def test_the_ciphertext_is_the_same_for_everybody_and_shows_nothing(lab: Lab) -> None:
    one, other = lab.candidates[:2]
    lab.seat(one, other)
    mine, theirs = (candidate.get(candidate.seat["form_url"]).data for candidate in (one, other))
    assert mine == theirs
    for clue in (b'"items"', b"<math", b'"html"', b"</p>", one.seat["order"][0].encode()):
        assert clue not in mine
