"""The entry for WSGI servers: `gunicorn testing_platform.wsgi:app`."""

from testing_platform.app import create_app

app = create_app()
