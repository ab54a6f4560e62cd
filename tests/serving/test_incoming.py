"""Requests come out of the bytes of a connection whole and in order, however the bytes were cut."""

import itertools
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http import errors
from hypothesis import given
from hypothesis import strategies as st

from testing_platform.security import API_BODY_LIMIT, UPLOAD_LIMIT
from testing_platform.web_server.incoming import Incoming, OverloadedError
from testing_platform.web_server.limits import Budget, Limits

PEER = ("127.0.0.1", 50000)


def incoming(*, budget: int = 10 * UPLOAD_LIMIT) -> Incoming:
    return Incoming(Config(), PEER, Limits(), Budget(budget))


def fed(one: Incoming, data: bytes) -> list[tuple[str, bytes]]:
    """The requests that more bytes complete."""
    one.buffer += data
    found = []
    while (request := one.whole()) is not None:
        found.append((request.path, request.body.read()))
    return found


def with_length(number: int, body: bytes) -> bytes:
    return b"POST /%d HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % (number, len(body)) + body


def in_chunks(number: int, body: bytes) -> bytes:
    chunks = [body[at : at + 7] for at in range(0, len(body), 7)]
    coded = b"".join(b"%x;note=1\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    head = b"POST /%d HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" % number
    return head + coded + b"0\r\nX-Trailer: 1\r\n\r\n"


def without_body(number: int, _body: bytes) -> bytes:
    return b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % number


requests = st.lists(
    st.tuples(st.sampled_from([with_length, in_chunks, without_body]), st.binary(max_size=40)), min_size=1, max_size=5
)


@given(requests, st.lists(st.integers(0, 900), max_size=30))
def test_however_the_bytes_are_cut_the_requests_are_the_same(sent: list[tuple[Any, bytes]], cuts: list[int]) -> None:
    data = b"".join(write(number, body) for number, (write, body) in enumerate(sent))
    expected = [(f"/{number}", b"" if write is without_body else body) for number, (write, body) in enumerate(sent)]
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    one = incoming()
    found = [each for low, high in itertools.pairwise(edges) for each in fed(one, data[low:high])]
    assert found == expected
    assert not one.has_begun


def test_an_empty_line_before_a_request_is_allowed() -> None:
    assert fed(incoming(), b"\r\n" + without_body(1, b"")) == [("/1", b"")]


@pytest.mark.parametrize(
    ("path", "limit"), [("/api/v1/attempts/1/steps", API_BODY_LIMIT), ("/bank/items", UPLOAD_LIMIT)]
)
def test_a_body_that_is_announced_too_large_is_not_waited_for(path: str, limit: int) -> None:
    one = incoming()
    one.buffer += f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {limit + 1}\r\n\r\n".encode()
    request = one.whole()
    assert (request.body.read(), request.should_close()) == (b"", True)
    assert dict(request.headers)["CONTENT-LENGTH"] == str(limit + 1)


def test_chunks_that_grow_too_large_are_not_waited_for() -> None:
    one = incoming()
    one.buffer += b"POST /api/v1/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert one.whole() is None
    one.buffer += b"%x\r\n" % (API_BODY_LIMIT + 1)
    request = one.whole()
    assert (request.body.read(), request.should_close()) == (b"", True)
    assert int(dict(request.headers)["CONTENT-LENGTH"]) > API_BODY_LIMIT
    assert "TRANSFER-ENCODING" not in dict(request.headers)


@pytest.mark.parametrize(
    "sent",
    [
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -3\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
        b"GET /\r\n\r\n",
    ],
)
def test_heads_that_could_be_read_in_two_ways_are_refused(sent: bytes) -> None:
    with pytest.raises(
        (
            errors.InvalidHeader,
            errors.InvalidHeaderName,
            errors.InvalidRequestLine,
            errors.UnsupportedTransferCoding,
        )
    ):
        fed(incoming(), sent)


@pytest.mark.parametrize("chunk", [b"x\r\n", b"-1\r\n", b"\r\n", b"1\r\nabc", b"3 3\r\n", b"0x3\r\n", b"a" * 2000])
def test_chunks_that_are_none_are_refused(chunk: bytes) -> None:
    head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    with pytest.raises(errors.InvalidChunkSize):
        fed(incoming(), head + chunk)


def test_a_head_without_end_is_refused() -> None:
    with pytest.raises(errors.LimitRequestHeaders):
        fed(incoming(), b"GET / HTTP/1.1\r\nX: " + b"x" * Limits().head_bytes)


def test_large_bodies_share_a_budget_and_give_it_back() -> None:
    size = Limits().large_bytes + 1
    budget = Budget(size)
    first, second = (Incoming(Config(), PEER, Limits(), budget) for _ in range(2))
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % size
    assert fed(first, head) == []
    with pytest.raises(OverloadedError):
        fed(second, head)
    assert len(fed(first, b"x" * size)) == 1
    third = Incoming(Config(), PEER, Limits(), budget)
    assert fed(third, head) == []
    third.release()
    assert budget.take(size)
