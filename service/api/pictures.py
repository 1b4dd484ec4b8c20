"""What a reviewer looks at: pages, and the cells of fields."""

import logging
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Response
from PIL.Image import Image

from pipeline.types import Box
from service.api.access import Here, Service, Uploader
from service.api.answers import FieldId, ReportId
from service.api.reports import find
from service.blobs import BlobGone, get_blob
from service.drafts import load_report
from service.pictures import NoSuchPage, cut, draw_page, to_png
from service.problems import Refusal, documented
from service.store import Stored

_LOG: Final = logging.getLogger(__name__)

router: Final = APIRouter(prefix="/v1/reports/{report_id}", tags=["pictures"])

_CROP_DPI: Final = 200
_MARGIN_POINTS: Final = 6.0
_PNG: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"image/png": {}}, "description": "A picture."}
}
# A file never changes under its hash.
_KEEP: Final = {"Cache-Control": "private, max-age=86400"}
_USUAL: Final = documented(
    "unauthorized", "forbidden", "not_found", "not_extracted", "invalid_request", "rate_limited"
)
_OUTDATED: Final = documented("not_extracted", "outdated_reading")


@router.get("/pages/{number}.png", response_class=Response, responses={**_PNG, **_USUAL})
def get_page(
    report_id: ReportId,
    number: Annotated[int, Path(ge=1, le=100_000)],
    here: Here,
    _: Uploader,
    dpi: Annotated[int, Query(ge=36, le=300)] = 100,
) -> Response:
    """A page as it is stored; its size in points is in the report."""
    _read(find(here, report_id))
    with here.drawing:
        picture = _draw(here, report_id, number, dpi)
    return Response(to_png(picture), media_type="image/png", headers=_KEEP)


@router.get(
    "/fields/{field}/crop.png",
    response_class=Response,
    responses={**_PNG, **_USUAL, **_OUTDATED},
)
def get_crop(report_id: ReportId, field: FieldId, here: Here, _: Uploader) -> Response:
    """The cell of a field, with a little of what stands around it."""
    report = load_report(_read(find(here, report_id)))
    found = report.fields.get(field)
    if found is None or found.box is None or found.page is None:
        raise Refusal("unknown_field", "no cell was found for such a field")
    page = next(page for page in report.pages if page.page == found.page)
    with here.drawing:
        picture = _draw(here, report_id, found.page, _CROP_DPI)
    cell = cut(picture, Box(*found.box), page.width, _MARGIN_POINTS)
    return Response(to_png(cell), media_type="image/png", headers=_KEEP)


def _draw(here: Service, report_id: str, number: int, dpi: int) -> Image:
    """A page of the file of a report.

    Raises:
        Refusal: The file has no such page, or is gone.
        ReportError: The page cannot be drawn.
    """
    try:
        return draw_page(get_blob(here.blobs, report_id), number, dpi)
    except BlobGone as error:
        # Nobody who asks can bring it back, so the operator is told too.
        _LOG.error("the file is gone from the storage", extra={"report": report_id})
        raise Refusal("not_found", "the file is gone from the storage") from error
    except NoSuchPage as error:
        raise Refusal("no_such_page", "the file has fewer pages") from error


def _read(stored: Stored) -> str:
    """The JSON of a report; what was not read, in a process of its own, is not drawn here."""
    if stored.report is None:
        raise Refusal("not_extracted", "the report has not been read")
    return stored.report
