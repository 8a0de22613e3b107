"""What an endpoint works with."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from app.errors import StudyMissing
from app.resources import Resources
from streaming.wire.patterns import UID


def resources_of(connection: HTTPConnection) -> Resources:
    """The open resources, as the lifespan handed them over."""
    resources: Resources = connection.state.resources
    return resources


def uid_of(connection: HTTPConnection, name: str) -> str:
    """A UID from the path; anything else is no study of ours."""
    value: str = connection.path_params[name]
    if not UID.fullmatch(value):
        raise StudyMissing("That is not the UID of a study or an image.")
    return value
