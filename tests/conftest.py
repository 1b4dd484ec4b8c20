"""What several packages' tests read with."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from eval.corpus import SAMPLES
from forms.form import Form, load_forms
from models.load import Models, load_models


@pytest.fixture(scope="session")
def models() -> Models:
    return load_models()


@pytest.fixture(scope="session")
def forms() -> Mapping[str, Form]:
    return MappingProxyType({form.id: form for form in load_forms()})


@pytest.fixture(scope="session")
def samples() -> Path:
    if not SAMPLES.is_dir():
        pytest.skip("the real samples are not beside this checkout")
    return SAMPLES
