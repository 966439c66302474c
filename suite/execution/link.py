"""What the two processes of an own training loop tell each other: JSON, and the bytes of tensors.

Reading a message runs no code, whoever wrote it: the process that scores reads what an arm's
process sends.
"""

from __future__ import annotations

import json
import math
from multiprocessing.connection import Connection
from typing import Any

import torch

DTYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (
        *(torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.bool, torch.uint8),
        *(torch.int8, torch.int16, torch.int32, torch.int64, torch.complex64, torch.complex128),
    )
}
TENSOR = "tensor"  # the key of an object that stands for one: its place, dtype and shape


class LinkClosedError(Exception):
    """The other process has ended."""


def send(link: Connection, message: dict[str, Any]) -> None:
    """Sends a message: numbers, texts, None, and mappings and sequences of them and of tensors.

    Tensors arrive on the CPU. Raises LinkClosedError.
    """
    tensors: list[torch.Tensor] = []
    head = json.dumps(_without_tensors(message, tensors)).encode()
    try:
        link.send_bytes(head)
        for tensor in tensors:
            link.send_bytes(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    except OSError:
        raise LinkClosedError from None


def receive(link: Connection) -> dict[str, Any]:
    """The next message; sequences arrive as tuples.

    Raises LinkClosedError, and ValueError for what is no message.
    """
    try:
        message = _with_tensors(json.loads(link.recv_bytes()), link)
    except (EOFError, OSError):
        raise LinkClosedError from None
    except (KeyError, TypeError, RecursionError, RuntimeError) as error:
        raise ValueError(f"expected a message of the other process: {error!r}") from None
    if not isinstance(message, dict):
        raise ValueError("expected a message of the other process")
    return message


def _without_tensors(value: Any, tensors: list[torch.Tensor]) -> Any:
    """The value as JSON, with its tensors put aside."""
    if isinstance(value, torch.Tensor):
        tensors.append(value.detach().cpu().contiguous())
        name = str(value.dtype).removeprefix("torch.")
        if name not in DTYPES:
            raise TypeError(f"expected a tensor of numbers, got one of {name}")
        return {TENSOR: [name, list(value.shape)]}
    if isinstance(value, dict):
        return {"pairs": [[key, _without_tensors(inner, tensors)] for key, inner in value.items()]}
    if isinstance(value, list | tuple):
        return [_without_tensors(inner, tensors) for inner in value]
    return value


def _with_tensors(value: Any, link: Connection) -> Any:
    """The value that JSON stands for; its tensors follow on the link in their order."""
    if isinstance(value, list):
        return tuple(_with_tensors(inner, link) for inner in value)
    if not isinstance(value, dict):
        return value
    if TENSOR in value:
        name, shape = value[TENSOR]
        content = bytearray(link.recv_bytes())
        dtype = DTYPES[name]
        if len(content) != math.prod(shape) * dtype.itemsize:
            raise ValueError(f"expected a tensor of shape {shape}, got {len(content)} bytes")
        if not content:
            return torch.empty(shape, dtype=dtype)
        return torch.frombuffer(content, dtype=dtype).reshape(shape)
    return {key: _with_tensors(inner, link) for key, inner in value["pairs"]}
