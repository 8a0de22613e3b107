"""The command line: ``firstlight serve``, ``firstlight import``, ``firstlight demo``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from app.errors import StartupError

DEFAULT_HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 8000

cli = typer.Typer(
    help="Progressive DICOM streaming to phones over thin links.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Data = Annotated[
    Path | None,
    typer.Option(help="Folder for everything that is kept. [default: ~/.local/share/firstlight]"),
]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port to serve.")]


@cli.command()
def serve(
    data: Data = None,
    host: Annotated[str, typer.Option(help="Address to serve.")] = DEFAULT_HOST,
    port: Port = DEFAULT_PORT,
    insecure_no_auth: Annotated[
        bool,
        typer.Option(
            "--insecure-no-auth", help="Allow an address others can reach, without sign-in."
        ),
    ] = False,
    tls_cert: Annotated[
        Path | None, typer.Option(help="Certificate chain (PEM): serve over TLS.")
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option(help="Its private key (PEM), where it is not in the same file.")
    ] = None,
) -> None:
    """Serve the study list and the viewer."""
    from app.serving import serve as serve_until_stopped
    from app.settings import load_settings

    settings = load_settings(
        data=data, insecure_no_auth=insecure_no_auth or None, tls_cert=tls_cert, tls_key=tls_key
    )
    serve_until_stopped(settings, host, port)


@cli.command("import")
def import_(
    paths: Annotated[
        list[Path], typer.Argument(help="Files, folders and zips.", metavar="PATH...")
    ],
    data: Data = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what was stored and refused as JSON.")
    ] = False,
) -> None:
    """Store DICOM files. Ends with 1 when every file was refused."""
    from app.cli.importing import import_paths
    from app.settings import load_settings

    raise typer.Exit(import_paths(load_settings(data=data), paths, as_json))


@cli.command()
def demo(
    data: Annotated[
        Path | None,
        typer.Option(help="Folder for the demo's data. [default: ~/.local/share/firstlight-demo]"),
    ] = None,
    port: Port = DEFAULT_PORT,
) -> None:
    """Serve pydicom's sample images and Firstlight's own phantoms."""
    from app.cli.demonstration import demonstrate

    demonstrate(data, DEFAULT_HOST, port)


def main() -> None:
    """Run the command line; what stops a start is one sentence on stderr and exit code 2."""
    try:
        cli()
    except StartupError as error:
        print(error.message, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
