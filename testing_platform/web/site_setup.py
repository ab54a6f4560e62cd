"""How a PC of the room learns to trust this server: the steps, and the certificate that they speak of."""

from flask import Blueprint, Response, abort, render_template
from flask_babel import get_locale
from markdown_it import MarkdownIt

from testing_platform.permissions import Permission, requires
from testing_platform.tls.folder import TlsFolder, read_certificate
from testing_platform.tls.kiosk import site_of, steps
from testing_platform.wiring import platform

_FILE = "authority.crt"

bp = Blueprint("site_setup", __name__)


@bp.get("/menyiapkan-pc")
@requires(Permission.PUBLIC)
def prepare() -> str:
    """The steps, with the fingerprint that people compare; nothing in it is secret."""
    place = _place()
    port = platform().settings.port
    site = site_of(read_certificate(place.authority), read_certificate(place.certificate), port=port)
    heading, _newline, text = steps(site, language=str(get_locale() or "id")).partition("\n")
    body = MarkdownIt("commonmark", {"html": False}).render(text)
    return render_template("site/prepare.html", heading=heading.removeprefix("# "), body=body, file_name=_FILE)


@bp.get("/menyiapkan-pc/authority.crt")
@requires(Permission.PUBLIC)
def authority() -> Response:
    """The certificate of the authority; its key never leaves the data folder."""
    response = Response(_place().authority.read_bytes(), mimetype="application/x-x509-ca-cert")
    response.headers["Content-Disposition"] = f'attachment; filename="{_FILE}"'
    return response


def _place() -> TlsFolder:
    place = TlsFolder(platform().settings.data / "tls")
    if not place.authority.exists() or not place.certificate.exists():
        abort(404)
    return place
