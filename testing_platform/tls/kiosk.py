"""What to do on each PC of the room so that its browser trusts the server: once, in words that can be followed.

One text in two languages, as Markdown; the command writes it beside the certificates, the server shows it as a page.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509

from testing_platform.tls.authority import fingerprint, hosts_of


@dataclass(frozen=True)
class Site:
    """What the steps speak of."""

    authority: x509.Certificate
    hosts: tuple[str, ...]
    port: int

    @property
    def origins(self) -> tuple[str, ...]:
        """The addresses that candidates open."""
        port = "" if self.port == 443 else f":{self.port}"
        return tuple(f"https://{f'[{host}]' if ':' in host else host}{port}/ujian" for host in self.hosts)


def site_of(authority: x509.Certificate, certificate: x509.Certificate, *, port: int) -> Site:
    """The site that two certificates describe."""
    return Site(authority, tuple(str(host) for host in hosts_of(certificate)), port)


def steps(site: Site, *, language: str) -> str:
    """The steps in one language, as Markdown."""
    text = _INDONESIAN if language == "id" else _ENGLISH
    return text.format(
        name=_common_name(site.authority),
        fingerprint=_in_two_lines(fingerprint(site.authority)),
        until=f"{site.authority.not_valid_after_utc:%Y-%m-%d}",
        origins="\n".join(f"    {origin}" for origin in site.origins),
        hosts_lines="\n".join(f"    10.0.0.5  {host}" for host in _names(site.hosts)) or "    -",
    )


def both(site: Site) -> str:
    """Indonesian first, English second; this is the file on disk."""
    return steps(site, language="id") + "\n---\n\n" + steps(site, language="en")


def _common_name(certificate: x509.Certificate) -> str:
    (attribute,) = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(attribute.value)


def _in_two_lines(text: str) -> str:
    middle = text.index(":", len(text) // 2) + 1
    return f"    {text[:middle]}\n    {text[middle:]}"


def _names(hosts: Sequence[str]) -> list[str]:
    return [host for host in hosts if not host.replace(".", "").isdigit() and ":" not in host]


_INDONESIAN = """# Menyiapkan PC peserta

Kerjakan sekali untuk setiap PC, sebelum hari ujian. Yang dipasang adalah sertifikat otoritas (CA) ruang ujian ini,
berkas `authority.crt`. Otoritas ini hanya dapat berbicara untuk alamat jaringan lokal, tidak untuk situs lain di
internet. Berlaku sampai {until}.

Alamat ujian:

{origins}

## 1. Salin berkas dan cocokkan sidik jarinya

Salin `authority.crt` dengan diska USB dari komputer server (folder data, subfolder `tls`). Jangan mengambilnya dari
jaringan tanpa mencocokkan sidik jari. Nama sertifikat: **{name}**. Sidik jari SHA-256:

{fingerprint}

Windows: `certutil -hashfile` menghitung berkas, bukan sertifikat. Buka `authority.crt`, atau jalankan
`certutil -dump authority.crt`. Linux: `openssl x509 -in authority.crt -noout -fingerprint -sha256`.

## 2. Windows: Chrome, Edge, Safe Exam Browser

Sebagai administrator, di Command Prompt:

    certutil -addstore -f ROOT authority.crt

Untuk banyak PC dalam satu domain: Group Policy, *Computer Configuration > Policies > Windows Settings > Security
Settings > Public Key Policies > Trusted Root Certification Authorities > Import*.

## 3. Linux: Chromium dan Chrome

Masuk sebagai pengguna yang dipakai peserta (paket `libnss3-tools`):

    mkdir -p $HOME/.pki/nssdb
    certutil -d sql:$HOME/.pki/nssdb -A -t "C,," -n "Ruang Ujian" -i authority.crt

## 4. Firefox (Windows dan Linux)

Simpan berkas ini sebagai `policies.json` di folder `distribution` di dalam folder program Firefox, atau di
`/etc/firefox/policies/`; sesuaikan letak `authority.crt`:

    {{"policies": {{"Certificates": {{
        "ImportEnterpriseRoots": true,
        "Install": ["/etc/testing-platform/authority.crt"]
    }}}}}}

## 5. Nama server

Bila jaringan tidak mempunyai DNS, tambahkan nama server ke berkas hosts (`C:\\Windows\\System32\\drivers\\etc\\hosts`
atau `/etc/hosts`), dengan alamat server Anda:

{hosts_lines}

## 6. Periksa

Buka alamat ujian. Halaman harus terbuka tanpa peringatan. Bila ada peringatan, jangan dilewati: CA belum terpasang
untuk pengguna ini, alamatnya lain, atau jam PC salah.
"""

_ENGLISH = """# Preparing the candidates' PCs

Do this once for each PC, before the day of the test. What is installed is the certificate of this room's authority
(CA), the file `authority.crt`. The authority can only speak for addresses of local networks, not for other sites on
the internet. It is valid until {until}.

Address of the test:

{origins}

## 1. Copy the file and compare its fingerprint

Copy `authority.crt` from the server (data folder, subfolder `tls`) with a USB stick. Do not take it from the network
without comparing the fingerprint. Name of the certificate: **{name}**. SHA-256 fingerprint:

{fingerprint}

Windows: `certutil -hashfile` counts the file, not the certificate. Open `authority.crt`, or run
`certutil -dump authority.crt`. Linux: `openssl x509 -in authority.crt -noout -fingerprint -sha256`.

## 2. Windows: Chrome, Edge, Safe Exam Browser

As administrator, in a Command Prompt:

    certutil -addstore -f ROOT authority.crt

For many PCs of a domain: Group Policy, *Computer Configuration > Policies > Windows Settings > Security Settings >
Public Key Policies > Trusted Root Certification Authorities > Import*.

## 3. Linux: Chromium and Chrome

Sign in as the user that candidates work under (package `libnss3-tools`):

    mkdir -p $HOME/.pki/nssdb
    certutil -d sql:$HOME/.pki/nssdb -A -t "C,," -n "Ruang Ujian" -i authority.crt

## 4. Firefox (Windows and Linux)

Save this file as `policies.json` in the folder `distribution` inside Firefox's program folder, or in
`/etc/firefox/policies/`; adapt where `authority.crt` is:

    {{"policies": {{"Certificates": {{
        "ImportEnterpriseRoots": true,
        "Install": ["/etc/testing-platform/authority.crt"]
    }}}}}}

## 5. The server's name

If the network has no DNS, add the server's name to the hosts file (`C:\\Windows\\System32\\drivers\\etc\\hosts` or
`/etc/hosts`), with the address of your server:

{hosts_lines}

## 6. Check

Open the address of the test. The page must open without a warning. If there is one, do not click through: the CA is
not installed for this user, the address is another one, or the clock of the PC is wrong.
"""
