"""The commands for many reports at once: `gouji archive …`."""

import importlib
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias

import typer
from rich.console import Console

from forms.form import load_forms
from pipeline.errors import ReportError
from service.bars import make_bar, open_console
from service.exits import Exit
from service.opening import answering_storage, open_engine, read_settings

_ARCHIVE: Final = "service.archive"
_BLOBS: Final = "service.blobs"
_EXPORT: Final = "service.export"
_FILES: Final = "service.files"
_INTAKE: Final = "service.intake"
_MODELS: Final = "models.load"
_PROGRESS: Final = "service.progress"
_RECORDS: Final = "service.records"
_REREADING: Final = "service.rereading"
_REVIEWED: Final = "service.reviewed"
_SELFCHECK: Final = "service.selfcheck"
_STORE: Final = "service.store"
"""Imported only by the commands that need them, so that the program starts at once."""

_GOES_ON: Final = "What was queued is kept; the same command again goes on."

_LOOK_SECONDS: Final = 2.0

Format: TypeAlias = Literal["csv", "xlsx", "parquet", "json"]
Shape: TypeAlias = Literal["tidy", "wide"]
Name = Annotated[str, typer.Argument(help="The archive's name, as it was submitted under.")]

archives = typer.Typer(help="Many reports at once.", no_args_is_help=True)


@archives.command()
def submit(
    place: Annotated[str, typer.Argument(help="A folder, or an address such as s3://bucket/old.")],
    *,
    name: Annotated[str, typer.Option(help="Of the archive; one that there is gets more files.")],
    priority: Annotated[
        int, typer.Option(min=-100, max=100, help="Uploads of people have 0 and go before.")
    ] = -10,
) -> None:
    """Queue every report of a folder or bucket; what the service has already is not read again.

    It can be stopped at any time: the same command again goes on.
    """
    if "://" not in place and not Path(place).is_dir():
        typer.echo(f"gouji: there is no folder {place}", err=True)
        raise typer.Exit(Exit.USAGE)
    intake, settings = importlib.import_module(_INTAKE), read_settings({})
    counts: Counter[str] = Counter()
    with open_engine(settings) as engine, answering_storage(_GOES_ON):
        source = intake.open_source(place)
        blobs = importlib.import_module(_BLOBS).open_blobs(settings)
        archive = intake.find_archive(engine, name, make=True)
        upload = importlib.import_module(_STORE).Upload("", "", 0, priority, None, None)
        way = intake.Intake(source, blobs, engine, settings.most_bytes)
        with make_bar(open_console()) as bar:
            task = bar.add_task("queueing", total=sum(1 for _ in intake.find_files(source)))
            for taken in intake.take_in(way, archive, upload):
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
    with open_engine(read_settings({})) as engine:
        archive = _known(engine, name)
        if watch:
            _follow(engine, archive)
        with engine.begin() as connection:
            progress = importlib.import_module(_PROGRESS).measure_progress(connection, archive)
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
    library, forms = importlib.import_module(_EXPORT), load_forms()
    outdated: list[str] = []
    with open_engine(read_settings({})) as engine:
        _known(engine, name)
        wanted = importlib.import_module(_STORE).Wanted(archive=name)
        with engine.connect() as connection:
            source = importlib.import_module(_RECORDS)
            records = source.stored_records(connection, wanted, outdated.append)
            if layout == "parquet" and (out.is_dir() or not out.suffix):
                library.write_partitions(records, forms, out, shape)
            else:
                chunks = library.stream_export(records, forms, layout, shape)
                importlib.import_module(_FILES).write_file(chunks, out)
    typer.echo(str(out))
    _refuse_outdated(outdated)


@archives.command()
def refresh(name: Name) -> None:
    """Read again what another version of the program, its nets or its forms read.

    Signed reports stay as they are, and so does what people said of single fields.
    """
    library, forms = importlib.import_module(_REREADING), load_forms()
    models = importlib.import_module(_MODELS).load_models(threads=1)
    with open_engine(read_settings({})) as engine:
        archive = _known(engine, name)
        with engine.begin() as connection:
            fingerprint = library.fingerprints_of(models, forms)
            count = library.queue_outdated(connection, archive, fingerprint)
    typer.echo(f"{count} queued")


