"""ONNX Runtime sessions, all set up alike."""

from pathlib import Path

import onnxruntime


def open_session(path: Path, threads: int) -> onnxruntime.InferenceSession:
    """Load a net from an ONNX file, to run on this many threads of the CPU."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
