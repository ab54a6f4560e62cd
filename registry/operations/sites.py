"""Sites: the places where the test is sat."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from registry.actor import Actor
from registry.audit import record
from registry.errors import SiteCodeTakenError
from registry.model import Site, SiteKind, TimeZone


def create_site(
    session: Session,
    *,
    code: str,
    name: str,
    kind: SiteKind,
    time_zone: TimeZone,
    province: str,
    actor: Actor,
    now: datetime,
) -> Site:
    """A new site; its code is unique."""
    site = Site(
        code=code.strip(), name=name.strip(), kind=kind, time_zone=time_zone, province=province.strip(), created_at=now
    )
    try:
        with session.begin_nested():
            session.add(site)
            session.flush()
    except IntegrityError as refused:
        raise SiteCodeTakenError(site=site.code) from refused
    _record(session, site, action="site.create", actor=actor, now=now)
    return site


def update_site(
    session: Session,
    site: Site,
    *,
    name: str,
    kind: SiteKind,
    time_zone: TimeZone,
    province: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Correct a site. Windows that are planned keep their instants, whatever the zone they are shown in."""
    site.name, site.kind, site.time_zone, site.province = name.strip(), kind, time_zone, province.strip()
    session.flush()
    _record(session, site, action="site.update", actor=actor, now=now)


def _record(session: Session, site: Site, *, action: str, actor: Actor, now: datetime) -> None:
    details = {"code": site.code, "kind": site.kind.value, "time_zone": site.time_zone.value}
    record(session, actor=actor, action=action, subject_kind="site", subject=site.public_id, at=now, details=details)
