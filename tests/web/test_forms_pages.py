"""Forms: rounds of testing, assembly with its refusals in words, and the sealed form laid open."""

import re
import uuid
from pathlib import Path

import pytest

from exam.model import Administration, Form, Purpose
from exam.operations.forms import create_administration
from itembank.model import ItemVersion
from registry.actor import SYSTEM
from registry.roles import Role
from testing_platform.database import Database
from tests.conftest import NOW
from tests.web.bank_pages import make_operational, seeded
from tests.web.conftest import Browser, Cast

TWENTY = {"specification": "pedagogik-20", "code": "UC-1-A", "title": "Tes Pedagogik", "seed": "2026"}


@pytest.fixture(scope="module")
def sqlite_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that holds the shipped bank: every test of this file copies it."""
    return seeded(sqlite_template, tmp_path_factory.mktemp("shipped"))


@pytest.fixture
def manager(cast: Cast) -> Browser:
    """The browser of a bank manager."""
    return cast[Role.BANK_MANAGER]


@pytest.fixture
def tryout(web_database: Database) -> str:
    """A try-out, by its public id."""
    return _administration(web_database, Purpose.TRYOUT)


def _administration(database: Database, purpose: Purpose) -> str:
    with database.transaction() as session:
        made = create_administration(
            session, code=purpose.value, title="Putaran uji", purpose=purpose, actor=SYSTEM, now=NOW
        )
        return str(made.public_id)


def assembled(manager: Browser, administration: str, **fields: str) -> uuid.UUID:
    """Assemble a form through the page."""
    response = manager.submit("/paket/baru", {**TWENTY, "administration": administration, **fields})
    assert response.status_code == 302, re.sub("<[^>]+>", " ", response.text)
    return uuid.UUID(response.headers["Location"].rsplit("/", 1)[1])


def n_forms(database: Database) -> int:
    with database.reading() as session:
        return session.query(Form).count()


def test_forms_are_for_bank_managers(cast: Cast, tryout: str) -> None:
    form = assembled(cast[Role.BANK_MANAGER], tryout)
    for method, path in (
        ("GET", "/paket/"),
        ("GET", "/paket/baru"),
        ("POST", "/paket/baru"),
        ("GET", "/paket/pelaksanaan/baru"),
        ("POST", "/paket/pelaksanaan/baru"),
        ("GET", f"/paket/{form}"),
    ):
        assert cast.who_may(method, path) == {Role.BANK_MANAGER}, path


def test_an_empty_installation_says_what_to_do_first(manager: Browser) -> None:
    assert "/paket/pelaksanaan/baru" in manager.get("/paket/").text
    assert "/paket/pelaksanaan/baru" in manager.get("/paket/baru").text


def test_an_administration_is_opened(manager: Browser, web_database: Database) -> None:
    fields = {"code": "UC-2026-1", "title": "Uji coba, Januari 2026", "purpose": "tryout"}
    response = manager.submit("/paket/pelaksanaan/baru", fields)
    assert response.status_code == 302
    with web_database.reading() as session:
        made = session.query(Administration).one()
        assert (made.code, made.title, made.purpose) == ("UC-2026-1", "Uji coba, Januari 2026", Purpose.TRYOUT)
        assert response.headers["Location"].endswith(f"administration={made.public_id}")


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"code": "ada spasi", "title": "Judul", "purpose": "tryout"}, "code"),
        ({"code": "UC-1", "title": " ", "purpose": "tryout"}, "title"),
        ({"code": "UC-1", "title": "Judul yang tetap ada", "purpose": "hilang"}, "purpose"),
    ],
)
def test_a_bad_administration_is_refused_and_kept(
    manager: Browser, web_database: Database, fields: dict[str, str], wrong: str
) -> None:
    response = manager.submit("/paket/pelaksanaan/baru", fields)
    assert response.status_code == 422
    assert f'href="#f-{wrong}"' in response.text
    assert fields["code"] in response.text
    with web_database.reading() as session:
        assert session.query(Administration).count() == 0


@pytest.mark.usefixtures("tryout")
def test_a_code_that_is_taken_is_named(manager: Browser) -> None:
    fields = {"code": "tryout", "title": "Judul yang tetap ada", "purpose": "tryout"}
    response = manager.submit("/paket/pelaksanaan/baru", fields)
    assert response.status_code == 422
    assert 'href="#f-code"' in response.text
    assert "Judul yang tetap ada" in response.text


def test_a_form_is_assembled_and_laid_open(manager: Browser, web_database: Database, tryout: str) -> None:
    assert re.search(r'name="seed"[^>]* value="\d{6}"', manager.get(f"/paket/baru?administration={tryout}").text)
    form_id = assembled(manager, tryout, specification="uji-tulis-40", seed="222222")
    text = manager.get(f"/paket/{form_id}").text
    with web_database.reading() as session:
        form = session.query(Form).one()
        assert form.digest.hex() in text
        assert (form.seed, form.specification) == (222222, "uji-tulis-40")
    assert "222222" in text
    rows = re.findall(r"<td>C\d</td><td>([A-D])</td>", text)
    assert len(rows) == 40
    assert len({rows.count(letter) for letter in "ABCD"}) > 1, "equal counts would prove nothing below"
    for letter in "ABCD":
        count = rows.count(letter)
        assert re.search(rf'tp-progress-label">{letter}</span>\s*<progress value="{count}" max="40"', text)
    assert "UC-1-A" in manager.get("/paket/").text


def test_the_overlap_with_earlier_forms_is_told(manager: Browser, tryout: str) -> None:
    for letter in "ABC":
        assembled(manager, tryout, code=f"UC-1-{letter}")
    fourth = assembled(manager, tryout, code="UC-1-D")  # three items an indicator: the fourth must repeat
    text = manager.get(f"/paket/{fourth}").text
    overlaps = re.findall(r"(\d+) %", text)
    assert "UC-1-A" in text
    assert sum(int(percent) for percent in overlaps) > 0


def test_every_short_cell_is_named(manager: Browser, web_database: Database) -> None:
    administration = _administration(web_database, Purpose.OPERATIONAL)
    with web_database.transaction() as session:
        versions = session.query(ItemVersion).join(ItemVersion.item).order_by(ItemVersion.id).all()
        first = [version for version in versions if re.fullmatch(r"MAT-PED-\d\d-1", version.item.code)]
        make_operational(session, first[:18])
    response = manager.submit("/paket/baru", {**TWENTY, "administration": administration, "title": "Judul tetap"})
    assert response.status_code == 422
    text = response.text
    assert len(re.findall(r"<li><strong>P\d\d</strong>", text)) == 2
    assert "<strong>P19</strong>" in text
    assert "Judul tetap" in text
    assert 'value="2026"' in text
    assert n_forms(web_database) == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [("seed", "-1"), ("seed", "dua"), ("seed", "99999999999"), ("code", "a b"), ("title", ""), ("specification", "")],
)
def test_bad_fields_are_named_and_kept(
    manager: Browser, web_database: Database, tryout: str, field: str, value: str
) -> None:
    response = manager.submit("/paket/baru", {**TWENTY, "administration": tryout, field: value})
    assert response.status_code == 422
    assert f'href="#f-{field}"' in response.text
    assert f'value="{tryout}" selected' in response.text
    assert n_forms(web_database) == 0


def test_refusals_of_the_rules_are_told_in_words(manager: Browser, web_database: Database, tryout: str) -> None:
    assembled(manager, tryout)
    taken = manager.submit("/paket/baru", {**TWENTY, "administration": tryout})
    assert taken.status_code == 422
    assert 'href="#f-code"' in taken.text
    unknown = manager.submit("/paket/baru", {**TWENTY, "administration": tryout, "specification": "x", "code": "UC-2"})
    assert unknown.status_code == 422
    assert manager.submit("/paket/baru", {**TWENTY, "administration": "bukan-uuid"}).status_code == 404
    assert n_forms(web_database) == 1


def test_a_form_that_does_not_exist_is_not_found(manager: Browser) -> None:
    assert manager.get(f"/paket/{uuid.uuid4()}").status_code == 404


def test_keys_of_a_form_leave_through_no_other_page(cast: Cast, tryout: str) -> None:
    form_id = assembled(cast[Role.BANK_MANAGER], tryout)
    for role in set(Role) - {Role.BANK_MANAGER}:
        assert cast[role].get(f"/paket/{form_id}").status_code == 403
