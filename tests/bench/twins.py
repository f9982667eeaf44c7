"""The programs that take part: Catena, the Python it is built against, and Lua where it is installed."""

import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = os.path.join(HERE, "programs")
TIME_LIMIT = 600


def commands(options):
    """Twin -> (command, ending of its files). CPython comes first: it is the base of every ratio."""
    found = {"CPython": ([sys.executable], ".py"), "Catena": ([options.catena], ".lisp")}
    lua = shutil.which("lua5.4") or shutil.which("lua")
    if lua:
        found["Lua"] = ([lua], ".lua")
    if options.luajit and shutil.which("luajit"):
        found["LuaJIT, off"] = (["luajit", "-joff"], ".lua")
    return found


def environment(**more):
    return {
        **os.environ,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "LUA_PATH": os.path.join(PROGRAMS, "?.lua"),
        **more,
    }


def run(command, **more):
    """(standard output, standard error), or RuntimeError with what the program said."""
    try:
        result = subprocess.run(
            command, env=environment(**more), stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=TIME_LIMIT, check=False,
        )
    except FileNotFoundError:
        raise RuntimeError("%s is not there" % command[0]) from None
    except subprocess.TimeoutExpired:
        raise RuntimeError("took more than %d seconds" % TIME_LIMIT) from None
    if result.returncode != 0:
        said = result.stderr.strip().splitlines() or ["nothing"]
        raise RuntimeError("exit status %d, and said: %s" % (result.returncode, " | ".join(said[:6])))
    return result.stdout.strip(), result.stderr
