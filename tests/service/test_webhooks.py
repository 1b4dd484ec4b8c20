"""Webhooks, sent to real servers on this machine."""

import asyncio
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from eval.corpus import ROOT
from service.webhooks import (
    DELAYS_S,
    DELIVERY_HEADER,
    EVENT_HEADER,
    SIGNATURE_HEADER,
    SPREAD,
    TIMESTAMP_HEADER,
    Attempt,
    ForbiddenUrl,
    Message,
    Outcome,
    Sender,
    check_url,
    deliver,
    is_public,
    next_delay,
    sign,
)
from tests.service.quick import TOLERANCE_S, verify

SECRET = b"a secret of at least thirty-two bytes"
BODY = '{"id": "r1", "body": "南浦市水利局"}'.encode()


class Server(ThreadingHTTPServer):
    """Answers as its path says and keeps what it was sent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answerer)
        self.received: list[tuple[dict[str, str], bytes]] = []

    def url(self, path: str, host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.server_port}/{path}"


class Answerer(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((dict(self.headers), body))
        word = self.path.strip("/")
        if word == "trickle":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for _ in range(50):
                time.sleep(0.1)
                self.wfile.write(b"X-More: of it\r\n")
            return
        self.send_response(int(word))
        if word == "302":
            self.send_header("Location", "/200")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Keep the test's output clean."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made, running(made):
        yield made


@contextmanager
def running(server: Server) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield
    server.shutdown()
    thread.join()


def send(url: str, *, limit_s: float = 5, tls: ssl.SSLContext | None = None) -> Attempt:
    sender = Sender(tls or ssl.create_default_context(), limit_s, allow_private=True)
    return asyncio.run(deliver(message(url), SECRET, sender))


def message(url: str, name: str = "d1") -> Message:
    return Message(name, "report.extracted", url, BODY)


def attempt(outcome: Outcome, status: int | None = None) -> Attempt:
    return Attempt(datetime.now(UTC), 0.1, outcome, status, None)


def test_message_arrives_signed_as_the_receiver_checks_it(server: Server) -> None:
    result = send(server.url("204"))
    assert (result.outcome, result.status) == ("delivered", 204)
    ((headers, body),) = server.received
    assert body == BODY
    assert (headers[EVENT_HEADER], headers[DELIVERY_HEADER]) == ("report.extracted", "d1")
    stamp, signature = headers[TIMESTAMP_HEADER], headers[SIGNATURE_HEADER]
    assert verify(SECRET, stamp, signature, body, time.time())


def test_changed_or_old_message_is_not_believed() -> None:
    now = 1_700_000_000.0
    stamp = str(int(now))
    signature = sign(SECRET, stamp, BODY)
    assert verify(SECRET, stamp, signature, BODY, now)
    assert not verify(SECRET, stamp, signature, BODY + b" ", now)
    assert not verify(b"another", stamp, signature, BODY, now)
    assert not verify(SECRET, str(int(now) + 1), signature, BODY, now)
    assert not verify(SECRET, stamp, "v1=ü", BODY, now)
    assert not verify(SECRET, stamp, signature, BODY, now + TOLERANCE_S + 1)


@pytest.mark.parametrize("status", [302, 400, 410, 500])
def test_any_other_answer_is_a_failure_and_no_redirect_is_followed(
    server: Server, status: int
) -> None:
    result = send(server.url(str(status)))
    assert (result.outcome, result.status) == ("rejected", status)
    assert len(server.received) == 1


def test_receiver_that_trickles_its_answer_is_left(server: Server) -> None:
    result = send(server.url("trickle"), limit_s=0.5)
    assert (result.outcome, result.status) == ("timed_out", None)
    assert result.seconds < 2


def test_closed_port_and_unknown_name_are_unreachable(server: Server) -> None:
    server.server_close()
    assert send(server.url("200")).outcome == "unreachable"
    assert send("http://nowhere.invalid/").outcome == "unreachable"
    assert send(f"http://{'long' * 40}.example/").outcome == "unreachable"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f000001", "2130706433", "[::1]"])
def test_private_address_is_not_called_however_it_is_written(server: Server, host: str) -> None:
    sender = Sender(ssl.create_default_context())
    result = asyncio.run(deliver(message(server.url("200", host)), SECRET, sender))
    assert result.outcome == "forbidden"
    assert server.received == []


def test_address_of_a_private_network_behind_a_public_face_is_not_public() -> None:
    private = (
        *("10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),  # noqa: S104 - never bound
        *("224.0.0.1", "255.255.255.255", "::1", "fc00::1", "fe80::1", "ff0e::1"),
        *("::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),
    )
    assert [address for address in private if is_public(address)] == []
    assert is_public("8.8.8.8")
    assert is_public("2606:4700::1111")


@pytest.mark.parametrize(
    "url",
    ["ftp://example.org/", "file:///etc/passwd", "http://", "https://me:word@example.org/", "//x"],
)
def test_url_that_is_no_receiver_is_refused(url: str) -> None:
    with pytest.raises(ForbiddenUrl):
        check_url(url)


def test_certificate_is_checked_against_the_name_and_not_the_address(tmp_path: Path) -> None:
    trusted = ssl.create_default_context(cafile=write_certificate(tmp_path, "localhost"))
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")
    with Server() as server:
        server.socket = serving.wrap_socket(server.socket, server_side=True)
        with running(server):
            named = send(server.url("200", "localhost", "https"), tls=trusted)
            numbered = send(server.url("200", scheme="https"), tls=trusted)
            stranger = send(server.url("200", "localhost", "https"))
    assert named.outcome == "delivered"
    assert numbered.outcome == stranger.outcome == "unreachable"
    assert [headers["Host"] for headers, _ in server.received] == [
        f"localhost:{server.server_port}"
    ]


def write_certificate(folder: Path, name: str) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    return folder / "certificate.pem"


def test_waits_grow_are_spread_and_end() -> None:
    failed = attempt("unreachable")
    for failures, usual in enumerate(DELAYS_S, start=1):
        waits = [next_delay(failed, failures, message("", f"d{one}")) for one in range(50)]
        assert len(set(waits)) == 50
        assert all(wait and abs(wait / usual - 1) <= SPREAD for wait in waits)
    assert next_delay(failed, len(DELAYS_S) + 1, message("")) is None


def test_delivered_and_unwanted_messages_are_not_sent_again() -> None:
    assert next_delay(attempt("delivered", 200), 0, message("")) is None
    assert next_delay(attempt("rejected", 410), 1, message("")) is None
    assert next_delay(attempt("rejected", 500), 1, message("")) is not None


def test_receivers_are_told_the_headers_and_waits_in_force() -> None:
    text = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")
    headers = (EVENT_HEADER, DELIVERY_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER)
    assert [name for name in headers if f"`{name}`" not in text] == []
    assert f"{TOLERANCE_S:.0f} seconds" in text
    assert Sender(ssl.create_default_context()).limit_s == 10
    *first, last = (f"{wait:.0f}" for wait in DELAYS_S)
    assert f"{', '.join(first)} and {last} seconds" in " ".join(text.split())
