"""Describe the interpreter that runs this file to CMake: one NAME=value line for each fact it asks for."""

import os
import sys
import sysconfig


def library(name):
    """The first existing file called `name` where CPython keeps its libraries, or an empty string."""
    if not name:
        return ""
    for key in ("LIBPL", "LIBDIR"):
        folder = sysconfig.get_config_var(key)
        if folder and os.path.isfile(os.path.join(folder, name)):
            return os.path.join(folder, name)
    multiarch = sysconfig.get_config_var("MULTIARCH")
    folder = sysconfig.get_config_var("LIBDIR")
    if folder and multiarch and os.path.isfile(os.path.join(folder, multiarch, name)):
        return os.path.join(folder, multiarch, name)
    return ""


def static_name():
    name = sysconfig.get_config_var("LIBRARY") or ""
    return name if name.endswith(".a") else "libpython%s.a" % sysconfig.get_config_var("LDVERSION")


def system_libraries():
    """What a program that contains a static libpython links besides, in order, without repetitions."""
    flags = []
    for key in ("LIBS", "SYSLIBS", "MODLIBS"):
        for flag in (sysconfig.get_config_var(key) or "").split():
            # Search paths and run paths belong to the machine that built this Python.
            if flag.startswith("-l") and flag not in flags:
                flags.append(flag)
    return ";".join(flags)


def main():
    include = sysconfig.get_path("include")
    if not os.path.isfile(os.path.join(include, "Python.h")):
        include = sysconfig.get_config_var("INCLUDEPY") or include
    facts = {
        "EXECUTABLE": sys.executable,
        "VERSION": "%d.%d.%d" % sys.version_info[:3],
        "IMPLEMENTATION": sys.implementation.name,
        "FREE_THREADED": int(bool(sysconfig.get_config_var("Py_GIL_DISABLED"))),
        "INCLUDE": include,
        "HAS_HEADERS": int(os.path.isfile(os.path.join(include, "Python.h"))),
        "STATIC_LIBRARY": library(static_name()),
        "SHARED_LIBRARY": library(sysconfig.get_config_var("LDLIBRARY"))
        if sysconfig.get_config_var("Py_ENABLE_SHARED")
        else "",
        "SYSTEM_LIBRARIES": system_libraries(),
        "EXTENSION_SUFFIX": sysconfig.get_config_var("EXT_SUFFIX"),
    }
    for name, value in facts.items():
        print("%s=%s" % (name, value))


main()
