// Catena inside a C++ program.
//
//     auto interpreter = catena::Interpreter::create();
//     if (!interpreter) return report(interpreter.error());
//     interpreter->define("gain", 0.5);
//     interpreter->define("lerp", [](double a, double b, double t) { return a + t * (b - a); }, "Mix a and b.");
//     auto mixed = interpreter->eval("(lerp 0 10 gain)", __FILE__, __LINE__);
//     double number = mixed->as<double>().value();
//
// Nothing throws: what can fail answers a tl::expected with an Error. See interpreter.hpp, value.hpp, function.hpp, class.hpp,
// array.hpp, stream.hpp, limits.hpp, output.hpp, convert.hpp, error.hpp.
#pragma once

#include <catena/array.hpp>        // IWYU pragma: export
#include <catena/class.hpp>        // IWYU pragma: export
#include <catena/error.hpp>        // IWYU pragma: export
#include <catena/gil.hpp>          // IWYU pragma: export
#include <catena/interpreter.hpp>  // IWYU pragma: export
#include <catena/limits.hpp>       // IWYU pragma: export
#include <catena/output.hpp>       // IWYU pragma: export
#include <catena/stream.hpp>       // IWYU pragma: export
#include <catena/value.hpp>        // IWYU pragma: export
