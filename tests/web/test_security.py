"""What every request passes before a page sees it: size limits, zero bytes, CSRF; and what errors leave in logs."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from testing_platform.database import Database
from testing_platform.security import API_BODY_LIMIT, UPLOAD_LIMIT
from tests.web.conftest import Browser


def test_a_body_beyond_the_limit_is_refused_before_anybody_reads_it(client: Browser) -> None:
    head = b'--b\r\nContent-Disposition: form-data; name="list"; filename="guru.csv"\r\n\r\n'
    body = head + b"x" * UPLOAD_LIMIT + b"\r\n--b--\r\n"
    assert client.post("/masuk", data=body, content_type="multipart/form-data; boundary=b").status_code == 413


def test_a_body_beyond_the_limit_of_the_contract_is_refused(client: Browser) -> None:
    answer = client.post("/api/v1/session", data=b" " * (API_BODY_LIMIT + 1))
    assert (answer.status_code, answer.get_json()["type"]) == (413, "too-large")


@pytest.mark.parametrize("path", ["/masuk", "/bahasa", "/hasil/"])
def test_a_form_without_its_token_is_refused(client: Browser, path: str) -> None:
    assert client.post(path, data={"email": "a@example.test", "language": "en"}).status_code == 400


def test_who_sends_a_form_after_the_session_ended_is_told_to_keep_the_words(client: Browser) -> None:
    answer = client.post("/menulis/wacana/", data={"title": "Bacaan"})
    assert answer.status_code == 401
    assert "menawarkan ketikan Anda" in answer.get_data(as_text=True)


def test_zero_bytes_are_refused_in_forms_queries_and_paths(client: Browser) -> None:
    assert client.submit("/masuk", {"email": "a\0", "password": "x"}).status_code == 400
    assert client.get("/masuk?next=%00").status_code == 400
    assert client.get("/atur/%00").status_code == 400


def test_an_error_of_the_database_tells_no_values(database: Database) -> None:
    add = text("INSERT INTO installation_fact (name, value) VALUES (:name, :value)")
    twice = {"name": "once", "value": '"Siti Rahmawati"'}
    for way in (database.transaction, database.connection):
        with way() as either:
            either.execute(text("DELETE FROM installation_fact"))
            either.execute(add, twice)
        with pytest.raises(IntegrityError) as caught, way() as either:
            either.execute(add, twice)
        assert "Siti Rahmawati" not in str(caught.value)
