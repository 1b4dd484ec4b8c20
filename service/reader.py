"""The process that reads: loads the models once, then one file after the other.

Whoever starts it (`service.child`) stays small and unhurt when a file takes a reader down.
Nothing else imports this module.
"""

import os
import resource
import signal
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Final

from forms.errors import FormError
from forms.form import Form, load_forms
from models.errors import ModelError
from models.load import Models, load_models
from pipeline.documents import PageLimits
from pipeline.errors import ReportError
from pipeline.extract import Options, TellPages, extract_with_readings, fingerprint_of
from pipeline.report import dump_json
from service.documents import read_document
from service.drafts import draft_of, dump_draft
from service.messages import NotReady, Outcome, PagesRead, Read, Ready, Refused, Setup, Task

MOST_MEMORY_BYTES: Final = 4 * 1024**3
"""Twice what the largest report takes. A page whose few bytes unpack into millions of
lines ends this process then, and not the machine."""


def read_files(connection: Connection, setup: Setup) -> None:
    """Read what is asked for until the other side hangs up.

    Args:
        connection: Receives `Task`s, sends `Ready` or `NotReady` once and then, for each
            task, `PagesRead` as it goes and one `Read` or `Refused`.
        setup: How to work.
    """
    _stay_out_of_the_way()
    bound_memory()
    try:
        forms = load_forms()
        models = load_models(setup.threads)
    except (ModelError, FormError) as error:
        connection.send(NotReady(str(error)))
        return
    connection.send(Ready(fingerprint_of(models, forms, _options(setup, None))))

    def tell(done: int, total: int) -> None:
        connection.send(PagesRead(done, total))

    while True:
        try:
            task: Task = connection.recv()
        except EOFError:
            return
        connection.send(_read(task, setup, models, forms, tell))


def _options(setup: Setup, task: Task | None) -> Options:
    risk = setup.risk if task is None or task.risk is None else task.risk
    stated = () if task is None else task.stated
    return Options(setup.text, risk, setup.review_below, stated=stated)


def _read(
    task: Task, setup: Setup, models: Models, forms: Sequence[Form], tell: TellPages
) -> Outcome:
    options = _options(setup, task)
    name = task.path.name if task.name is None else task.name
    try:
        source = read_document(task.path, PageLimits())
        made = extract_with_readings(source, name, models, forms, options, tell)
    except ReportError as error:
        return Refused(error.code, error.message, error.advice)
    draft = dump_draft(draft_of(made.report, made.readings, options.risk)) if setup.drafts else None
    text = dump_json(made.report, indent=task.indent)
    return Read(text, made.report.timings["total_s"], draft)


def bound_memory() -> None:
    """Let this process have no more than `MOST_MEMORY_BYTES` from now on."""
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))


def _stay_out_of_the_way() -> None:
    """Leave Ctrl-C to the parent, and stdout, where the JSON goes, to the parent too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.dup2(2, 1)
