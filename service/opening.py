"""What commands on the service's database begin with."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from service.exits import Exit

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from service.settings import Settings


def read_settings(said: dict[str, object]) -> "Settings":
    """The settings; those that make no sense end the program.

    Raises:
        typer.Exit: A value is wrong.
    """
    from service.settings import load_settings

    try:
        return load_settings(said)
    except ValueError as error:
        typer.echo(f"gouji: {error}", err=True)
        raise typer.Exit(Exit.USAGE) from error


@contextmanager
def open_engine(settings: "Settings") -> Iterator["Engine"]:
    """The service's database, up to date.

    Raises:
        typer.Exit: It fails.
    """
    from service.database import find_database, open_database

    with answering_database(), open_database(find_database(settings)) as engine:
        yield engine


@contextmanager
def answering_database() -> Iterator[None]:
    """A database that does not answer, or cannot do what it is asked, ends the program.

    Raises:
        typer.Exit: It does not, or its URL is none.
    """
    from sqlalchemy.exc import ArgumentError, OperationalError

    try:
        yield
    except ArgumentError as error:
        typer.echo(f"gouji: GOUJI_DATABASE_URL: {error}", err=True)
        raise typer.Exit(Exit.USAGE) from error
    except OperationalError as error:
        typer.echo(f"gouji: the database fails: {error.orig}", err=True)
        raise typer.Exit(Exit.INSTALLATION) from error


@contextmanager
def answering_storage(hint: str = "") -> Iterator[None]:
    """A storage that does not answer, or has not what it should have, ends the program.

    Args:
        hint: What else the operator should know then.

    Raises:
        typer.Exit: It does not.
    """
    from obstore.exceptions import BaseError

    from service.blobs import BlobGone

    try:
        yield
    except (BaseError, FileNotFoundError) as error:
        # Below its first line the library tells what is of use to its authors only.
        told = str(error).partition("\n")[0]
        typer.echo(f"gouji: the storage does not answer: {told}", err=True)
        if hint:
            typer.echo(hint, err=True)
        raise typer.Exit(Exit.INSTALLATION) from error
    except BlobGone as error:
        typer.echo(f"gouji: the storage has no file {error}", err=True)
        raise typer.Exit(Exit.INSTALLATION) from error
