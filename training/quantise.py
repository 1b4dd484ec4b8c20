"""A net in ONNX → the same net computed in 8-bit integers, which takes less time."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process


class _Examples(CalibrationDataReader):  # type: ignore[misc]
    """Examples as ONNX Runtime asks for them, one after the other."""

    def __init__(self, examples: Iterable[Mapping[str, NDArray[np.float32]]]) -> None:
        self._waiting: Iterator[Mapping[str, NDArray[np.float32]]] = iter(examples)

    def get_next(self) -> Mapping[str, NDArray[np.float32]] | None:
        return next(self._waiting, None)


def quantise(path: Path, examples: Iterable[Mapping[str, NDArray[np.float32]]]) -> None:
    """Let a net count in 8-bit integers, in its own file.

    Args:
        path: ONNX file of a net in float32.
        examples: What it is fed, by the names of its inputs. Each layer's numbers are scaled to
            the least and the greatest that it makes of these: what is greater is cut off.

    Source: Jacob et al., Quantization and Training of Neural Networks for Efficient
        Integer-Arithmetic-Only Inference, 2018, after training; ONNX Runtime's
        documentation on quantization, for `reduce_range`.
    """
    prepared = path.with_suffix(".prepared")
    try:
        quant_pre_process(path, prepared, skip_symbolic_shape=True)
        quantize_static(
            prepared,
            path,
            _Examples(examples),
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
            # Weights of 7 bits: processors without VNNI add up in 16, which would run over.
            reduce_range=True,
        )
    finally:
        prepared.unlink(missing_ok=True)
