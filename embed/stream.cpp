// The thread of the streams. Two things reach it: what the host's threads leave in `notes`, woken by an eventfd, which takes no
// GIL; and the coroutines of Python's tasks, which are wrapped so that limits hold for them as for calls of the host.
#include <catena/stream.hpp>

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <new>
#include <vector>

#include "embed/host.hpp"

namespace catena::inline v1::detail {
namespace {

int forks = 0;  // between the first process and this one

}  // namespace

class Producer {
public:
    Producer(const Value& iterable, std::shared_ptr<Sink> items) : source(iterable), sink(std::move(items)) {}

    // With the GIL, once; the rest in the streams' thread alone.
    void finish(std::optional<Error> error) {
        const auto last_sink = std::move(sink);
        const Value last_source = std::move(source);
        const Ref last_task = std::move(task), last_room = std::move(room);
        finished = true;
        if (last_sink != nullptr) last_sink->end(std::move(error));
    }

    Value source;
    std::shared_ptr<Sink> sink;
    std::atomic<bool> finished{false};
    Ref task;
    Ref room;           // the future that the pump awaits while the sink is full
    bool full = false;  // the sink
    const int made_after = forks;
};

namespace {

constexpr const char* source = R"(
import asyncio, threading

async def pump(source, producer):
    if not hasattr(type(source), '__aiter__'):
        producer.put(await source)
        return
    items = aiter(source)
    try:
        async for item in items:
            if not producer.put(item):
                await producer.turn()
    finally:
        if hasattr(items, 'aclose'):
            await items.aclose()

def serve():
    begin()
    # KeyboardInterrupt and SystemExit leave the loop, besides being their task's error; the other tasks go on.
    while not loop.is_closed():
        try:
            loop.run_forever()
        except BaseException:
            pass

loop = asyncio.new_event_loop()
loop.set_task_factory(lambda loop, coroutine, **options: asyncio.Task(limited(coroutine), loop=loop, **options))
loop.add_reader(wake, read_notes)
threading.Thread(target=serve, name='catena streams', daemon=True).start()
)";

// How long a generator that never awaits may go on before the others have their turn.
constexpr std::chrono::milliseconds slice{2};
using Clock = std::chrono::steady_clock;

enum class Wish { start, resume, cancel };

// Made with the first stream of a process, and never ended. `names`: those of the source above.
struct Loop {
    PyObject* names = nullptr;
    int wake = -1;
    pid_t process = 0;
    std::mutex mutex;
    std::vector<std::pair<std::shared_ptr<Producer>, Wish>> notes;

