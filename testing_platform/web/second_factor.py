"""Two-step verification of staff: the code at sign-in, and in one's account setting it up and turning it off."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import segno
from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from markupsafe import Markup
from werkzeug.wrappers import Response

from registry import operations, queries
from registry.errors import SecondFactorError
from registry.operations import HalfSessionOver, SignedInByCode, SigninRefused
from registry.operations.signins import end_sessions
from registry.second_factor import N_RECOVERY_CODES, address, in_groups
from testing_platform import pages
from testing_platform.error_texts import text_of
from testing_platform.permissions import Permission, requires
from testing_platform.security import StaffUser, current_actor, staff_user
from testing_platform.web.auth import HALF_SESSION_FIELD, own, tried_password, welcome
from testing_platform.web.redirects import local_target
from testing_platform.wiring import platform, utc_now

bp = Blueprint("second_factor", __name__)

MANY_WRONG_CODES = 3  # more than a slip of the finger: the owner is told

JUST_NOW = timedelta(minutes=10)

Answer = str | Response | tuple[str, int]
Done = TypeVar("Done")


# The second page of the sign-in -----------------------------------------------------------------------------------


@bp.get("/masuk/kode")
@requires(Permission.PUBLIC)
def code() -> Answer:
    """The page that asks for the code; only the right password leads here, and only for five minutes."""
    with platform().database.reading() as database:
        half = operations.half_session(database, _half_token(), now=utc_now())
    return _over() if half is None else _code_page({})


@bp.post("/masuk/kode")
@requires(Permission.PUBLIC)
def give_code() -> Answer:
    """Sign in with the code; the refusal says the same whatever the reason."""
    outcome = _finished(request.form.get("code", "") or request.form.get("recovery", ""))
    if isinstance(outcome, HalfSessionOver):
        return _over()
    if isinstance(outcome, SigninRefused):
        field = "recovery" if "recovery" in request.form else "code"
        return _code_page({field: _("This code is not accepted. Each works once, and after several wrong ones wait.")})
    user, n_wrong_before = outcome
    welcome(user)
    _warn_of(n_wrong_before)
    return redirect(local_target(_next(), default=pages.home_of(user.actor)))


def _finished(typed: str) -> tuple[StaffUser, int] | SigninRefused | HalfSessionOver:
    # A refusal must be committed too: it counts the wrong tries.
    with platform().database.transaction() as database:
        keys = platform().factor_keys
        outcome = operations.finish_sign_in(database, _half_token(), code=typed[:100], keys=keys, now=utc_now())
        if isinstance(outcome, SignedInByCode):
            user = staff_user(database, outcome.account, token=outcome.token, signed_in_at=utc_now())
            return user, outcome.n_wrong_before
        return outcome


def _half_token() -> str:
    return str(session.get(HALF_SESSION_FIELD, ""))


def _over() -> Response:
    session.pop(HALF_SESSION_FIELD, None)
    flash(_("The code was not given within five minutes. Please sign in again."), "note")
    return redirect(url_for("auth.sign_in", next=_next() or None))


def _code_page(errors: dict[str, str]) -> Answer:
    page = render_template("auth/code.html", errors=errors, next=_next(), now=utc_now())
    return (page, 422) if errors else page


def _warn_of(n_wrong_codes: int) -> None:
    if n_wrong_codes >= MANY_WRONG_CODES:
        text = ngettext(
            "Before this, %(num)s wrong code was typed after your right password. If that was not you, somebody knows "
            "your password: change it now, under “My account”.",
            "Before this, %(num)s wrong codes were typed after your right password. If that was not you, somebody "
            "knows your password: change it now, under “My account”.",
            n_wrong_codes,
        )
        flash(text, "warn")


# In one's own account ---------------------------------------------------------------------------------------------


@bp.get("/akun-saya/dua-langkah")
@requires(Permission.SIGNED_IN)
def show() -> str:
    """Where one stands: off, being set up with a phone, or on."""
    return _own_page({})


@bp.post("/akun-saya/dua-langkah/mulai")
@requires(Permission.SIGNED_IN)
def begin() -> Answer:
    """Begin to set it up. Who was sent here right after signing in gave the password already; others give it now."""
    password = _password()
    tried = None if _comes_from_sign_in() else tried_password(password)
    try:
        # A wrong password is counted, so its transaction must be committed too.
        with platform().database.transaction() as database:
            account, keys, now = own(database), platform().factor_keys, utc_now()
            is_known = tried is None or operations.prove_password(
                database, account, password=password, now=now, tried=tried
            )
            if is_known:
                operations.begin_enrolment(database, account, keys=keys, actor=current_actor(), now=now)
    except SecondFactorError as error:
        return _own_page({"": text_of(error)}), 422
    if not is_known:
        return _own_page({"password": _("This is not your password. After several wrong tries, wait a little.")}), 422
    return redirect(url_for(".show", next=_next() or None))


@bp.post("/akun-saya/dua-langkah/pasang")
@requires(Permission.SIGNED_IN)
def confirm() -> Answer:
    """Turn it on with a code from the phone, and show the recovery codes once. Other browsers are signed out."""
    try:
        with platform().database.transaction() as database:
            account, keys, now = own(database), platform().factor_keys, utc_now()
            typed = request.form.get("code", "")[:100]
            codes = operations.confirm_enrolment(
                database, account, code=typed, keys=keys, actor=current_actor(), now=now
            )
            end_sessions(database, account, now=now)
            opened = operations.open_session(database, account, now=now)
            user = staff_user(database, account, token=opened.token, signed_in_at=now)
    except SecondFactorError as error:
        return _own_page({"code": text_of(error)}), 422
    welcome(user)
    return _codes_page(codes, is_new=True)


@bp.get("/akun-saya/dua-langkah/kode-cadangan")
@requires(Permission.STAFF)
def ask_renewal() -> Answer:
    """The form before new recovery codes."""
    return _proof_page("renew")


@bp.post("/akun-saya/dua-langkah/kode-cadangan")
@requires(Permission.STAFF)
def renew() -> Answer:
    """Ten new recovery codes, shown once; the earlier ones die."""
    codes = _as_owner(operations.renew_recovery_codes, keys=platform().factor_keys)
    return _codes_page(codes, is_new=False) if codes else _unproven("renew")


@bp.get("/akun-saya/dua-langkah/matikan")
@requires(Permission.STAFF)
def ask_removal() -> Answer:
    """The form before turning it off, also for another phone."""
    return _proof_page("remove")


@bp.post("/akun-saya/dua-langkah/matikan")
@requires(Permission.STAFF)
def remove() -> Answer:
    """Turn it off, for whoever has password and code."""
    if not _as_owner(operations.remove_second_factor, by="owner"):
        return _unproven("remove")
    flash(_("Two-step verification is off. For another phone, set it up again now."), "ok")
    return redirect(url_for(".show"))


def _as_owner(act: Callable[..., Done], **more: object) -> Done | None:
    """Do something to the second factor for whoever gave password and code; None when one of them was wrong."""
    password, typed, keys = _password(), request.form.get("code", "")[:100], platform().factor_keys
    tried = tried_password(password)
    # Wrong ones are counted, so their transaction is committed too.
    with platform().database.transaction() as database:
        account, now = own(database), utc_now()
        if operations.prove_owner(database, account, password=password, code=typed, keys=keys, now=now, tried=tried):
            return act(database, account, actor=current_actor(), now=now, **more)
    return None


def _comes_from_sign_in() -> bool:
    # An older session may stand in an empty room: whoever comes by must not tie the account to a phone of their own.
    return bool(current_user.owes_second_factor and utc_now() - current_user.signed_in_at < JUST_NOW)


def _password() -> str:
    return request.form.get("password", "")[:1024]


def _own_page(errors: dict[str, str]) -> str:
    with platform().database.reading() as database:
        account = own(database)
        factor = queries.second_factor_of(database, account)
        secret = operations.enrolling_secret(database, account, keys=platform().factor_keys, now=utc_now())
        n_codes = queries.n_recovery_codes(database, account)
    return render_template(
        "auth/second_factor.html",
        errors=errors,
        own=account,
        factor=factor,
        secret=in_groups(secret) if secret else "",
        square=_square(address(secret, email=account.email)) if secret else "",
        n_codes=n_codes,
        n_codes_at_first=N_RECOVERY_CODES,
        is_demanded=current_user.owes_second_factor,
        needs_password=not _comes_from_sign_in(),
        next=_next(),
        now=utc_now(),
    )


def _proof_page(act: str, errors: dict[str, str] | None = None) -> Answer:
    with platform().database.reading() as database:
        if queries.second_factor_of(database, own(database)) is None:
            return redirect(url_for(".show"))
    return render_template("auth/prove.html", act=act, errors=errors or {})


def _unproven(act: str) -> Answer:
    # Not which of the two was wrong: a browser left open is no place to try them one by one.
    page = _proof_page(act, {"": _("Password or code is wrong. After several wrong tries, wait a little.")})
    return (page, 422) if isinstance(page, str) else page


def _codes_page(codes: tuple[str, ...], *, is_new: bool) -> str:
    wanted = local_target(_next(), default=url_for(".show"))
    shown = [in_groups(code) for code in codes]
    return render_template("auth/recovery_codes.html", codes=shown, is_new=is_new, next=wanted, now=utc_now())


def _square(text: str) -> Markup:
    # Drawn from our own text by attributes alone; the content policy lets no style stand inside a page.
    drawing = segno.make(text, error="m", micro=False).svg_inline(omitsize=True, border=3, light="#fff", dark="#000")
    return Markup(drawing)  # noqa: S704 - segno writes nothing of the text itself


def _next() -> str:
    return request.values.get("next", "")
