"""``python -m tests.tools.pacing.lab --lab NETLAB.PY``: pacing over the link lab's real TCP.

For each profile and congestion control a server on the lab's clinic streams a stack to a viewer on
its phone. Root is needed, for the lab. ``--before FOLDER`` runs another checkout's server, too, to
compare with.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import orjson

from tests.tools.bench_load.studies import Series, prepared
from tests.tools.figures import figures, say, table
from tests.tools.server import Server

NAME: Final = "pacing"
PORT: Final = 8000
URL: Final = f"http://10.77.0.1:{PORT}"


async def data_folder(source: Path, target: Path) -> Series:
    """Import and code studies into ``target``; return the longest series."""
    async with Server.started() as server:
        series = await prepared(server, source)
        await server.stop()
        await asyncio.to_thread(shutil.copytree, server.data, target, dirs_exist_ok=True)
    return series[0]


class Lab:
    """The link lab through its command line."""

    def __init__(self, program: Path, profile: str, control: str) -> None:
        self._program = str(program)
        self._link = ("--profile", profile, "--cc", control)

    def __enter__(self) -> Lab:
        self._run("up", "--name", NAME, *self._link)
        return self

    def __exit__(self, *_: object) -> None:
        self._run("down", "--name", NAME)

    def command(self, host: str, *command: str) -> list[str]:
        """Return what runs ``command`` on a host."""
        return [self._program, "exec", "--name", NAME, host, "--", *command]

    def peak_queue(self) -> int:
        """Return the longest queue to the phone since the last look, in milliseconds."""
        stats = orjson.loads(self._run("stats", "--name", NAME, "--json", "--reset"))
        return round(1000 * float(stats["down"]["queue_peak_s"]))

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [self._program, *arguments], check=True, capture_output=True, text=True
        )
        return done.stdout


def measure(lab: Lab, server: Path, data: Path, series: Series, seconds: float) -> dict[str, Any]:
    """Serve and watch for some seconds."""
    serve = ("-m", "app", "serve", "--host", "10.77.0.1", "--insecure-no-auth")
    command = lab.command("clinic", sys.executable, *serve, "--data", str(data))
    watch = (URL, series.study, series.series, str(seconds))
    with subprocess.Popen(command, cwd=server, stderr=subprocess.DEVNULL) as serving:
        try:
            lab.peak_queue()
            viewer = lab.command(
                "phone", sys.executable, "-m", "tests.tools.pacing.lab_viewer", *watch
            )
            said = subprocess.run(viewer, check=True, capture_output=True, text=True).stdout
            seen: dict[str, Any] = orjson.loads(said)
            return {**seen, "queue_peak_ms": lab.peak_queue()}
        finally:
            serving.terminate()


def main() -> None:
    """Measure every profile with every congestion control."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lab", type=Path, required=True)
    parser.add_argument("--before", type=Path)
    parser.add_argument("--dir", type=Path, default=Path("../shared/data/public"))
    parser.add_argument("--profiles", default="2g,3g")
    parser.add_argument("--controls", default="cubic,bbr")
    parser.add_argument("--seconds", type=float, default=14)
    arguments = parser.parse_args()
    servers = {"before": arguments.before} if arguments.before else {}
    servers["now"] = Path()
    values: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="firstlight-") as folder:
        series = asyncio.run(data_folder(arguments.dir, Path(folder)))
        for profile, control, (version, server) in itertools.product(
            arguments.profiles.split(","), arguments.controls.split(","), servers.items()
        ):
            with Lab(arguments.lab.resolve(), profile, control) as lab:
                seen = measure(lab, server, Path(folder), series, arguments.seconds)
            values[f"{profile} {control} {version}"] = seen
            say(f"{profile} {control} {version}: {seen}")
    header = ("link", *next(iter(values.values())))
    table([(name, *(str(n) for n in seen.values())) for name, seen in values.items()], header)
    figures(values)


if __name__ == "__main__":
    main()
