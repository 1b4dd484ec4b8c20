"""Loading and reading reach for nothing outside the machine."""

import os
import subprocess
import sys
from pathlib import Path

from eval.corpus import ROOT

# Audit events of Python's own sockets; a native library's are seen by what it leaves behind.
PROGRAM = """
import sys
REACHING = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}
def forbid(event, arguments):
    if event in REACHING:
        raise SystemExit(f"{event} {arguments}")
sys.addaudithook(forbid)
import numpy as np
from models.load import load_models
models = load_models(1)
paper = np.full((300, 200, 3), 255, np.uint8)
models.find_orientation(paper)
models.find_regions(paper)
models.labels.read_lines([paper])
models.read_numbers([paper[:, :, 0]])
models.segment(paper[:, :, 0], 150.0)
models.lines.find_lines(paper)
"""


def test_nothing_is_asked_of_a_network_and_nothing_told(tmp_path: Path) -> None:
    # Without CI, which would silence ONNX Runtime by itself.
    kept = {name: value for name, value in os.environ.items() if name != "CI"}
    for name in ("XDG_CACHE_HOME", "ORT_DISABLE_TELEMETRY", "PADDLE_PDX_CACHE_HOME"):
        kept.pop(name, None)
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", PROGRAM],
        env=kept | {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    written = {path.relative_to(tmp_path).parts[:2] for path in tmp_path.glob("*/*")}
    assert written == {(".cache", "gouji")}, "telemetry keeps its device id in the cache"


def test_importing_the_package_loads_no_library() -> None:
    program = "import models, sys; print(*{'numpy', 'cv2', 'onnxruntime'} & set(sys.modules))"
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
