"""Blueprints as versions: drafts and their parts, files, differences."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from itembank import operations
from itembank.model import BlueprintState, ItemVersion
from itembank.operations import blueprint_parts as parts
from itembank.operations import seeding
from itembank.operations.blueprint_drafts import (
    copy_blueprint,
    create_blueprint,
    discard_draft,
    head_of,
    import_blueprint,
)
from itembank.operations.blueprints import indicator_of
from itembank.operations.errors import BlueprintExists, OptionCountWrong
from itembank.operations.plan_errors import (
    BlueprintCodeTaken,
    BlueprintDraftExists,
    PartChangedMeanwhile,
    PartCodeTaken,
    PartNotEmpty,
    PlanNotReady,
)
from itembank.operations.publishing import (
    ProblemKind,
    Published,
    confirm_fit,
    problems_of,
    publish,
)
from itembank.plan_changes import ChangeKind, changes, indicators_of
from itembank.plantext import CompetencyHead, CoreHead, IndicatorText
from itembank.queries import plans
from itembank.states import ItemState
from itembank.textformat import shipped_forms, shipped_items
from itembank.verbs import Severity
from registry.actor import SYSTEM
from testing_platform.database import Database
from tests.conftest import NOW
from tests.store.bank_builder import Cast, approved_item, cast, load_pedagogic, new_item
from tests.store.blueprint_builder import drafted, in_force, indicator, published, reword


@pytest.fixture
def session(sqlite_database: Database) -> Iterator[Session]:
    """On SQLite; what the kind of database could change is asked of both, in `test_bank_publishing`."""
    with Session(sqlite_database.engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def people(session: Session) -> Cast:
    load_pedagogic(session)
    return cast(session)


# Drafts -----------------------------------------------------------------------------------------------------------


def test_a_draft_is_the_next_version_with_the_same_lineages(session: Session, people: Cast) -> None:
    draft = drafted(session, people)
    assert (draft.version, draft.state) == (2, BlueprintState.DRAFT)
    assert [found.lineage for found in indicators_of(draft)] == [
        found.lineage for found in indicators_of(in_force(session))
    ]
    assert changes(in_force(session), draft) == []
    assert [problem.kind for problem in problems_of(session, draft)] == [ProblemKind.UNCHANGED]
    with pytest.raises(BlueprintDraftExists):
        drafted(session, people)
    discard_draft(session, draft, actor=people.manager, now=NOW)
    assert drafted(session, people).version == 2


def test_a_copy_is_another_blueprint_and_no_item_comes_along(session: Session, people: Cast) -> None:
    copy = copy_blueprint(session, in_force(session), code="uji-2", title="Uji", actor=people.manager, now=NOW)
    assert (copy.version, copy.title, len(indicators_of(copy))) == (1, "Uji", 20)
    assert not {found.lineage for found in indicators_of(copy)} & {
        found.lineage for found in indicators_of(in_force(session))
    }
    with pytest.raises(BlueprintCodeTaken):
        copy_blueprint(session, in_force(session), code="uji-2", title="Uji", actor=people.manager, now=NOW)


def test_a_blueprint_from_scratch_is_built_part_by_part_and_published(session: Session, people: Cast) -> None:
    by = {"actor": people.manager, "now": NOW}
    head = head_of(in_force(session)).model_copy(update={"title": "Bahasa Inggris", "levels": ("SD",), "n_options": 5})
    draft = create_blueprint(session, code="inggris", head=head, **by)  # type: ignore[arg-type]  # who and when
    assert {problem.kind for problem in problems_of(session, draft)} == {ProblemKind.EMPTY}
    core = parts.add_core(session, draft, CoreHead(code="E1", title="Menguasai materi"), **by)  # type: ignore[arg-type]
    first = parts.add_competency(session, core, CompetencyHead(code="E1.1", title="Menyimak", weight=2), **by)  # type: ignore[arg-type]
    second = parts.add_competency(session, core, CompetencyHead(code="E1.2", title="Membaca"), **by)  # type: ignore[arg-type]
    words = IndicatorText(code="E01", bloom="C2", text="Memahami isi percakapan")
    found = parts.add_indicator(session, first, words, **by)  # type: ignore[arg-type]
    with pytest.raises(PartCodeTaken):
        parts.add_indicator(session, second, words, **by)  # type: ignore[arg-type]
    with pytest.raises(PlanNotReady):
        published(session, people, draft)
    assert {(problem.kind, problem.part) for problem in problems_of(session, draft)} == {
        (ProblemKind.EMPTY, "E1.2"),
        (ProblemKind.VERB, "E01"),
    }
    reword(session, people, found, text="Menjelaskan isi percakapan")
    with pytest.raises(PartNotEmpty):
        parts.remove_part(session, first, **by)  # type: ignore[arg-type]
    parts.remove_part(session, second, **by)  # type: ignore[arg-type]
    assert published(session, people, draft) == Published(0, 0, 0)
    assert indicator_of(session, blueprint="inggris", code="E01").text == "Menjelaskan isi percakapan"


def test_parts_change_places_and_parents(session: Session, people: Cast) -> None:
    draft = drafted(session, people)
    by = {"actor": people.manager, "now": NOW}
    competency = next(found for core in draft.cores for found in core.competencies if found.code == "P9.1")
    new = parts.add_indicator(
        session,
        competency,
        IndicatorText(code="P99", bloom="C2", text="Menjelaskan refleksi"),
        **by,  # type: ignore[arg-type]
    )
    before = [found.code for found in competency.indicators]
    parts.move_part(session, new, earlier=True, **by)  # type: ignore[arg-type]
    assert [found.code for found in competency.indicators] == [*before[:-2], "P99", before[-2]]
    parts.move_part(session, competency.indicators[0], earlier=True, **by)  # type: ignore[arg-type]  # first already
    other = draft.cores[0].competencies[0]
    parts.change_indicator(
        session,
        new,
        IndicatorText(code="P99", bloom="C2", text="Menjelaskan refleksi"),
        competency=other,
        seen=parts.seen_of(new),
        **by,  # type: ignore[arg-type]
    )
    session.expire_all()
    assert [found.code for found in other.indicators] == ["P01", "P99"]


def test_two_editors_do_not_overwrite_each_other(session: Session, people: Cast) -> None:
    found = indicator(drafted(session, people), "P01")
    seen = parts.seen_of(found)
    reword(session, people, found, text="Menjelaskan manfaat tes awal bagi guru")
    with pytest.raises(PartChangedMeanwhile):
        parts.change_indicator(
            session,
            found,
            IndicatorText(code="P01", bloom="C2", text="Menjelaskan tes awal"),
            competency=found.competency,
            seen=seen,
            actor=people.manager,
            now=NOW,
        )
    assert found.text == "Menjelaskan manfaat tes awal bagi guru"


# Publishing -------------------------------------------------------------------------------------------------------


def test_an_item_waits_through_two_versions_and_follows_when_the_words_come_back(
    session: Session, people: Cast
) -> None:
    item = approved_item(session, people).item
    words = indicator(in_force(session), "P01").text
    draft = drafted(session, people)
    reword(session, people, indicator(draft, "P01"), text="Menjelaskan tes akhir")
    published(session, people, draft)
    draft = drafted(session, people)
    reword(session, people, indicator(draft, "P01"), text=words)
    assert published(session, people, draft).n_left == 0
    assert item.indicator is indicator(in_force(session), "P01")


def test_another_number_of_options_leaves_every_item_behind(session: Session, people: Cast) -> None:
    item = approved_item(session, people).item
    draft = drafted(session, people)
    head = head_of(draft).model_copy(update={"n_options": 5})
    parts.change_head(session, draft, head, seen=parts.seen_of(draft), actor=people.manager, now=NOW)
    assert published(session, people, draft).n_left == 1
    with pytest.raises(OptionCountWrong):
        confirm_fit(session, item, actor=people.manager, now=NOW)


def test_a_plan_of_forms_that_no_longer_adds_up_is_a_warning(session: Session, people: Cast) -> None:
    for form in shipped_forms():
        operations.load_form_specification(session, form, actor=SYSTEM, now=NOW)
    draft = drafted(session, people)
    parts.add_indicator(
        session,
        draft.cores[0].competencies[0],
        IndicatorText(code="P21", bloom="C2", text="Menjelaskan tes akhir"),
        actor=people.manager,
        now=NOW,
    )
    found = {problem.part: problem for problem in problems_of(session, draft)}
    assert found["pedagogik-20"].detail == "1 x 21 ≠ 20"
    assert {problem.severity for problem in found.values()} == {Severity.WARNING}


def test_what_the_publisher_did_not_see_is_not_published(session: Session, people: Cast) -> None:
    draft = drafted(session, people)
    seen = parts.seen_whole(draft)
    reword(session, people, indicator(draft, "P01"), text="Menjelaskan tes akhir")
    with pytest.raises(PartChangedMeanwhile):
        publish(session, draft, seen=seen, actor=people.manager, now=NOW)


def test_a_file_continues_the_indicators_by_words_and_by_code(session: Session, people: Cast) -> None:
    plan = in_force(session)
    file = plans.text_of_blueprint(plan)
    cores = list(file.cores)
    competency = cores[0].competencies[0]
    shuffled = competency.model_copy(
        update={"indicators": (IndicatorText(code="P50", bloom="C2", text=indicator(plan, "P01").text),)}
    )
    cores[0] = cores[0].model_copy(update={"competencies": (shuffled, *cores[0].competencies[1:])})
    draft = import_blueprint(session, file.model_copy(update={"cores": tuple(cores)}), actor=people.manager, now=NOW)
    assert indicator(draft, "P50").lineage == indicator(plan, "P01").lineage
    assert [(change.kind, change.before) for change in changes(plan, draft)] == [
        (ChangeKind.RECODED, "P01"),
        (ChangeKind.SOURCE_CODE, "1.1.1"),
    ]


def test_a_higher_version_of_a_file_replaces_the_one_in_force(session: Session, people: Cast) -> None:
    item = approved_item(session, people).item
    plan = in_force(session)
    file = plans.text_of_blueprint(plan).model_copy(update={"version": 5, "title": "Judul baru"})
    operations.load_blueprint(session, file, actor=SYSTEM, now=NOW)
    assert (in_force(session).version, in_force(session).title) == (5, "Judul baru")
    assert item.indicator in indicators_of(in_force(session))
    for version in (5, 3):
        with pytest.raises(BlueprintExists):
            operations.load_blueprint(session, file.model_copy(update={"version": version}), actor=SYSTEM, now=NOW)


def test_every_difference_is_named(session: Session, people: Cast) -> None:
    plan, draft = in_force(session), drafted(session, people)
    by = {"actor": people.manager, "now": NOW}
    core = draft.cores[0]
    head = CoreHead(code="P1", title="Mengenal peserta didik", regulation="1")
    parts.change_core(session, core, head, seen=parts.seen_of(core), **by)  # type: ignore[arg-type]
    competency = draft.cores[1].competencies[0]
    words = CompetencyHead(code="P2.9", title=competency.title, source_code=competency.source_code, weight=4)
    parts.change_competency(session, competency, words, core=core, seen=parts.seen_of(competency), **by)  # type: ignore[arg-type]
    reword(session, people, indicator(draft, "P01"), text="Membandingkan tes awal dan tes akhir", bloom="C4")
    found = {(change.code, change.kind): (change.before, change.after) for change in changes(plan, draft)}
    assert ("P1", ChangeKind.REWORDED) in found
    assert found["P2.9", ChangeKind.MOVED] == ("P2", "P1")
    assert found["P2.9", ChangeKind.WEIGHT] == ("", "4")
    assert found["P01", ChangeKind.BLOOM] == ("C2", "C4")
    assert found["P2.9", ChangeKind.RECODED][1] == "P2.9"


def test_items_that_are_out_of_use_wait_for_nobody(session: Session, people: Cast) -> None:
    version = new_item(session, people.writer)
    version.state = ItemState.RETIRED
    session.flush()
    draft = drafted(session, people)
    reword(session, people, indicator(draft, "P01"), text="Menjelaskan tes akhir")
    assert published(session, people, draft).n_left == 0
    assert plans.rechecks(session) == []
    assert session.scalar(select(ItemVersion.state)) is ItemState.RETIRED


def test_shipped_items_of_a_changed_indicator_are_left_out(
    session: Session, people: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = [text for text in shipped_items() if text.indicator in {"P01", "P02"}]
    monkeypatch.setattr(seeding, "shipped_items", lambda: few)
    draft = drafted(session, people)
    reword(session, people, indicator(draft, "P01"), text="Menjelaskan tes akhir")
    published(session, people, draft)
    report = operations.seed_shipped_bank(session, actor=SYSTEM, now=NOW)
    assert report.left_out == ("MAT-PED-01-1", "MAT-PED-01-2", "MAT-PED-01-3")
    assert report.items == ("MAT-PED-02-1", "MAT-PED-02-2", "MAT-PED-02-3")
