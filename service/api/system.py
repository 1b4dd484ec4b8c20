"""The forms, the models, and how the service is."""

from dataclasses import asdict
from importlib.metadata import version
from typing import Final

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from service.api.access import Here, Uploader
from service.api.answers import FormAnswer, Forms, Health, Models
from service.problems import Refusal, documented

router: Final = APIRouter(tags=["system"])


@router.get("/v1/forms", responses=documented("unauthorized", "forbidden", "rate_limited"))
def get_forms(here: Here, _: Uploader) -> Forms:
    """The forms known, their fields and sums."""
    return Forms(
        forms=tuple(
            FormAnswer(
                id=form.id,
                name=form.name,
                issued_by=form.issued_by,
                first_year=form.first_year,
                last_year=form.last_year,
                fields=tuple(field.id for field in form.fields),
                sums={rule.id: (rule.left, rule.right) for rule in form.sums},
            )
            for form in here.forms.values()
        )
    )


@router.get("/v1/models", responses=documented("unauthorized", "forbidden", "rate_limited"))
def get_models(here: Here, _: Uploader) -> Models:
    """The models that ship, with the calibration table and the counts behind it."""
    calibration = here.calibration
    return Models(
        gouji=version("gouji"),
        nets=dict(calibration.nets),
        reports=calibration.reports,
        guarantees=tuple(asdict(one) for one in calibration.guarantees),
        thresholds={
            group: tuple(asdict(step) for step in steps)
            for group, steps in calibration.steps.items()
        },
    )


@router.get("/healthz")
def is_alive() -> Health:
    """Whether the process answers."""
    return Health(status="ok")


@router.get("/readyz", responses=documented("unavailable"))
def is_ready(here: Here) -> Health:
    """Whether the database answers too."""
    try:
        with here.engine.begin() as connection:
            connection.execute(text("SELECT"))
    except OperationalError as error:
        raise Refusal("unavailable", "the database does not answer") from error
    return Health(status="ok")


@router.get("/metrics", response_class=Response)
def get_metrics(request: Request) -> Response:
    """Metrics for Prometheus."""
    return Response(generate_latest(request.app.state.registry), media_type=CONTENT_TYPE_LATEST)
