"""The bar that tells people on a terminal how far things are."""

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


def open_console() -> Console:
    """Standard error, for what is told on the way; nothing in it is taken for markup."""
    return Console(stderr=True, soft_wrap=True, highlight=False, markup=False)


def make_bar(console: Console) -> Progress:
    """A bar that goes when all is done; to be entered as a context."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=console, transient=True)
