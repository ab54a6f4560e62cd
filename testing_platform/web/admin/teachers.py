"""Teachers: find them, add one, or send a list that is taken as a whole or refused with every problem named."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from registry import operations, queries
from registry.errors import NuptkMalformedError, NuptkTakenError, TeacherFileError
from registry.model import Level
from registry.operations.teachers import MOST_ROWS, TeachersImported
from registry.teacher_rows import COLUMNS, bare_nuptk
from testing_platform.error_texts import text_of
from testing_platform.permissions import Permission, requires
from testing_platform.security import current_actor
from testing_platform.sheet_texts import MOST_PROBLEMS_SHOWN, ProblemText, text_of_problem
from testing_platform.web.admin.blueprint import Answer, bp
from testing_platform.web.admin.typed import NOTHING, Typed
from testing_platform.web.roster_files import HEADS
from testing_platform.web.typed_number import typed_number
from testing_platform.wiring import platform, utc_now


@bp.get("/guru")
@requires(Permission.TEACHER_MANAGE)
def teachers() -> str:
    """Teachers by name, narrowed by words."""
    words = request.args.get("q", "").strip()[:100]
    page = request.args.get("page", 1, type=typed_number)
    with platform().database.reading() as session:
        found = queries.teachers(session, words=words, page=page)
        return render_template("admin/teachers.html", found=found, words=words, pages_url=_pages_url(words))


@bp.get("/guru/baru")
@requires(Permission.TEACHER_MANAGE)
def new_teacher() -> str:
    """The form for one teacher."""
    return _form(NOTHING)


@bp.post("/guru/baru")
@requires(Permission.TEACHER_MANAGE)
def create_teacher() -> Answer:
    """Add one teacher."""
    typed = _typed()
    if not typed.errors:
        try:
            with platform().database.transaction() as session:
                _create(session, typed)
            flash(_("%(name)s is added.", name=typed["full_name"]), "ok")
            return redirect(url_for(".teachers", q=bare_nuptk(typed["nuptk"])))
        except (NuptkTakenError, NuptkMalformedError) as error:
            typed.refuse(error, "nuptk")
    return _form(typed), 422


@bp.get("/guru/impor")
@requires(Permission.TEACHER_MANAGE)
def teacher_list() -> str:
    """The form to send a list of teachers."""
    return _import_page()


@bp.post("/guru/impor")
@requires(Permission.TEACHER_MANAGE)
def import_teachers() -> Answer:
    """Take a list of teachers, all of it or nothing."""
    sent = request.files.get("list")
    if sent is None or not sent.filename:
        return _import_page(error=_("Choose the CSV file first.")), 422
    file = sent.filename[:100]
    try:
        with platform().database.transaction() as session:
            imported = operations.import_teachers(session, sent.read(), file=file, actor=current_actor(), now=utc_now())
    except TeacherFileError as error:
        problems = [text_of_problem(problem) for problem in error.problems[:MOST_PROBLEMS_SHOWN]]
        page = _import_page(error=text_of(error), file=file, problems=problems, n_problems=len(error.problems))
        return page, 422
    flash(_told(imported), "ok")
    return redirect(url_for(".teachers"))


def _pages_url(words: str) -> str:
    return f"{url_for('.teachers', q=words)}&page={{page}}"


def _typed() -> Typed:
    typed = Typed.of_request("nuptk", "full_name", "level", "subject", "school")
    typed.check_lines(
        nuptk=_("Write the NUPTK."),
        full_name=_("Write the full name."),
        subject=_("Write the subject."),
        school=_("Write the school."),
    )
    typed.check_choice("level", [level.value for level in Level], missing=_("Choose the school level."))
    return typed


def _create(session: Session, typed: Typed) -> None:
    operations.create_teacher(
        session,
        nuptk=bare_nuptk(typed["nuptk"]),
        full_name=typed["full_name"],
        level=Level(typed["level"]),
        subject=typed["subject"],
        school=typed["school"],
        actor=current_actor(),
        now=utc_now(),
    )


def _form(typed: Typed) -> str:
    return render_template("admin/teacher_form.html", typed=typed, levels=[(level.value,) * 2 for level in Level])


def _import_page(error: str = "", *, file: str = "", problems: Sequence[ProblemText] = (), n_problems: int = 0) -> str:
    return render_template(
        "admin/teacher_import.html",
        error=error,
        file=file,
        problems=problems,
        n_problems=n_problems,
        columns=COLUMNS,
        heads=HEADS,
        most_rows=format_decimal(MOST_ROWS),
    )


def _told(imported: TeachersImported) -> str:
    new = ngettext("%(num)s teacher is new", "%(num)s teachers are new", imported.n_new)
    known = ngettext("%(num)s was brought up to date", "%(num)s were brought up to date", imported.n_known)
    return f"{new}, {known}."
