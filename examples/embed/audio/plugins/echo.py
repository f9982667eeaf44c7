"""A processor in Python: what was heard a quarter of a second ago is heard again, more quietly."""

import numpy as np


class Echo:
    def __init__(self, rate, frames):
        self.blocks = np.zeros((max(1, rate // 4 // frames), 2, frames), np.float32)
        self.at = 0

    def process(self, input, output):
        old = self.blocks[self.at]
        np.multiply(old, np.float32(0.4), out=output)
        np.add(output, input, out=output)
        old[:] = output
        self.at = (self.at + 1) % len(self.blocks)


make = Echo
