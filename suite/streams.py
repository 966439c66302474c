"""Random streams: every stream is named, and its seed is the SHA-256 of its name.

The data draw and the batch order are named by (task, dataset, replicate), so all arms of a task share them: arms are
paired. The initialisation is named by the arm too, unless the task says that arms share it.
"""

import hashlib
import json


def stream_seed(*name: str | int) -> int:
    """The 32-bit seed of the stream called `name`.

    32 bits, because torch's CPU generator ignores the higher ones. The name is hashed as a JSON list, so
    ("a", "bc") and ("ab", "c") are different streams.
    """
    digest = hashlib.sha256(json.dumps(list(name), ensure_ascii=True).encode()).digest()
    return int.from_bytes(digest[:4], "big")
