"""Writes a C++ source that carries the texts of the files given: tool_texts.py OUTPUT FILE…"""

import os
import sys


def literal(data):
    """The bytes as string literals, a line each: compilers bound the length of one."""
    lines = data.splitlines(keepends=True) or [b""]
    return "\n".join('    "' + "".join(
        chr(b) if 32 <= b < 127 and b not in b'"\\?' else f"\\{b:03o}" for b in line) + '"' for line in lines)


def main(output, *files):
    entries = []
    for path in files:
        with open(path, "rb") as file:
            data = file.read()
        name = os.path.splitext(os.path.basename(path))[0]
        entries.append(f'{{"{name}", std::string_view(\n{literal(data)},\n    {len(data)})}},\n')
    with open(output, "w", encoding="ascii") as file:
        file.write('#include "repl/tool_texts.hpp"\n\nnamespace catena {\n\nnamespace {\nconstexpr ToolText texts[] = {\n')
        file.write("".join(entries))
        file.write("};\n}  // namespace\n\nstd::span<const ToolText> tool_texts() { return texts; }\n\n}  // namespace catena\n")


main(*sys.argv[1:])
