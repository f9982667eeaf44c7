#include "vm/event_loop.hpp"

namespace catena {
namespace {

// asyncio's own Runner knows how to deliver Ctrl-C to the running task and how to shut a loop down.
constexpr const char* source =
    "import asyncio, atexit\n"
    "runner = asyncio.Runner()\n"
    "atexit.register(runner.close)\n"
    "async def until(awaitable): return await awaitable\n"
    "def run(awaitable):\n"
    "    coroutine = awaitable if asyncio.iscoroutine(awaitable) else until(awaitable)\n"
    "    if asyncio._get_running_loop() is None:\n"
    "        return runner.run(coroutine)\n"
    "    coroutine.close()\n"
    "    raise RuntimeError('an event loop is running already: await this inside a fn-async')\n";

PyObject* runner() {
    static PyObject* run = nullptr;
    if (run != nullptr) return run;
    const Ref code = steal(Py_CompileString(source, "<catena>", Py_file_input));
    const Ref names = steal(PyDict_New());
    if (!code || !names || PyDict_SetItemString(names.get(), "__builtins__", PyEval_GetBuiltins()) < 0) return nullptr;
    const Ref none = steal(PyEval_EvalCode(code.get(), names.get(), names.get()));
    if (!none) return nullptr;
    if (run == nullptr) run = Py_XNewRef(PyDict_GetItemString(names.get(), "run"));
    return run;
}

}  // namespace

Ref run_awaitable(PyObject* awaitable) {
    PyObject* run = runner();
    return run != nullptr ? steal(PyObject_CallOneArg(run, awaitable)) : Ref();
}

}  // namespace catena
