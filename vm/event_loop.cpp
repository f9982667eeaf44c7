#include "vm/event_loop.hpp"

#include <utility>

namespace catena {
namespace {

// asyncio's own Runner knows how to shut a loop down and, on Ctrl-C, how to cancel the task it runs. That waits for the task to
// give the loop a turn; a task that is busy is interrupted where it is. Whichever task that was, the one run is over then.
// Tracebacks begin where the program's own code does.
constexpr const char* source = R"(
import asyncio, atexit, os

own = ('<catena>', os.path.dirname(asyncio.__file__) + os.sep)

def outside(traceback):
    t = traceback
    while t is not None and t.tb_frame.f_code.co_filename.startswith(own):
        t = t.tb_next
    return t or traceback

class Runner(asyncio.Runner):
    left = None
    def _on_sigint(self, number, frame, main_task):
        if asyncio.current_task(self.get_loop()) is None:
            return super()._on_sigint(number, frame, main_task)
        self.left = main_task
        raise KeyboardInterrupt
    def give_up(self):
        task, self.left = self.left, None
        if task is not None and not task.done():
            task.cancel()
            self.get_loop().run_until_complete(asyncio.wait([task]))

runner = Runner()
atexit.register(runner.close)

async def until(awaitable):
    return await awaitable

def run(awaitable):
    coroutine = awaitable if asyncio.iscoroutine(awaitable) else until(awaitable)
    try:
        if asyncio._get_running_loop() is not None:
            # Thrown into the coroutine, so that its place is in the traceback.
            coroutine.throw(RuntimeError('an event loop is running already: await this inside a fn-async'))
        return runner.run(coroutine)
    except KeyboardInterrupt as error:
        runner.give_up()
        cancelled = error.__context__ if isinstance(error.__context__, asyncio.CancelledError) else error
        raise KeyboardInterrupt().with_traceback(outside(cancelled.__traceback__)) from None
    except BaseException as error:
        raise error.with_traceback(outside(error.__traceback__))

def forget():
    atexit.unregister(runner.close)
    asyncio._set_running_loop(None)
    try:
        loop = runner.get_loop()
        for task in asyncio.all_tasks(loop): task._log_destroy_pending = False
        loop.close()
    except RuntimeError: pass
)";

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
