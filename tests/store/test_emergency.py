"""Emergency files on real databases: noted, received by one person, imported by another, and never twice."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from exam.answer_path import Holder, append
from exam.errors import (
    EmergencyFileConflictError,
    EmergencyFileDisputedError,
    EmergencyFileForeignError,
    EmergencyFileImportedError,
    EmergencyFileKnownError,
    EmergencyFileWaitingError,
    FingerprintNotNotedError,
    FingerprintReasonMissingError,
    FingerprintUsedError,
    NotAdmittedError,
    NotYourSiteError,
    SamePersonError,
    SittingStateError,
)
from exam.form_index import FormIndex, FormIndexes
from exam.model import EmergencyFile, SeatEvent, Step
from exam.operations.emergency import (
    Opener,
    _open,
    import_file,
    note_fingerprint,
    outlook,
    receive_file,
    strike_fingerprint,
)
from exam.operations.proctoring import release_room
from exam.operations.sittings import close_sitting, seal_sitting
from exam.queries.emergency import emergency_files, find_emergency_file, noted_fingerprints
from exam.states import SittingState, StepMark
from exam.timing import epoch_ms
from exam.tokens import AttemptToken, Tokens
from registry.actor import SYSTEM, Actor
from registry.model import AuditEvent
from registry.roles import Role
from tests.conftest import NOW, Furnished
from tests.emergency_files import FileMaker, shown_fingerprint
from tests.exam_room import KEYS
from tests.examination import make_site, make_staff
from tests.store.outage_lab import MINUTE, Computer, Lab, open_lab
from tests.store.small_room import house, seated

OPENER = Opener(KEYS, Tokens(KEYS.token))


@dataclass
class Counter:
    """The table where sticks are handed in."""

    lab: Lab
    pengawas: Actor
    index: FormIndex

    def maker(self, place: int = 0, *, epoch: int = 1) -> FileMaker:
        """What a candidate's computer would put into its file now."""
        computer = self.lab.computers[place]
        with self.lab.database.reading() as session:
            attempt = computer.attempt(session)
            token = AttemptToken(attempt.public_id, attempt.form.public_id, epoch)
            return FileMaker(
                centre=KEYS.emergency_public,
                attempt=str(attempt.public_id),
                number=attempt.enrolment.participant_number,
                token=OPENER.tokens.sign_attempt(token),
                head_seq=attempt.last_seq,
                head_digest=attempt.digest.hex(),
            )

    def filled(self, place: int = 0) -> FileMaker:
        """Two answers that were never sent."""
        made = self.maker(place)
        for item, option in ((1, 2), (2, 3)):
            made.act("view", item=self.index.item_key(item), at=epoch_ms(NOW))
            keys = {"item": self.index.item_key(item), "option": self.index.option_key(item, option)}
            made.act("answer", **keys, value=None, at=epoch_ms(NOW + item * MINUTE))
        return made

    def note(self, content: bytes, place: int = 0, *, actor: Actor | None = None) -> None:
        with self.lab.database.transaction() as session:
            attempt = self.lab.computers[place].attempt(session)
            typed, noter = shown_fingerprint(content), actor or self.pengawas
            note_fingerprint(session, attempt, typed=typed, actor=noter, now=self.lab.now)

    def strike(self, content: bytes, *, reason: str) -> None:
        with self.lab.database.transaction() as session:
            attempt, code = self.lab.computers[0].attempt(session), shown_fingerprint(content)
            strike_fingerprint(session, attempt, fingerprint=code, reason=reason, actor=self.pengawas, now=self.lab.now)

    def receive(self, content: bytes, *, actor: Actor | None = None) -> int:
        with self.lab.database.transaction() as session:
            received = receive_file(
                session,
                self.lab.sitting(session),
                content=content,
                opener=OPENER,
                actor=actor or self.lab.proktor,
                now=self.lab.now,
            )
            return received.id

    def import_(self, file: int, *, actor: Actor | None = None, asked: Sequence[int] = ()) -> dict[str, object]:
        with self.lab.database.transaction() as session:
            found = session.get_one(EmergencyFile, file)
            second, now = actor or self.pengawas, self.lab.now
            import_file(session, found, opener=OPENER, actor=second, now=now, asked_about=asked)
            return found.outcome or {}

    def change_seats(self) -> Computer:
        """Release the room; the first candidate goes on at another computer, from what the server has."""
        with self.lab.database.transaction() as session:
            release_room(session, self.lab.sitting(session), actor=SYSTEM, now=self.lab.now)
            attempt = self.lab.computers[0].attempt(session)
            holder = Holder(attempt.public_id, attempt.epoch)
            return Computer(self.lab.database, holder, prev=attempt.digest, seq=attempt.last_seq)

    def shown(self, *items: int) -> list[int]:
        """The numbers of items on the first candidate's screen."""
        with self.lab.database.reading() as session:
            order = self.lab.computers[0].attempt(session).item_order
        return sorted(order.index(item) + 1 for item in items)

    def steps(self, place: int = 0) -> list[Step]:
        with self.lab.database.reading() as session:
            attempt = self.lab.computers[place].attempt(session)
            return list(session.scalars(select(Step).where(Step.attempt_id == attempt.id).order_by(Step.seq)))


