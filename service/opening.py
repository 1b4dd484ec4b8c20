"""What commands on the service's database begin with."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import typer

from service.exits import Exit

_DATABASE: Final = "service.database"
_SETTINGS: Final = "service.settings"
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
    """The service's database, up to date."""
    library = importlib.import_module(_DATABASE)
    with library.open_database(library.find_database(settings)) as engine:
        yield engine
