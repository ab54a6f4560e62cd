"""Forms out of the shipped bank: assembled, sealed, written once; no key leaves in a package."""

import json
from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from exam.assembly import assemble
from exam.errors import (
    AdministrationCodeTakenError,
    BankMovedError,
    CellShortError,
    FormCodeTakenError,
    FormKeyUnreadableError,
    PurposeMismatchError,
    SpecificationUnknownError,
)
from exam.keys import Keys
from exam.model import Administration, Form, Purpose
from exam.operations import forms
from exam.sealing import decrypt, open_package
from itembank import operations, queries
from itembank.model import CurationAct, Item, ItemVersion, Section
from itembank.states import ItemState
from registry.actor import SYSTEM, Actor
from registry.model import AuditEvent
from registry.roles import Role
from testing_platform.database import Database
from tests.conftest import NOW
from tests.store.bank_builder import draft, person, read_by, with_statistics

KEYS = Keys.derive("a secret for tests only")
ALLOCATION = {
    "M1.1": 2, "M1.2": 1, "M1.3": 1, "M1.4": 2, "M1.5": 3, "M1.6": 3, "M1.7": 3,
    "M1.8": 4, "M1.9": 1, "M1.10": 1, "M1.11": 4, "M1.12": 1, "M1.13": 2,
}  # fmt: skip


@pytest.fixture
def session(banked: Database) -> Iterator[Session]:
    """A session on a database with the shipped bank."""
    with Session(banked.engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def manager(session: Session) -> Actor:
    """The bank manager."""
    return person(session, "manager", Role.BANK_MANAGER)


def administration(session: Session, manager: Actor, purpose: Purpose = Purpose.TRYOUT) -> Administration:
    return forms.create_administration(
        session, code=f"{purpose}-1", title="Putaran 1", purpose=purpose, actor=manager, now=NOW
    )


def form(
    session: Session,
    where: Administration,
    manager: Actor,
    *,
    code: str = "A",
    specification: str = "uji-tulis-40",
    seed: int = 1,
    allow_demo: bool = False,
) -> Form:
    return forms.assemble_form(
        session,
        administration=where,
        specification_code=specification,
        code=code,
        title=f"Paket {code}",
        seed=seed,
        purpose=where.purpose,
        actor=manager,
        now=NOW,
        keys=KEYS,
        allow_demo=allow_demo,
    )


def make_operational(session: Session, *, but: frozenset[str] = frozenset()) -> None:
    """The first item of every indicator passes an imagined try-out, except some."""
    judge = person(session, "psychometrician", Role.PSYCHOMETRICIAN)
    first = select(ItemVersion).join(ItemVersion.item).where(Item.code.like("MAT-%-1")).order_by(ItemVersion.id)
    for version in session.scalars(first).all():
        if version.item.code in but:
            continue
        operations.start_pretest(session, [version], actor=SYSTEM, now=NOW)
        operations.decide_verdict(
            session,
            with_statistics(session, version),
            act=CurationAct.ACCEPTED,
            target=ItemState.OPERATIONAL,
            reason="",
            actor=judge,
            now=NOW,
        )


def test_a_tryout_form_keeps_the_blueprint_and_starts_the_pretest(session: Session, manager: Actor) -> None:
    where = administration(session, manager)
    made = form(session, where, manager)
    session.commit()
    session.expire_all()
    assert where.forms == [made]
    assert (made.n_items, made.pass_percent, made.duration_minutes) == (40, 75, 120)
    assert [item.position for item in made.items] == list(range(1, 41))
    assert [item.section for item in made.items] == [Section.PEDAGOGIC] * 12 + [Section.PROFESSIONAL] * 28
    competencies = Counter(item.version.item.indicator.competency.code for item in made.items[12:])
    assert competencies == ALLOCATION
    keys = Counter(item.version.key_position for item in made.items)
    assert all(8 <= keys[position] <= 12 for position in range(4))
    assert {item.version.state for item in made.items} == {ItemState.PRETEST}
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.action, event.details["digest"]) == ("form.seal", made.digest.hex())


def test_a_second_tryout_form_repeats_an_item_only_where_its_cell_has_no_other(
    session: Session, manager: Actor
) -> None:
    where = administration(session, manager)
    first, second = (form(session, where, manager, code=code) for code in ("A", "B"))
    repeated = {item.version_id for item in first.items} & {item.version_id for item in second.items}
    cells = Counter(item.version.item.indicator.competency.code for item in second.items if item.version_id in repeated)
    for cell, n_repeated in cells.items():
        n_items = len(queries.find_items(session, queries.ItemFilter(competency=cell)))
        assert n_repeated == max(0, 2 * ALLOCATION.get(cell, 0) - n_items), cell


def test_the_package_holds_texts_and_no_key_state_or_statistic(session: Session, manager: Actor) -> None:
    made = form(session, administration(session, manager), manager, specification="full-60")
    assert made.n_items == 60
    plain = open_package(made.package, key=forms.form_key(made, KEYS))
    assert set(plain) == {"title", "items"}
    assert all(set(item) == {"id", "html", "options"} for item in plain["items"])
    assert all(set(option) == {"id", "html"} for item in plain["items"] for option in item["options"])
    htmls = [part["html"] for item in plain["items"] for part in (item, *item["options"])]
    everything = "\n".join([plain["title"], *htmls])
    for place, shown in zip(made.items, plain["items"], strict=True):
        if not place.version.pictures:
            assert shown["html"] == place.version.stem_html
            assert [option["html"] for option in shown["options"]] == [o.html for o in place.version.options]
        assert [option["id"] for option in shown["options"]] == place.option_keys
        assert place.version.item.code not in everything
        assert place.version.rationale_html not in everything
        assert place.version.content_digest.hex() not in everything
    assert "pretest" not in everything


