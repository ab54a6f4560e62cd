"""Nobody reads items before `begin`, nor of another sitting, nor once the attempt is over."""

from base64 import b64decode
from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select

from exam.model import Administration, Form, FormItem
from exam.operations.forms import assemble_form
from exam.operations.sittings import close_sitting
from exam.states import SittingState
from registry.actor import SYSTEM
from registry.roles import Role
from tests.attacks.lab import Candidate, Lab, refused


def words_of_the_items(lab: Lab) -> list[bytes]:
    """Some words of each item, as they would be read."""
    with lab.database.reading() as session:
        form = session.scalars(select(Form).where(Form.public_id == lab.room.form.public_id)).one()
        return [place.version.stem_html.encode() for place in form.items]


def everything_heard(one: Candidate) -> bytes:
    """All bytes that a computer was given."""
    return b"".join(str(answer.headers).encode() + answer.data for answer in one.heard)


def test_before_begin_there_is_a_sealed_form_and_no_key(lab: Lab) -> None:
    one = lab.candidates[0]
    refused(one.get(f"/api/v1/forms/{lab.room.form.public_id}", ""), "token-missing")
    one.sign_in()
    refused(one.get(f"/api/v1/forms/{lab.room.form.public_id}", one.session["session_token"]), "superseded")
    one.take_seat()
    refused(one.begin(), "not-admitted")
    one.get(one.seat["form_url"])
    for picture in one.seat["media"]:
        one.get(picture["url"])
    refused(one.on_attempt("begin", {"media_verified": False}), "bad-request")
    refused(one.on_attempt("begin", {}), "bad-request")
    heard = everything_heard(one)
    assert b"form_key" not in heard
    assert [words for words in words_of_the_items(lab) if words in heard] == []
    lab.admit_everybody()
    key = one.begin().get_json()["form_key"]
    assert key.encode() not in heard
    assert b64decode(key) not in heard


@pytest.mark.parametrize("when", ["closed", "handed in", "time is over", "sealed"])
def test_the_key_is_not_given_once_the_attempt_is_over(lab: Lab, when: str) -> None:
    one = lab.candidates[0]
    lab.seat(one)
    if when == "handed in":
        one.submit(0)
    if when == "time is over":
        lab.clock.now += timedelta(minutes=121)
        one.send(one.step(1))
    if when in {"closed", "sealed"}:
        with lab.database.transaction() as session:
            close_sitting(session, lab.sitting_row(session), actor=SYSTEM, now=lab.clock.now)
    if when == "sealed":
        with lab.database.transaction() as session:
            lab.sitting_row(session).state = SittingState.SEALED
    refused(one.begin(), "not-admitted")


def test_nobody_begins_before_the_room_is_open_or_after_its_end(lab: Lab) -> None:
    early, late = lab.candidates[:2]
    early.sign_in()
    with lab.database.transaction() as session:
        lab.sitting_row(session).state = SittingState.PLANNED
    refused(early.take_seat(), "sitting-not-open")
    with lab.database.transaction() as session:
        lab.sitting_row(session).state = SittingState.OPEN
    late.sign_in()
    late.take_seat()
    lab.admit_everybody()
    lab.clock.now += timedelta(hours=3, seconds=1)
    refused(late.begin(), "sitting-not-open")


def test_a_seat_of_one_form_fetches_no_other_form_and_its_key_opens_none(lab: Lab) -> None:
    one = lab.candidates[0]
    with lab.database.transaction() as session:
        other = assemble_form(
            session,
            administration=session.scalars(select(Administration)).one(),
            specification_code="uji-tulis-40",
            code="UJI-1-B",
            title="Paket B",
            seed=8,
            purpose=lab.room.form.purpose,
            actor=SYSTEM,
            now=lab.clock.now,
            keys=lab.platform.keys,
        )
        strange, package = other.public_id, other.package
        item = session.scalars(select(FormItem.item_key).where(FormItem.form_id == other.id)).first()
        picture = other.pictures[0].sha256 if other.pictures else "0" * 64
    lab.seat(one)
    assert one.get(f"/api/v1/forms/{strange}").status_code == 404
    assert one.get(f"/api/v1/forms/{strange}/media/{picture}").status_code == 404
    refused(one.send(one.step(1) | {"item": item}), "unknown-item")
    with pytest.raises(InvalidTag):
        AESGCM(b64decode(one.begin().get_json()["form_key"])).decrypt(package[:12], package[12:], None)


def test_whoever_watches_the_room_reads_no_items(lab: Lab) -> None:
    """Proctor and invigilator run the room without ever being shown a stem, a key or an answer."""
    one = lab.candidates[0]
    lab.seat(one)
    secrets = words_of_the_items(lab)
    with lab.database.reading() as session:
        form = session.scalars(select(Form).where(Form.public_id == lab.room.form.public_id)).one()
        secrets += [place.version.item.code.encode() for place in form.items]
        seat = lab.attempt_of(session, one).enrolment.public_id
    for role in (Role.PROKTOR, Role.PENGAWAS):
        browser = lab.staff(role, f"curious {role.value}")
        for path in ("", "/kursi", f"/kursi/{seat}", "/catatan", "/layar", "/cetak"):
            page = browser.get(f"/ruang/{lab.sitting}{path}")
            assert page.status_code == 200
            assert [secret for secret in secrets if secret in page.data] == []
