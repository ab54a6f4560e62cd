"""What plain HTTP gets where TLS is served: a calm page that says how to go on.

It looks at no credentials, sets no cookie and sends nobody on by itself, so nothing that came with the request travels
further.
"""

import base64
import hashlib
from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import Any

_PAGE = """<!doctype html>
<html lang="id">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Buka dengan https</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 1.15rem/1.6 system-ui, sans-serif; max-width: 42rem; margin: 0 auto; padding: 3rem 1.25rem }}
h1 {{ font-size: 1.6rem; line-height: 1.25; margin: 0 0 1rem }}
section + section {{ margin-top: 2.5rem; padding-top: 2rem; border-top: 1px solid #8886 }}
.address {{ display: block; font-size: 1.3rem; font-weight: 600; padding: .75rem 1rem; margin: .75rem 0;
  border: 2px solid currentColor; border-radius: .5rem; overflow-wrap: anywhere; color: inherit }}
small {{ display: block; margin-top: 1rem }}
</style>
</head>
<body>
<main>
<section>
<h1>Buka halaman ini dengan https</h1>
<p>Alamat yang Anda buka dimulai dengan <b>http</b>. Ujian hanya berjalan lewat sambungan yang terlindung, <b>https</b>.
Tidak ada jawaban yang hilang.</p>
<p>Peserta membuka:</p>
{candidates}
<p>Petugas membuka:</p>
{staff}
<small>Browser memberi peringatan? Jangan dilewati. PC ini belum disiapkan: panggil proktor. Langkah menyiapkan PC ada
di server, berkas <code>tls/langkah-kiosk.md</code> di folder data.</small>
</section>
<section lang="en">
<h1>Open this page with https</h1>
<p>The address that you opened begins with <b>http</b>. The test only runs over a protected connection, <b>https</b>;
use the addresses above. No answer is lost.</p>
<small>The browser shows a warning? Do not click through. This PC has not been prepared: call the proctor. The steps
for preparing a PC are on the server, in <code>tls/langkah-kiosk.md</code> of the data folder.</small>
</section>
</main>
</body>
</html>
"""
_POLICY = "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


class WrongDoor:
    """A WSGI application with one page."""

    def __init__(self, hosts: Sequence[str], *, port: int) -> None:
        self._hosts = tuple(hosts)
        self._port = "" if port == 443 else f":{port}"
        self._policy = _POLICY.format(digest=_digest_of_style())

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer whatever was asked; 426 says that the request was refused because of how it came."""
        content = self._page(environ.get("HTTP_HOST", ""))
        headers = [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(content))),
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
            ("X-Content-Type-Options", "nosniff"),
            ("Content-Security-Policy", self._policy),
        ]
        start_response("426 Upgrade Required", headers)
        return [content]

    def _page(self, asked: str) -> bytes:
        # The name that was asked for comes first if the certificate speaks for it; any other one is not repeated.
        name = asked[1:].partition("]")[0] if asked.startswith("[") else asked.partition(":")[0]
        hosts = sorted(self._hosts, key=lambda host: host != name.lower())
        first = hosts[0] if hosts else ""
        return _PAGE.format(candidates=self._link(first, "/ujian"), staff=self._link(first, "/masuk")).encode()

    def _link(self, host: str, path: str) -> str:
        address = escape(f"https://{f'[{host}]' if ':' in host else host}{self._port}{path}", quote=True)
        return f'<a class="address" href="{address}" rel="noreferrer">{address}</a>'


def _digest_of_style() -> str:
    style = _PAGE.partition("<style>")[2].partition("</style>")[0].replace("{{", "{").replace("}}", "}")
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
