"""A Python class and a Python function for the bridge table to call."""


class Thing:
    def __init__(self, v):
        self.v = v

    def m(self, x):
        return x

    @property
    def p(self):
        return 1


def keyword(a, b=1, c=2):
    return b
