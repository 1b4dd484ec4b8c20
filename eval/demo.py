"""A drawn scan, read and compared with what is printed on it: `python -m eval.demo`.

It runs the program as anybody would, shows what was read and where the JSON is.
"""

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Final, Literal

from rich.console import Console
from rich.table import Table

from eval.corpus import REPORTS, ROOT, Truth
from eval.metrics import canonical, same_value
from pipeline.report import FieldJson, ReportJson, from_json

DOCUMENT: Final = REPORTS / "kuancheng_2020" / "scan_light.pdf"
OUTPUT: Final = Path("demo-output")


def main() -> int:
    """Read the document, show what was read.

    Returns:
        The exit code of `gouji extract`.
    """
    command = [sys.executable, "-m", "service.cli", "extract", str(DOCUMENT.resolve())]
    command += ["--out", str(OUTPUT.resolve()), "--text", "--force"]
    # Our own program on our own document; nothing of it comes from outside.
    done = subprocess.run(command, check=False, cwd=ROOT)  # noqa: S603
    if done.returncode != 0:
        return done.returncode
    written = OUTPUT / f"{DOCUMENT.stem}.json"
    report = from_json(written.read_bytes())
    truth = Truth.model_validate_json((DOCUMENT.parent / "expected.json").read_bytes())
    console = Console(highlight=False)
    console.print(_tabulate(report, truth))
    for line in _summarise(report, truth):
        console.print(line)
    console.print(f"JSON: {written}", soft_wrap=True)
    return 0


def _tabulate(report: ReportJson, truth: Truth) -> Table:
    """The fields that hold something other than 0, and those that were misread."""
    table = Table(title=f"{report.body.value} {report.fiscal_year.value} (form {report.form.id})")
    for heading in ("field", "read", "printed", "confidence", "page", ""):
        justify: Literal["left", "right"] = "right" if heading == "confidence" else "left"
        table.add_column(heading, justify=justify, no_wrap=heading == "field")
    for name, field in report.fields.items():
        printed = truth.values.get(name)
        right = printed is None or same_value(printed, field.text)
        if right and canonical(field.text) in ("0", ""):
            continue
        table.add_row(
            name,
            field.text,
            printed if printed is not None else "?",
            f"{field.confidence:.4f}",
            str(field.page or ""),
            _remark(field, right=right),
        )
    return table


def _remark(field: FieldJson, *, right: bool) -> str:
    words = [] if right else ["[red]misread[/red]"]
    return ", ".join([*words, "[yellow]review[/yellow]"] if field.review else words)


def _summarise(report: ReportJson, truth: Truth) -> list[str]:
    states: Counter[str] = Counter(field.state for field in report.fields.values())
    verdicts: Counter[str] = Counter(check.verdict for check in report.checks)
    compared = [name for name in truth.values if name in report.fields]
    equal = sum(same_value(truth.values[name], report.fields[name].text) for name in compared)
    review = sum(field.review for field in report.fields.values())
    return [
        f"{len(report.fields)} fields: {_count(states)}; {review} to review",
        f"{len(report.checks)} sums: {_count(verdicts)}",
        f"{equal} of {len(truth.values)} fields as printed;"
        f" body {_as_printed(report.body.value, truth.body)},"
        f" year {_as_printed(report.fiscal_year.value, truth.fiscal_year)}",
        f"{report.source.pages} pages in {report.timings['total_s']:.1f} s, models loaded before",
    ]


def _count(counts: Counter[str]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.most_common())


def _as_printed(found: str | int | None, printed: str | int) -> str:
    return "as printed" if found == printed else f"{found} instead of {printed}"


if __name__ == "__main__":
    sys.exit(main())
