"""`testing-platform site certificate`: makes or renews the server's certificate and writes what kiosk PCs need."""

import argparse
import json

from testing_platform.config import Settings
from testing_platform.tls.authority import fingerprint, parse_host
from testing_platform.tls.folder import Issued, TlsFolder, issue
from testing_platform.tls.kiosk import Site, both, site_of
from testing_platform.wiring import utc_now


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument(
        "--host",
        action="append",
        default=[],
        metavar="HOST",
        help="name or address under which PCs reach the server; may be given several times (default: as before)",
    )
    parser.add_argument(
        "--port", type=int, metavar="PORT", help="port that the steps for PCs name (default: that of the settings)"
    )
    parser.add_argument(
        "--new-authority", action="store_true", help="make a new authority, which every PC must then learn to trust"
    )
    parser.add_argument("--json", action="store_true", help="write what was made as JSON")


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Make the certificate and say what to do next."""
    place = TlsFolder(settings.data / "tls")
    hosts = list(dict.fromkeys(parse_host(text) for text in options.host))
    issued = issue(place, hosts, now=utc_now(), renews_authority=options.new_authority)
    site = site_of(issued.authority, issued.certificate, port=settings.port)
    place.steps.write_text(both(site), encoding="utf-8")
    print(_as_json(place, issued, site) if options.json else _as_text(place, issued, site))
    return 0


def _as_json(place: TlsFolder, issued: Issued, site: Site) -> str:
    told = {
        "hosts": site.hosts,
        "certificate": str(place.certificate),
        "key": str(place.key),
        "expires_at": issued.certificate.not_valid_after_utc.isoformat(),
        "authority": str(place.authority),
        "authority_key": str(place.authority_key),
        "authority_expires_at": issued.authority.not_valid_after_utc.isoformat(),
        "authority_sha256": fingerprint(issued.authority),
        "authority_is_new": issued.is_new_authority,
        "steps": str(place.steps),
        "origins": site.origins,
    }
    return json.dumps(told, indent=2)


def _as_text(place: TlsFolder, issued: Issued, site: Site) -> str:
    expires = issued.certificate.not_valid_after_utc
    made = f"The server speaks for {', '.join(site.hosts)} until {expires:%Y-%m-%d}: {place.certificate}"
    renewal = "A server that runs takes it up within a minute. Renew it by running this command again."
    if issued.is_new_authority:
        return f"{made}\n{renewal}\n\nEvery PC must trust the new authority {place.authority} once.\n\n{both(site)}"
    return f"{made}\n{renewal} PCs keep what they have; the steps for new ones: {place.steps}"
