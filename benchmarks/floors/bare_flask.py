"""The floor of the answer path: a bare Flask handler that does one INSERT and one COMMIT on PostgreSQL."""

import os
import threading

import psycopg
from flask import Flask, request

app = Flask(__name__)
_own = threading.local()


def _connection() -> psycopg.Connection:
    if not hasattr(_own, "connection"):
        _own.connection = psycopg.connect(os.environ["FLOOR_DATABASE"])
    connection: psycopg.Connection = _own.connection
    return connection


@app.post("/save")
def save() -> dict[str, int]:
    """Keep one answer."""
    body = request.get_json()
    with _connection().transaction():
        _connection().execute("INSERT INTO answer VALUES (%s, %s, %s)", (body["attempt"], body["seq"], body["option"]))
    return {"saved": body["seq"]}
