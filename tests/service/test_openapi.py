"""The API against its own OpenAPI document, with calls that nobody would think of."""

from collections.abc import Callable
from typing import Any, Final

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import settings as bounds
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from service.choices import Role

CALLS: Final = 6
"""To each operation, in each mode: some hundreds in all, within half a minute."""

NOT_CHECKED: Final = (
    # What no schema can say: that a file must be a PDF, and `If-Match` the present version.
    positive_data_acceptance,
    # Of a parameter that is given twice the last counts.
    negative_data_rejection,
)


@pytest.mark.parametrize("mode", GenerationMode)
def test_answers_are_as_documented(
    client: TestClient,
    key: Callable[[Role], dict[str, str]],
    report_id: str,
    mode: GenerationMode,
    subtests: pytest.Subtests,
) -> None:
    admin = key("admin")
    document = schemathesis.openapi.from_asgi("/openapi.json", client.app)
    for found in document.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        if mode.is_negative and not operation.path.startswith("/v1"):
            continue  # they take nothing that could be wrong
        kept = mode.is_positive and operation.method != "delete"
        cases = operation.as_strategy(
            mode, path_parameters={"report_id": report_id} if kept else None
        )

        @bounds(max_examples=CALLS, deadline=None, derandomize=True, database=None)
        @given(cases)
        def call(case: Case[Any]) -> None:
            case.call_and_validate(headers=admin, excluded_checks=[*NOT_CHECKED])

        with subtests.test(operation.label):
            call()
