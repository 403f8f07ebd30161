"""A faster matrix product for the small networks, used only where it gives the very same bits.

thinc multiplies with BLIS, which sums each element in runs of a fixed length; NumPy's BLAS is two to three times as
fast for the shapes of a tagger. Summed in the same runs it rounds the same way, so that no score and no label can
differ. Which runs these are depends on the processor: they are found by trying, for each shape of weights that a
network has, and where none agree thinc's own product stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from thinc.api import Model, NumpyOps

Floats = NDArray[np.float32]

_RUNS = (256, 384, 512, 320, 192, 240, 128, 1024)
_LEAST_ROWS = 16  # below, BLAS takes other paths, which round differently
_TRIED_ROWS = (16, 17, 23, 31, 48, 64, 97, 128, 200, 333, 700, 1500)


class Products(NumpyOps):  # type: ignore[misc]
    """thinc's operations with NumPy's product for weights of the given shapes: in runs of so many elements each."""

    name = "numpy"

    def __init__(self, runs: Mapping[tuple[int, int], int]) -> None:
        super().__init__()
        self._runs = runs

    def gemm(self, x: Floats, y: Floats, out: Any = None, trans1: bool = False, trans2: bool = False) -> Floats:
        """The product; ours is only what the layers ask for at work, `x @ y.T` of many rows."""
        run = self._runs.get((y.shape[0], y.shape[1]))
        if run is None or trans1 or not trans2 or out is not None or len(x) < _LEAST_ROWS:
            product: Floats = super().gemm(x, y, out=out, trans1=trans1, trans2=trans2)
            return product
        return _product(x, y, run)


def quicken(model: Model[Any, Any]) -> None:
    """Let every layer of a network use the faster product, where there is one."""
    weights = [node.get_param("W") for node in model.walk() if node.has_param("W")]
    shapes = {(int(np.prod(weight.shape[:-1])), int(weight.shape[-1])) for weight in weights if weight.ndim > 1}
    runs = {shape: run for shape in shapes if (run := _run_of(shape))}
    ops = Products(runs)
    for node in model.walk():
        node.ops = ops


def _product(x: Floats, y: Floats, run: int) -> Floats:
    product: Floats = x[:, :run] @ y[:, :run].T
    for start in range(run, x.shape[1], run):
        product += x[:, start : start + run] @ y[:, start : start + run].T
    return product


@cache
def _run_of(shape: tuple[int, int]) -> int:
    """The run in which sums over weights of this shape round as thinc's do; 0 where there is none."""
    own = NumpyOps()
    random = np.random.default_rng(11643)
    weights = random.standard_normal(shape, np.float32)
    inputs = [random.standard_normal((rows, shape[1]), np.float32) for rows in _TRIED_ROWS]
    wanted = [own.gemm(one, weights, trans2=True) for one in inputs]
    for run in _RUNS:
        if all(np.array_equal(_product(x, weights, run), z) for x, z in zip(inputs, wanted, strict=True)):
            return run
    return 0
