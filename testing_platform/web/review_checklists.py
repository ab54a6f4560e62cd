"""The checklist in use: read it, take its file along, load another one in its place."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from itembank import operations
from itembank.errors import ItemBankError
from itembank.queries.checklists import checklists
from testing_platform.error_texts import text_of
from testing_platform.permissions import Permission, requires
from testing_platform.security import current_actor
from testing_platform.wiring import platform, utc_now

bp = Blueprint("review_checklists", __name__, url_prefix="/papan-telaah")

MOST_BYTES = 200_000  # a checklist of sixty criteria in two languages has some 40,000


@bp.get("/daftar")
@requires(Permission.REVIEW_ASSIGN)
def checklist() -> str:
    """The criteria that reviewers mark, and those of earlier reviews."""
    return _page()


@bp.get("/daftar/<string:code>/<int:edition>.toml")
@requires(Permission.REVIEW_ASSIGN)
def checklist_file(code: str, edition: int) -> Response:
    """A checklist as a file, to make another one of it."""
    with platform().database.reading() as session:
        found = {(each.criteria.code, each.criteria.edition): each.source for each in checklists(session)}
    source = found.get((code, edition)) or abort(404)
    response = Response(source, mimetype="text/plain")
    response.headers["Content-Disposition"] = f'attachment; filename="{code}-{edition}.toml"'
    return response


@bp.post("/daftar")
@requires(Permission.REVIEW_ASSIGN)
def load_checklist() -> AnyResponse | tuple[str, int]:
    """Take another checklist into use."""
    file = request.files.get("file")
    data = file.read(MOST_BYTES + 1) if file else b""
    if not file or not data or len(data) > MOST_BYTES:
        return _page(error=gettext("Choose a text file of at most %(limit)s kB.", limit=MOST_BYTES // 1000)), 422
    try:
        text = data.decode("utf-8")
        with platform().database.transaction() as session:
            name = file.filename or "checklist.toml"
            operations.load_checklist(session, text, source=name, actor=current_actor(), now=utc_now())
    except UnicodeDecodeError:
        return _page(error=gettext("The file is not plain text (UTF-8).")), 422
    except ItemBankError as error:
        return _page(error=text_of(error)), 422
    flash(gettext("New reviews are written with this checklist from now on."), "ok")
    return redirect(url_for(".checklist"))


def _page(*, error: str = "") -> str:
    with platform().database.reading() as session:
        return render_template("review/checklist.html", checklists=checklists(session), error=error)
