"""Checking a receipt, for everybody: by participant number and short code, or by its text.

Nothing is said about anybody whose receipt is not in the asker's hand, and no cookie is left behind. The proof can be
taken away as a file, which others can check without this program (docs/verification.md).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from exam.credentials import is_participant_number
from exam.errors import ProofError, ReceiptForgedError, ReceiptUnreadableError
from exam.operations.codes import Refusal
from exam.operations.receipts import find_receipt
from exam.queries.seals import ReceiptStanding, receipt_standing
from exam.receipt_check import is_whole
from exam.statements import as_line, is_genuine, key_id, short_code, signed_bytes
from testing_platform.error_texts import error_text
from testing_platform.permissions import Permission, requires
from testing_platform.wiring import platform, utc_now

bp = Blueprint("receipts", __name__, url_prefix="/tanda-terima")

TEXT_LIMIT = 16 * 1024  # a receipt has some 600 characters
_CODE_LENGTH = 8

Page = str | tuple[str, int] | AnyResponse


@dataclass(frozen=True)
class Asked:
    """What somebody typed, pasted or sent."""

    participant_number: str = ""
    code: str = ""
    text: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls) -> "Asked":
        """Read the form that was sent; a typing error is not counted as a try."""
        text = request.form.get("receipt", "").strip() or _sent_file()
        if text or "receipt" in request.form:
            missing = {} if text else {"receipt": error_text(ReceiptUnreadableError())}
            return cls(text=text[:TEXT_LIMIT], errors=missing)
        number = "".join(request.form.get("participant_number", "").split())
        code = request.form.get("code", "").strip()
        errors = {}
        if not is_participant_number(number):
            errors["participant_number"] = gettext("The participant number has ten digits. Compare it with your card.")
        if sum(character.isalnum() for character in code) != _CODE_LENGTH:
            errors["code"] = gettext("The code of the receipt has eight letters and digits, for example K7QF-3M2P.")
        return cls(number, code[:40], errors=errors)


@bp.get("/")
@requires(Permission.PUBLIC)
def ask() -> Page:
    """Ask for the code or the text of a receipt."""
    return _form(Asked())


@bp.post("/")
@requires(Permission.PUBLIC)
def show() -> Page:
    """Say what the receipt is worth."""
    return _answered(_page)


@bp.post("/bukti")
@requires(Permission.PUBLIC)
def proof() -> Page:
    """The proof as a file."""
    return _answered(_proof_file)


def _answered(present: Any) -> Page:
    asked = Asked.parse()
    if asked.errors:
        return _form(asked), 422
    try:
        with platform().database.transaction() as session:
            found = _receipt(session, asked)
            if not isinstance(found, Refusal):
                standing = receipt_standing(session, found, public_key=platform().keys.public)
                page: Page = present(standing, found, asked)
                return page
    except ProofError as error:
        return _form(Asked(text=asked.text, errors={"receipt": error_text(error)})), 422
    return _refused(asked, found)


def _receipt(session: Session, asked: Asked) -> Mapping[str, Any] | Refusal:
    if not asked.text:
        number, code = asked.participant_number, asked.code
        return find_receipt(session, participant_number=number, code=code, now=utc_now())
    try:
        receipt = json.loads(asked.text)
    except (ValueError, RecursionError):
        raise ReceiptUnreadableError from None
    if not isinstance(receipt, dict) or not is_whole(receipt):
        raise ReceiptUnreadableError
    if not is_genuine(receipt, platform().keys.public):
        raise ReceiptForgedError
    # What stands beside the signature is not covered by it, so it is made anew instead of believed.
    own = platform().keys.public
    return {**receipt, "short_code": short_code(signed_bytes(receipt)), "key_id": key_id(own)}


def _page(standing: ReceiptStanding | None, receipt: Mapping[str, Any], _asked: Asked) -> Page:
    if standing is None:
        # Genuine and yet unknown: the database was set back, or the attempt is gone. That is for the authority.
        return render_template("receipts/gone.html", receipt=receipt)
    return render_template(
        "receipts/standing.html",
        standing=standing,
        receipt=receipt,
        submitted_at=datetime.fromisoformat(receipt["submitted_at"]),
        text=as_line(receipt),
        public_key=platform().keys.public.hex(),
    )


def _proof_file(standing: ReceiptStanding | None, receipt: Mapping[str, Any], asked: Asked) -> Page:
    if standing is None or standing.proof is None:
        return _page(standing, receipt, asked)
    response = Response(json.dumps(standing.proof, indent=1), mimetype="application/json")
    name = f"bukti-{receipt['participant_number']}-{receipt['short_code']}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _form(asked: Asked) -> str:
    return render_template("receipts/ask.html", asked=asked, errors=asked.errors)


def _refused(asked: Asked, refusal: Refusal) -> Page:
    if refusal.code == "slow-down":
        text = gettext(
            "Too many wrong codes. Wait %(seconds)s seconds, then try again.", seconds=refusal.retry_after_seconds
        )
        response = make_response(_form(Asked(asked.participant_number, errors={"code": text})), 429)
        response.headers["Retry-After"] = str(refusal.retry_after_seconds)
        return response
    text = gettext("There is no receipt with this number and this code. Compare both with your note.")
    return _form(Asked(asked.participant_number, errors={"code": text})), 422


def _sent_file() -> str:
    sent = request.files.get("file")
    return sent.read(TEXT_LIMIT).decode(errors="replace").strip() if sent and sent.filename else ""
