"""The draft that a page is about; somebody else may have published it since the page was opened."""

import uuid

from flask import abort, flash, redirect, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from itembank.model import Blueprint, BlueprintState
from itembank.queries import plans


def draft_of(session: Session, plan_id: uuid.UUID) -> Blueprint:
    """The draft; a version that is published by now is shown instead, with what became of it."""
    plan: Blueprint = plans.blueprint_by_public_id(session, plan_id) or abort(404)
    if plan.state is not BlueprintState.DRAFT:
        told = gettext(
            "Version %(number)s of %(blueprint)s is published already, and nothing was changed now. Changes go into a "
            "new version.",
            number=plan.version,
            blueprint=plan.title,
        )
        flash(told, "bad")
        abort(redirect(url_for("blueprints.show", plan_id=plan.public_id)))
    return plan
