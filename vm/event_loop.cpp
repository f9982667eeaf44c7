#include "vm/event_loop.hpp"

#include <utility>

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
    "    raise RuntimeError('an event loop is running already: await this inside a fn-async')\n"
    "def forget():\n"
    "    atexit.unregister(runner.close)\n"
    "    asyncio._set_running_loop(None)\n"
    "    try:\n"
    "        loop = runner.get_loop()\n"
    "        for task in asyncio.all_tasks(loop): task._log_destroy_pending = False\n"
    "        loop.close()\n"
    "    except RuntimeError: pass\n";

int running = 0;  // calls of run_awaitable
PyObject* run = nullptr;
PyObject* forget = nullptr;

PyObject* runner() {
    if (run != nullptr) return run;
    const Ref code = steal(Py_CompileString(source, "<catena>", Py_file_input));
    const Ref names = steal(PyDict_New());
    if (!code || !names || PyDict_SetItemString(names.get(), "__builtins__", PyEval_GetBuiltins()) < 0) return nullptr;
    const Ref none = steal(PyEval_EvalCode(code.get(), names.get(), names.get()));
    if (!none) return nullptr;
    if (run == nullptr) {
        run = Py_XNewRef(PyDict_GetItemString(names.get(), "run"));
        forget = Py_XNewRef(PyDict_GetItemString(names.get(), "forget"));
    }
    return run;
}

}  // namespace

Ref run_awaitable(PyObject* awaitable) {
    const Ref run = borrow(runner());
    if (!run) return {};
    ++running;
    Ref result = steal(PyObject_CallOneArg(run.get(), awaitable));
    --running;
    return result;
}

bool awaiting() { return running != 0; }

void forget_event_loop() {
    const Ref old = steal(std::exchange(run, nullptr));
    const Ref leave = steal(std::exchange(forget, nullptr));
    if (!leave) return;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (!steal(PyObject_CallNoArgs(leave.get()))) PyErr_Clear();
    PyErr_Restore(type, value, traceback);
}

}  // namespace catena
