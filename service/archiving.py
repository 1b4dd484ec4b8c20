"""The commands for many reports at once: `gouji archive …`."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console

from forms.form import load_forms
from pipeline.errors import ReportError
from service.bars import make_bar, open_console
from service.choices import ARCHIVE, LEAST_PRIORITY, MOST_PRIORITY, Format, Shape
from service.exits import Exit
from service.files import write_file
from service.opening import answering_storage, open_engine, read_settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from pipeline.report import ReportJson
    from service.summaries import Lack

_GOES_ON: Final = "What was queued is kept; the same command again goes on."

_LOOK_SECONDS: Final = 2.0

Name = Annotated[str, typer.Argument(help="The archive's name, as it was submitted under.")]

archives = typer.Typer(help="Many reports at once.", no_args_is_help=True)


@archives.command()
def submit(
    place: Annotated[str, typer.Argument(help="A folder, or an address such as s3://bucket/old.")],
    *,
    name: Annotated[str, typer.Option(help="Of the archive; one that there is gets more files.")],
    priority: Annotated[
        int,
        typer.Option(
            min=LEAST_PRIORITY, max=MOST_PRIORITY, help="Uploads of people have 0 and go before."
        ),
    ] = ARCHIVE,
) -> None:
    """Queue every report of a folder or bucket; what the service has already is not read again.

    It can be stopped at any time: the same command again goes on.
    """
    if "://" not in place and not Path(place).is_dir():
        typer.echo(f"gouji: there is no folder {place}", err=True)
        raise typer.Exit(Exit.USAGE)
    from service.blobs import open_blobs
    from service.intake import Intake, find_archive, find_files, open_source, take_in
    from service.store import Upload

    settings = read_settings({})
    counts: Counter[str] = Counter()
    with open_engine(settings) as engine, answering_storage(_GOES_ON):
        source = open_source(place)
        blobs = open_blobs(settings)
        archive = find_archive(engine, name, make=True)
        upload = Upload("", "", 0, priority, None, None)
        way = Intake(source, blobs, engine, settings.most_bytes)
        with make_bar(open_console()) as bar:
            task = bar.add_task("queueing", total=sum(1 for _ in find_files(source)))
            for taken in take_in(way, archive, upload):
                bar.advance(task)
                if taken.refused is not None:
                    bar.console.print(f"{taken.path}: {taken.refused.code}: {taken.refused}")
                counts["refused" if taken.refused else "queued" if taken.new else "known"] += 1
    typer.echo(f"{counts['queued']} queued, {counts['known']} known, {counts['refused']} refused")
    if counts["refused"]:
        raise typer.Exit(Exit.REFUSED)


@archives.command()
def status(
    name: Name,
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Stay until all are read.")] = False,
) -> None:
    """Say how far an archive is: reports by status, failures by code, speed, time left."""
    from service.progress import measure_progress

    with open_engine(read_settings({})) as engine:
        archive = _known(engine, name)
        if watch:
            _follow(engine, archive)
        with engine.begin() as connection:
            progress = measure_progress(connection, archive)
    for label, count in sorted(progress.reports.items()):
        typer.echo(f"{label:10} {count:8}")
    for code, count in sorted(progress.failures.items()):
        typer.echo(f"  {code}: {count}")
    typer.echo(f"{'to review':10} {progress.to_review:8}")
    left = "" if progress.minutes_left is None else f", {progress.minutes_left:.0f} minutes left"
    typer.echo(f"{progress.files} files, {progress.per_minute:.1f} reports a minute{left}")


@archives.command()
def export(
    name: Name,
    *,
    out: Annotated[Path, typer.Option(help="A file; for partitioned Parquet a folder.")],
    layout: Annotated[Format, typer.Option("--format", help="Of the file.")] = "csv",
    shape: Annotated[Shape, typer.Option(help="A row for each field, or each report.")] = "tidy",
) -> None:
    """Write what was read of an archive as a table, in constant memory."""
    from service.export import stream_export, write_partitions
    from service.records import stored_records
    from service.store import Wanted

    forms = load_forms()
    outdated: list[str] = []
    with open_engine(read_settings({})) as engine:
        _known(engine, name)
        wanted = Wanted(archive=name)
        with engine.connect() as connection:
            records = stored_records(connection, wanted, outdated.append)
            if layout == "parquet" and (out.is_dir() or not out.suffix):
                write_partitions(records, forms, out, shape)
            else:
                write_file(stream_export(records, forms, layout, shape), out)
    typer.echo(str(out))
    _refuse_outdated(outdated)


@archives.command()
def refresh(name: Name) -> None:
    """Read again what another version of the program, its nets or its forms read.

    Signed reports stay as they are, and so does what people said of single fields.
    """
    from models.load import load_models
    from service.rereading import fingerprints_of, queue_outdated

    forms = load_forms()
    models = load_models(threads=1)
    with open_engine(read_settings({})) as engine:
        archive = _known(engine, name)
        with engine.begin() as connection:
            count = queue_outdated(connection, archive, fingerprints_of(models, forms))
    typer.echo(f"{count} queued")


@archives.command()
def differences(
    name: Name, *, out: Annotated[Path, typer.Option(dir_okay=False, help="A CSV file.")]
) -> None:
    """List the fields that another version read otherwise, people's own among them."""
    from service.rereading import list_differences, write_differences

    with open_engine(read_settings({})) as engine:
        archive = _known(engine, name)
        with engine.connect() as connection:
            count = write_differences(list_differences(connection, archive), out)
    typer.echo(f"{count} differences in {out}")


