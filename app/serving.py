"""uvicorn, as Firstlight runs it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import socket
import ssl
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from app.errors import StartupError
from app.main import create_app
from app.observe.log import configure_logs, get_logger
from app.resources import Resources
from app.settings import Settings
from app.web.tcp import LONGEST_RETRY, TCP
from streaming.vocabulary import MAX_CONTROL_BYTES

LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
GOODBYE_SECONDS: Final = 3.0
KEEP_ALIVE_SECONDS: Final = 900
"""uvicorn's own 5 s cut off large answers that a thin link is still carrying (architecture.md,
section 8)."""
PING_SECONDS: Final = 30.0
PONG_SECONDS: Final = 120.0
"""A pong waits behind whatever the thin link still has to carry."""
NOT_SENT_BYTES: Final = 16 * 1024
"""What the kernel holds of a connection beyond what TCP may send at once: one message."""
NEW_OBJECTS: Final = 10_000
"""More of them than went since the last look for cycles (Python: 700), some ten viewers' worth."""
TCP_RTO_MAX_MS: Final = 44
"""Linux 6.15; Python's socket module does not name it yet."""
LONGEST_RETRY_MS: Final = int(LONGEST_RETRY * 1000)
"""TCP tries again after an outage at least so often: by itself it doubles its patience each time,
so that a link which was away for ten seconds is not noticed for up to ten more."""

log = get_logger("serving")


def check_host(host: str, insecure_no_auth: bool) -> None:
    """Refuse an address that others can reach: there is no sign-in yet. Raises StartupError."""
    if host not in LOOPBACK and not insecure_no_auth:
        raise StartupError(
            "Firstlight has no sign-in yet, so it serves this machine only (127.0.0.1), "
            f"not {host}: add --insecure-no-auth if everyone who can reach that address "
            "may see every patient."
        )


def check_tls(settings: Settings) -> None:
    """Raise StartupError where the certificate and key named cannot be used together."""
    if settings.tls_cert is None:
        if settings.tls_key is not None:
            raise StartupError("A TLS key needs its certificate: set FIRSTLIGHT_TLS_CERT too.")
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(settings.tls_cert, settings.tls_key)
    except OSError as error:  # an SSLError is one too
        raise StartupError(
            f"The TLS certificate {settings.tls_cert} cannot be used: {error.strerror or error}."
        ) from error


def serve(
    settings: Settings, host: str, port: int, ready: Callable[[], None] | None = None
) -> None:
    """Serve until SIGINT or SIGTERM; ``ready`` is called once connections are taken.

    Raises
    ------
    StartupError
        The address cannot be served, or a back end cannot be opened.
    """
    check_host(host, settings.insecure_no_auth)
    check_tls(settings)
    configure_logs()
    listening = listen(host, port)
    app = create_app(settings)
    server = _Server(
        uvicorn.Config(
            app,
            ws=ShallowWebSocket,
            ws_max_size=4 * MAX_CONTROL_BYTES,  # below it, the stream itself says 4009
            ws_per_message_deflate=False,
            ws_ping_interval=PING_SECONDS,
            ws_ping_timeout=PONG_SECONDS,
            ssl_certfile=settings.tls_cert,
            ssl_keyfile=settings.tls_key,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=int(GOODBYE_SECONDS),
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="on",
        ),
        app,
        ready,
    )
    # What stops the start is told once, as a sentence, by whoever catches StartupError.
    logging.getLogger("uvicorn.error").addFilter(lambda _: app.state.failure is None)
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C is how it is meant to end
        try:
            server.run(sockets=[listening])
        except SystemExit:  # how uvicorn says that the start failed
            if app.state.failure is None:
                raise
            raise app.state.failure from None


class ShallowWebSocket(WebSocketsSansIOProtocol):
    """A WebSocket whose sender waits until the kernel has taken the whole message before.

    asyncio would take another 64 KiB into memory, two seconds of a thin link, where nothing can be
    overtaken any more.

    Its scope's extension ``TCP`` passes on what a stream asks of its connection
    (``app/web/tcp.py``).
    """

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        # asyncio's TLS pauses at `high`, its TCP above it: with 0, TLS would never go on.
        self.transport.set_write_buffer_limits(high=1, low=0)
        below = getattr(getattr(transport, "_ssl_protocol", None), "_transport", None)
        if isinstance(below, asyncio.WriteTransport):
            # Under TLS lies a TCP transport with a buffer of its own; nothing public leads to it.
            below.set_write_buffer_limits(high=1, low=0)

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
            requests: dict[object, object] = {
                "cork": lambda corked: self._ask(getattr(socket, "TCP_CORK", None), corked),
                "retry_within": lambda seconds: self._ask(TCP_RTO_MAX_MS, int(seconds * 1000)),
            }
            self.scope["extensions"][TCP] = requests

    def _ask(self, option: int | None, value: int) -> None:
        """Set an option of TCP; a kernel without it goes on without."""
        if option is None or self.transport.is_closing():
            return
        with contextlib.suppress(OSError):
            self.transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, option, value)


class _Server(uvicorn.Server):
    """uvicorn's server, saying goodbye to open streams before it cuts them."""

    def __init__(self, config: uvicorn.Config, app: Any, ready: Callable[[], None] | None) -> None:
        super().__init__(config)
        self._application = app
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        _quieten_garbage_collection()
        if self.started and self._ready is not None:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close every stream with 1001 (uvicorn itself would say 1012), then all the rest."""
        resources: Resources | None = getattr(self._application.state, "resources", None)
        if resources is not None:
            resources.leaving.set()
            if resources.streams:
                await asyncio.wait(resources.streams, timeout=GOODBYE_SECONDS)
            log.info("waits", **resources.waits.summary())
        await super().shutdown(sockets)


def _quieten_garbage_collection() -> None:
    """Look for cycles seldom, and not in what was imported, which stays for ever: each look at all
    there is stops every viewer (measured: up to 140 ms, a third of the longest waits)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])


def check_port(host: str, port: int) -> None:
    """Raise StartupError where the address is taken."""
    listen(host, port).close()


def listen(host: str, port: int) -> socket.socket:
    """Bind before anything else is opened, so that a taken port is one clear sentence.

    What is set here, accepted connections inherit.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # asyncio does so only where the socket was made for TCP by name. Without it (RFC 896) the end
    # of each message waits until what was sent before it is acknowledged: a round trip.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, NOT_SENT_BYTES)
    with contextlib.suppress(OSError):  # older kernels wait longer after an outage, no more
        listening.setsockopt(socket.IPPROTO_TCP, TCP_RTO_MAX_MS, LONGEST_RETRY_MS)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise StartupError(
            f"{host}:{port} cannot be served ({error.strerror}): "
            "stop what uses it, or choose another --port."
        ) from error
    return listening
