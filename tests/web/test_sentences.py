"""What the service says of a field in English is said in Chinese on the page."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from playwright.sync_api import Page

from eval.corpus import find_broken, find_cases
from eval.misreadings import read_surely
from forms.form import Form
from pipeline.repair import repair
from pipeline.types import Candidate, FieldReading

IN_CHINESE = """async (sentences) => {
    const { zh } = await import('/review/zh.js');
    const tell = (one) => zh.sentences.reduce((text, [en, cn]) => text.replace(en, cn), one);
    return sentences.map(tell);
}"""


def read_as(one: FieldReading, *candidates: tuple[str, float]) -> FieldReading:
    assert one.reading is not None
    seen = tuple(Candidate(*candidate) for candidate in candidates)
    return replace(one, reading=replace(one.reading, candidates=seen))


def why(form: Form, printed: Mapping[str, str], changed: Mapping[str, FieldReading]) -> set[str]:
    fields = [changed.get(one.field, one) for one in read_surely(form, printed)]
    return {one.why for one in repair(form, fields) if one.why is not None}


def test_every_sentence_about_a_field_has_its_chinese(
    visit: Callable[[str, str], Page], forms: Mapping[str, Form]
) -> None:
    case = next(
        one for one in find_cases() if (one.slug, one.level) == ("browser_print", "digital")
    )
    form, printed = forms[case.truth.form], case.truth.values
    assert not find_broken(form, case.truth)
    sure = {one.field: one for one in read_surely(form, printed)}
    left_out = [name for name in sure if name.startswith("t3.granted.")]
    assert {printed[name] for name in left_out} > {"0"}
    total, first = "t3.granted.total", printed["t3.granted.total"]
    said = why(
        form, printed, {name: FieldReading(name, None, 0.9, None) for name in left_out}
    ) | why(form, printed, {total: FieldReading(total, None, 0.1, None)})
    said |= why(form, printed, {total: read_as(sure[total], ("7777", 0.7), (first, 0.28))})
    said |= why(form, printed, {total: read_as(sure[total], ("7777", 0.9999))})
    said |= why(form, printed, {total: read_as(sure[total], ("7777", 0.4))})
    said |= why(form, printed, {name: read_as(sure[name], ("丿", 0.9)) for name in left_out})
    begun = {re.sub(r"[“”].*|\d.*", "", one) for one in said}
    assert {
        "No cell was found.",
        "No cell was found; with ",
        "Nothing could be read; with ",
    } < begun
    assert any("less likely than not" in one for one in said)
    in_chinese = visit("review", "queue").evaluate(IN_CHINESE, sorted(said))
    assert [one for one in in_chinese if re.search("[a-z]{2}", one)] == []
