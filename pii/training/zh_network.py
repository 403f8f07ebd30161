"""The network of `pii.network_zh` while it learns, in PyTorch.

It starts from the vectors and recurrent layers of LAC. First only the output learns, so that its first, random steps do not
spoil what the layers know; then all of it, the vectors slowly. What is kept is a running average of the weights.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from pii.names_zh import LABELS
from pii.network_zh import Weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pii.training.zh_lac import Layer

Coded = tuple["NDArray[np.int64]", "NDArray[np.int64]"]  # units and labels

TAGS = 1 + 4 * len(LABELS)  # none; first, within, last, whole of each kind (`pii.names_zh`)
_NEVER = -1e4
_SORTED_TOGETHER = 30  # batches


@dataclass(frozen=True)
class Schedule:
    """How long and how hard to train. Rates fall in a straight line from their full height to almost nothing."""

    rounds: int = 14
    output_rounds: int = 1  # before these, in which only the output learns
    batch: int = 96
    output_rate: float = 5e-3  # in the rounds of the output alone
    rate: float = 1.5e-3  # of the output; the layers and the vectors learn at a share of it
    layers_share: float = 0.3
    vectors_share: float = 0.2
    drop: float = 0.25
    forget_unit: float = 0.04
    average: float = 0.998


class _Layer(nn.Module):  # type: ignore[misc]
    def __init__(self, forth: Layer, back: Layer) -> None:
        super().__init__()
        pair = (forth, back)
        self.into = nn.Parameter(torch.from_numpy(np.stack([layer.into for layer in pair], axis=1)))
        self.bias = nn.Parameter(torch.from_numpy(np.stack([layer.bias for layer in pair])))
        self.gates = nn.Parameter(torch.from_numpy(np.stack([layer.gates for layer in pair])))
        self.new = nn.Parameter(torch.from_numpy(np.stack([layer.new for layer in pair])))

    def forward(self, rows: Tensor, back: Tensor) -> Tensor:
        """As `pii.network_zh` does it, but lane before time."""
        read = torch.einsum("bti,ikj->kbtj", rows, self.into) + self.bias[:, None, None]
        turned = torch.gather(read[1], 1, back[:, :, None].expand(-1, -1, read.shape[3]))
        states = _steps(torch.stack([read[0], turned]), self.gates, self.new)
        forth, other = states[0], states[1]
        return torch.cat([forth, torch.gather(other, 1, back[:, :, None].expand_as(other))], -1)


@torch.jit.script  # type: ignore[untyped-decorator]
def _steps(read: Tensor, gates: Tensor, new: Tensor) -> Tensor:
    size = new.shape[2]
    state = torch.zeros(2, read.shape[1], size)
    states = []
    for step in read.permute(2, 0, 1, 3).contiguous().unbind(0):
        gate = torch.sigmoid(torch.baddbmm(step[:, :, : 2 * size], state, gates))
        fresh = torch.tanh(torch.baddbmm(step[:, :, 2 * size :], gate[:, :, size:] * state, new))
        state = state + gate[:, :, :size] * (fresh - state)
        states.append(state)
    return torch.stack(states, 2)


@torch.jit.script  # type: ignore[untyped-decorator]
def _all_paths(scores: Tensor, follows: Tensor, begins: Tensor, inside: Tensor) -> Tensor:
    steps = scores.unbind(1)
    total = steps[0] + begins
    for at in range(1, len(steps)):
        longer = torch.logsumexp(total[:, :, None] + follows[None], 1) + steps[at]
        total = torch.where(inside[:, at : at + 1], longer, total)
    return total


class Network(nn.Module):  # type: ignore[misc]
    """As `pii.network_zh.Network`, with what only training needs."""

    def __init__(self, vectors: NDArray[np.float32], layers: Sequence[Layer], drop: float, forget_unit: float) -> None:
        super().__init__()
        self.vectors = nn.Embedding.from_pretrained(torch.from_numpy(vectors), freeze=False)
        self.first, self.second = _Layer(layers[0], layers[1]), _Layer(layers[2], layers[3])
        self.output = nn.Linear(2 * layers[0].new.shape[0], TAGS)
        self.follows = nn.Parameter(torch.zeros(TAGS, TAGS))
        self.drop, self.forget_unit = drop, forget_unit
        begins, ends, follows = _possible()
        self.register_buffer("begins", begins)
        self.register_buffer("ends", ends)
        self.register_buffer("possible", follows)

    def forward(self, units: Tensor, lengths: Tensor) -> Tensor:
        """The scores of each unit's labels."""
        time = torch.arange(units.shape[1])[None]
        back = torch.where(time < lengths[:, None], lengths[:, None] - 1 - time, time)
        rows = self.vectors(units)
        if self.training:
            rows = rows * (torch.rand(units.shape) > self.forget_unit)[:, :, None]
        rows = nn.functional.dropout(rows, self.drop / 2, self.training)
        for layer in (self.first, self.second):
            rows = nn.functional.dropout(layer(rows, back), self.drop, self.training)
        scores: Tensor = self.output(rows)
        return scores

    def loss(self, units: Tensor, labels: Tensor, lengths: Tensor) -> Tensor:
        """How unlikely the right paths are among all (Lafferty et al. 2001)."""
        scores = self(units, lengths)
        inside = torch.arange(units.shape[1])[None] < lengths[:, None]
        follows = self.follows + self.possible
        right = (scores.gather(2, labels[:, :, None])[:, :, 0] * inside).sum(1)
        right = right + (follows[labels[:, :-1], labels[:, 1:]] * inside[:, 1:]).sum(1)
        total = torch.logsumexp(_all_paths(scores, follows, self.begins, inside) + self.ends, 1)
        return (total - right).mean()

    def weights(self) -> Weights:
        """The weights as they are shipped."""
        vectors = _numbers(self.vectors.weight)
        scales = np.maximum(np.abs(vectors).max(axis=1), 1e-6) / 127
        half: Any = {}
        for number, layer in enumerate((self.first, self.second), 1):
            for name in ("gates", "new", "bias"):
                half[f"{name}_{number}"] = _numbers(getattr(layer, name)).astype(np.float16)
            half[f"input_{number}"] = _numbers(layer.into).astype(np.float16)
        return Weights(
            vectors=np.round(vectors / scales[:, None]).astype(np.int8),
            scales=scales.astype(np.float32),
            output=_numbers(self.output.weight).T.astype(np.float16),
            output_bias=_numbers(self.output.bias).astype(np.float16),
            follows=_numbers(self.follows + self.possible),
            begins=_numbers(self.begins),
            ends=_numbers(self.ends),
            **half,
        )


