"""Telling other systems what became of a report: signing, sending, trying again.

    signature = "v1=" + HMAC-SHA256(secret, timestamp + "." + body), in hexadecimal

Addresses are given by whoever may upload, so a message could be aimed at what only this
machine can reach. A name is resolved once, all that it stands for is checked, and the
connection goes to the address that was checked, whatever the name stands for by then. No
redirect is followed, no proxy is asked, and no answer is read beyond its status.

For those who receive: docs/webhooks.md
"""

import asyncio
import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from hmac import digest
from ipaddress import ip_address, ip_network
from time import perf_counter, time
from typing import Final, Literal, TypeAlias

import httpx2

Event: TypeAlias = Literal[
    "report.extracted",
    "report.needs_review",
    "report.reviewed",
    "report.failed",
    "report.cancelled",
]
Outcome: TypeAlias = Literal["delivered", "rejected", "unreachable", "timed_out", "forbidden"]

EVENT_HEADER: Final = "Gouji-Event"
DELIVERY_HEADER: Final = "Gouji-Delivery"
TIMESTAMP_HEADER: Final = "Gouji-Timestamp"
SIGNATURE_HEADER: Final = "Gouji-Signature"

DELAYS_S: Final = (10.0, 60.0, 300.0, 1_800.0, 7_200.0, 21_600.0, 86_400.0)
"""Waits after each failure: seconds for a restart, a day for a night's outage."""

SPREAD: Final = 0.2
"""Share by which a wait is made longer or shorter, lest what failed together return together."""

_GONE: Final = 410
"""The receiver's word that nothing more is wanted (RFC 9110, 15.5.11)."""

_TUNNELS: Final = (ip_network("64:ff9b::/96"), ip_network("2002::/16"))
"""IPv6 addresses that carry an IPv4 one, maybe a private one, behind a public face: NAT64
(RFC 6052) and 6to4 (RFC 3056)."""


class ForbiddenUrl(Exception):
    """A message may not be sent there; the message says why."""


@dataclass(frozen=True, slots=True)
class Message:
    """An event on its way to a receiver.

    Attributes:
        id: The same at every try, so that a receiver can drop what it has had.
        event: What happened.
        url: The receiver's.
        body: JSON.
    """

    id: str
    event: Event
    url: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Sender:
    """How to send.

    Attributes:
        tls: Whom to trust.
        limit_s: For a whole try, from the name to the answer's status.
        allow_private: Send to addresses that are not public too.
    """

    tls: ssl.SSLContext
    limit_s: float = 10.0
    allow_private: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of a try, for the log of deliveries.

    Attributes:
        started: When, UTC.
        seconds: How long it took.
        outcome: Delivered is any status from 200 to 299, rejected any other.
        status: The answer's; None when there was none.
        detail: What went wrong, one sentence; None for an answer.
    """

    started: datetime
    seconds: float
    outcome: Outcome
    status: int | None
    detail: str | None


def sign(secret: bytes, timestamp: str, body: bytes) -> str:
    """Sign a message.

    Args:
        secret: Known to the receiver.
        timestamp: Seconds since 1970, as in the header.
        body: As sent.
    """
    return f"v1={digest(secret, timestamp.encode() + b'.' + body, sha256).hex()}"


def check_url(text: str) -> httpx2.URL:
    """Parse a receiver's URL.

    Raises:
        ForbiddenUrl: It is no http or https URL with a host, or it holds a password, which
            would end up in logs.
    """
    try:
        url = httpx2.URL(text)
    except httpx2.InvalidURL as error:
        raise ForbiddenUrl(f"the URL is wrong: {error}") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise ForbiddenUrl("only http and https URLs with a host are called")
    if url.userinfo:
        raise ForbiddenUrl("the URL holds a user name or password")
    return url


def is_public(address: str) -> bool:
    """Whether an IP address is one that anyone on the internet may call."""
    ip = ip_address(address)
    carried = any(ip in network for network in _TUNNELS if network.version == ip.version)
    return ip.is_global and not ip.is_multicast and not carried


async def deliver(message: Message, secret: bytes, sender: Sender) -> Attempt:
    """Try once to send a message; what goes wrong is in the result."""
    started, clock = datetime.now(UTC), perf_counter()
    outcome: Outcome
    status, detail = None, None
    try:
        async with asyncio.timeout(sender.limit_s):
            url = check_url(message.url)
            address = await _find_address(url, allow_private=sender.allow_private)
            status = await _post(message, _headers(message, secret), address, sender.tls)
        outcome = "delivered" if 200 <= status < 300 else "rejected"
    except ForbiddenUrl as error:
        outcome, detail = "forbidden", str(error)
    except TimeoutError:
        outcome, detail = "timed_out", f"no answer within {sender.limit_s:g} s"
    except (OSError, httpx2.TransportError) as error:
        outcome, detail = "unreachable", str(error) or type(error).__name__
    return Attempt(started, perf_counter() - clock, outcome, status, detail)


def next_delay(attempt: Attempt, failures: int, message: Message) -> float | None:
    """Seconds to wait before the next try.

    Args:
        attempt: The last one.
        failures: Tries that failed so far, this one among them.
        message: Its id decides how the wait is spread.

    Returns:
        None when it was delivered, is not wanted, or was tried often enough.
    """
    if attempt.outcome == "delivered" or attempt.status == _GONE or failures > len(DELAYS_S):
        return None
    seed = sha256(f"{message.id}.{failures}".encode()).digest()
    share = int.from_bytes(seed[:8]) / 2**64
    return DELAYS_S[failures - 1] * (1 + SPREAD * (2 * share - 1))


async def _find_address(url: httpx2.URL, *, allow_private: bool) -> str:
    """The address to connect to.

    Raises:
        ForbiddenUrl: The name stands for an address that is not public.
        OSError: The name stands for none.
    """
    port = url.port or (443 if url.scheme == "https" else 80)
    found = await asyncio.get_running_loop().getaddrinfo(
        url.raw_host, port, type=socket.SOCK_STREAM
    )
    addresses = [str(place[0]) for *_, place in found]
    if not allow_private and not all(is_public(address) for address in addresses):
        raise ForbiddenUrl(f"{url.host} is not an address of the public internet")
    return addresses[0]


def _headers(message: Message, secret: bytes) -> dict[str, str]:
    timestamp = str(int(time()))
    return {
        "Content-Type": "application/json",
        EVENT_HEADER: message.event,
        DELIVERY_HEADER: message.id,
        TIMESTAMP_HEADER: timestamp,
        SIGNATURE_HEADER: sign(secret, timestamp, message.body),
    }


async def _post(
    message: Message, headers: dict[str, str], address: str, tls: ssl.SSLContext
) -> int:
    """Send a message to an address under the name of the URL, and hear the status."""
    url = httpx2.URL(message.url)
    named = {"Host": url.netloc.decode("ascii"), **headers}
    # The certificate is checked against the name too, not against the address.
    extensions = {"sni_hostname": url.raw_host.decode("ascii")}
    client = httpx2.AsyncClient(
        verify=tls,
        trust_env=False,
        follow_redirects=False,
        timeout=None,  # deliver bounds the whole
    )
    async with (
        client,
        client.stream(
            "POST",
            url.copy_with(host=address),
            content=message.body,
            headers=named,
            extensions=extensions,
        ) as answer,
    ):
        return answer.status_code
