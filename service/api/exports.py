"""Reports as one table: for spreadsheets and data frames."""

from collections.abc import Iterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from service.api.access import Here, Service, Uploader
from service.api.answers import Exported
from service.export import MEDIA_TYPES, stream_export
from service.export_rows import Record
from service.problems import documented
from service.records import stored_records
from service.store import Wanted

router: Final = APIRouter(prefix="/v1/export", tags=["reports"])

_BYTES: Final = {"type": "string", "format": "binary"}
_ROWS: Final = {"type": "array", "items": {"type": "object"}}


def _schema_of(kind: str) -> dict[str, Any]:
    return _ROWS if kind == MEDIA_TYPES["json"] else _BYTES


@router.get(
    "",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "The table, as it is made.",
            "content": {kind: {"schema": _schema_of(kind)} for kind in MEDIA_TYPES.values()},
        },
        **documented("unauthorized", "forbidden", "invalid_request", "rate_limited"),
    },
)
def export_reports(
    here: Here, _: Uploader, asked: Annotated[Exported, Query()]
) -> StreamingResponse:
    """Export every report that was read, with a dictionary of the columns where one fits in."""
    forms = tuple(here.forms.values())
    table = stream_export(_records(here, asked.wanted), forms, asked.format, asked.shape)
    name = f'attachment; filename="gouji.{asked.format}"'
    return StreamingResponse(
        table, media_type=MEDIA_TYPES[asked.format], headers={"Content-Disposition": name}
    )


def _records(here: Service, wanted: Wanted) -> Iterator[Record]:
    with here.engine.connect() as connection:
        yield from stored_records(connection, wanted)
