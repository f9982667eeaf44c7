"""Refuse an #include that climbs: a floor includes only itself and the floors before it.

    check_floors.py ROOT FLOOR... [--stamp FILE]

Every C++ file under ROOT/FLOOR is read; each forbidden include is reported as one sentence, and the exit status is 1.
The stamp is written when all is well, so that a build runs this again only after a file has changed.
"""

import os
import re
import sys

FLOORS = ["bridge", "lang", "vm", "compiler", "stdlib", "embed", "repl"]
SOURCES = (".cpp", ".hpp", ".def", ".inc")
INCLUDE = re.compile(r'\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')


def forbidden(root, floor):
    """Yield a sentence for each include under `floor` that names a later floor or the tests."""
    allowed = FLOORS[: FLOORS.index(floor) + 1]
    for folder, _, files in sorted(os.walk(os.path.join(root, floor))):
        for name in sorted(files):
            if not name.endswith(SOURCES):
                continue
            path = os.path.join(folder, name)
            with open(path, encoding="utf-8", errors="replace") as text:
                for number, line in enumerate(text, 1):
                    match = INCLUDE.match(line)
                    if not match:
                        continue
                    written = match[1] or match[2]
                    # An include that is relative to the file, "../vm/x.hpp", climbs as well as "vm/x.hpp" does.
                    beside = os.path.normpath(os.path.join(folder, written))
                    if match[1] and os.path.isfile(beside):
                        target = os.path.relpath(beside, root).split(os.sep)[0]
                    else:
                        target = os.path.normpath(written).split("/")[0]
                    if target in FLOORS + ["tests"] and target not in allowed:
                        here = os.path.relpath(path, root)
                        below = "itself" if len(allowed) == 1 else "itself and " + ", ".join(allowed[:-1])
                        later = "the tests" if target == "tests" else "the later floor %s" % target
                        yield '%s:%d: error: the floor %s must not include "%s", which belongs to %s; %s may include %s.' % (
                            here, number, floor, written, later, floor, below)


def main(arguments):
    stamp = None
    if "--stamp" in arguments:
        at = arguments.index("--stamp")
        stamp = arguments[at + 1]
        del arguments[at : at + 2]
    root, floors = os.path.abspath(arguments[0]), arguments[1:]
    sentences = [sentence for floor in floors for sentence in forbidden(root, floor)]
    for sentence in sentences:
        print(sentence, file=sys.stderr)
    if sentences:
        return 1
    if stamp:
        with open(stamp, "w", encoding="utf-8") as file:
            file.write("ok\n")
    return 0


sys.exit(main(sys.argv[1:]))
