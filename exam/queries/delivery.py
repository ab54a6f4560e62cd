"""What candidates' browsers fetch ahead: ciphertext, the same for everybody who sits the form."""

import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from exam.model import Form, FormPicture


@dataclass(frozen=True)
class SealedPackage:
    """The ciphertext of a form and its name."""

    package: bytes
    package_sha256: str


def form_package(session: Session, form: uuid.UUID) -> SealedPackage | None:
    """The package of a form; None when there is no such form."""
    row = session.execute(select(Form.package, Form.package_sha256).where(Form.public_id == form)).one_or_none()
    return None if row is None else SealedPackage(package=row.package, package_sha256=row.package_sha256)


def form_picture(session: Session, form: uuid.UUID, sha256: str) -> FormPicture | None:
    """A picture of a form by the digest of its ciphertext."""
    return session.scalar(
        select(FormPicture)
        .join(Form)
        .where(Form.public_id == form, FormPicture.sha256 == sha256)
        .options(undefer(FormPicture.content)),
    )
