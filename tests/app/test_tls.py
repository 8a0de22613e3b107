"""``firstlight serve`` with a certificate of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from tests.tools.bench_link.certificate import Certificate, make_certificate, openssl_here
from tests.tools.server import Server

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    if not openssl_here():
        pytest.skip("there is no openssl here to make a certificate with")
    return make_certificate(tmp_path, "127.0.0.1")


async def test_pages_are_served_over_tls(certificate: Certificate) -> None:
    async with Server.started(certificate=certificate) as server:
        assert server.url.startswith("https://127.0.0.1:")
        assert (await server.get("/studies.json")).json() == []
        async with httpx2.AsyncClient() as client:
            with pytest.raises(httpx2.ConnectError):
                await client.get(server.url)


def refusal(data: Path, *arguments: object) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "app", "serve", "--data", data, *map(str, arguments)],
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    (sentence,) = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (2, "")
    return sentence


def test_what_cannot_be_a_certificate_is_one_sentence(
    certificate: Certificate, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    absent = refusal(data, "--tls-cert", tmp_path / "absent.pem")
    assert (
        absent
        == f"The TLS certificate {tmp_path}/absent.pem cannot be used: No such file or directory."
    )
    assert str(certificate.key) in refusal(data, "--tls-cert", certificate.key)
    assert "needs its certificate" in refusal(data, "--tls-key", certificate.key)
    assert not data.exists()
