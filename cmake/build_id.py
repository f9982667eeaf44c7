"""Write the header that names this build: a hash of everything that decides what code the compiler makes.

    build_id.py HEADER FILE...

Compiled modules are cached under this name, so a cache that another compiler wrote is never taken for one of ours. The
header is left alone when it says the same already.
"""

import hashlib
import os
import sys


def main(header, files):
    digest = hashlib.sha256()
    for path in sorted(files, key=os.path.basename):
        with open(path, "rb") as file:
            digest.update(os.path.basename(path).encode() + b"\0" + file.read() + b"\0")
    text = (
        "// Which compiler this is, written by cmake/build_id.py.\n#pragma once\n\n"
        "#define CATENA_BUILD_ID 0x%su\n" % digest.hexdigest()[:16]
    )
    try:
        with open(header, encoding="ascii") as file:
            if file.read() == text:
                return
    except OSError:
        pass
    with open(header, "w", encoding="ascii") as file:
        file.write(text)


main(sys.argv[1], sys.argv[2:])
