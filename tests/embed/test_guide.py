"""The C++ and C in docs/embedding.md compiles, except what stands there because it does not (```cpp norun)."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

SOURCE = os.environ["CATENA_SOURCE"]
COMPILER = shutil.which(os.environ.get("CXX", "")) or shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")

# What the page's reader has already.
HOST = """
#include <catena/catena.h>
#include <catena/catena.hpp>

#include <cmath>
#include <cstdio>
#include <functional>
#include <mutex>
#include <thread>

using namespace std::chrono_literals;

struct Point {
    double x = 0, y = 0;
    Point() = default;
    Point(double at_x, double at_y) : x(at_x), y(at_y) {}
    [[nodiscard]] double length() const { return std::hypot(x, y); }
    void set_length(double) {}
    [[nodiscard]] Point moved(double dx, double dy) const { return {x + dx, y + dy}; }
    friend Point operator+(Point a, Point b) { return {a.x + b.x, a.y + b.y}; }
};
struct Game {};
struct Text {
    void append(std::string_view) {}
    void write(std::string_view) {}
};

int report(const catena::Error&);
void show(const catena::Result<catena::Value>&);
void send(const catena::Result<std::string>&);
"""
FUNCTION = """
int block_%d(catena::Result<catena::Interpreter>& interpreter, std::vector<float>& samples, std::shared_ptr<std::vector<double>> table,
             std::shared_ptr<const std::string> body, Text& console, Text& log, std::thread& worker, std::mutex& mutex,
             int& sum, catena_value* value) {
    (void)interpreter, (void)samples, (void)console, (void)log, (void)worker, (void)mutex, (void)sum, (void)value;
    {
#line %d "docs/embedding.md"
%s
    }
    return 0;
}
"""


class Guide(unittest.TestCase):
    maxDiff = None

    @unittest.skipUnless(COMPILER, "there is no C++ compiler")
    def test_it_compiles(self):
        with open(os.path.join(SOURCE, "docs", "embedding.md"), encoding="utf-8") as file:
            page = file.read()
        parts = [HOST]
        for number, match in enumerate(re.finditer(r"^```(?:cpp|c)\n(.*?)^```", page, re.MULTILINE | re.DOTALL)):
            line = page.count("\n", 0, match.start(1)) + 1
            code = re.sub(r"(?m)^#include.*", "", match[1])
            # Functions stand outside of functions.
            whole = re.match(r"\s*(?:static|struct) [^;]*?\{\n.*?^\}\n", code, re.MULTILINE | re.DOTALL)
            if whole:
                parts.append(f'#line {line} "docs/embedding.md"\n{whole[0]}')
                line += whole[0].count("\n")
                code = code[whole.end():]
            parts.append(FUNCTION % (number, line, code))
        self.assertGreater(len(parts), 15)
        with tempfile.TemporaryDirectory(prefix="catena-guide-") as folder:
            path = os.path.join(folder, "guide.cpp")
            with open(path, "w", encoding="utf-8") as file:
                file.write("\n".join(parts))
            result = subprocess.run([COMPILER, "-std=c++20", "-fsyntax-only", "-w", "-I", os.path.join(SOURCE, "embed", "include"), path],
                                    capture_output=True, text=True, timeout=250, check=False)
        self.assertEqual((result.stderr, result.returncode), ("", 0))


if __name__ == "__main__":
    unittest.main()
