"""Signing in and out, one's own account, and the one-time link by which somebody sets a password."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.sessions import SessionMixin
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from registry import queries
from registry.errors import LinkRefusedError, PasswordRefusedError
from registry.model import Account, AccountLink
from registry.operations import accounts, signins
from registry.operations.signins import CodeNeeded, SignedIn, TriedPassword
from testing_platform import pages
from testing_platform.error_texts import text_of
from testing_platform.i18n import COOKIE_FIELD, LANGUAGES
from testing_platform.permissions import Permission, requires
from testing_platform.security import StaffUser, current_actor, staff_user
from testing_platform.web.redirects import local_target
from testing_platform.wiring import platform, utc_now

bp = Blueprint("auth", __name__)

HALF_SESSION_FIELD = "half_session"


@bp.get("/masuk")
@requires(Permission.PUBLIC)
def sign_in() -> str | Response:
    """The sign-in form."""
    if current_user.is_authenticated:
        return redirect(pages.home_of(current_user.actor))
    return render_template("auth/sign_in.html", errors={}, email="", next=request.args.get("next", ""))


@bp.post("/masuk")
@requires(Permission.PUBLIC)
def sign_in_post() -> str | Response | tuple[str, int]:
    """Sign in; the refusal says the same whatever the reason."""
    email, wanted = request.form.get("email", "")[:300], request.form.get("next", "")
    outcome = _signed_in(email, request.form.get("password", "")[:1024])
    if isinstance(outcome, CodeNeeded):
        _begin_session()[HALF_SESSION_FIELD] = outcome.token
        return redirect(url_for("second_factor.code", next=wanted or None))
    if outcome is None:
        refusal = _("E-mail address or password is wrong. After several wrong tries, wait a little and try again.")
        return render_template("auth/sign_in.html", errors={"": refusal}, email=email, next=wanted), 422
    welcome(outcome)
    return redirect(local_target(wanted, default=pages.home_of(outcome.actor)))


@bp.post("/keluar")
@requires(Permission.SIGNED_IN)
def sign_out() -> Response:
    """Sign out; the session ends at the server too."""
    with platform().database.transaction() as database:
        signins.sign_out(database, current_user.token, now=utc_now())
    logout_user()
    session.clear()
    flash(_("You have signed out."), "ok")
    return redirect(url_for("auth.sign_in"))


@bp.get("/akun-saya")
@requires(Permission.STAFF)
def own_account() -> str:
    """Who one is here, and the form for another password."""
    return _own_account({})


@bp.post("/akun-saya")
@requires(Permission.STAFF)
def change_password() -> Response | tuple[str, int]:
    """Another password, for whoever knows the present one; every other browser is signed out."""
    password, errors = request.form.get("password", ""), {}
    if password != request.form.get("again", ""):
        errors["again"] = _("The two passwords differ. Type the same one twice.")
    elif not _knows_password(request.form.get("present", "")[:1024]):
        errors["present"] = _("This is not your present password. After several wrong tries, wait a little.")
    else:
        try:
            _change_password(password)
        except PasswordRefusedError as error:
            errors["password"] = text_of(error)
    if errors:
        return _own_account(errors), 422
    flash(_("Your password is changed. Other browsers are signed out."), "ok")
    return redirect(url_for(".own_account"))


@bp.get("/atur/<token>")
@requires(Permission.PUBLIC)
def set_password(token: str) -> str | tuple[str, int]:
    """The page behind a one-time link."""
    with platform().database.reading() as database:
        link = accounts.find_link(database, token, now=utc_now())
        if link is None:
            return render_template("auth/link_refused.html"), 404
        return _password_page(database, link, token=token, errors={})


@bp.post("/atur/<token>")
@requires(Permission.PUBLIC)
def set_password_post(token: str) -> str | Response | tuple[str, int]:
    """Set the password, once."""
    password = request.form.get("password", "")
    try:
        if password != request.form.get("again", ""):
            return _again(token, {"again": _("The two passwords differ. Type the same one twice.")})
        with platform().database.transaction() as database:
            accounts.use_link(database, token, password=password, now=utc_now())
    except PasswordRefusedError as error:
        return _again(token, {"password": text_of(error)})
    except LinkRefusedError:
        return render_template("auth/link_refused.html"), 404
    flash(_("Your password is set. Sign in with it now."), "ok")
    return redirect(url_for("auth.sign_in"))


def _again(token: str, errors: dict[str, str]) -> tuple[str, int]:
    with platform().database.reading() as database:
        link = accounts.find_link(database, token, now=utc_now())
        if link is None:
            return render_template("auth/link_refused.html"), 404
        return _password_page(database, link, token=token, errors=errors), 422


def _password_page(database: Session, link: AccountLink, *, token: str, errors: dict[str, str]) -> str:
    factor = queries.second_factor_of(database, link.account)
    return render_template(
        "auth/set_password.html", errors=errors, link_account=link.account, token=token, factor=factor
    )


def _signed_in(email: str, password: str) -> StaffUser | CodeNeeded | None:
    with platform().database.reading() as database:
        stored = signins.stored_hash(database, email)
    tried = signins.try_password(stored, password)
    # A refusal must be committed too: it counts the wrong tries.
    with platform().database.transaction() as database:
        outcome = signins.sign_in(database, email=email, password=password, now=utc_now(), tried=tried)
        if isinstance(outcome, SignedIn):
            return staff_user(database, outcome.account, token=outcome.token, signed_in_at=utc_now())
        return outcome if isinstance(outcome, CodeNeeded) else None


def welcome(user: StaffUser) -> None:
    """Begin the session of somebody who proved who they are; nothing of an earlier one lives on."""
    _begin_session()
    login_user(user)


def _begin_session() -> SessionMixin:
    language = session.get(COOKIE_FIELD)
    session.clear()  # whatever a stranger left in this browser's session must not live on
    if language in LANGUAGES:
        session[COOKIE_FIELD] = language
    return session


def _own_account(errors: dict[str, str]) -> str:
    with platform().database.reading() as database:
        account = own(database)
        grants = [grant for grant in account.grants if queries.is_active(grant)]
        factor = queries.second_factor_of(database, account)
        return render_template("auth/own_account.html", errors=errors, own=account, grants=grants, factor=factor)


def own(database: Session) -> Account:
    """The account of whoever is signed in."""
    found = queries.find_account(database, current_user.actor.public_id)
    assert found is not None  # an account is never deleted  # noqa: S101
    return found


def _knows_password(password: str) -> bool:
    # Wrong tries are counted and slowed down, so a browser left open is no place to guess from.
    tried = tried_password(password)
    with platform().database.transaction() as database:
        return signins.prove_password(database, own(database), password=password, now=utc_now(), tried=tried)


def tried_password(password: str) -> TriedPassword:
    """A password held against that of whoever is signed in, before a transaction begins: the hash is slow."""
    with platform().database.reading() as database:
        stored = own(database).password_hash
    return signins.try_password(stored, password)


def _change_password(password: str) -> None:
    # Changing ends all sessions, this one too, so a new one is opened in the same transaction.
    with platform().database.transaction() as database:
        account = own(database)
        accounts.change_password(database, account, password=password, actor=current_actor(), now=utc_now())
        opened = signins.open_session(database, account, now=utc_now())
        user = staff_user(database, account, token=opened.token, signed_in_at=utc_now())
    welcome(user)
