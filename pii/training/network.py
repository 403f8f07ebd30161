"""The network of `pii.tagger` while it learns, in PyTorch."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from pii import tagger
from pii.tagger import DILATIONS, PAD, TAGS, Weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

Coded = tuple["NDArray[np.uint64]", "NDArray[np.int64]"]  # attributes of tokens; tags, -100 where unknown

SIZES = (5_000, 5_000, 2_500, 3_000, 500, 900, 2_000)  # rows of the tables, as in `Weights.tables`
WIDTH, NARROW = 128, 64


@dataclass(frozen=True)
class Schedule:
    """How long and how hard to train."""

    steps: int = 5_000
    tokens: int = 3_000  # of one step
    rate: float = 2e-3
    warm_up: int = 300
    average: float = 0.9985  # of the running mean of the weights, which is what is shipped
    drop: float = 0.15  # of the numbers between layers
    forget_word: float = 0.1  # of tokens: their form and vector, so that form and neighbours must do
    forget_class: float = 0.05  # of tokens: what the lexicon says


class Tagger(nn.Module):  # type: ignore[misc]
    """As `pii.tagger.Network`, with what only training needs."""

    def __init__(self, vectors: NDArray[np.float32], drop: float) -> None:
        super().__init__()
        centred = vectors - vectors.mean(axis=0)
        known = np.concatenate([np.zeros((1, vectors.shape[1]), np.float32), centred / centred.std()])
        self.register_buffer("static", torch.from_numpy(known))
        self.tables = nn.EmbeddingBag(sum(SIZES), WIDTH, mode="sum")
        nn.init.normal_(self.tables.weight, std=0.3)
        self.narrow = nn.Linear(vectors.shape[1], NARROW, bias=False)
        self.unknown = nn.Parameter(torch.zeros(NARROW))
        self.from_vector = nn.Linear(NARROW, WIDTH, bias=False)
        self.mix = nn.Linear(WIDTH, 2 * WIDTH)
        self.layers = nn.ModuleList(nn.Linear(3 * WIDTH, 2 * WIDTH) for _ in DILATIONS)
        self.normals = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(len(DILATIONS) + 2))
        self.output = nn.Linear(WIDTH, len(TAGS))
        self._drop = round(drop * 256)
        self._random = np.random.default_rng(torch.initial_seed())

    def forward(
        self, attributes: NDArray[np.uint64], places: torch.Tensor, length: int, keep: torch.Tensor
    ) -> torch.Tensor:
        """Scores (tokens, tags). `places` are the rows of tokens in a stream of `length`, the others are blank; `keep`
        (tokens, 8) has 0 for what is to be forgotten of a token: a column for each table, the last for the vector."""
        rows = torch.from_numpy(tagger.rows(attributes, SIZES))
        vectors = self.narrow(self.static[torch.from_numpy(attributes[:, 5].astype(np.int64))])
        vectors = torch.where((keep[:, 7:] > 0) & torch.from_numpy(attributes[:, 5:] > 0), vectors, self.unknown)
        x = self.tables(rows, per_sample_weights=keep[:, :7]) + self.from_vector(vectors)
        x = self.drop(self.normals[0](x))
        x = x + self.drop(self.normals[1](_maxout(self.mix(x))))
        for layer, normal, step in zip(self.layers, self.normals[2:], DILATIONS, strict=True):
            stream = x.new_zeros(length + 2 * PAD, WIDTH).index_copy(0, places + PAD, x)
            near = torch.cat([stream[places + PAD - step], x, stream[places + PAD + step]], dim=1)
            x = x + self.drop(normal(_maxout(layer(near))))
        scores: torch.Tensor = self.output(x)
        return scores

    def drop(self, x: torch.Tensor) -> torch.Tensor:
        """Dropout from random bytes, which cost less than random floats."""
        if not self.training:
            return x
        kept = torch.from_numpy(self._random.integers(0, 256, tuple(x.shape), np.uint8) >= self._drop)
        return x * kept * (256 / (256 - self._drop))

    def weights(self) -> Weights:
        """The weights to ship."""
        tables, scales = _whole(self.tables.weight, axis=1)
        vectors = torch.cat([self.unknown[None], self.narrow(self.static[1:])])
        narrow, vector_scales = _whole(vectors, axis=0)

        def half(*parts: torch.Tensor) -> NDArray[np.float16]:
            return np.stack([part.detach().numpy() for part in parts]).astype(np.float16)

        return Weights(
            tables=tables,
            scales=scales,
            sizes=np.array(SIZES, np.int64),
            vectors=narrow,
            vector_scales=vector_scales,
            from_vector=half(self.from_vector.weight.T)[0],
            mix_in=half(self.mix.weight.T)[0],
            mix_bias=half(self.mix.bias)[0],
            gains=half(*(normal.weight for normal in self.normals)),
            shifts=half(*(normal.bias for normal in self.normals)),
            layers=half(*(layer.weight.T for layer in self.layers)),
            biases=half(*(layer.bias for layer in self.layers)),
            output=half(self.output.weight.T)[0],
            output_bias=self.output.bias.detach().numpy().astype(np.float32),
        )


class _Maxout(torch.autograd.Function):  # type: ignore[misc]
    """The larger of the two halves; PyTorch's own `maximum` shares ties out, which takes it five times as long."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        first, second = x.chunk(2, dim=1)
        ctx.chosen = first >= second
        return torch.where(ctx.chosen, first, second)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        first = gradient * ctx.chosen
        return torch.cat([first, gradient - first], dim=1)


