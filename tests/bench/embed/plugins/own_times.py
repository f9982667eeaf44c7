"""The NumPy calls of the plugins, as a plain Python loop makes them: seconds a block, without the loop itself."""

import threading
import time

import numpy as np

block, output = np.zeros((2, 512), np.float32), np.zeros((2, 512), np.float32)
half, width = np.float32(0.5), np.float32(1.5)
left, right, left_out, right_out = *block, *output
middle, side = np.zeros(512, np.float32), np.zeros(512, np.float32)


def timed(statements):
    def run(n):
        start = time.perf_counter()
        for _ in range(n):
            pass
        empty = time.perf_counter()
        statements(n)
        return (time.perf_counter() - empty - (empty - start)) / n
    return run


@timed
def gain(n):
    for _ in range(n):
        np.multiply(block, half, out=output)


@timed
def widen(n):
    for _ in range(n):
        np.add(left, right, out=middle)
        np.multiply(middle, half, out=middle)
        np.subtract(left, right, out=side)
        np.multiply(side, width, out=side)
        np.add(middle, side, out=left_out)
        np.subtract(middle, side, out=right_out)
        np.tanh(output, out=output)


@timed
def chain(n):
    step, at, frames = np.zeros((2, 1)), np.arange(512), 512
    old, line = np.zeros((2, 512), np.float32), np.zeros((2, 512), np.float32)
    for _ in range(n):
        np.multiply(np.sin(step * at), 0.5, out=output)
        at += frames
        np.multiply(block, half, out=output)
        np.multiply(old, half, out=output)
        np.add(output, block, out=output)
        line[:] = output
        np.max(np.abs(block))


stop = threading.Event()


def spin():
    count = 0
    while not stop.is_set():
        for _ in range(1000):
            count += 1


def contend(on):
    """Starts a thread of Python that never waits, or stops it."""
    global spinner
    if on:
        stop.clear()
        spinner = threading.Thread(target=spin, daemon=True)
        spinner.start()
    else:
        stop.set()
        spinner.join()
