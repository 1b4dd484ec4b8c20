"""The program `gouji`.

Exit codes: 0 all read, 1 the installation or the machine is at fault, 2 bad usage, 3 some
inputs refused (docs/errors.md).
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from errno import ENAMETOOLONG
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias, assert_never

import typer
from typer.core import TyperGroup

from forms.form import load_forms
from pipeline.stated import Stated
from service.archiving import archives
from service.bars import make_bar, open_console
from service.batch import Plan, Work, read_batch
from service.child import StartError
from service.exits import Exit
from service.files import write_file
from service.inputs import InputError, count_inputs, find_inputs
from service.messages import USUAL_RISK, USUAL_SECONDS, Outcome, Read, Refused
from service.operating import keys, serve, worker


class _Program(TyperGroup):
    """All commands; what the file system refuses ends them with a sentence."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command.

        Raises:
            typer.Exit: The file system refuses something.
        """
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # Whoever read our output has enough; typer ends in silence.
            raise
        except OSError as error:
            where = "" if error.filename is None else f"{error.filename}: "
            typer.echo(f"gouji: {where}{error.strerror or error}", err=True)
            raise typer.Exit(Exit.INSTALLATION) from error


app = typer.Typer(
    cls=_Program,
    help="Read Chinese government-information-disclosure annual reports.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


app.add_typer(archives, name="archive")
app.add_typer(keys, name="key")
app.command()(serve)
app.command()(worker)


Risk = Annotated[
    float,
    typer.Option(min=0.0, max=1.0, help="Share of wrong values borne among unreviewed ones."),
]
Seconds = Annotated[float, typer.Option(min=1.0, help="Seconds that a file may take.")]
Neighbours = Annotated[
    Path | None,
    typer.Option(
        exists=True,
        file_okay=False,
        help="Folder of the JSON of a first run: other years' carried figures are evidence.",
    ),
]
_NAME_TOO_LONG: Final = Refused(
    "unreadable_file", "the name of its JSON would be too long", "Give it a shorter name."
)
Fate: TypeAlias = Literal["read", "skipped", "refused"]
Tell: TypeAlias = Callable[[Fate, str], None]
"""Told of each file once, with a line that names it."""


def _print_version(asked: bool) -> None:  # noqa: FBT001 - typer passes it by position
    if asked:
        typer.echo(f"gouji {version('gouji')}")
        raise typer.Exit


@app.callback()
def _main(
    *,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Read Chinese government-information-disclosure annual reports."""


@app.command()
def extract(  # noqa: PLR0913 - typer makes every option of an argument
    paths: Annotated[
        list[Path],
        typer.Argument(exists=True, help="PDFs, images, or folders of them (walked through)."),
    ],
    *,
    out: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="Folder for one JSON file per input."),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Processes that read, 2 GB each.")] = 1,
    text: Annotated[bool, typer.Option("--text", help="Read the prose too.")] = False,
    neighbours: Neighbours = None,
    risk: Risk = USUAL_RISK,
    review_below: Annotated[
        float | None,
        typer.Option(
            min=0.0, max=1.0, help="Review what is less sure than this, whatever the risk."
        ),
    ] = None,
    time_limit: Seconds = USUAL_SECONDS,
    force: Annotated[
        bool, typer.Option("--force", help="Read again what is already done.")
    ] = False,
) -> None:
    """Read reports and write what they say as JSON.

    Without --out the JSON goes to standard output: indented for one file, one line per
    file in the order of the inputs for several. With --out a file is skipped when its
    JSON is there, made of the same bytes by the same models. With --neighbours, what the
    report of the year before left over and that of the year after brought along helps to
    decide between readings of a file that is in the first run's folder too.
    """
    try:
        total = count_inputs(paths)
    except InputError as error:
        typer.echo(f"gouji: {error}", err=True)
        raise typer.Exit(Exit.USAGE) from error
    plan = Plan(
        jobs=min(jobs, total),
        text=text,
        risk=risk,
        review_below=review_below,
        seconds=time_limit,
        force=force,
        indent=2 if out is not None or total == 1 else None,
    )
    state = _listen_to(neighbours, out)
    works = (
        Work(number, one.path, None if out is None else out / one.output, stated=state(one.path))
        for number, one in enumerate(find_inputs(paths))
    )
    try:
        counts = _read(works, plan, total, out)
    except StartError as error:
        typer.echo(f"gouji: {error}", err=True)
        raise typer.Exit(Exit.INSTALLATION) from error
    _conclude(counts)


