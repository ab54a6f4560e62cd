"""The blueprint that all modules of the administration add their routes to."""

from flask import Blueprint
from werkzeug.wrappers import Response

bp = Blueprint("admin", __name__, url_prefix="/admin")

Answer = str | Response | tuple[str, int]