@pytest.fixture
def counter(furnished: Furnished) -> Counter:
    lab = open_lab(furnished)
    with lab.database.transaction() as session:
        sitting = lab.sitting(session)
        pengawas = make_staff(session, Role.PENGAWAS, "Made Pengawas", site=sitting.site)
        index = FormIndexes().load(session, sitting.form.public_id)
    return Counter(lab, pengawas, index)


def test_two_people_bring_the_answers_of_a_stick_into_the_journal(counter: Counter) -> None:
    content = counter.filled().make()
    counter.note(content)
    file = counter.receive(content)
    assert counter.steps() == []
    outcome = counter.import_(file)
    assert outcome == {
        "n_new": 4,
        "n_known": 0,
        "n_answers": 2,
        "mark": "on_time",
        "n_counted": 4,
        "from_seq": 1,
        "until_seq": 4,
        "left_out": [],
    }
    assert counter.lab.answers(0) == {1: 2, 2: 3}
    assert [step.mark for step in counter.steps()] == [StepMark.ON_TIME] * 4


def test_everything_that_was_done_with_a_file_stands_with_the_seat_and_in_the_audit(counter: Counter) -> None:
    content = counter.filled().make()
    counter.note(content)
    counter.import_(counter.receive(content))
    with counter.lab.database.reading() as session:
        attempt = counter.lab.computers[0].attempt(session)
        events = session.execute(
            select(SeatEvent.kind, SeatEvent.actor_id)
            .where(SeatEvent.attempt_id == attempt.id, SeatEvent.kind.startswith("emergency"))
            .order_by(SeatEvent.id)
        ).all()
        actions = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
        noted = noted_fingerprints(session, attempt.sitting)
        files = emergency_files(session, attempt.sitting)
        assert find_emergency_file(session, attempt.sitting, files[0].public_id) == files[0]
        assert (files[0].fingerprint, files[0].content) == (shown_fingerprint(content), content)
    pengawas, proktor = counter.pengawas.key, counter.lab.proktor.key
    assert [tuple(event) for event in events] == [
        ("emergency_fingerprint", pengawas),
        ("emergency_received", proktor),
        ("emergency_imported", pengawas),
    ]
    assert actions[-3:] == ["emergency.note", "emergency.receive", "emergency.import"]
    assert [note.fingerprint for note in noted] == [shown_fingerprint(content)]


def test_a_file_whose_fingerprint_nobody_noted_is_refused(counter: Counter) -> None:
    content, other = counter.filled().make(), counter.filled().make()
    with pytest.raises(FingerprintNotNotedError) as refused:
        counter.receive(content)
    assert refused.value.parameters["fingerprint"] == shown_fingerprint(content)
    counter.note(other)
    counter.note(content, place=1)
    with pytest.raises(FingerprintNotNotedError):
        counter.receive(content)


def test_a_fingerprint_that_is_noted_twice_stands_once(counter: Counter) -> None:
    content = counter.filled().make()
    counter.note(content)
    counter.note(content)
    with counter.lab.database.reading() as session:
        assert len(noted_fingerprints(session, counter.lab.sitting(session))) == 1


