"""Random streams: every stream is named, and its seed is the SHA-256 of its name.

The data draw and the batch order are named by (task, dataset, replicate), so all arms of a task
share them: arms are paired. Where a task has several datasets, their labels name them. The
initialisation is named by the arm too, unless the task says that arms share it.
"""

import hashlib
import json
from collections.abc import Collection


def stream_seed(*name: str | int) -> int:
    """The 32-bit seed of the stream called `name`.

    32 bits, because torch's CPU generator ignores the higher ones. The name is hashed as a JSON
    list, so ("a", "bc") and ("ab", "c") are different streams.
    """
    digest = hashlib.sha256(json.dumps(list(name), ensure_ascii=True).encode()).digest()
    return int.from_bytes(digest[:4], "big")


def run_streams(
    task: str,
    dataset: str,
    arm: str,
    seed: int,
    *,
    vary: Collection[str],
    shared_initialisation: bool,
) -> dict[str, int]:
    """The seeds of a run's random streams, by name.

    Only the initialisation, and the noise of layers that draw while training, may depend on the
    arm. A stream that is not in `vary` is the same under every seed; the noise goes with the batch
    order.
    """
    own = () if shared_initialisation else (arm,)

    def replicate(stream: str) -> int | str:
        return seed if stream in vary else "frozen"

    return {
        "data": stream_seed("data", task, dataset, replicate("data")),
        "batch_order": stream_seed("batch order", task, dataset, replicate("batch_order")),
        "initialisation": stream_seed(
            "initialisation", task, dataset, replicate("initialisation"), *own
        ),
        "noise": stream_seed("noise", task, dataset, replicate("batch_order"), *own),
    }
