"""The audit journal: every act of staff, newest first, and whether the chain of its digests still holds."""

from flask import render_template, request

from registry.audit import chain_state
from registry.queries import audit_page
from registry.roles import Role
from testing_platform.i18n import role_name
from testing_platform.permissions import Permission, requires
from testing_platform.web.admin.audit_words import action_name, action_options, subject_name
from testing_platform.web.admin.blueprint import bp
from testing_platform.web.typed_number import typed_number
from testing_platform.wiring import platform, utc_now


@bp.get("/jejak")
@requires(Permission.AUDIT_READ)
def audit() -> str:
    """A page of the journal, narrowed by what was done and to what."""
    action = request.args.get("action", "").strip()[:64]
    subject = request.args.get("subject", "").strip().lower()[:64]
    older_than = request.args.get("older_than", type=typed_number)
    with platform().database.reading() as session:
        return render_template(
            "admin/audit.html",
            found=audit_page(session, older_than=older_than, subject=subject or None, action=action or None),
            action=action,
            subject=subject,
            is_first=older_than is None,
            actions=action_options(),
            action_name=action_name,
            subject_name=subject_name,
            role_word=_role_word,
        )


@bp.get("/jejak/rantai")
@requires(Permission.AUDIT_READ)
def audit_chain() -> str:
    """Check the chain from its first event; a fragment for the journal's page, or a page of its own without script."""
    is_fragment = "HX-Request" in request.headers
    with platform().database.reading() as session:
        return render_template(
            "admin/_chain.html" if is_fragment else "admin/chain.html",
            chain=chain_state(session),
            checked_at=utc_now(),
            action_name=action_name,
        )


def _role_word(value: object) -> str:
    return role_name(Role(str(value))) if value in set(Role) else str(value)
