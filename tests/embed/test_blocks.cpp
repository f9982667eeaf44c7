// The stream of the audio host (examples/embed/audio) beside a thread of Python's that computes without a pause. CATENA_BLOCKS
// says how many blocks it runs; the sanitizers look on where they are built in, as the example itself is built without them.
#include <cstdlib>
#include <string>

#include "examples/embed/audio/stream.hpp"
#include "tests/embed/support.hpp"

using catena::Interpreter;
using catena::tests::evaluated;

namespace {

// Says how many references there are to the array that it is given.
constexpr const char* counter = R"(
    (import sys gc threading types)
    (def counts #{})
    (defclass Counter [] (defn write [self input] (.add counts (sys.getrefcount input))))
    (def module (types.ModuleType "counter"))
    (set! module.make (fn [rate frames] (Counter)))
    (set! (. sys.modules ["counter"]) module)
    (def stopped (threading.Event))
    (def other (threading.Thread :target (fn [] (while (not (.is-set stopped)) (dotimes [i 1000] i))) :daemon true))
    (sys.setswitchinterval 0.000005)
    (.start other))";

}  // namespace

TEST_CASE("a stream of blocks beside a thread that computes") {
    const char* source = std::getenv("CATENA_SOURCE");
    if (source == nullptr) return;
    const std::string root = source;
    auto created =
        Interpreter::create({.path = {root + "/examples/embed/audio/plugins", root + "/tests/bench/embed/plugins"}});
    REQUIRE(created);
    Interpreter& interpreter = *created;
    REQUIRE(interpreter.set_output([](std::string_view) {}));
    const auto ready = interpreter.eval(counter);
    if (!ready) FAIL(ready.error().trace());
    {
        auto stream = Stream::create({}, [](const std::string& plugin, const catena::Error& error) {
            FAIL_CHECK(plugin << ": " << error.message);
        });
        REQUIRE(stream);
        for (const char* plugin : {"tone", "gain", "echo", "widen_python", "widen_catena", "meter", "counter"})
            REQUIRE(stream->add(interpreter, plugin));
        const char* wanted = std::getenv("CATENA_BLOCKS");
        const long blocks = wanted != nullptr ? std::atol(wanted) : 1000;
        for (long i = 0; i < blocks; ++i) REQUIRE(stream->run_block());
        CHECK(stream->failures().empty());
    }
    // No call has kept a block: the two arrays take turns, but each is held as often as the other.
    CHECK(evaluated<int>(interpreter, "(.set stopped) (.join other) (sys.setswitchinterval 0.005) (len counts)") == 1);
}