def test_a_mistyped_fingerprint_is_struck_out_with_its_reason_and_stays_visible(counter: Counter) -> None:
    content = counter.filled().make()
    counter.note(content)
    with pytest.raises(FingerprintReasonMissingError):
        counter.strike(content, reason=" ya ")
    counter.strike(content, reason="Salah ketik huruf ketiga")
    with pytest.raises(FingerprintNotNotedError):
        counter.receive(content)
    with pytest.raises(FingerprintNotNotedError):
        counter.strike(content, reason="Sekali lagi saja")
    counter.note(content)
    with counter.lab.database.reading() as session:
        anew, first = noted_fingerprints(session, counter.lab.sitting(session))
        actions = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert anew.struck is None
    assert first.struck is not None
    assert (first.struck.by, first.struck.reason) == ("Made Pengawas", "Salah ketik huruf ketiga")
    assert actions[-3:] == ["emergency.note", "emergency.strike", "emergency.note"]
    counter.receive(content)
    with pytest.raises(FingerprintUsedError):
        counter.strike(content, reason="Terlambat mencoret")


def test_nothing_is_noted_for_a_seat_that_never_began(session: Session) -> None:
    idle = seated(session, house(session).opened(1).enrolments[0])
    with pytest.raises(NotAdmittedError):
        note_fingerprint(session, idle, typed="7K2M-Q9XD", actor=SYSTEM, now=NOW)


def test_the_person_who_received_a_file_does_not_import_it(counter: Counter) -> None:
    content = counter.filled().make()
    counter.note(content)
    file = counter.receive(content)
    with pytest.raises(SamePersonError):
        counter.import_(file, actor=counter.lab.proktor)
    forged = text("UPDATE emergency_file SET imported_by_id = received_by_id, imported_at = received_at")
    with pytest.raises(DBAPIError), counter.lab.database.transaction() as session:
        session.execute(forged)


def test_staff_of_other_sites_neither_note_nor_receive_nor_import(counter: Counter) -> None:
    content = counter.filled().make()
    counter.note(content)
    file = counter.receive(content)
    with counter.lab.database.transaction() as session:
        strangers = [
            make_staff(session, role, role.value, site=make_site(session)) for role in (Role.PROKTOR, Role.PENGAWAS)
        ]
    with pytest.raises(NotYourSiteError):
        counter.receive(content, actor=strangers[0])
    with pytest.raises(NotYourSiteError):
        counter.receive(content, actor=counter.pengawas)
    with pytest.raises(NotYourSiteError):
        counter.import_(file, actor=strangers[1])
    with pytest.raises(NotYourSiteError):
        counter.note(content, actor=strangers[0])


def test_a_file_is_received_once_and_imported_once(counter: Counter) -> None:
    content = counter.filled().make()
    counter.note(content)
    file = counter.receive(content)
    with pytest.raises(EmergencyFileKnownError):
        counter.receive(content)
    counter.import_(file)
    with pytest.raises(EmergencyFileImportedError):
        counter.import_(file)
    assert len(counter.steps()) == 4


def test_a_file_whose_answers_arrived_by_cable_meanwhile_adds_nothing(counter: Counter) -> None:
    made = counter.filled()
    content = made.make()
    counter.note(content)
    file = counter.receive(content)
    send(counter, made, n_steps=4)
    outcome = counter.import_(file)
    assert (outcome["n_new"], outcome["n_known"], outcome["mark"], outcome["from_seq"]) == (0, 4, None, None)
    assert len(counter.steps()) == 4


def test_a_file_of_which_a_part_arrived_adds_the_rest(counter: Counter) -> None:
    made = counter.filled()
    content = made.make()
    counter.note(content)
    file = counter.receive(content)
    send(counter, made, n_steps=3)
    assert counter.import_(file)["n_new"] == 1
    assert counter.lab.answers(0) == {1: 2, 2: 3}


def send(counter: Counter, made: FileMaker, *, n_steps: int) -> None:
    """What the runner holds, sent over the network as it would."""
    with counter.lab.database.transaction() as session:
        attempt = counter.lab.computers[0].attempt(session)
        steps = _open(session, attempt, made.make(), opener=OPENER).steps[:n_steps]
    holder, prev = counter.lab.computers[0].holder, bytes.fromhex(made.head_digest)
    with counter.lab.database.connection() as connection:
        append(connection, holder, prev=prev, steps=steps, now_ms=epoch_ms(counter.lab.now))


