"""`verify` against somebody who holds the database, or the files of the heads, or both: what he does is found."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from exam.findings import Fault, Finding
from exam.keys import Keys
from exam.model import Anchor, Attempt, Enrolment, Seal, Sitting, Step
from exam.statements import as_line, sign
from exam.states import AttemptState, StepMark
from exam.verification import SittingVerdict
from registry.model import AuditEvent
from testing_platform.errors import ProofInputError
from testing_platform.verdict_report import as_json, as_text
from testing_platform.verifying import Proved, prove, read_book, snapshot
from tests.conftest import Furnished
from tests.exam_room import KEYS
from tests.intruder import Intruder, Steps, a_step
from tests.proved_room import Desk, ProvedRoom, worked

STRANGER = Keys.derive("the secret of somebody else altogether")


@dataclass
class Case:
    """A sitting that went well, and what is done to it."""

    room: ProvedRoom

    def prove(self, *folders: Path) -> Proved:
        book = read_book(KEYS.public, folders or [self.room.folder])
        with snapshot(self.room.database) as session:
            return prove(session, book, keys=KEYS)

    def verdict(self) -> SittingVerdict:
        ((_sitting, verdict),) = self.prove().sittings
        return verdict

    def broken(self) -> list[Finding]:
        """Every finding about an attempt."""
        return [attempt.broken for attempt in self.verdict().attempts if attempt.broken]

    def intruder(self) -> Intruder:
        return Intruder(self.room.database)

    def desk(self, number: int) -> Desk:
        return self.room.desks[number]

    @property
    def lines(self) -> list[str]:
        return self.file.read_text().splitlines()

    @property
    def file(self) -> Path:
        (file,) = self.room.folder.glob("*.jsonl")
        return file

    def write(self, lines: list[str]) -> None:
        self.file.write_text("".join(line + "\n" for line in lines))


@pytest.fixture
def case(furnished: Furnished, tmp_path: Path) -> Case:
    """Four attempts of five steps, sealed, with five heads outside."""
    return Case(worked(furnished, tmp_path / "anchors"))


@pytest.fixture
def running(furnished: Furnished, tmp_path: Path) -> Case:
    """A room at work: heads up to step 2 outside, two later steps without one."""
    room = ProvedRoom.of(furnished, tmp_path / "anchors")
    room.answer(room.desks[0], (1, 0), (2, 0))
    room.minute()
    room.answer(room.desks[0], (3, 0), (4, 0))
    return Case(room)


# What holds -------------------------------------------------------------------------------------------------------


def test_a_sitting_that_went_well_is_proven_to_its_last_step(case: Case) -> None:
    proved = case.prove()
    assert proved.exit_code == 0, as_text(proved)
    verdict = case.verdict()
    assert [attempt.n_steps for attempt in verdict.attempts] == [5] * 4
    assert [attempt.n_unproven for attempt in verdict.attempts] == [0] * 4
    assert {attempt.proof.by for attempt in verdict.attempts if attempt.proof} == {"head"}
    assert proved.audit.n_proven > 0


def test_later_steps_are_called_unproven_and_not_proven(running: Case) -> None:
    proved = running.prove()
    assert proved.exit_code == 0
    first = running.verdict().attempts[0]
    assert first.proof is not None
    assert (first.n_steps, first.proof.seq, first.n_unproven) == (4, 2, 2)
    assert "proven up to step 2 by the head of 2026-11-02 01:01:02 UTC, 2 later steps unproven" in as_text(proved)
    last = "Outcome: PROVEN up to the heads of 2026-11-02 01:01:02 UTC; 1 attempt unproven in 2 steps"
    assert as_text(proved).splitlines()[-1] == last


def test_without_any_line_outside_nothing_is_called_proven(running: Case, tmp_path: Path) -> None:
    intruder = running.intruder()
    intruder.take_away(Anchor, Anchor.id > 0)
    proved = running.prove(tmp_path / "nowhere")
    assert proved.exit_code == 3
    assert as_text(proved).endswith("Outcome: UNPROVEN: 1 attempt unproven in 4 steps")


def test_a_room_that_is_over_must_be_proven_to_the_end(running: Case) -> None:
    running.room.close()
    assert running.prove().exit_code == 3
    running.room.minute()
    assert running.prove().exit_code == 0


def test_a_receipt_and_a_seal_prove_without_any_line(case: Case, tmp_path: Path) -> None:
    case.intruder().take_away(Anchor, Anchor.id > 0)
    proved = case.prove(tmp_path / "nowhere")
    assert proved.exit_code == 0
    ((_sitting, verdict),) = proved.sittings
    assert [attempt.proof.by for attempt in verdict.attempts if attempt.proof] == ["receipt"] * 3 + ["seal"]


# The journal ------------------------------------------------------------------------------------------------------


def rewritten(steps: Steps) -> Steps:
    steps[2]["option"] = 3
    return steps


def cut(steps: Steps) -> Steps:
    return steps[:-1]


def longer(steps: Steps) -> Steps:
    return [*steps[:3], a_step(7, 1, at_ms=steps[2]["received_ms"]), *steps[3:]]


@pytest.mark.parametrize(
    ("act", "fault", "first", "last"),
    [
        (rewritten, Fault.REWRITTEN, 1, 3),
        (cut, Fault.STEPS_CUT, 5, None),
        (longer, Fault.REWRITTEN, 4, 5),
    ],
    ids=["an answer changed", "the last step removed", "a step put in"],
)
def test_a_journal_rewritten_as_a_whole_contradicts_what_left_the_server(
    case: Case, act: Callable[[Steps], Steps], fault: Fault, first: int, last: int | None
) -> None:
    """Every digest is right again, the head too, the triggers are gone: only what is outside tells."""
    desk = case.desk(3)  # the one who did not hand in, so no receipt helps
    case.intruder().rewrite(desk.holder.attempt, act)
    (broken,) = case.broken()
    assert (broken.fault, broken.seq, broken.until_seq) == (fault, first, last)
    assert (broken.attempt, broken.seat) == (desk.holder.attempt, 4)
    assert broken.where.startswith(str(case.file))
    proved = case.prove()
    assert proved.exit_code == 1
    assert f"BROKEN seat 4, attempt {desk.holder.attempt}" in as_text(proved)
    outcome, *findings = as_text(proved).partition("Outcome: ")[2].splitlines()
    assert outcome.startswith("BROKEN")  # and every finding stands beside it once more
    (sitting,) = [sitting for sitting, _verdict in proved.sittings]
    assert findings[-1].startswith(
        f"  BROKEN {sitting.title} ({sitting.sitting}), seat 4, attempt {desk.holder.attempt}"
    )


def test_the_same_is_found_while_the_room_works(running: Case) -> None:
    running.intruder().rewrite(running.desk(0).holder.attempt, lambda steps: [steps[1], steps[0], *steps[2:]])
    (broken,) = running.broken()
    assert (broken.fault, broken.seq, broken.until_seq) == (Fault.REWRITTEN, 1, 2)


def test_steps_after_the_last_head_can_be_rewritten_and_are_not_called_proven(running: Case) -> None:
    running.intruder().rewrite(running.desk(0).holder.attempt, lambda steps: [*steps[:3], steps[3] | {"option": 3}])
    first = running.verdict().attempts[0]
    assert first.broken is None
    assert first.n_unproven == 2


def key_of(case: Case, desk: Desk) -> int:
    with case.room.database.reading() as session:
        return session.scalars(select(Attempt.id).where(Attempt.public_id == desk.holder.attempt)).one()


def test_a_step_changed_by_itself_is_the_first_broken_one(case: Case) -> None:
    key = key_of(case, case.desk(1))
    case.intruder().change(Step, (Step.attempt_id == key) & (Step.seq == 2), option=3)
    (broken,) = case.broken()
    assert (broken.fault, broken.seq, broken.seat) == (Fault.STEP_CHANGED, 2, 2)


def test_a_step_taken_out_of_the_middle_is_named(case: Case) -> None:
    key = key_of(case, case.desk(1))
    case.intruder().take_away(Step, (Step.attempt_id == key) & (Step.seq == 3))
    (broken,) = case.broken()
    assert (broken.fault, broken.seq) == (Fault.STEP_MISSING, 3)


def test_a_head_moved_back_is_named(case: Case) -> None:
    key = key_of(case, case.desk(1))
    case.intruder().change(Attempt, Attempt.id == key, last_seq=4)
    (broken,) = case.broken()
    assert broken.fault is Fault.HEAD


def test_another_order_of_items_is_named(case: Case) -> None:
    key = key_of(case, case.desk(1))
    with case.room.database.reading() as session:
        order = session.get_one(Attempt, key).item_order
    case.intruder().change(Attempt, Attempt.id == key, item_order=order[::-1])
    (broken,) = case.broken()
    assert (broken.fault, broken.seq) == (Fault.BEGINNING, 0)


def test_answers_given_to_another_person_are_named(case: Case) -> None:
    with case.room.database.reading() as session:
        enrolment = session.scalars(select(Enrolment).where(Enrolment.seat == 2)).one()
    case.intruder().change(Enrolment, Enrolment.id == enrolment.id, public_id=case.room.sitting)
    (broken,) = case.broken()
    assert broken.fault is Fault.BEGINNING


def test_an_attempt_taken_away_is_named(case: Case) -> None:
    desk = case.desk(2)
    case.intruder().remove_attempt(desk.holder.attempt)
    found = {finding.fault: finding for finding in case.verdict().findings}
    assert found[Fault.ATTEMPT_GONE].attempt == desk.holder.attempt
    assert Fault.SEAL_CONTRADICTED in found


# Marks and clocks -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", [StepMark.LATE, StepMark.AFTER_SUBMIT])
def test_an_answer_taken_out_of_the_count_is_found(case: Case, mark: StepMark) -> None:
    key = key_of(case, case.desk(1))
    case.intruder().change(Step, (Step.attempt_id == key) & (Step.seq == 3), mark=mark)
    (broken,) = case.broken()
    assert (broken.fault, broken.seq) == (Fault.MARK, 3)
    assert Fault.SEAL_CONTRADICTED in {finding.fault for finding in case.verdict().findings}


def test_a_late_answer_put_into_the_count_is_found(furnished: Furnished, tmp_path: Path) -> None:
    room = ProvedRoom.of(furnished, tmp_path)
    case, desk = Case(room), room.desks[0]
    room.answer(desk, (1, 0))
    for _ in range(125):
        room.minute()
    room.answer(desk, (1, 3))
    assert case.prove().exit_code == 0
    case.intruder().change(Step, Step.mark == StepMark.LATE, mark=StepMark.ON_TIME)
    (broken,) = case.broken()
    assert (broken.fault, broken.seq) == (Fault.MARK, 2)
    Intruder(room.database).change(Attempt, Attempt.deadline_ms.is_not(None), deadline_ms=2**45)
    assert {finding.fault for finding in case.broken()} == {Fault.DEADLINE}


def test_a_candidate_who_handed_in_keeps_the_receipt(case: Case) -> None:
    key = key_of(case, case.desk(1))
    case.intruder().change(Attempt, Attempt.id == key, receipt=None)
    assert [finding.fault for finding in case.broken()] == [Fault.RECEIPT_GONE]


def test_a_receipt_of_ones_own_is_found(case: Case) -> None:
    key = key_of(case, case.desk(1))
    receipt = json.loads(case.desk(1).receipt)
    case.intruder().change(Attempt, Attempt.id == key, receipt=as_line(sign(receipt, STRANGER)))
    assert [finding.fault for finding in case.broken()] == [Fault.RECEIPT_FORGED]


def test_a_journal_given_to_another_number_is_found(case: Case) -> None:
    seat = {verdict.attempt: verdict.seat for verdict in case.verdict().attempts}[case.desk(1).holder.attempt]
    case.intruder().change(Enrolment, Enrolment.seat == seat, participant_number="2699999999")
    assert [finding.fault for finding in case.broken()] == [Fault.RECEIPT_PERSON]


# The seal ---------------------------------------------------------------------------------------------------------


def test_a_seal_taken_away_forged_or_undone_is_found(case: Case) -> None:
    intruder = case.intruder()
    with case.room.database.reading() as session:
        statement = json.loads(session.scalars(select(Seal.statement)).one())
    intruder.change(Seal, Seal.id > 0, statement=as_line(sign(statement | {"n_incidents": 9}, STRANGER)))
    assert [finding.fault for finding in case.verdict().findings] == [Fault.SEAL_FORGED]
    intruder.take_away(Seal, Seal.id > 0)
    assert [finding.fault for finding in case.verdict().findings] == [Fault.SEAL_GONE]
    intruder.change(Sitting, Sitting.public_id == case.room.sitting, sealed_at=None)
    assert [finding.fault for finding in case.verdict().findings] == [Fault.ROOM, Fault.SEAL_GONE]


def test_a_state_changed_after_the_seal_is_found(case: Case) -> None:
    key = key_of(case, case.desk(3))
    case.intruder().change(Attempt, Attempt.id == key, state=AttemptState.WORKING)
    sealed, attempt = case.verdict().findings
    assert (sealed.fault, attempt.fault, attempt.seat) == (Fault.SEAL_CONTRADICTED, Fault.NOT_AS_SEALED, 4)


def test_a_mark_that_no_clock_betrays_is_named_by_the_leaves_of_the_seal(case: Case, tmp_path: Path) -> None:
    """The attempt that ran until the room was closed: near the end a mark could have gone either way."""
    key = key_of(case, case.desk(3))
    intruder = case.intruder()
    intruder.change(Step, (Step.attempt_id == key) & (Step.seq == 5), mark=StepMark.LATE)
    intruder.change(Sitting, Sitting.public_id == case.room.sitting, closed_at=case.room.now - timedelta(minutes=3))
    assert [(each.fault, each.seq, each.seat) for each in case.broken()] == [(Fault.MARK, 5, 4)]  # by the minute's head
    intruder.take_away(Anchor, Anchor.id > 0)  # and now without any head
    ((_sitting, verdict),) = case.prove(tmp_path / "nowhere").sittings
    assert not any(attempt.broken for attempt in verdict.attempts)
    room, sealed, attempt = verdict.findings
    assert (room.fault, sealed.fault, attempt.fault) == (Fault.ROOM, Fault.SEAL_CONTRADICTED, Fault.NOT_AS_SEALED)
    assert attempt.seat == 4
    intruder.change(Seal, Seal.id > 0, leaves="[]")
    ((_sitting, verdict),) = case.prove(tmp_path / "nowhere").sittings
    assert [finding.fault for finding in verdict.findings] == [Fault.ROOM, Fault.SEAL_CONTRADICTED]


# Rows that this program never wrote -------------------------------------------------------------------------------

UNREADABLE = {
    "a state that there is not": ("sitting", "state", "'danced'"),
    "a form that there is not": ("sitting", "form_id", "987654"),
    "a site that there is not": ("sitting", "site_id", "987654"),
    "a state of an attempt that there is not": ("attempt", "state", "'danced'"),
    "a mark that there is not": ("step", "mark", "'danced'"),
}


@pytest.mark.parametrize(("table", "column", "value"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_row_that_cannot_be_read_is_a_finding_and_no_crash(case: Case, table: str, column: str, value: str) -> None:
    case.intruder().force(table, column, value)
    proved = case.prove()
    assert proved.exit_code == 1
    ((name, verdict),) = proved.sittings
    assert [finding.fault for finding in verdict.findings] == [Fault.UNREADABLE]
    assert f"BROKEN {name.title} ({case.room.sitting})" in as_text(proved)
    assert json.loads(as_json(proved))["sittings"][0]["findings"][0]["fault"] == "unreadable"


def test_an_audit_event_that_cannot_be_read_is_a_finding_too(case: Case) -> None:
    if case.room.database.engine.dialect.name == "postgresql":
        pytest.skip("PostgreSQL keeps nothing but a time in a column of times")
    case.intruder().force("audit_event", "at", "'yesterday'")
    proved = case.prove()
    assert proved.exit_code == 1
    assert Fault.UNREADABLE in {finding.fault for finding in proved.audit.findings}


# The heads outside ------------------------------------------------------------------------------------------------


def faults(case: Case) -> set[Fault]:
    proved = case.prove()
    ((_sitting, verdict),) = proved.sittings
    return {finding.fault for finding in [*verdict.findings, *proved.audit.findings, *proved.book.forged]}


def rooms(case: Case) -> list[int]:
    return [place for place, line in enumerate(case.lines) if json.loads(line)["kind"] == "sitting"]


def test_an_edited_line_is_forged_and_missed(case: Case) -> None:
    lines = case.lines
    place = rooms(case)[1]
    lines[place] = lines[place].replace('"n_attempts":4', '"n_attempts":3')
    case.write(lines)
    assert faults(case) == {Fault.LINE_FORGED, Fault.LINE_GONE}
    assert case.prove().exit_code == 1


@pytest.mark.parametrize("which", [0, 1, -1])
def test_a_line_taken_away_is_missed_by_the_database(case: Case, which: int) -> None:
    lines = case.lines
    del lines[rooms(case)[which]]
    case.write(lines)
    assert faults(case) == {Fault.LINE_GONE}


def test_a_line_taken_away_with_its_row_is_missed_by_the_next_line(case: Case) -> None:
    lines = case.lines
    gone = json.loads(lines.pop(rooms(case)[1]))
    case.write(lines)
    case.intruder().take_away(Anchor, Anchor.signature == gone["signature"])
    assert faults(case) == {Fault.LINE_GONE}


def test_what_was_taken_away_here_is_found_on_the_second_server(case: Case, tmp_path: Path) -> None:
    """The last lines and their rows are gone, and the journal is rewritten behind them."""
    elsewhere = tmp_path / "second-server"
    shutil.copytree(case.room.folder, elsewhere)
    desk, intruder = case.desk(3), case.intruder()
    intruder.rewrite(desk.holder.attempt, rewritten)
    case.write([])
    intruder.take_away(Anchor, Anchor.id > 0)
    ((_sitting, verdict),) = case.prove().sittings
    assert all(attempt.broken is None for attempt in verdict.attempts)  # here nothing tells but the seal
    ((_sitting, verdict),) = case.prove(case.room.folder, elsewhere).sittings
    (broken,) = [attempt.broken for attempt in verdict.attempts if attempt.broken]
    assert (broken.fault, broken.until_seq, broken.seat) == (Fault.REWRITTEN, 3, 4)


def test_lines_in_another_order_are_named(case: Case) -> None:
    lines = case.lines
    one, other = rooms(case)[:2]
    lines[one], lines[other] = lines[other], lines[one]
    case.write(lines)
    assert faults(case) == {Fault.LINE_MOVED}


def test_a_line_signed_by_somebody_else_proves_nothing(case: Case) -> None:
    lines = case.lines
    place = rooms(case)[-1]
    forged = sign(json.loads(lines[place]) | {"n_steps": 99}, STRANGER) | {"key_id": json.loads(lines[place])["key_id"]}
    case.write([*lines, as_line(forged)])
    assert faults(case) == {Fault.LINE_FORGED}


def test_the_heads_of_another_installation_are_no_input(case: Case) -> None:
    case.write([as_line(sign(json.loads(line), STRANGER)) for line in case.lines])
    with pytest.raises(ProofInputError, match="another installation"):
        case.prove()


def test_a_row_that_says_something_else_is_named(case: Case) -> None:
    case.intruder().change(Anchor, Anchor.subject == str(case.room.sitting), root=bytes(32))
    assert faults(case) == {Fault.ROW_CONTRADICTED}


def test_torn_lines_and_copies_are_no_fault(case: Case, tmp_path: Path) -> None:
    elsewhere = tmp_path / "copy"
    shutil.copytree(case.room.folder, elsewhere)
    with case.file.open("a") as file:
        file.write('{"kind":"sitting","sit')
    proved = case.prove(case.room.folder, elsewhere)
    assert proved.exit_code == 0
    assert proved.book.n_unreadable == 1
    assert "1 lines that cannot be read" in as_text(proved)


# The audit journal ------------------------------------------------------------------------------------------------


def test_an_audit_event_changed_or_cut_off_is_named(case: Case) -> None:
    intruder = case.intruder()
    with case.room.database.reading() as session:
        keys = list(session.scalars(select(AuditEvent.id).order_by(AuditEvent.id)))
    intruder.take_away(AuditEvent, AuditEvent.id == keys[-1])
    (found,) = case.prove().audit.findings
    assert (found.fault, found.seq) == (Fault.AUDIT_CUT, len(keys))
    intruder.change(AuditEvent, AuditEvent.id == keys[1], subject="another")
    (found,) = case.prove().audit.findings
    assert (found.fault, found.seq) == (Fault.AUDIT_CHANGED, 2)
    assert case.prove().exit_code == 1


# What is told -----------------------------------------------------------------------------------------------------


def test_the_verdict_as_json_holds_the_same_and_nobodys_name(case: Case) -> None:
    case.intruder().rewrite(case.desk(3).holder.attempt, rewritten)
    said = json.loads(as_json(case.prove()))
    assert said["outcome"] == "broken"
    (broken,) = [each["broken"] for each in said["sittings"][0]["attempts"] if each["broken"]]
    assert (broken["fault"], broken["seat"], broken["seq"], broken["until_seq"]) == ("rewritten", 4, 1, 3)
    text = as_text(case.prove())
    with case.room.database.reading() as session:
        enrolments = session.scalars(select(Enrolment)).all()
        assert not any(each.participant_number in text or each.teacher.full_name in text for each in enrolments)