def _numbers(values: Tensor) -> NDArray[np.float32]:
    numbers: NDArray[np.float32] = values.detach().numpy().copy()
    return numbers


def _possible() -> tuple[Tensor, Tensor, Tensor]:
    """Which labels begin and end a row and follow one another: 0, or very little for what is impossible."""
    opens = np.array([tag % 4 in (1, 2) and tag > 0 for tag in range(TAGS)])  # first, within: the name goes on
    goes_on = np.array([tag % 4 in (2, 3) for tag in range(TAGS)])  # within, last
    kind = (np.arange(TAGS) + 3) // 4
    fits = np.where(opens[:, None], goes_on[None] & (kind[:, None] == kind[None]), ~goes_on[None])
    begins, ends, follows = (np.where(ok, 0.0, _NEVER).astype(np.float32) for ok in (~goes_on, ~opens, fits))
    return torch.from_numpy(begins), torch.from_numpy(ends), torch.from_numpy(follows)


def _batches(rng: Random, rows: list[Coded], size: int) -> list[list[Coded]]:
    """Batches of rows of about the same length."""
    rng.shuffle(rows)
    found: list[list[Coded]] = []
    for at in range(0, len(rows), size * _SORTED_TOGETHER):
        near = sorted(rows[at : at + size * _SORTED_TOGETHER], key=lambda row: len(row[0]))
        found += [near[start : start + size] for start in range(0, len(near), size)]
    rng.shuffle(found)
    return found


def _padded(rows: Sequence[Coded]) -> tuple[Tensor, Tensor, Tensor]:
    lengths = [len(units) for units, _ in rows]
    units, labels = (torch.zeros(len(rows), max(lengths), dtype=torch.long) for _ in range(2))
    for at, row in enumerate(rows):
        for target, values in zip((units, labels), row, strict=True):
            target[at, : lengths[at]] = torch.from_numpy(values)
    return units, labels, torch.tensor(lengths)


def learn(
    network: Network, rounds: Iterator[list[Coded]], schedule: Schedule, seed: int
) -> Iterator[tuple[int, float, Network]]:
    """Trains; yields, after each round, its number, the mean loss and the network with averaged weights."""
    rng = Random(seed)
    shares = (
        (network.vectors, schedule.vectors_share),
        (network.first, schedule.layers_share),
        (network.second, schedule.layers_share),
        (network.output, 1.0),
    )
    groups = [{"params": list(part.parameters()), "share": share} for part, share in shares]
    groups.append({"params": [network.follows], "share": 1.0})
    optimizer = torch.optim.Adam(groups, lr=schedule.rate, betas=(0.9, 0.99))
    average = {name: value.clone() for name, value in network.state_dict().items()}
    step = 0
    for number in range(-schedule.output_rounds, schedule.rounds):
        output_only = number < 0
        if number == 0:
            step = 0
        for part, _ in shares[:3]:
            part.requires_grad_(not output_only)
        batches = _batches(rng, next(rounds), schedule.batch)
        steps = len(batches) * (schedule.output_rounds if output_only else schedule.rounds)
        losses = []
        network.train()
        for batch in batches:
            factor = min(1.0, (step + 1) / 100) * max(0.02, 1 - step / steps)
            for group in optimizer.param_groups:
                rate = schedule.output_rate if output_only else schedule.rate * float(group["share"])
                group["lr"] = rate * factor
            loss = network.loss(*_padded(batch))
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimizer.step()
            losses.append(loss.item())
            step += 1
            for name, value in network.state_dict().items():
                average[name].lerp_(value, 1 - min(schedule.average, step / (step + 20)))
        latest = {name: value.clone() for name, value in network.state_dict().items()}
        network.load_state_dict(average)
        yield number, sum(losses) / len(losses), network.eval()
        network.load_state_dict(latest)