def test_answers_left_at_the_old_computer_are_added_when_nobody_went_on(counter: Counter) -> None:
    content = counter.filled().make()
    counter.note(content)
    counter.change_seats()
    assert counter.import_(counter.receive(content))["n_answers"] == 2
    assert counter.lab.answers(0) == {1: 2, 2: 3}


def test_answers_left_at_the_old_computer_follow_those_of_the_new_one(counter: Counter) -> None:
    content = counter.filled().make()
    counter.note(content)
    file = counter.receive(content)
    computer = counter.change_seats()
    computer.send(computer.answered(5, 1, at=NOW), now=NOW)
    outcome = counter.import_(file)
    assert (outcome["n_new"], outcome["from_seq"], outcome["until_seq"]) == (4, 2, 5)
    assert [step.item for step in counter.steps()] == [5, 1, 1, 2, 2]
    assert counter.lab.answers(0) == {5: 1, 1: 2, 2: 3}


def test_a_second_file_of_the_old_computer_adds_only_what_is_new_in_it(counter: Counter) -> None:
    made = counter.filled()
    content = made.make()
    made.act("answer", item=counter.index.item_key(1), option=None, value=None, at=epoch_ms(NOW + 3 * MINUTE))
    fuller = made.make()
    counter.note(content)
    counter.note(fuller)
    computer = counter.change_seats()
    computer.send(computer.answered(5, 1, at=NOW), now=NOW)
    counter.import_(counter.receive(content))
    outcome = counter.import_(counter.receive(fuller))
    assert (outcome["n_new"], outcome["n_known"]) == (1, 4)
    assert counter.lab.answers(0) == {5: 1, 2: 3}


def test_items_that_were_answered_otherwise_meanwhile_are_named_and_the_candidate_is_asked(counter: Counter) -> None:
    content = counter.filled().make()
    counter.note(content)
    file = counter.receive(content)
    computer = counter.change_seats()
    computer.send(computer.answered(2, 0, at=NOW), now=NOW)
    with pytest.raises(EmergencyFileDisputedError) as refused:
        counter.import_(file)
    assert refused.value.parameters["items"] == counter.shown(2)
    assert counter.lab.answers(0) == {2: 0}
    with counter.lab.database.reading() as session:
        seen = outlook(session, session.get_one(EmergencyFile, file), opener=OPENER)
        assert (seen.refusal, seen.n_answers, list(seen.disputed)) == (None, 1, counter.shown(2))
    with pytest.raises(EmergencyFileDisputedError):
        counter.import_(file, asked=counter.shown(1))
    outcome = counter.import_(file, asked=counter.shown(2))
    assert (outcome["n_answers"], outcome["left_out"]) == (1, counter.shown(2))
    assert counter.lab.answers(0) == {1: 2, 2: 0}


def test_who_chose_the_same_once_more_need_not_be_asked(counter: Counter) -> None:
    content = counter.filled().make()
    counter.note(content)
    file = counter.receive(content)
    computer = counter.change_seats()
    computer.send(computer.answered(2, 0, at=NOW), computer.answered(2, 3, at=NOW), now=NOW)
    outcome = counter.import_(file)
    assert (outcome["n_new"], outcome["n_known"], outcome["n_answers"]) == (3, 1, 1)
    assert counter.lab.answers(0) == {1: 2, 2: 3}


def test_no_sitting_is_sealed_over_a_dispute_that_leaves_other_answers(counter: Counter) -> None:
    content = counter.filled().make()
    counter.note(content)
    file = counter.receive(content)
    computer = counter.change_seats()
    computer.send(computer.answered(2, 0, at=NOW), now=NOW)
    with counter.lab.database.transaction() as session:
        close_sitting(session, counter.lab.sitting(session), actor=SYSTEM, now=NOW)
    with pytest.raises(EmergencyFileWaitingError), counter.lab.database.transaction() as session:
        seal_sitting(session, counter.lab.sitting(session), keys=KEYS, actor=SYSTEM, now=NOW)
    counter.import_(file, asked=counter.shown(2))
    with counter.lab.database.transaction() as session:
        seal_sitting(session, counter.lab.sitting(session), keys=KEYS, actor=SYSTEM, now=NOW)


