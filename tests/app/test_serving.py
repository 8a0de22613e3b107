"""Real sockets as the server makes them: how much of a message can stand in front of another."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import socket
import ssl
import struct
import termios
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from websockets.asyncio.client import connect

from app.errors import StartupError
from app.serving import (
    LONGEST_RETRY_MS,
    NOT_SENT_BYTES,
    TCP_RTO_MAX_MS,
    ShallowWebSocket,
    check_host,
    listen,
)
from app.web.tcp import TCP
from tests.tools.bench_link.certificate import make_certificate, openssl_here

pytestmark = pytest.mark.anyio

SIOCOUTQNSD = 0x894B
"""Linux: bytes written to a socket that TCP has not sent yet."""


def test_accepted_connections_hold_little_that_is_not_sent() -> None:
    with listen("127.0.0.1", 0) as listening:
        listening.listen()
        with socket.create_connection(listening.getsockname()), listening.accept()[0] as accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
            option = accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT)
            assert option == NOT_SENT_BYTES


def test_accepted_connections_try_again_soon_after_an_outage() -> None:
    with listen("127.0.0.1", 0) as listening:
        listening.listen()
        with socket.create_connection(listening.getsockname()), listening.accept()[0] as accepted:
            try:
                longest = accepted.getsockopt(socket.IPPROTO_TCP, TCP_RTO_MAX_MS)
            except OSError:
                pytest.skip("this kernel has no bound on TCP's patience")
            assert longest == LONGEST_RETRY_MS


def test_a_viewer_that_reads_nothing_leaves_little_in_the_kernel() -> None:
    with listen("127.0.0.1", 0) as listening:
        listening.listen()
        with socket.socket() as viewer:
            viewer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            viewer.connect(listening.getsockname())
            with listening.accept()[0] as accepted:
                accepted.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    while accepted.send(bytes(1024)):
                        pass
                assert _not_sent(accepted) <= 2 * NOT_SENT_BYTES
                assert _outstanding(accepted) <= 4 * NOT_SENT_BYTES


async def test_the_next_message_waits_until_the_kernel_has_this_one() -> None:
    loop = asyncio.get_running_loop()
    made: asyncio.Future[ShallowWebSocket] = loop.create_future()

    class Made(ShallowWebSocket):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            made.set_result(self)

    with listen("127.0.0.1", 0) as listening, socket.socket() as viewer:
        config, state = uvicorn.Config(_nothing), uvicorn.server.ServerState()
        server = await loop.create_server(lambda: Made(config, state, {}), sock=listening)
        viewer.setblocking(False)
        viewer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        await loop.sock_connect(viewer, listening.getsockname())
        sender = await made
        while sender.writable.is_set():
            sender.transport.write(bytes(1024))
        assert sender.transport.get_write_buffer_size() <= 1024
        while not sender.writable.is_set():
            await loop.sock_recv(viewer, 65536)
        assert sender.transport.get_write_buffer_size() == 0
        sender.transport.abort()
        server.close()
        await server.wait_closed()


async def test_over_tls_a_viewer_that_says_nothing_is_sent_one_message_after_another(
    tmp_path: Path,
) -> None:
    loop = asyncio.get_running_loop()
    made: asyncio.Future[ShallowWebSocket] = loop.create_future()

    class Made(ShallowWebSocket):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            made.set_result(self)

    if not openssl_here():
        pytest.skip("there is no openssl here to make a certificate with")
    certificate = make_certificate(tmp_path, "127.0.0.1")
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate.cert, certificate.key)
    with listen("127.0.0.1", 0) as listening:
        config, state = uvicorn.Config(_nothing), uvicorn.server.ServerState()
        server = await loop.create_server(
            lambda: Made(config, state, {}), sock=listening, ssl=serving
        )
        port = listening.getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=certificate.trust())
        sender = await made
        received = 0
        async with asyncio.timeout(20):
            for _ in range(100):
                await sender.writable.wait()
                sender.transport.write(bytes(4096))
                while received < 4096:
                    received += len(await reader.read(4096))
                received -= 4096
            while sender.writable.is_set():  # now the viewer reads nothing
                sender.transport.write(bytes(16 * 1024))
                await asyncio.sleep(0)
        assert sender.transport.get_write_buffer_size() <= 128 * 1024
        writer.transport.abort()
        sender.transport.abort()
        server.close()
        await server.wait_closed()


async def test_a_stream_may_ask_its_connections_tcp() -> None:
    loop = asyncio.get_running_loop()
    made: asyncio.Future[dict[str, Any]] = loop.create_future()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        made.set_result(scope["extensions"])
        await receive()

    with listen("127.0.0.1", 0) as listening:
        config, state = uvicorn.Config(app), uvicorn.server.ServerState()
        config.load()
        protocols: list[ShallowWebSocket] = []

        def protocol() -> ShallowWebSocket:
            protocols.append(ShallowWebSocket(config, state, {}))
            return protocols[-1]

        server = await loop.create_server(protocol, sock=listening)
        port = listening.getsockname()[1]
        async with connect(f"ws://127.0.0.1:{port}/"):
            asked = (await made)[TCP]
            taken = protocols[0].transport.get_extra_info("socket")
            for corked in (True, False):
                asked["cork"](corked)
                assert taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_CORK) == corked
            asked["retry_within"](1.5)
            with contextlib.suppress(OSError):  # an older kernel
                assert taken.getsockopt(socket.IPPROTO_TCP, TCP_RTO_MAX_MS) == 1500
        server.close()
        await server.wait_closed()
        asked["cork"](True)  # a connection that is gone is no error


def test_a_port_that_is_taken_is_one_sentence() -> None:
    with listen("127.0.0.1", 0) as listening:
        listening.listen()
        with pytest.raises(StartupError, match="choose another --port"):
            listen("127.0.0.1", listening.getsockname()[1])


def test_others_are_not_served_without_being_asked() -> None:
    check_host("127.0.0.1", insecure_no_auth=False)
    check_host("0.0.0.0", insecure_no_auth=True)  # noqa: S104  # what is asked for
    with pytest.raises(StartupError, match="no sign-in"):
        check_host("0.0.0.0", insecure_no_auth=False)  # noqa: S104  # what is refused


async def _nothing(scope: object, receive: object, send: object) -> None:
    raise AssertionError("No request comes in.")


def _not_sent(connection: socket.socket) -> int:
    return int(struct.unpack("i", fcntl.ioctl(connection, SIOCOUTQNSD, bytes(4)))[0])


def _outstanding(connection: socket.socket) -> int:
    return int(struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4)))[0])
