"""As many megabytes of noise as the request asks for, each an array that the host reads where it lies."""

import asyncio

import numpy as np


async def handle(words):
    count, seed = map(int, words)
    noise = np.random.default_rng(seed)
    yield f"{count} MB"
    for _ in range(count):
        yield noise.integers(0, 256, 1 << 20, dtype=np.uint8)
        await asyncio.sleep(0)