def test_a_file_that_follows_steps_which_the_server_does_not_have_is_refused(counter: Counter) -> None:
    made = counter.filled()
    made.head_seq, made.head_digest = 3, "ab" * 32
    made.steps = [step | {"seq": step["seq"] + 3} for step in made.steps]
    content = made.make()
    counter.note(content)
    file = counter.receive(content)
    with pytest.raises(EmergencyFileConflictError):
        counter.import_(file)
    with counter.lab.database.reading() as session:
        kept = session.get_one(EmergencyFile, file)
        assert (kept.content, kept.imported_at) == (content, None)
        assert isinstance(outlook(session, kept, opener=OPENER).refusal, EmergencyFileConflictError)


@pytest.mark.parametrize("token", ["forged", "other attempt", "other form", "session"])
def test_what_this_server_did_not_give_to_this_seat_is_refused(counter: Counter, token: str) -> None:
    made, other = counter.filled(), counter.maker(1)
    tokens = {
        "forged": made.token[:-3] + "abc",
        "other attempt": other.token,
        "other form": OPENER.tokens.sign_attempt(
            AttemptToken(counter.lab.computers[0].holder.attempt, counter.lab.computers[0].holder.attempt, 1)
        ),
        "session": made.token.replace(".", "!"),
    }
    content = replace(made, token=tokens[token]).make()
    counter.note(content)
    with pytest.raises(EmergencyFileForeignError):
        counter.receive(content)


def test_a_file_with_items_of_another_form_or_anothers_number_is_refused(counter: Counter) -> None:
    made = counter.maker()
    made.act("view", item="unknown", at=1)
    content = made.make()
    counter.note(content)
    with pytest.raises(EmergencyFileForeignError):
        counter.receive(content)
    with pytest.raises(EmergencyFileForeignError):
        counter.receive(counter.filled().make(participant_number=counter.maker(1).number))


def test_the_preview_tells_how_much_there_is_and_never_what_was_answered(counter: Counter) -> None:
    content = counter.filled().make()
    counter.note(content)
    file = counter.receive(content)
    with counter.lab.database.reading() as session:
        seen = outlook(session, session.get_one(EmergencyFile, file), opener=OPENER)
    assert (seen.n_new, seen.n_known, seen.n_answers, seen.refusal) == (4, 0, 2, None)


def test_a_file_with_more_steps_than_one_statement_takes_is_imported(counter: Counter) -> None:
    """As large as a file may be: one that could never be imported would keep the sitting from being sealed."""
    maker = counter.maker()
    for place in range(9_500):
        maker.act("focus", value="lost", at=place)
    counter.note(content := maker.make())
    assert counter.import_(counter.receive(content))["n_new"] == 9_500
    assert [step.seq for step in counter.steps()] == list(range(1, 9_501))


def test_late_answers_of_a_stick_count_only_inside_an_approved_outage(counter: Counter) -> None:
    lab = counter.lab
    made = counter.filled()  # acts of the first two minutes
    content = made.make()
    lab.until(NOW + 20 * timedelta(seconds=1))
    lab.sleep(NOW + 150 * MINUTE)
    lab.work()
    counter.note(content)
    outcome = counter.import_(counter.receive(content))
    assert (outcome["mark"], outcome["n_counted"]) == ("late", 0)
    assert lab.answers(0) == {}
    lab.approve(lab.propose(NOW + 20 * timedelta(seconds=1), NOW + 150 * MINUTE))
    assert lab.answers(0) == {1: 2, 2: 3}


def test_after_the_seal_no_file_is_taken(counter: Counter) -> None:
    content, later = counter.filled().make(), counter.filled().make()
    counter.note(content)
    file = counter.receive(content)
    with counter.lab.database.transaction() as session:
        sitting = counter.lab.sitting(session)
        close_sitting(session, sitting, actor=SYSTEM, now=NOW)
        sitting.state = SittingState.SEALED
    with pytest.raises(SittingStateError):
        counter.import_(file)
    with pytest.raises(SittingStateError):
        counter.receive(later)
    with pytest.raises(SittingStateError):
        counter.note(later)


def test_the_bytes_of_a_file_never_change(counter: Counter) -> None:
    content = counter.filled().make()
    counter.note(content)
    counter.receive(content)
    with pytest.raises(DBAPIError), counter.lab.database.transaction() as session:
        session.execute(text("UPDATE emergency_file SET content = :other"), {"other": b"other"})
