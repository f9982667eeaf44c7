"""A Python module for 10-modules.lisp."""

from util import text

value = text.shout("from python")


def call(function, *arguments):
    return function(*arguments)