def test_pictures_travel_as_ciphertext_that_the_html_names(session: Session, manager: Actor) -> None:
    made = form(session, administration(session, manager), manager, specification="full-60")
    key = forms.form_key(made, KEYS)
    everything = made.package + b"".join(picture.content for picture in made.pictures)
    html = json.dumps(open_package(made.package, key=key))
    assert len(made.pictures) >= 6
    assert "data-media-name" not in html
    for picture in made.pictures:
        assert picture.sha256 in html
        assert b"<svg" in decrypt(picture.content, key=key)
    assert b"<svg" not in everything
    assert b"<math" not in everything


def test_the_key_of_a_form_is_no_use_to_whoever_steals_the_database(session: Session, manager: Actor) -> None:
    made = form(session, administration(session, manager), manager)
    key = forms.form_key(made, KEYS)
    assert key not in made.package
    assert key not in made.wrapped_key
    with pytest.raises(FormKeyUnreadableError):
        forms.form_key(made, Keys.derive("another secret"))


def test_the_same_seed_assembles_the_same_versions(session: Session, manager: Actor) -> None:
    where = administration(session, manager)
    specification = queries.form_specification(session, "uji-tulis-40")
    assert specification is not None
    plan = forms.form_plan(session, specification)
    pool = forms.candidates(session, plan, purpose=where.purpose, prefer_unexposed=True, allow_demo=False)
    expected = [candidate.version_id for candidate in assemble(plan, pool, seed=77)]
    made = form(session, where, manager, seed=77)
    assert [item.version_id for item in made.items] == expected


def test_an_operational_form_takes_operational_items_only(session: Session, manager: Actor) -> None:
    where = administration(session, manager, Purpose.OPERATIONAL)
    with pytest.raises(CellShortError) as caught:
        form(session, where, manager)
    assert ("M1.8", 4, 0, 4) in caught.value.cells
    assert len(caught.value.cells) == 9 + 13
    make_operational(session, but=frozenset({"MAT-PED-01-1", "MAT-PED-02-1"}))
    with pytest.raises(CellShortError) as again:
        form(session, where, manager)
    assert again.value.cells == [("P1", 1, 0, 1)]


def test_an_operational_form_leaves_states_alone(session: Session, manager: Actor) -> None:
    make_operational(session, but=frozenset({"MAT-PED-01-1"}))
    made = form(session, administration(session, manager, Purpose.OPERATIONAL), manager)
    assert {item.version.state for item in made.items} == {ItemState.OPERATIONAL}
    assert "MAT-PED-01-1" not in {item.version.item.code for item in made.items}


def test_a_planted_fault_enters_only_where_it_is_allowed(session: Session, manager: Actor) -> None:
    item = queries.item_by_code(session, "MAT-PED-10-1")
    assert item is not None
    planted = operations.open_demo_version(session, item, draft(), actor=manager, now=NOW)
    operations.submit_for_review(session, planted, actor=manager, now=NOW)
    read_by(session, planted, *(person(session, name, Role.REVIEWER) for name in ("first", "second")))
    where = administration(session, manager)
    sound = form(session, where, manager, code="A", specification="full-60")
    assert planted.id not in {place.version_id for place in sound.items}
    demo = form(session, where, manager, code="B", specification="full-60", allow_demo=True)
    assert planted.id in {place.version_id for place in demo.items}
    assert len({place.version.item_id for place in demo.items}) == 60


def test_an_item_that_is_retired_meanwhile_stops_the_form(
    session: Session, manager: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = forms.candidates

    def outdated(*args: object, **kwargs: object) -> object:
        found = [item for item in real(*args, **kwargs) if item.code.endswith("-1")]  # type: ignore[arg-type]
        version = session.get_one(ItemVersion, found[0].version_id)
        operations.move_version(session, version, to=ItemState.SUSPENDED, reason="bocor", actor=manager, now=NOW)
        return found

    monkeypatch.setattr(forms, "candidates", outdated)
    with pytest.raises(BankMovedError) as caught:
        form(session, administration(session, manager), manager, specification="full-60")
    assert caught.value.parameters == {"items": ["MAT-PED-01-1"]}


def test_a_sealed_form_is_never_touched_again(session: Session, manager: Actor) -> None:
    form(session, administration(session, manager), manager)
    session.commit()
    for statement in (
        "UPDATE form SET title = 'x'",
        "DELETE FROM form_item",
        "UPDATE form_item SET version_id = version_id + 1",
        "DELETE FROM form_picture",
    ):
        with pytest.raises(DBAPIError, match="keeps its history"):
            session.execute(text(statement))
        session.rollback()


def test_codes_are_given_once_and_purposes_agree(session: Session, manager: Actor) -> None:
    where = administration(session, manager)
    form(session, where, manager)
    with pytest.raises(FormCodeTakenError):
        form(session, where, manager)
    with pytest.raises(AdministrationCodeTakenError):
        administration(session, manager)
    with pytest.raises(SpecificationUnknownError):
        form(session, where, manager, code="C", specification="uji-tulis-41")
    with pytest.raises(PurposeMismatchError):
        forms.assemble_form(
            session,
            administration=where,
            specification_code="uji-tulis-40",
            code="D",
            title="Paket D",
            seed=1,
            purpose=Purpose.OPERATIONAL,
            actor=manager,
            now=NOW,
            keys=KEYS,
        )