    [[nodiscard]] PyObject* name(const char* text) const { return PyDict_GetItemString(names, text); }  // borrowed
    void post(const std::shared_ptr<Producer>& producer, Wish wish) {
        const std::lock_guard lock(mutex);
        notes.emplace_back(producer, wish);
        constexpr std::uint64_t one = 1;
        if (notes.size() == 1) [[maybe_unused]]
            const auto written = ::write(wake, &one, sizeof one);
    }
};
Loop* running_loop = nullptr;

thread_local bool streams_thread = false;

// Keeps a context, or none.
class ContextRef {
public:
    explicit ContextRef(Context* context) noexcept : context_(context) { keep(context_); }
    ContextRef(const ContextRef&) = delete;
    ContextRef& operator=(const ContextRef&) = delete;
    ~ContextRef() { drop(context_); }
    [[nodiscard]] Context* get() const noexcept { return context_; }

private:
    Context* context_;
};

// A coroutine around a coroutine. Each piece of the inner one, between two awaits and between two items, is a call under the
// limits of its interpreter.
struct Limited {
    PyObject ob_base;
    PyObject* inner;
    ContextRef context;
    std::shared_ptr<Producer> producer;  // null: a task that a script made
    std::optional<Scope> scope;          // while a piece runs
    Clock::time_point began;
};

Limited& cast(PyObject* object) { return *reinterpret_cast<Limited*>(object); }
PyObject* py(Object* object) { return reinterpret_cast<PyObject*>(object); }
Object* ours(PyObject* object) { return reinterpret_cast<Object*>(object); }

// The pump is no part of what went wrong in a script.
void hide_pump() {
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    const auto* entry = reinterpret_cast<PyTracebackObject*>(traceback);
    PyObject* pump = PyObject_GetAttrString(running_loop->name("pump"), "__code__");
    if (entry != nullptr && steal(reinterpret_cast<PyObject*>(PyFrame_GetCode(entry->tb_frame))) == pump) {
        PyObject* rest = Py_XNewRef(reinterpret_cast<PyObject*>(entry->tb_next));
        Py_SETREF(traceback, rest);
        PyException_SetTraceback(value, rest != nullptr ? rest : Py_None);
    }
    Py_XDECREF(pump);
    PyErr_Restore(type, value, traceback);
}

// Runs a piece. What ends a producer's coroutine, an error too, is the sink's, and for the task a return.
template <class Piece>
PySendResult run(Limited& self, Piece piece, PyObject** result) {
    if (self.scope) {
        PyErr_SetString(PyExc_ValueError, "coroutine already executing");
        return PYGEN_ERROR;
    }
    self.scope.emplace(self.context.get());
    self.began = Clock::now();
    PySendResult kind = piece(result);
    *result = py(answered(ours(kind == PYGEN_ERROR ? nullptr : *result)));
    if (*result == nullptr) kind = PYGEN_ERROR;
    if (self.producer == nullptr || kind == PYGEN_NEXT) {
        self.scope.reset();
        return kind;
    }
    std::optional<Error> error;
    if (kind == PYGEN_ERROR) {
        hide_pump();
        error = take_error();
        self.scope.reset();
        // A limit may have ended it at an await, where it would stand for ever.
        self.scope.emplace(self.context.get());
        if (!steal(PyObject_CallMethod(self.inner, "close", nullptr))) PyErr_Clear();
        (void)answered(nullptr);
        PyErr_Clear();
        *result = Py_NewRef(Py_None);
    }
    self.scope.reset();
    self.producer->finish(std::move(error));
    return PYGEN_RETURN;
}

PySendResult limited_send(PyObject* self, PyObject* argument, PyObject** result) {
    return run(
        cast(self), [&](PyObject** out) { return PyIter_Send(cast(self).inner, argument, out); }, result);
}

// What a method answers: null with StopIteration when the coroutine has ended.
PyObject* method_answer(PySendResult kind, PyObject* result) {
    if (kind != PYGEN_RETURN) return result;
    const Ref value = steal(result);
    const Ref stop = steal(PyObject_CallOneArg(PyExc_StopIteration, value.get()));
    if (stop) PyErr_SetObject(PyExc_StopIteration, stop.get());
    return nullptr;
}

PyObject* limited_send_method(PyObject* self, PyObject* argument) {
    PyObject* result = nullptr;
    const PySendResult kind = limited_send(self, argument, &result);
    return method_answer(kind, result);
}

PyObject* limited_next(PyObject* self) { return limited_send_method(self, Py_None); }

PyObject* limited_throw(PyObject* self, PyObject* arguments) {
    PyObject* result = nullptr;
    const auto piece = [&](PyObject** out) {
        const Ref method = steal(PyObject_GetAttrString(cast(self).inner, "throw"));
        *out = method ? PyObject_Call(method.get(), arguments, nullptr) : nullptr;
        if (*out != nullptr) return PYGEN_NEXT;
        if (PyErr_ExceptionMatches(PyExc_StopIteration) == 0) return PYGEN_ERROR;
        PyObject *type, *value, *traceback;
        PyErr_Fetch(&type, &value, &traceback);
        PyErr_NormalizeException(&type, &value, &traceback);
        const Ref kept_type = steal(type), stop = steal(value), kept_traceback = steal(traceback);
        *out = PyObject_GetAttrString(stop.get(), "value");
        return *out != nullptr ? PYGEN_RETURN : PYGEN_ERROR;
    };
    const PySendResult kind = run(cast(self), piece, &result);
    return method_answer(kind, result);
}

PyObject* limited_close(PyObject* self, PyObject*) { return PyObject_CallMethod(cast(self).inner, "close", nullptr); }

// Takes an item; whether the next may follow at once.
PyObject* limited_put(PyObject* self, PyObject* item) {
    Limited& drive = cast(self);
    const auto sink = drive.producer != nullptr ? drive.producer->sink : nullptr;
    if (sink == nullptr) Py_RETURN_FALSE;
    try {
        drive.producer->full = !sink->put(ours(item));
    } catch (...) {
        set_thrown("a stream of the host");
        return nullptr;
    }
    if (drive.scope && answered(ours(Py_NewRef(item))) == nullptr) return nullptr;
    Py_DECREF(item);
    if (drive.scope) {
        drive.scope.reset();
        drive.scope.emplace(drive.context.get());
    }
    return PyBool_FromLong(!drive.producer->full && Clock::now() - drive.began < slice);
}

// What the pump awaits before the next item.
PyObject* limited_turn(PyObject* self, PyObject*) {
    Producer* producer = cast(self).producer.get();
    if (producer == nullptr || !producer->full)
        return PyObject_CallMethod(running_loop->name("asyncio"), "sleep", "i", 0);
    producer->room = steal(PyObject_CallMethod(running_loop->name("loop"), "create_future", nullptr));
    return Py_XNewRef(producer->room.get());
}

// What asks a task after its coroutine means the inner one.
PyObject* limited_attribute(PyObject* self, PyObject* name) {
    PyObject* own = PyObject_GenericGetAttr(self, name);
    if (own != nullptr || PyErr_ExceptionMatches(PyExc_AttributeError) == 0) return own;
    PyErr_Clear();
    return PyObject_GetAttr(cast(self).inner, name);
}

void limited_dealloc(PyObject* self) {
    Limited& dying = cast(self);
    if (dying.producer != nullptr && !dying.producer->finished) dying.producer->finish({});
    Py_XDECREF(dying.inner);
    dying.scope.~optional();
    dying.producer.~shared_ptr();
    dying.context.~ContextRef();
    PyTypeObject* type = Py_TYPE(self);
    PyObject_Free(self);
    Py_DECREF(type);
}

PyMethodDef limited_methods[] = {
    {"send", limited_send_method, METH_O, nullptr}, {"throw", limited_throw, METH_VARARGS, nullptr},
    {"close", limited_close, METH_NOARGS, nullptr}, {"put", limited_put, METH_O, nullptr},
    {"turn", limited_turn, METH_NOARGS, nullptr},   {nullptr, nullptr, 0, nullptr},
};
PyType_Slot limited_slots[] = {
    {Py_tp_methods, limited_methods},
    {Py_tp_dealloc, reinterpret_cast<void*>(limited_dealloc)},
    {Py_tp_getattro, reinterpret_cast<void*>(limited_attribute)},
    {Py_tp_iter, reinterpret_cast<void*>(PyObject_SelfIter)},
    {Py_tp_iternext, reinterpret_cast<void*>(limited_next)},
    {Py_am_await, reinterpret_cast<void*>(PyObject_SelfIter)},
    {Py_am_send, reinterpret_cast<void*>(limited_send)},
    {0, nullptr},
};
PyType_Spec limited_spec = {"catena.LimitedCoroutine", sizeof(Limited), 0,
                            Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, limited_slots};

Ref make_limited(Context* context, std::shared_ptr<Producer> producer) {
    static PyObject* type = nullptr;
    if (type == nullptr) type = PyType_FromSpec(&limited_spec);
    Ref made = type != nullptr ? steal(PyObject_New(PyObject, reinterpret_cast<PyTypeObject*>(type))) : Ref();
    if (!made) return {};
    Limited& fresh = cast(made.get());
    fresh.inner = nullptr;
    new (&fresh.context) ContextRef(context);
    new (&fresh.producer) std::shared_ptr<Producer>(std::move(producer));
    new (&fresh.scope) std::optional<Scope>();
    return made;
}

// The coroutine of a task that a script makes, under the limits that hold where it is made.
PyObject* limit(PyObject*, PyObject* coroutine) {
    if (current_context() == nullptr || Py_TYPE(coroutine)->tp_dealloc == limited_dealloc) return Py_NewRef(coroutine);
    Ref made = make_limited(current_context(), nullptr);
    if (made) cast(made.get()).inner = Py_NewRef(coroutine);
    return made.release();
}

void start(const std::shared_ptr<Producer>& producer) {
    const Ref drive = make_limited(producer->source.context(), producer);
    if (drive) {
        cast(drive.get()).inner = PyObject_CallFunctionObjArgs(running_loop->name("pump"),
                                                               py(producer->source.object()), drive.get(), nullptr);
        if (cast(drive.get()).inner != nullptr)
            producer->task = steal(PyObject_CallMethod(running_loop->name("loop"), "create_task", "O", drive.get()));
    }
    if (!producer->task) producer->finish(take_error());
}

// A task that has not begun would never see that it is cancelled: its first step comes before.
bool cancel_soon(const Producer& producer) {
    const Ref method = steal(PyObject_GetAttrString(producer.task.get(), "cancel"));
    return method && steal(PyObject_CallMethod(running_loop->name("loop"), "call_soon", "O", method.get()));
}

bool give_room(Producer& producer) {
    const Ref room = std::move(producer.room);
    if (!room) return true;
    const Ref done = steal(PyObject_CallMethod(room.get(), "done", nullptr));
    return done && (done == Py_True || steal(PyObject_CallMethod(room.get(), "set_result", "O", Py_None)));
}

PyObject* read_notes(PyObject*, PyObject*) {
    std::uint64_t count;
    [[maybe_unused]] const auto got = ::read(running_loop->wake, &count, sizeof count);
    std::vector<std::pair<std::shared_ptr<Producer>, Wish>> notes;
    {
        const std::lock_guard lock(running_loop->mutex);
        notes.swap(running_loop->notes);
    }
    for (const auto& [producer, wish] : notes) {
        if (producer->finished) continue;
        if (wish == Wish::start)
            start(producer);
        else if (!(wish == Wish::resume ? give_room(*producer) : cancel_soon(*producer)))
            PyErr_WriteUnraisable(producer->task.get());
    }
    Py_RETURN_NONE;
}

PyObject* begin(PyObject*, PyObject*) {
    streams_thread = true;
    Py_RETURN_NONE;
}

PyMethodDef functions[] = {
    {"limited", limit, METH_O, nullptr},
    {"read_notes", read_notes, METH_NOARGS, nullptr},
    {"begin", begin, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

// False with an error set. A child that was forked has no thread yet.
bool start_loop() {
    if (running_loop != nullptr && running_loop->process == ::getpid()) return true;
    [[maybe_unused]] static const int asked = pthread_atfork(nullptr, nullptr, [] { ++forks; });
    auto made = std::make_unique<Loop>();
    made->process = ::getpid();
    made->wake = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (made->wake < 0) {
        PyErr_SetFromErrno(PyExc_OSError);
        return false;
    }
    const Ref code = steal(Py_CompileString(source, "<catena>", Py_file_input));
    const Ref wake = steal(PyLong_FromLong(made->wake));
    Ref names = steal(PyDict_New());
    if (!code || !wake || !names || PyDict_SetItemString(names.get(), "__builtins__", PyEval_GetBuiltins()) < 0 ||
        PyDict_SetItemString(names.get(), "wake", wake.get()) < 0)
        return false;
    for (PyMethodDef* function = functions; function->ml_name != nullptr; ++function) {
        const Ref object = steal(PyCFunction_New(function, nullptr));
        if (!object || PyDict_SetItemString(names.get(), function->ml_name, object.get()) < 0) return false;
    }
    made->names = names.get();
    Loop* before = std::exchange(running_loop, made.get());
    if (!steal(PyEval_EvalCode(code.get(), names.get(), names.get()))) {
        running_loop = before;
        ::close(made->wake);
        return false;
    }
    (void)names.release();
    (void)made.release();
    return true;
}

bool is_asynchronous(PyObject* object) {
    const PyAsyncMethods* methods = Py_TYPE(object)->tp_as_async;
    if (methods != nullptr && (methods->am_aiter != nullptr || methods->am_await != nullptr)) return true;
    PyErr_Format(PyExc_TypeError, "expected an asynchronous generator or an awaitable, not %.200s",
                 Py_TYPE(object)->tp_name);
    return false;
}

}  // namespace

std::shared_ptr<Producer> produce(const Value& iterable, std::shared_ptr<Sink> sink) {
    const Gil gil;
    auto producer = std::make_shared<Producer>(iterable, std::move(sink));
    if (is_asynchronous(py(iterable.object())) && start_loop())
        running_loop->post(producer, Wish::start);
    else
        producer->finish(take_error());
    return producer;
}

void resume(const std::shared_ptr<Producer>& producer) noexcept {
    if (!producer->finished && !left_behind(*producer)) running_loop->post(producer, Wish::resume);
}

void cancel(const std::shared_ptr<Producer>& producer) noexcept {
    if (!producer->finished && !left_behind(*producer)) running_loop->post(producer, Wish::cancel);
}

Waiting::Waiting() noexcept : saved_(PyGILState_Check() != 0 ? PyEval_SaveThread() : nullptr) {}
Waiting::~Waiting() {
    if (saved_ != nullptr) PyEval_RestoreThread(static_cast<PyThreadState*>(saved_));
}

bool left_behind(const Producer& producer) noexcept { return producer.made_after != forks; }

bool in_streams_thread() noexcept { return streams_thread; }

}  // namespace catena::inline v1::detail