def _maxout(x: torch.Tensor) -> torch.Tensor:
    chosen: torch.Tensor = _Maxout.apply(x)
    return chosen


def _whole(weights: torch.Tensor, axis: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Whole numbers from -127 to 127, and what one is worth in each row or column."""
    values = weights.detach().numpy()
    scales = np.maximum(np.abs(values).max(axis=axis, keepdims=True), 1e-9) / 127
    return np.rint(values / scales).astype(np.int8), scales.ravel().astype(np.float32)


def learn(model: Tagger, examples: Iterator[Coded], schedule: Schedule) -> Iterator[tuple[int, float, Tagger]]:
    """Trains, and yields step, loss and the averaged model now and then, last of all at the end."""
    average = deepcopy(model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=schedule.rate, betas=(0.9, 0.98), weight_decay=0.01)
    total = 0.0
    for step, batch in enumerate(_batches(examples, schedule.tokens), 1):
        for group in optimizer.param_groups:
            group["lr"] = schedule.rate * _pace(step, schedule)
        model.train()
        loss = _loss(model, batch, schedule)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        _follow(average, model, min(schedule.average, step / (step + 10)))
        total += loss.item()
        if step % 500 == 0 or step == schedule.steps:
            yield step, total / 500, average
            total = 0.0
        if step == schedule.steps:
            return


def _pace(step: int, schedule: Schedule) -> float:
    """The share of the learning rate: up in a line, down in half a cosine."""
    if step < schedule.warm_up:
        return step / schedule.warm_up
    done = (step - schedule.warm_up) / (schedule.steps - schedule.warm_up)
    return 0.02 + 0.98 * (1 + math.cos(math.pi * done)) / 2


def _follow(average: Tagger, model: Tagger, share: float) -> None:
    with torch.no_grad():
        for mean, now in zip(average.parameters(), model.parameters(), strict=True):
            mean.lerp_(now, 1 - share)


def _batches(examples: Iterator[Coded], tokens: int) -> Iterator[list[Coded]]:
    batch: list[Coded] = []
    size = 0
    for example in examples:
        batch.append(example)
        size += len(example[1])
        if size >= tokens:
            yield batch
            batch, size = [], 0


def _loss(model: Tagger, batch: Sequence[Coded], schedule: Schedule) -> torch.Tensor:
    lengths = np.array([len(tags) for _, tags in batch])
    starts = np.cumsum(lengths + PAD) - lengths
    places = np.concatenate([np.arange(n) + start for n, start in zip(lengths, starts, strict=True)])
    chance = torch.rand(int(lengths.sum()), 2)
    keep = torch.ones(len(places), 8)
    keep[:, [0, 1, 7]] = (chance[:, :1] > schedule.forget_word).float()
    keep[:, [5, 6]] = (chance[:, 1:] > schedule.forget_class).float()
    attributes = np.concatenate([attributes for attributes, _ in batch])
    scores = model(attributes, torch.from_numpy(places), int(starts[-1] + lengths[-1]), keep)
    return nn.functional.cross_entropy(scores, torch.from_numpy(np.concatenate([tags for _, tags in batch])))