@archives.command()
def differences(
    name: Name, *, out: Annotated[Path, typer.Option(dir_okay=False, help="A CSV file.")]
) -> None:
    """List the fields that another version read otherwise, people's own among them."""
    library = importlib.import_module(_REREADING)
    with open_engine(read_settings({})) as engine:
        archive = _known(engine, name)
        with engine.connect() as connection:
            found = library.list_differences(connection, archive)
            count = library.write_differences(found, out)
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
    settings = read_settings({})
    outdated: list[str] = []
    with open_engine(settings) as engine, answering_storage():
        blobs = importlib.import_module(_BLOBS).open_blobs(settings)
        if name is not None:
            _known(engine, name)
        write = importlib.import_module(_REVIEWED).write_reviewed
        with engine.connect() as connection:
            count = write(connection, blobs, name, out, outdated.append)
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
    library = importlib.import_module(_ARCHIVE)
    try:
        with _reports_in(place, library, stored=self_check) as reports:
            checked = library.check_reports(reports, parents)
        if out is not None:
            library.write_findings(checked, out)
    except library.ArchiveError as error:
        typer.echo(f"gouji: {error}", err=True)
        raise typer.Exit(Exit.USAGE) from error
    library.show_findings(checked, Console(highlight=False, markup=False))
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
    library, settings = importlib.import_module(_SELFCHECK), read_settings({})
    models = importlib.import_module(_MODELS).load_models(settings.threads)
    with open_engine(settings) as engine:
        archive = _known(engine, name)
        with engine.connect() as connection:
            reports = library.draw_lots(connection, archive, sample)
    try:
        with answering_storage():
            blobs = importlib.import_module(_BLOBS).open_blobs(settings)
            found = library.check_reading(blobs, reports, models)
    except ReportError as error:
        typer.echo(f"gouji: {error.code}: {error.message} ({error.advice})", err=True)
        raise typer.Exit(Exit.REFUSED) from error
    typer.echo(f"{found.cells} cells drawn on {found.drawn_on} of {found.reports} reports")
    if found.cells:
        low, high = found.interval
        told = f"{found.share:.2%} read right (95% interval {low:.2%} to {high:.2%})"
        typer.echo(f"{told}, {found.not_found} not found")


@contextmanager
def _reports_in(place: str, library: Any, *, stored: bool) -> Iterator[Any]:
    """The reports of a folder, if it has any and `stored` ones are not asked for, or an archive's.

    Raises:
        typer.Exit: There is no such archive either.
    """
    folder = Path(place)
    if not stored and any(folder.rglob("*.json")):
        yield library.read_folder(folder)
        return
    with open_engine(read_settings({})) as engine:
        archive = _known(engine, place)
        with engine.connect() as connection:
            yield importlib.import_module(_RECORDS).archived_reports(connection, archive)


def _known(engine: Any, name: str) -> str:
    archive: str | None = importlib.import_module(_INTAKE).find_archive(engine, name)
    if archive is None:
        told = f"there is no folder or archive {name}"
        if Path(name).is_dir():
            told = f"there is no archive {name}, and in the folder nothing of what is asked for"
        typer.echo(f"gouji: {told}", err=True)
        raise typer.Exit(Exit.USAGE)
    return archive


def _follow(engine: Any, archive: str) -> None:
    library = importlib.import_module(_PROGRESS)
    with make_bar(open_console()) as bar:
        task = bar.add_task("reading", total=None)
        while True:
            with engine.begin() as connection:
                progress = library.measure_progress(connection, archive)
            bar.update(task, total=progress.total, completed=progress.total - progress.waiting)
            if not progress.waiting:
                return
            time.sleep(_LOOK_SECONDS)
