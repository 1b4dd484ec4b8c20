"""The API's manual, for people: `/docs` to try calls out, `/redoc` to read; no other host is asked.

Swagger UI and ReDoc come with `fastapi-standalone-docs`, whose own pages would bring no policy.
"""

import re
from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Final

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.responses import FileResponse, HTMLResponse

from service.problems import Refusal

router: Final = APIRouter(tags=["manual"], include_in_schema=False)

_FOLDER: Final = Path(str(files("fastapi_standalone_docs"))) / "static"
_ASSETS: Final = {
    path.name: path for folder in ("swagger", "redoc") for path in (_FOLDER / folder).iterdir()
}
_ICON: Final = "/review/mark.svg"
_HEADERS: Final = MappingProxyType(
    {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
)
_INLINE: Final = re.compile(r"<script>(.+?)</script>", re.DOTALL)


@router.get("/docs")
def get_docs(request: Request) -> HTMLResponse:
    """Every call with a form to try it out."""
    app = request.app
    return _with_policy(
        get_swagger_ui_html(
            openapi_url=app.openapi_url,
            title=app.title,
            swagger_js_url="/docs/swagger-ui-bundle.js",
            swagger_css_url="/docs/swagger-ui.css",
            swagger_favicon_url=_ICON,
        )
    )


@router.get("/redoc")
def get_redoc(request: Request) -> HTMLResponse:
    """Every call, to be read."""
    app = request.app
    return _with_policy(
        get_redoc_html(
            openapi_url=app.openapi_url,
            title=app.title,
            redoc_js_url="/redoc/redoc.standalone.js",
            redoc_favicon_url=_ICON,
            with_google_fonts=False,
        )
    )


@router.get("/docs/{name}")
@router.get("/redoc/{name}")
def get_asset(name: str) -> FileResponse:
    """A file that these pages load."""
    asset = _ASSETS.get(name)
    if asset is None:
        raise Refusal("not_found", "the manual has no such file")
    return FileResponse(asset, headers=_HEADERS)


def _with_policy(page: HTMLResponse) -> HTMLResponse:
    """A page that runs its own scripts only, those within it by their hash.

    Both programs write styles into the page as they run; ReDoc searches in a worker.
    """
    inline = _INLINE.findall(bytes(page.body).decode())
    hashes = (b64encode(sha256(script.encode()).digest()).decode() for script in inline)
    policy = (
        "default-src 'none'",
        " ".join(("script-src 'self'", *(f"'sha256-{one}'" for one in hashes))),
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src blob:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
    page.headers.update({**_HEADERS, "Content-Security-Policy": "; ".join(policy)})
    return page
