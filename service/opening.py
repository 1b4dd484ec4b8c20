"""What commands on the service's database begin with."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import typer

from service.exits import Exit

_BLOBS: Final = "service.blobs"
_DATABASE: Final = "service.database"
_DATABASE_ERRORS: Final = "sqlalchemy.exc"
_SETTINGS: Final = "service.settings"
_STORAGE_ERRORS: Final = "obstore.exceptions"
"""Imported only by the commands that need them, so that the program starts at once."""


def read_settings(said: dict[str, object]) -> Any:
    """The settings; those that make no sense end the program.

    Raises:
        typer.Exit: A value is wrong.
    """
    library = importlib.import_module(_SETTINGS)
    try:
        return library.load_settings(said)
    except ValueError as error:
        typer.echo(f"gouji: {error}", err=True)
        raise typer.Exit(Exit.USAGE) from error


@contextmanager
def open_engine(settings: object) -> Iterator[Any]:
    """The service's database, up to date.

    Raises:
        typer.Exit: It fails.
    """
    library = importlib.import_module(_DATABASE)
    with answering_database(), library.open_database(library.find_database(settings)) as engine:
        yield engine


@contextmanager
def answering_database() -> Iterator[None]:
    """A database that does not answer, or cannot do what it is asked, ends the program.

    Raises:
        typer.Exit: It does not, or its URL is none.
    """
    library = importlib.import_module(_DATABASE_ERRORS)
    try:
        yield
    except library.ArgumentError as error:
        typer.echo(f"gouji: GOUJI_DATABASE_URL: {error}", err=True)
        raise typer.Exit(Exit.USAGE) from error
    except library.OperationalError as error:
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
    library, blobs = importlib.import_module(_STORAGE_ERRORS), importlib.import_module(_BLOBS)
    try:
        yield
    except (library.BaseError, FileNotFoundError) as error:
        # Below its first line the library tells what is of use to its authors only.
        told = str(error).partition("\n")[0]
        typer.echo(f"gouji: the storage does not answer: {told}", err=True)
        if hint:
            typer.echo(hint, err=True)
        raise typer.Exit(Exit.INSTALLATION) from error
    except blobs.BlobGone as error:
        typer.echo(f"gouji: the storage has no file {error}", err=True)
        raise typer.Exit(Exit.INSTALLATION) from error
