"""The seal of a sitting, to be read, printed and compared years later."""

import uuid
from textwrap import wrap

from flask import Blueprint, abort, render_template

from exam.access import may_admit
from exam.queries.seals import seal_of
from exam.queries.sittings import find_sitting
from exam.statements import key_id
from testing_platform.permissions import Permission, requires
from testing_platform.security import current_actor, may
from testing_platform.wiring import platform

bp = Blueprint("seals", __name__, url_prefix="/segel")


@bp.get("/<uuid:sitting_id>")
@requires(Permission.STAFF)
def show(sitting_id: uuid.UUID) -> str:
    """For those who plan, run or oversee the sitting."""
    with platform().database.reading() as session:
        sitting = find_sitting(session, sitting_id) or abort(404)
        if not (may(Permission.SITTING_PLAN) or may(Permission.AUDIT_READ) or may_admit(current_actor(), sitting)):
            abort(403)
        seal = seal_of(session, sitting)
        root = " ".join(wrap(seal.root.hex(), 8)) if seal else ""
        return render_template(
            "seals/show.html", sitting=sitting, seal=seal, root=root, key=key_id(platform().keys.public)
        )
