"""Initial weights that are the same on every processor: torch's initialisers, with other draws.

torch's own generator fills a tensor by kernels that differ between processors. In here it draws
nothing: each draw of an initialiser comes from a counter, by whole numbers and IEEE arithmetic
alone, and the initialisers' rules (bounds, gains) are torch's.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from suite.engine.draws import normal, uniform
from suite.errors import SuiteError

DRAWS = (
    "bernoulli", "cauchy", "exponential", "geometric", "log_normal", "multinomial",
    "poisson", "rand",
)  # fmt: skip


class PortableDraws(TorchDispatchMode):
    """Fills tensors that are drawn in here from the stream of this seed, in their order.

    Raises SuiteError for other draws than uniform and normal ones.
    """

    def __init__(self, stream: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._stream, self._drawn = stream, 0

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """As torch has it, for all but draws."""
        name = func.overloadpacket.__name__
        if name in ("uniform_", "normal_"):
            return self._fill(name, *args, **_without_generator(kwargs))
        if name.startswith(DRAWS):
            raise SuiteError(
                f"trainer portable: model: expected uniform or normal initial weights, got {name}"
            )
        return func(*args, **(kwargs or {}))

    def _fill(
        self, name: str, tensor: torch.Tensor, first: float = 0.0, second: float = 1.0
    ) -> Any:
        draw = uniform if name == "uniform_" else normal
        values = draw(self._stream, self._drawn, tensor.numel(), first, second)
        self._drawn += tensor.numel()
        filled = torch.from_numpy(values.astype(np.float32)).reshape(tensor.shape)
        return tensor.copy_(filled)


def _without_generator(kwargs: dict[str, Any] | None) -> dict[str, Any]:
    named = {"from": "first", "mean": "first", "to": "second", "std": "second"}
    return {named.get(k, k): v for k, v in (kwargs or {}).items() if k != "generator"}