@app.command()
def forms() -> None:
    """List the forms known, their fields and sums."""
    from service.listing import list_forms

    typer.echo(list_forms())


def _listen_to(folder: Path | None, out: Path | None) -> Callable[[Path], tuple[Stated, ...]]:
    """What the reports of a folder, if one is named, say of a document.

    Raises:
        typer.Exit: There is none in it, or what is read goes there, too.
    """
    if folder is None:
        return lambda _: ()
    if out is not None and _hang_together(folder.resolve(), out.resolve()):
        # Two years would make each other surer with every run.
        typer.echo("gouji: --neighbours must name another folder than --out", err=True)
        raise typer.Exit(Exit.USAGE)
    from service.neighbours import NeighbourError, read_neighbours, state_of_file

    known = {form.id: form for form in load_forms()}
    try:
        neighbours = read_neighbours(folder, known)
    except NeighbourError as error:
        typer.echo(f"gouji: {error}", err=True)
        raise typer.Exit(Exit.USAGE) from error
    return partial(state_of_file, neighbours)


def _read(works: Iterator[Work], plan: Plan, total: int, out: Path | None) -> Counter[Fate]:
    """Read a batch, write each report as it comes, and count what became of the files."""
    if out is not None:
        # If it cannot be made, that is told before anything is read.
        out.mkdir(parents=True, exist_ok=True)
    counts: Counter[Fate] = Counter()
    results = read_batch(works, plan)
    with _progress(total) as tell:
        for work, outcome in _sort(results) if out is None else results:
            fate, remark = _settle(work, outcome)
            counts[fate] += 1
            tell(fate, f"{work.path}: {remark}")
    return counts


def _hang_together(one: Path, other: Path) -> bool:
    """Whether two folders are the same, or one is in the other."""
    return one.is_relative_to(other) or other.is_relative_to(one)


def _conclude(counts: Counter[Fate]) -> None:
    """Tell how many files there were of each fate.

    Raises:
        typer.Exit: Some were refused.
    """
    if counts.total() > 1:
        told = f"{counts['read']} read, {counts['skipped']} skipped, {counts['refused']} refused"
        typer.echo(told, err=True)
    if counts["refused"]:
        raise typer.Exit(Exit.REFUSED)


def _settle(work: Work, outcome: Outcome | None) -> tuple[Fate, str]:
    """Write the report, if there is one, and say what became of the file."""
    match outcome:
        case None:
            return "skipped", "already done"
        case Read():
            try:
                _write(work, outcome.json)
            except OSError as error:
                if error.errno != ENAMETOOLONG:
                    raise
                # The other files' names may be shorter.
                return _settle(work, _NAME_TOO_LONG)
            return "read", f"read in {outcome.seconds:.1f} s"
        case Refused():
            return "refused", f"{outcome.code}: {outcome.message} ({outcome.advice})"
        case _:
            assert_never(outcome)


def _sort(
    results: Iterator[tuple[Work, Outcome | None]],
) -> Iterator[tuple[Work, Outcome | None]]:
    """Put results back in the order of the inputs, holding those that came early."""
    early: dict[int, tuple[Work, Outcome | None]] = {}
    turn = 0
    for work, outcome in results:
        early[work.number] = work, outcome
        while turn in early:
            yield early.pop(turn)
            turn += 1


def _write(work: Work, json: str) -> None:
    """Write a report to its place."""
    if work.output is None:
        sys.stdout.write(json)
        sys.stdout.flush()
        return
    write_file([json.encode()], work.output)


@contextmanager
def _progress(total: int) -> Iterator[Tell]:
    """Tell on stderr how far things are: a bar for people, a line a file for logs.

    Yields:
        What to call once for each file; what was refused is printed either way.
    """
    console = open_console()
    if not console.is_terminal:
        yield lambda _, line: console.print(line)
        return
    with make_bar(console) as bar:
        task = bar.add_task("loading models", total=total)

        def tell(fate: Fate, line: str) -> None:
            bar.update(task, advance=1, description="reading")
            if fate == "refused":
                console.print(line)

        yield tell


if __name__ == "__main__":
    app()
