"""Tables of the registry: accounts, roles, sites, teachers, the audit journal and the sign-in log."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.columns import Base, BigKey, Digest, Document, Key, Line, PublicId, Short, one_of
from registry.protection import Protection
from registry.roles import Role


class SiteKind(StrEnum):
    """The three kinds of institution where teachers sit the test."""

    LPTK = "LPTK"  # university that trains teachers
    LPMP = "LPMP"  # provincial institute for quality of education
    P4TK = "P4TK"  # national centre for the development of teachers


class TimeZone(StrEnum):
    """Indonesia's three civil time zones."""

    WIB = "Asia/Jakarta"
    WITA = "Asia/Makassar"
    WIT = "Asia/Jayapura"


class Level(StrEnum):
    """School levels, as the certification rules write them."""

    SD = "SD"
    SMP = "SMP"
    SMA = "SMA"
    SMK = "SMK"


class Account(Base):
    """A member of staff. Candidates have no account: they are enrolments of a sitting."""

    __tablename__ = "account"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    email: Mapped[Line] = mapped_column(unique=True)  # lower case; the name people sign in with
    full_name: Mapped[Line]
    language: Mapped[str] = mapped_column(String(5), default="id")
    password_hash: Mapped[str | None] = mapped_column(String(200))  # Argon2; none until the set-up link was used
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    failed_signins: Mapped[int] = mapped_column(default=0)
    blocked_until: Mapped[datetime | None]  # after repeated wrong passwords

    grants: Mapped[list["RoleGrant"]] = relationship(back_populates="account", foreign_keys="RoleGrant.account_id")

    __table_args__ = (CheckConstraint("email = lower(email)", name="email_lower"),)


class RoleGrant(Base):
    """A role that an account holds, at one site for site roles; active once approved and until revoked."""

    __tablename__ = "role_grant"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    role: Mapped[Role]
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # none: the system, at set-up
    granted_at: Mapped[datetime]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    approved_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship(back_populates="grants", foreign_keys=[account_id])
    site: Mapped["Site | None"] = relationship()

    __table_args__ = (
        CheckConstraint(one_of("role", Role), name="role_known"),
        CheckConstraint("(role IN ('proktor', 'pengawas')) = (site_id IS NOT NULL)", name="site_roles_have_sites"),
        Index(
            "ix_role_grant_once",
            "account_id",
            "role",
            text("coalesce(site_id, 0)"),
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )


class AccountLink(Base):
    """A one-time link by which somebody sets a password; only the hash of its token is kept.

    It works once approved. The first password of an account needs no approval: nobody's access changes hands.
    """

    __tablename__ = "account_link"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    token_digest: Mapped[Digest] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # none: the system
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # none: nobody had to
    approved_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship(foreign_keys=[account_id])

    __table_args__ = (
        CheckConstraint("approved_by_id <> issued_by_id AND approved_by_id <> account_id", name="approver_is_another"),
        CheckConstraint("approved_by_id IS NULL OR approved_at IS NOT NULL", name="approval_has_its_time"),
    )


class StaffSession(Base):
    """A signed-in browser. It is a row, so that signing out or disabling an account ends it at once."""

    __tablename__ = "staff_session"

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    token_digest: Mapped[Digest] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship()


class HalfSession(Base):
    """A browser that gave the right password and still owes the code. It opens only the page that asks for it."""

    __tablename__ = "half_session"

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    token_digest: Mapped[Digest] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # the code was given, or the password changed

    account: Mapped[Account] = relationship()

    __table_args__ = (
        {
            "info": {
                "protection": Protection(
                    table="half_session",
                    frozen=("account_id", "token_digest", "created_at", "expires_at"),
                    once=("ended_at",),
                )
            }
        },
    )


class SecondFactor(Base):
    """What an account's phone shares with the server. It asks for a code at sign-in once it was confirmed with one."""

    __tablename__ = "second_factor"

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), unique=True)
    sealed_secret: Mapped[bytes]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_used_step: Mapped[int | None] = mapped_column(BigKey)  # of RFC 6238; no code up to it is taken again
    failed_tries: Mapped[int] = mapped_column(default=0)
    blocked_until: Mapped[datetime | None]  # after repeated wrong codes

    __table_args__ = (
        {
            "info": {
                "protection": Protection(
                    table="second_factor",
                    frozen=("account_id", "sealed_secret", "created_at"),
                    once=("confirmed_at",),
                    deletable_while="1=1",  # taken off, nothing of the secret shall stay; the audit journal tells of it
                )
            }
        },
    )


class RecoveryCode(Base):
    """One of ten codes that replace the phone, once each; only a keyed digest is kept."""

    __tablename__ = "recovery_code"

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    digest: Mapped[Digest] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    __table_args__ = (
        {
            "info": {
                "protection": Protection(
                    table="recovery_code",
                    frozen=("account_id", "digest", "created_at"),
                    once=("used_at",),
                    deletable_while="1=1",
                )
            }
        },
    )


class SigninEvent(Base):
    """The sign-in log: unchained, because one chain over all sign-ins would be a queue of one."""

    __tablename__ = "signin_event"

    id: Mapped[Key]
    at: Mapped[datetime] = mapped_column(index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    outcome: Mapped[Short]


class Site(Base):
    """A place with computer rooms where the test is sat."""

    __tablename__ = "site"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    code: Mapped[Short] = mapped_column(unique=True)
    name: Mapped[Line]
    kind: Mapped[SiteKind]
    time_zone: Mapped[TimeZone]
    province: Mapped[Line]
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(one_of("kind", SiteKind), name="kind_known"),
        CheckConstraint(one_of("time_zone", TimeZone), name="time_zone_known"),
    )


class Teacher(Base):
    """A teacher who may be enrolled in sittings. The NUPTK never changes, whatever the school."""

    __tablename__ = "teacher"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    nuptk: Mapped[str] = mapped_column(String(16), unique=True)
    full_name: Mapped[Line]
    level: Mapped[Level]
    subject: Mapped[Line]
    school: Mapped[Line]
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("length(nuptk) = 16", name="nuptk_16_digits"),
        CheckConstraint(one_of("level", Level), name="level_known"),
    )


class AuditEvent(Base):
    """One act of staff. Append-only, and each event holds the digest of the one before it."""

    __tablename__ = "audit_event"

    id: Mapped[Key]
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[uuid.UUID | None]  # the account's public id; none: the system. Pseudonymous on purpose
    action: Mapped[Short]
    subject_kind: Mapped[Short]
    subject: Mapped[str] = mapped_column(String(64), index=True)
    details: Mapped[Document] = mapped_column(JSON)
    previous_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)

    # A fork of the chain would need a second event with the same predecessor.
    __table_args__ = (
        UniqueConstraint("previous_digest"),
        {"info": {"protection": Protection(table="audit_event")}},
    )


__all__ = [
    "Account",
    "AccountLink",
    "AuditEvent",
    "Base",
    "BigKey",
    "HalfSession",
    "Level",
    "RecoveryCode",
    "RoleGrant",
    "SecondFactor",
    "SigninEvent",
    "Site",
    "SiteKind",
    "StaffSession",
    "Teacher",
    "TimeZone",
]
