"""The review page: files that the browser gets as they lie in `web/`, and from nowhere else."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final

from fastapi import APIRouter, Header, Response
from fastapi.responses import RedirectResponse

from service.problems import Refusal

router: Final = APIRouter(tags=["review page"], include_in_schema=False)

_FOLDER: Final = Path(__file__).parent / "web"
_INDEX: Final = "index.html"
_TYPES: Final = MappingProxyType(
    {
        ".html": "text/html; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".svg": "image/svg+xml",
    }
)
_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
# The names of files stay when their content changes: browsers ask each time, and are told
# that what they have is still right.
_HEADERS: Final = MappingProxyType(
    {
        "Content-Security-Policy": _POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-cache",
    }
)


@dataclass(frozen=True, slots=True)
class _Asset:
    content: bytes
    media_type: str
    etag: str


@router.get("/")
def go_to_page() -> RedirectResponse:
    """Whoever opens the bare address wants the review page."""
    return RedirectResponse("/review")


@router.get("/review")
def get_index(if_none_match: Annotated[str | None, Header()] = None) -> Response:
    """The review page."""
    return get_asset(_INDEX, if_none_match)


@router.get("/review/{name}")
def get_asset(name: str, if_none_match: Annotated[str | None, Header()] = None) -> Response:
    """A file of the review page."""
    asset = _assets().get(name)
    if asset is None:
        raise Refusal("not_found", "the review page has no such file")
    headers = {**_HEADERS, "ETag": asset.etag}
    if if_none_match == asset.etag:
        return Response(status_code=304, headers=headers)
    return Response(asset.content, media_type=asset.media_type, headers=headers)


@cache
def _assets() -> dict[str, _Asset]:
    """Every file of the page by name: what is not one of them cannot be asked for."""
    files = (path for path in _FOLDER.iterdir() if path.suffix in _TYPES)
    return {path.name: _read(path) for path in files}


def _read(path: Path) -> _Asset:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    return _Asset(content, _TYPES[path.suffix], f'"{digest[:16]}"')
