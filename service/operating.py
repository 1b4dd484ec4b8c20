"""The commands of whoever operates the service: `serve`, `worker`, `key`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from service.child import StartError
from service.choices import Role
from service.exits import Exit
from service.opening import answering_database, open_engine, read_settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

keys = typer.Typer(help="API keys and what they may do.", no_args_is_help=True)


def serve(
    *,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port.")] = None,
    workers: Annotated[int | None, typer.Option(min=0, help="Worker processes.")] = None,
) -> None:
    """Answer requests, with worker processes beside; settings from GOUJI_* or a TOML file."""
    from service.serve import serve as answer

    said = {"host": host, "port": port, "workers": workers}
    settings = read_settings({name: value for name, value in said.items() if value is not None})
    with answering_database():
        answer(settings)


def worker() -> None:
    """Read reports from the queue; settings from GOUJI_* or a TOML file."""
    from service.serve import work

    settings = read_settings({})
    try:
        with answering_database():
            work(settings)
    except StartError as error:
        typer.echo(f"gouji: {error}", err=True)
        raise typer.Exit(Exit.INSTALLATION) from error


@keys.command("create")
def create_key(
    *,
    name: Annotated[str, typer.Option(help="Whose it is; the history names it.")],
    role: Annotated[Role, typer.Option(help="What it may do; each more than the one before.")],
) -> None:
    """Make a key and print it; it is shown once."""
    from service import keys as library

    with _database() as connection:
        typer.echo(library.create_key(connection, name, role))


@keys.command("list")
def list_keys() -> None:
    """List the keys: id, role, when made, when revoked, name."""
    from service import keys as library

    with _database() as connection:
        for key in library.list_keys(connection):
            revoked = "in force" if key.revoked_at is None else f"revoked {key.revoked_at:%F}"
            typer.echo(f"{key.id}  {key.role:6}  {key.created_at:%F}  {revoked}  {key.name}")


@keys.command("revoke")
def revoke_key(key_id: Annotated[str, typer.Argument(help="As `gouji key list` says.")]) -> None:
    """Let a key open nothing any more."""
    from service import keys as library

    with _database() as connection:
        revoked = library.revoke_key(connection, key_id)
    if not revoked:
        typer.echo(f"gouji: there is no key {key_id} in force", err=True)
        raise typer.Exit(Exit.USAGE)


@contextmanager
def _database() -> Iterator["Connection"]:
    """A transaction on the service's database."""
    with open_engine(read_settings({})) as engine, engine.begin() as connection:
        yield connection
