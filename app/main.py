"""The application: routes, middleware, lifespan. No logic."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route, WebSocketRoute

from app.errors import FirstlightError, StartupError
from app.resources import open_resources
from app.settings import Settings
from app.storage.watch import watch
from app.web.answers import on_exception, on_firstlight_error, on_http_exception
from app.web.health import health
from app.web.motion import motion
from app.web.notes import put_note
from app.web.origin import OriginCheck
from app.web.pages import shell, study_list, viewer
from app.web.shell import Shell
from app.web.static import StaticFiles, service_worker, static
from app.web.stream import stream
from app.web.studies import preview, studies, table
from app.web.upload import upload

WATCH_SECONDS: Final = 1.0

ROUTES: Final = (
    Route("/", study_list),
    Route("/app", shell),
    Route("/sw.js", service_worker),
    Route("/healthz", health),
    Route("/studies.json", studies),
    Route("/studies/{study}", viewer),
    Route("/studies/{study}/notes/{id}", put_note, methods=["PUT"]),
    Route("/studies/{study}/instances/{instance}/frames/{frame:int}/preview", preview),
    Route("/studies/{study}/instances/{instance}/motion", motion),
    Route("/tables/{table}", table),
    Route("/upload", upload, methods=["POST"]),
    Route("/static/{name:path}", static),
    WebSocketRoute("/stream", stream),
)


def create_app(settings: Settings) -> Starlette:
    """Build the application; its resources open when it starts and close when it ends."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[Mapping[str, Any]]:
        async with AsyncExitStack() as opened:
            try:
                resources = await opened.enter_async_context(open_resources(settings))
            except StartupError as error:
                app.state.failure = error
                raise
            app.state.resources = resources
            watching = asyncio.create_task(watch(resources.catalog, resources.bus, WATCH_SECONDS))
            try:
                yield {"resources": resources}
            finally:
                watching.cancel()
                with suppress(asyncio.CancelledError):
                    await watching

    app = Starlette(
        routes=ROUTES,
        middleware=[
            Middleware(Shell),
            Middleware(
                OriginCheck,
                allowed_origins=settings.allowed_origins,
                any_host=settings.insecure_no_auth,
            ),
        ],
        exception_handlers={
            FirstlightError: on_firstlight_error,
            HTTPException: on_http_exception,
            Exception: on_exception,
        },
        lifespan=lifespan,
    )
    app.state.failure = None
    app.state.static = StaticFiles.load(settings.static)
    return app
