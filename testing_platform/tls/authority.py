"""Makes the two certificates: the authority of a site, which PCs learn to trust, and the server's, which it signs."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from testing_platform.tls.errors import HostNameError, HostOutsideAuthorityError

AUTHORITY_DAYS = 3650
SERVER_DAYS = 397  # browsers refuse more
_EARLIER = timedelta(hours=12)  # PCs whose clock is behind must not see a certificate of the future

# What the authority may ever speak for, whoever steals its key: private networks, names that nobody can register, and
# the names that it was made for.
_PRIVATE_NETWORKS = tuple(
    ipaddress.ip_network(network)
    for network in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16"),
        *("fc00::/7", "fe80::/10", "::1/128"),
    )
)
_PRIVATE_NAMES = ("test", "internal", "lan", "local", "localhost", "home.arpa")

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)", re.ASCII)

Host = str | ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Credential:
    """A certificate with its private key."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


def parse_host(text: str) -> Host:
    """A name or an address under which the server is reached."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        pass
    name = text.lower().rstrip(".")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        raise HostNameError(host=text)
    if name.rpartition(".")[2].isdigit():  # a mistyped address, not a name
        raise HostNameError(host=text)
    return name


def make_authority(hosts: Sequence[Host], *, now: datetime) -> Credential:
    """A new authority that can only speak for a lab."""
    key = ec.generate_private_key(ec.SECP256R1())
    number = x509.random_serial_number()
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Testing Platform"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Ruang Ujian {number % 10**8:08d}"),
        ]
    )
    builder = _begun(name, name, key=key, number=number, now=now, days=AUTHORITY_DAYS)
    builder = (
        builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(
            x509.NameConstraints(permitted_subtrees=_permitted(hosts), excluded_subtrees=None), critical=True
        )
    )
    return Credential(key, builder.sign(key, hashes.SHA256()))


def make_server(authority: Credential, hosts: Sequence[Host], *, now: datetime) -> Credential:
    """A certificate for the server, good for all browsers that trust the authority."""
    outside = [host for host in hosts if not _is_permitted(authority.certificate, host)]
    if outside:
        raise HostOutsideAuthorityError(hosts=[str(host) for host in outside])
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, str(hosts[0])[:64])])
    days = min(SERVER_DAYS, (authority.certificate.not_valid_after_utc - now).days)
    builder = _begun(
        name, authority.certificate.subject, key=key, number=x509.random_serial_number(), now=now, days=days
    )
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    builder = (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general_name(host) for host in hosts]), critical=False)
        .add_extension(issuer, critical=False)
    )
    return Credential(key, builder.sign(authority.key, hashes.SHA256()))


def hosts_of(certificate: x509.Certificate) -> list[Host]:
    """The names and addresses that a certificate speaks for."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    addresses = [address for address in names.get_values_for_type(x509.IPAddress) if not _is_network(address)]
    return [*names.get_values_for_type(x509.DNSName), *(ipaddress.ip_address(str(each)) for each in addresses)]


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 in pairs, as browsers and Windows show it."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def _is_network(address: object) -> bool:
    return isinstance(address, ipaddress.IPv4Network | ipaddress.IPv6Network)


def _begun(
    subject: x509.Name, issuer: x509.Name, *, key: ec.EllipticCurvePrivateKey, number: int, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(number)
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now - _EARLIER + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(host: Host) -> x509.GeneralName:
    return x509.DNSName(host) if isinstance(host, str) else x509.IPAddress(host)


def _permitted(hosts: Sequence[Host]) -> list[x509.GeneralName]:
    names = [host for host in hosts if isinstance(host, str) and not _is_private_name(host)]
    own = [host for host in hosts if not isinstance(host, str) and not any(host in each for each in _PRIVATE_NETWORKS)]
    return [
        *(x509.DNSName(name) for name in (*_PRIVATE_NAMES, *names)),
        *(x509.IPAddress(network) for network in _PRIVATE_NETWORKS),
        *(x509.IPAddress(ipaddress.ip_network(address)) for address in own),
    ]


def _is_private_name(name: str) -> bool:
    return any(name == suffix or name.endswith("." + suffix) for suffix in _PRIVATE_NAMES)


def _is_permitted(authority: x509.Certificate, host: Host) -> bool:
    constraints = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    for permitted in constraints.permitted_subtrees or []:
        value = permitted.value
        if isinstance(host, str) and isinstance(value, str) and (host == value or host.endswith("." + value)):
            return True
        if not isinstance(host, str) and _is_network(value) and host in value:
            return True
    return False
