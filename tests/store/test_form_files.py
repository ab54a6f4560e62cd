"""Forms and pictures kept in memory: read once, never more than there is room for."""

import hashlib
import uuid

from sqlalchemy import event

from exam.form_files import PACKAGE, FormFiles
from tests.conftest import Furnished


def test_each_file_is_read_once_and_is_what_it_is_named_by(furnished: Furnished) -> None:
    form, files = furnished.room.form.public_id, FormFiles()
    statements: list[str] = []
    event.listen(furnished.database.engine, "before_cursor_execute", lambda *found: statements.append(found[2]))
    with furnished.database.reading() as session:
        loaded = files.load(session, form)
    assert loaded is not None
    assert hashlib.sha256(loaded.content).hexdigest() == loaded.sha256
    assert [statement.split()[0] for statement in statements if not statement.startswith("BEGIN")] == ["SELECT"]
    assert files.known(form, PACKAGE) is loaded


def test_what_a_form_does_not_have_is_not_kept(furnished: Furnished) -> None:
    files = FormFiles()
    with furnished.database.reading() as session:
        assert files.load(session, uuid.uuid4()) is None
        assert files.load(session, furnished.room.form.public_id, "0" * 64) is None
    assert files.known(furnished.room.form.public_id, "0" * 64) is None


def test_what_nobody_asked_for_longest_goes_first(furnished: Furnished) -> None:
    form = furnished.room.form.public_id
    with furnished.database.reading() as session:
        names = [picture.sha256 for picture in session.merge(furnished.room.form).pictures][:3]
        sizes = [len(file.content) for name in names if (file := FormFiles().load(session, form, name))]
        files = FormFiles(most_bytes=sum(sizes) - 1)
        files.load(session, form, names[0])
        files.load(session, form, names[1])
        files.known(form, names[0])
        files.load(session, form, names[2])
    assert [files.known(form, name) is not None for name in names] == [True, False, True]
