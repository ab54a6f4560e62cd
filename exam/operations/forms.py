"""Assembles and seals forms. A form is computed in one piece and written once; the database refuses to change it."""

import uuid
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from exam.assembly import BlueprintOutline, Candidate, FormPlan, assemble, plan_section
from exam.errors import (
    AdministrationCodeTakenError,
    BankMovedError,
    FormCodeTakenError,
    PurposeMismatchError,
    SpecificationUnknownError,
)
from exam.keys import Keys
from exam.model import Administration, Form, FormItem, FormPicture, Purpose
from exam.sealing import ItemText, Package, Picture, new_key, seal, unwrap_key, wrap_key
from itembank import queries as bank
from itembank.model import Blueprint, FormSpecification, ItemPicture, ItemVersion
from itembank.operations import start_pretest
from itembank.states import ItemState
from registry import audit
from registry.actor import Actor

STATES = {Purpose.TRYOUT: bank.TRYOUT_STATES, Purpose.OPERATIONAL: bank.OPERATIONAL_STATES}


def create_administration(
    session: Session, *, code: str, title: str, purpose: Purpose, actor: Actor, now: datetime
) -> Administration:
    """Open a round of testing, whose forms and sittings are analysed together."""
    if session.scalar(select(Administration.id).where(Administration.code == code)) is not None:
        raise AdministrationCodeTakenError(administration=code)
    administration = Administration(code=code, title=title, purpose=purpose, created_at=now)
    session.add(administration)
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="administration.create",
        subject_kind="administration",
        subject=administration.public_id,
        at=now,
        details={"code": code, "purpose": purpose},
    )
    return administration


def assemble_form(
    session: Session,
    *,
    administration: Administration,
    specification_code: str,
    code: str,
    title: str,
    seed: int,
    purpose: Purpose,
    actor: Actor,
    now: datetime,
    keys: Keys,
    prefer_unexposed: bool = True,
    allow_demo: bool = False,
) -> Form:
    """Assemble a form by its specification, seal it and write it down.

    A try-out takes approved items too and moves them to pretest; an operational form takes operational items only.
    """
    _refuse(session, administration, code=code, purpose=purpose)
    specification = _specification(session, specification_code)
    plan = form_plan(session, specification)
    pool = candidates(session, plan, purpose=purpose, prefer_unexposed=prefer_unexposed, allow_demo=allow_demo)
    chosen = assemble(plan, pool, seed=seed)
    versions = _held(session, chosen, states=STATES[purpose])
    key = new_key()
    package = seal(
        [_text(candidate, version) for candidate, version in zip(chosen, versions, strict=True)],
        title=title,
        specification=specification.code,
        pass_percent=specification.pass_percent,
        key=key,
    )
    form = Form(
        public_id=uuid.uuid4(),
        code=code,
        title=title,
        administration_id=administration.id,
        specification=specification.code,
        specification_edition=specification.edition,
        purpose=purpose,
        seed=seed,
        n_items=len(chosen),
        pass_percent=specification.pass_percent,
        duration_minutes=specification.duration_minutes,
        digest=package.digest,
        package=package.content,
        package_size=len(package.content),
        package_sha256=package.sha256,
        sealed_at=now,
        sealed_by_id=actor.account_id,
    )
    form.wrapped_key = wrap_key(key, wrapping=keys.form, form=form.public_id)
    _write(session, form, chosen, package)
    session.expire(administration, ["forms"])
    start_pretest(session, versions, actor=actor, now=now)  # moves approved versions: only a try-out takes such
    _record(session, form, actor=actor, now=now)
    return form


def form_key(form: Form, keys: Keys) -> bytes:
    """The key that opens the package of a form."""
    return unwrap_key(form.wrapped_key, wrapping=keys.form, form=form.public_id)


def form_plan(session: Session, specification: FormSpecification) -> FormPlan:
    """The plan of a specification over the blueprints as the bank holds them now."""
    blueprints = {section["code"]: _blueprint(session, section["blueprint"]) for section in specification.sections}
    return FormPlan(
        sections=tuple(
            plan_section(section, _outline(blueprints[section["code"]])) for section in specification.sections
        ),
        n_options=max(blueprint.n_options for blueprint in blueprints.values()),
        key_position_min=specification.key_position_min,
        key_position_max=specification.key_position_max,
    )


