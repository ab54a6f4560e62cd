"""`verify` as an operator calls it: the words, the exit codes, and a database that it leaves as it was."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from exam.keys import Keys
from exam.model import Anchor, Attempt, Seal, Sitting, Step
from exam.states import AttemptState
from registry.model import AuditEvent
from testing_platform import cli
from testing_platform.config import PREFIX
from testing_platform.database import Database, make_engine, sqlite_url
from tests.conftest import NOW, Furnished
from tests.exam_room import SECRET, furnish
from tests.intruder import Intruder
from tests.proved_room import ProvedRoom, worked


@pytest.fixture
def room(sqlite_banked: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ProvedRoom]:
    """A sealed sitting in the data folder of an installation."""
    monkeypatch.setenv(PREFIX + "DATA", str(tmp_path))
    monkeypatch.setenv(PREFIX + "SECRET", SECRET)
    shutil.copy(sqlite_banked, tmp_path / "testing-platform.sqlite")
    database = Database(make_engine(sqlite_url(tmp_path / "testing-platform.sqlite")))
    with database.transaction() as session:
        furnished = Furnished(database, furnish(session, n_seats=4, now=NOW))
    yield worked(furnished, tmp_path / "anchors")
    database.dispose()


def verify(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """The exit code, and what was said."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["verify", *arguments])
    said = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, said.out + said.err


def test_a_proven_sitting_and_what_is_no_input(
    room: ProvedRoom, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    before = hashlib.sha256((tmp_path / "testing-platform.sqlite").read_bytes()).digest()
    code, said = verify(capsys)
    assert code == 0, said
    outcome = said.strip().splitlines()[-1]
    assert outcome.startswith("Outcome: PROVEN up to the heads of ")
    assert outcome.endswith("; 1 attempt ended without a receipt")
    assert verify(capsys, str(room.sitting))[0] == 0
    assert json.loads(verify(capsys, "--json")[1])["outcome"] == "proven"
    assert hashlib.sha256((tmp_path / "testing-platform.sqlite").read_bytes()).digest() == before
    for wrong in (["no-sitting"], [str(room.desks[0].holder.attempt)], ["--anchors", str(tmp_path / "nothing")]):
        assert verify(capsys, *wrong)[0] == 2
    assert verify(capsys, "--receipt", str(tmp_path / "nothing.json"))[0] == 2


def test_a_broken_sitting(room: ProvedRoom, capsys: pytest.CaptureFixture[str]) -> None:
    Intruder(room.database).change(Step, Step.seq == 2, option=3)
    code, said = verify(capsys)
    assert code == 1
    assert "BROKEN seat 1, attempt" in said
    assert "step 2: this step was changed" in said


def test_a_receipt_proves_by_itself(room: ProvedRoom, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "receipt.json"
    file.write_text(room.desks[0].receipt)
    code, said = verify(capsys, "--receipt", str(file))
    assert code == 0
    assert "Receipt: genuine, on the journal, under the seal." in said
    file.write_text(room.desks[0].receipt.replace('"answered":3', '"answered":9'))
    code, said = verify(capsys, "--receipt", str(file))
    assert code == 1
    assert "NOT GENUINE" in said
    file.write_text("[]")
    assert verify(capsys, "--receipt", str(file))[0] == 2


def test_the_receipt_in_a_hand_outlives_everything_here(
    room: ProvedRoom, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Heads and their rows, the kept receipt and the seal are gone, and the journal is rewritten: paper tells."""
    file = tmp_path / "receipt.json"
    file.write_text(room.desks[0].receipt)
    shutil.rmtree(room.folder)
    mine, intruder = room.desks[0].holder.attempt, Intruder(room.database)
    intruder.rewrite(mine, lambda steps: [steps[0] | {"option": 3}, *steps[1:]])
    intruder.take_away(Anchor, Anchor.id > 0)
    intruder.take_away(Seal, Seal.id > 0)
    intruder.change(Sitting, Sitting.public_id == room.sitting, sealed_at=None)
    intruder.take_away(AuditEvent, AuditEvent.action == "sitting.seal")  # the last one: no head misses it any more
    intruder.change(Attempt, Attempt.public_id == mine, receipt=None, state=AttemptState.EXPIRED)
    assert verify(capsys)[0] == 3  # nothing is left that says anything about this attempt
    code, said = verify(capsys, "--receipt", str(file))
    assert code == 1
    assert f"BROKEN seat 1, attempt {mine}: between step 1 and step 5: the journal was rewritten" in said
    assert "genuine, but the journal of its attempt is broken" in said


def test_the_public_key_is_printed(room: ProvedRoom, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["public-key"])
    assert capsys.readouterr().out.strip() == Keys.derive(SECRET).public.hex() == room.keys.public.hex()
