"""All settings, each an environment variable with the prefix ``FIRSTLIGHT_``.

One URL per back end. A URL that names a back end this version does not have stops the start
(StartupError); there is no silent fallback. README.md beside this file lists every setting, and a
test holds it to that.
"""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.errors import StartupError


def default_data() -> Path:
    """``$XDG_DATA_HOME/firstlight``, or ``~/.local/share/firstlight``: the same folder wherever it
    is started."""
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser() / "firstlight"


class Settings(BaseSettings):
    """Read once at the start, then passed on; nothing else reads the environment."""

    model_config = SettingsConfigDict(env_prefix="FIRSTLIGHT_", extra="forbid", frozen=True)

    data: Path = Field(
        default_factory=default_data, description="folder for everything that is kept"
    )
    database_url: str = Field(
        default="", description="catalog; empty: SQLite in the data folder, else `sqlite:///PATH`"
    )
    blobs_url: str = Field(
        default="",
        description="originals and coded frames; empty: a folder in the data folder, else `file:///PATH`",
    )
    bus_url: str = Field(
        default="memory:", description="news between viewers; `memory:` is within one process"
    )
    workers: int = Field(
        default_factory=lambda: max(1, min(8, os.cpu_count() or 1)),
        ge=1,
        le=64,
        description="processes that decode and encode pixels; empty: one a processor, at most 8",
    )
    worker_memory_mb: int = Field(
        default=3072, ge=256, description="address space of one worker, in MiB"
    )
    worker_seconds: float = Field(
        default=120, gt=0, description="time a worker may take for one file or frame, in seconds"
    )
    file_max_mb: int = Field(default=2048, ge=1, description="largest file stored, in MiB")
    upload_max_mb: int = Field(default=4096, ge=1, description="largest upload request, in MiB")
    archive_max_entries: int = Field(default=20_000, ge=1, description="most entries of a zip")
    archive_max_mb: int = Field(
        default=16_384, ge=1, description="most bytes a zip may unpack to, in MiB"
    )
    archive_max_ratio: int = Field(
        default=400, ge=1, description="most bytes one byte of a zip entry may unpack to"
    )
    allowed_origins: tuple[str, ...] = Field(
        default=(),
        description="other origins whose pages may write and open streams, as a JSON array",
    )
    insecure_no_auth: bool = Field(
        default=False,
        description="answer to any host name and on any address, though there is no sign-in yet",
    )
    tls_cert: Path | None = Field(
        default=None, description="certificate chain (PEM); with it the server speaks TLS itself"
    )
    tls_key: Path | None = Field(
        default=None, description="private key of `tls_cert` (PEM); empty: it is in the same file"
    )
    open_frames: int = Field(default=512, ge=1, description="manifests and indices kept in memory")
    page_wait_seconds: float = Field(
        default=1.5,
        ge=0,
        description="how long the viewer page waits for its first frame to be made, in seconds",
    )
    static: Path = Field(
        default=Path(__file__).parent / "static", description="folder of the built front end"
    )


def load_settings(**given: object) -> Settings:
    """Settings from the environment, overridden by what is ``given`` and not None.

    Raises
    ------
    StartupError
        A value is out of range or not of its type; the sentence names the variable.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = "FIRSTLIGHT_" + str(first["loc"][0]).upper()
        raise StartupError(f"The setting {name} is wrong: {first['msg']}.") from error
