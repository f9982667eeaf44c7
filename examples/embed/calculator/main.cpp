// A calculator whose language is Catena: each line of the input is evaluated, and its value or what went wrong is printed.
//
//     $ echo '(* 6 (answer 1))' | ./calculator
//     252
#include <iostream>
#include <string>

#include <catena/catena.hpp>

int main() {
    auto interpreter = catena::Interpreter::create();
    if (!interpreter) {
        std::cerr << interpreter.error().message << '\n';
        return 1;
    }
    // Whatever the host offers is a name of the language.
    const auto defined = interpreter->define(
        "answer", [](int n) { return 42 * n; }, "The answer, n times.");
    if (!defined || !interpreter->eval("(import math :refer [pi sqrt sin cos])")) return 1;

    std::string line;
    for (int number = 1; std::getline(std::cin, line); ++number) {
        const auto value = interpreter->eval(line, "input", number);
        if (!value) {
            const catena::Error& error = value.error();
            std::cout << error.line << ':' << error.column << ": " << error.type << ": " << error.message << '\n';
        } else if (!value->is_nil()) {
            std::cout << value->str().value_or("?") << '\n';
        }
    }
}
