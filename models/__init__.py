"""The nets that read a page, over ONNX Runtime, and where their weights lie.

What the libraries below read from the environment is set here, before any of them is
imported: nothing of a document, and no word that it was read, leaves the machine.
"""

import os
from pathlib import Path

# On by default in the Linux wheels since ONNX Runtime 1.29; must stand before it starts.
# Source: Privacy.md in the onnxruntime wheel, "Disabling Telemetry".
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

# Without it paddlex asks model hubs whether they answer.
os.environ["PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK"] = "True"

# paddlex makes folders there when imported, and so does matplotlib, which layoutparser imports
# where there is one; they belong with ours, not in the home folder.
_OURS = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gouji"
os.environ.setdefault("PADDLE_PDX_CACHE_HOME", str(_OURS / "paddlex"))
os.environ.setdefault("MPLCONFIGDIR", str(_OURS / "matplotlib"))