def candidates(
    session: Session, plan: FormPlan, *, purpose: Purpose, prefer_unexposed: bool, allow_demo: bool
) -> list[Candidate]:
    """What a form of this purpose may take, with how often earlier forms have shown it."""
    eligible = bank.eligible_versions(
        session,
        blueprints=[section.blueprint for section in plan.sections],
        states=STATES[purpose],
        allow_demo=allow_demo,
    )
    exposures = n_exposures(session) if prefer_unexposed else Counter[int]()
    return [
        Candidate(
            code=version.item_code,
            version_id=version.version_id,
            blueprint=version.blueprint,
            section=version.section,
            core=version.core,
            competency=version.competency,
            indicator=version.indicator,
            key_position=version.key_position,
            n_exposures=exposures[version.item_id],
        )
        for version in eligible
    ]


def n_exposures(session: Session) -> Counter[int]:
    """How many forms have shown each item, in whichever version."""
    return Counter(session.scalars(select(ItemVersion.item_id).join(FormItem, FormItem.version_id == ItemVersion.id)))


def _refuse(session: Session, administration: Administration, *, code: str, purpose: Purpose) -> None:
    if purpose is not administration.purpose:
        raise PurposeMismatchError(form=purpose, administration=administration.purpose)
    if session.scalar(select(Form.id).where(Form.code == code)) is not None:
        raise FormCodeTakenError(form=code)


def _specification(session: Session, code: str) -> FormSpecification:
    found = bank.form_specification(session, code)
    if found is None:
        raise SpecificationUnknownError(specification=code)
    return found


def _blueprint(session: Session, code: str) -> Blueprint:
    found = bank.blueprint_by_code(session, code)
    if found is None:
        raise SpecificationUnknownError(blueprint=code)
    return found


def _outline(blueprint: Blueprint) -> BlueprintOutline:
    competencies = [competency for core in blueprint.cores for competency in core.competencies]
    return BlueprintOutline(
        code=blueprint.code,
        cores=tuple(core.code for core in blueprint.cores),
        indicators=tuple(indicator.code for competency in competencies for indicator in competency.indicators),
    )


def _held(session: Session, chosen: Sequence[Candidate], *, states: Collection[ItemState]) -> list[ItemVersion]:
    """The chosen versions, locked: nobody can retire one between here and the commit."""
    statement = (
        select(ItemVersion)
        .where(ItemVersion.id.in_([candidate.version_id for candidate in chosen]), ItemVersion.state.in_(states))
        .options(
            selectinload(ItemVersion.options),
            selectinload(ItemVersion.pictures).selectinload(ItemPicture.media),
            selectinload(ItemVersion.item),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    versions = {version.id: version for version in session.scalars(statement)}
    gone = [candidate.code for candidate in chosen if candidate.version_id not in versions]
    if gone:
        raise BankMovedError(items=gone)
    return [versions[candidate.version_id] for candidate in chosen]


def _text(candidate: Candidate, version: ItemVersion) -> ItemText:
    return ItemText(
        section=candidate.section.value,
        content_digest=version.content_digest,
        scored=True,
        stem_html=version.stem_html,
        option_htmls=tuple(option.html for option in version.options),
        pictures={
            picture.name: Picture(picture.media.media_type, picture.media.content) for picture in version.pictures
        },
    )


def _write(session: Session, form: Form, chosen: Sequence[Candidate], package: Package) -> None:
    session.add(form)
    session.flush()
    session.add_all(
        FormItem(
            form_id=form.id,
            position=position,
            section=candidate.section,
            version_id=candidate.version_id,
            scored=True,
            item_key=sealed.item_key,
            option_keys=list(sealed.option_keys),
        )
        for position, (candidate, sealed) in enumerate(zip(chosen, package.items, strict=True), start=1)
    )
    session.add_all(
        FormPicture(
            form_id=form.id,
            sha256=picture.sha256,
            media_type=picture.media_type,
            content=picture.content,
            size=len(picture.content),
        )
        for picture in package.pictures
    )
    session.flush()
    session.expire(form, ["items", "pictures"])


def _record(session: Session, form: Form, *, actor: Actor, now: datetime) -> None:
    audit.record(
        session,
        actor=actor,
        action="form.seal",
        subject_kind="form",
        subject=form.public_id,
        at=now,
        details={
            "code": form.code,
            "specification": form.specification,
            "edition": form.specification_edition,
            "purpose": form.purpose,
            "seed": form.seed,
            "digest": form.digest.hex(),
            "package_sha256": form.package_sha256,
        },
    )
