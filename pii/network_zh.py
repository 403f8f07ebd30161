"""A small recurrent network that labels a row of units: two layers of gated recurrent units in both directions, and the
likeliest path through the labels.

It is run by NumPy alone. Several rows are read in lockstep, so that a long text costs little more than a short one per
character. The weights are stored as eight- or sixteen-bit numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_FILE = "network.npz"
_LANES = 64  # rows read in lockstep


@dataclass(frozen=True)
class Weights:
    """What was learnt. `d` is the width of a unit's vector, `h` of a state, both directions one after the other.

    `vectors` are multiples of `scales`, one for each unit. Of a layer, `gates_in` and `new_in` belong to the update and
    reset gates and to the new state; the layer reads `input` first.
    """

    vectors: NDArray[np.int8]  # (units, d)
    scales: NDArray[np.float32]  # (units,)
    input_1: NDArray[np.float16]  # (d, 2, 3h): update, reset, new state
    bias_1: NDArray[np.float16]  # (2, 3h)
    gates_1: NDArray[np.float16]  # (2, h, 2h)
    new_1: NDArray[np.float16]  # (2, h, h)
    input_2: NDArray[np.float16]  # (2h, 2, 3h)
    bias_2: NDArray[np.float16]
    gates_2: NDArray[np.float16]
    new_2: NDArray[np.float16]
    output: NDArray[np.float16]  # (2h, labels)
    output_bias: NDArray[np.float16]  # (labels,)
    follows: NDArray[np.float32]  # (labels, labels): how well the second follows the first
    begins: NDArray[np.float32]  # (labels,)
    ends: NDArray[np.float32]  # (labels,)

    def write(self, folder: Path) -> None:
        """Writes the weights into a folder."""
        arrays: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        np.savez_compressed(folder / _FILE, **arrays)

    @classmethod
    def read(cls, folder: Path) -> Weights:
        """The weights of a folder. Raises OSError if there are none."""
        with np.load(folder / _FILE, allow_pickle=False) as stored:
            return cls(**{field.name: stored[field.name] for field in fields(cls)})


class _Layer:
    """Gated recurrent units that read a row from its start and from its end."""

    def __init__(self, into: NDArray[Any], bias: NDArray[Any], gates: NDArray[Any], new: NDArray[Any]) -> None:
        # A logistic function by way of tanh, which cannot overflow, wants half of what comes in.
        self._size = new.shape[-1]
        halved = np.ones(3 * self._size, np.float32)
        halved[: 2 * self._size] = 0.5
        self._in = (into * halved).reshape(len(into), -1).astype(np.float32)
        self._bias = (bias * halved).ravel().astype(np.float32)
        self._gates = gates.astype(np.float32) * np.float32(0.5)
        self._new = new.astype(np.float32)

    def __call__(self, rows: Floats, back: NDArray[np.int64]) -> Floats:
        """Rows (time, lane, width) to (time, lane, 2h). `back` holds, for each time and lane, the time to read instead
        when going backwards: a row's last unit first, what lies after its end last."""
        time, lanes, _ = rows.shape
        size, lane = self._size, np.arange(lanes)
        read = (rows.reshape(time * lanes, -1) @ self._in + self._bias).reshape(time, lanes, 2, 3 * size)
        steps = np.empty((time, 2, lanes, 3 * size), np.float32)
        steps[:, 0], steps[:, 1] = read[:, :, 0], read[back, lane, 1]
        states = np.zeros((time + 1, 2, lanes, size), np.float32)
        gate, new = (np.empty((2, lanes, width), np.float32) for width in (2 * size, size))
        for at in range(time):
            state, step = states[at], steps[at]
            np.matmul(state, self._gates, out=gate)
            gate += step[:, :, : 2 * size]
            np.tanh(gate, out=gate)
            gate += 1
            gate *= np.float32(0.5)
            np.multiply(gate[:, :, size:], state, out=new)
            change = new @ self._new
            change += step[:, :, 2 * size :]
            np.tanh(change, out=change)
            change -= state
            change *= gate[:, :, :size]
            np.add(state, change, out=states[at + 1])
        return np.concatenate([states[1:, 0], states[1:][back, 1, lane]], axis=2)


class Network:
    """Labels rows of units."""

    def __init__(self, weights: Weights) -> None:
        self._vectors, self._scales = weights.vectors, weights.scales
        self._layers = (
            _Layer(weights.input_1, weights.bias_1, weights.gates_1, weights.new_1),
            _Layer(weights.input_2, weights.bias_2, weights.gates_2, weights.new_2),
        )
        self._output = weights.output.astype(np.float32)
        self._bias = weights.output_bias.astype(np.float32)
        self._follows, self._begins, self._ends = weights.follows, weights.begins, weights.ends

    def labels(self, rows: Sequence[NDArray[np.int64]]) -> list[NDArray[np.int64]]:
        """The likeliest labels of each row; no row is empty."""
        found: list[NDArray[np.int64]] = [np.zeros(0, np.int64)] * len(rows)
        order = sorted(range(len(rows)), key=lambda row: len(rows[row]))
        for first in range(0, len(order), _LANES):
            chosen = order[first : first + _LANES]
            for row, path in zip(chosen, self._lockstep([rows[row] for row in chosen]), strict=True):
                found[row] = path
        return found

    def _lockstep(self, rows: list[NDArray[np.int64]]) -> list[NDArray[np.int64]]:
        lengths = np.array([len(row) for row in rows])
        units = np.zeros((lengths.max(), len(rows)), np.int64)
        for lane, row in enumerate(rows):
            units[: len(row), lane] = row
        time = np.arange(len(units))[:, None]
        back = np.where(time < lengths, lengths - 1 - time, time)
        values: Floats = self._vectors[units] * self._scales[units][:, :, None]
        for layer in self._layers:
            values = layer(values, back)
        return self._paths(values @ self._output + self._bias, lengths)

    def _paths(self, scores: Floats, lengths: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """The best path of each lane (Viterbi 1967)."""
        time, lanes, _ = scores.shape
        lane = np.arange(lanes)
        best = scores[0] + self._begins
        came_from = np.zeros(scores.shape, np.int64)
        for at in range(1, time):
            ways = best[:, :, None] + self._follows
            came_from[at] = ways.argmax(axis=1)
            step = ways.max(axis=1) + scores[at]
            best = np.where((at < lengths)[:, None], step, best)
        paths = np.zeros((time, lanes), np.int64)
        label = (best + self._ends).argmax(axis=1)
        for at in range(time - 1, -1, -1):
            inside = at < lengths
            paths[at, inside] = label[inside]
            label = np.where(inside, came_from[at, lane, label], label)
        return [paths[:length, lane] for lane, length in enumerate(lengths)]