@archives.command()
def reviewed(
    name: Annotated[
        str | None, typer.Argument(help="The archive's name; every report if unsaid.")
    ] = None,
    *,
    out: Annotated[Path, typer.Option(file_okay=False, help="A folder.")],
) -> None:
    """Write signed reports and their documents, for `make corrections` to learn from."""
    from service.blobs import open_blobs
    from service.reviewed import write_reviewed

    settings = read_settings({})
    outdated: list[str] = []
    with open_engine(settings) as engine, answering_storage():
        blobs = open_blobs(settings)
        if name is not None:
            _known(engine, name)
        with engine.connect() as connection:
            count = write_reviewed(connection, blobs, name, out, outdated.append)
    typer.echo(f"{count} reviewed reports in {out}")
    _refuse_outdated(outdated)


@archives.command()
def check(
    place: Annotated[
        str,
        typer.Argument(help="A folder of JSON, else an archive; with --self-check an archive."),
    ],
    *,
    out: Annotated[
        Path | None, typer.Option(dir_okay=False, help="File for all findings, .json or .csv.")
    ] = None,
    parents: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="CSV of bodies and the body above each."),
    ] = None,
    self_check: Annotated[
        bool, typer.Option("--self-check", help="Measure how well the archive's paper is read.")
    ] = False,
    sample: Annotated[int, typer.Option(min=1, help="Reports for --self-check, by lot.")] = 30,
) -> None:
    """Compare reports over years and bodies, and list the sums that their paper breaks.

    Compared are figures carried over into the next year, missing years, duplicates, forms
    of other years and, with --parents, the sums over the bodies below one.

    With --self-check, numbers of known value are drawn on scans of the archive, in place of
    the printed ones and damaged as these are, and are read.
    """
    from service.archive import ArchiveError, check_reports, show_findings, write_findings

    try:
        with _reports_in(place, stored=self_check) as reports:
            checked = check_reports(reports, parents)
        if out is not None:
            write_findings(checked, out)
    except ArchiveError as error:
        typer.echo(f"gouji: {error}", err=True)
        raise typer.Exit(Exit.USAGE) from error
    show_findings(checked, Console(highlight=False, markup=False))
    if self_check:
        _tell_self_check(place, sample)
    _refuse_outdated(checked.refused)


def _refuse_outdated(names: Sequence[object]) -> None:
    """Name what is no report of this version.

    Raises:
        typer.Exit: There are such.
    """
    for name in names:
        typer.echo(f"gouji: {name} is no report of this version; read it again", err=True)
    if names:
        raise typer.Exit(Exit.REFUSED)


def _tell_self_check(name: str, sample: int) -> None:
    """Measure and tell how well an archive's paper is read.

    Raises:
        typer.Exit: A file that was read once cannot be read now.
    """
    from models.load import load_models
    from service.blobs import open_blobs
    from service.selfcheck import check_reading, draw_lots

    settings = read_settings({})
    models = load_models(settings.threads)
    with open_engine(settings) as engine:
        archive = _known(engine, name)
        with engine.connect() as connection:
            reports = draw_lots(connection, archive, sample)
    try:
        with answering_storage():
            found = check_reading(open_blobs(settings), reports, models)
    except ReportError as error:
        typer.echo(f"gouji: {error.code}: {error.message} ({error.advice})", err=True)
        raise typer.Exit(Exit.REFUSED) from error
    typer.echo(f"{found.cells} cells drawn on {found.drawn_on} of {found.reports} reports")
    if found.cells:
        low, high = found.interval
        told = f"{found.share:.2%} read right (95% interval {low:.2%} to {high:.2%})"
        typer.echo(f"{told}, {found.not_found} not found")


@contextmanager
def _reports_in(
    place: str, *, stored: bool
) -> Iterator[Iterator[tuple[Path, "ReportJson | Lack"]]]:
    """The reports of a folder, if it has any and `stored` ones are not asked for, or an archive's.

    Raises:
        typer.Exit: There is no such archive either.
    """
    from service.archive import read_folder

    folder = Path(place)
    if not stored and any(folder.rglob("*.json")):
        yield read_folder(folder)
        return
    from service.records import archived_reports

    with open_engine(read_settings({})) as engine:
        archive = _known(engine, place)
        with engine.connect() as connection:
            yield archived_reports(connection, archive)


def _known(engine: "Engine", name: str) -> str:
    from service.intake import find_archive

    archive = find_archive(engine, name)
    if archive is None:
        told = f"there is no folder or archive {name}"
        if Path(name).is_dir():
            told = f"there is no archive {name}, and in the folder nothing of what is asked for"
        typer.echo(f"gouji: {told}", err=True)
        raise typer.Exit(Exit.USAGE)
    return archive


def _follow(engine: "Engine", archive: str) -> None:
    from service.progress import measure_progress

    with make_bar(open_console()) as bar:
        task = bar.add_task("reading", total=None)
        while True:
            with engine.begin() as connection:
                progress = measure_progress(connection, archive)
            bar.update(task, total=progress.total, completed=progress.total - progress.waiting)
            if not progress.waiting:
                return
            time.sleep(_LOOK_SECONDS)
