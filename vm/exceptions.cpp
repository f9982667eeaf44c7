#include "vm/exceptions.hpp"

#include "bridge/ref.hpp"  // Python.h comes before its own parts

#include <frameobject.h>

#include "bridge/tick.hpp"
#include "vm/calls.hpp"
#include "vm/chain_object.hpp"
#include "vm/fiber.hpp"
#include "vm/frame_line.hpp"

namespace catena {
namespace {

// The error that is on its way, out of the error indicator so that releasing registers can run Python code.
class Flying {
public:
    Flying() {
        PyObject* type = nullptr;
        PyObject* value = nullptr;
        PyObject* traceback = nullptr;
        PyErr_Fetch(&type, &value, &traceback);
        PyErr_NormalizeException(&type, &value, &traceback);
        type_ = steal(type);
        value_ = steal(value);
        traceback_ = steal(traceback);
    }

    // A generator of ours runs inside a Python generator: what that adds says nothing new. It stands in front of the entry of
    // the generator's own code, perhaps behind Python's, as those of an event loop; what follows has been looked at before.
    void drop_wrappers() {
        PyTracebackObject* last = nullptr;
        auto* entry = reinterpret_cast<PyTracebackObject*>(traceback_.get());
        while (entry != nullptr && entry->tb_next != nullptr) {
            const Ref python = steal(reinterpret_cast<PyObject*>(PyFrame_GetCode(entry->tb_frame)));
            if (catena_code_of(python.get()) != nullptr) return;
            constexpr int generators = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR;
            if ((reinterpret_cast<PyCodeObject*>(python.get())->co_flags & generators) == 0 ||
                !is_fiber_wrapper(python.get())) {
                last = entry;
                entry = entry->tb_next;
                continue;
            }
            PyTracebackObject* next = entry->tb_next;
            Ref rest = borrow(reinterpret_cast<PyObject*>(next));
            if (last == nullptr) {
                traceback_ = std::move(rest);
            } else {
                const Ref dropped = steal(reinterpret_cast<PyObject*>(last->tb_next));
                last->tb_next = reinterpret_cast<PyTracebackObject*>(rest.release());
            }
            entry = next;
        }
    }

    void add_entry(Code& code, std::size_t index) {
        drop_wrappers();
        PyObject* python = python_code(code);
        PyObject* globals = code.globals_dict.get();
        const Ref own_globals = globals == nullptr ? steal(PyDict_New()) : Ref();
        if (globals == nullptr) globals = own_globals.get();
        if (python != nullptr && globals != nullptr) {
            const Ref frame = steal(reinterpret_cast<PyObject*>(
                PyFrame_New(PyThreadState_Get(), reinterpret_cast<PyCodeObject*>(python), globals, nullptr)));
            Span span = span_at(code, index);
            if (!span.known()) span = code.span;
            constexpr std::uint32_t largest = (1u << 30) - 1;
            const int line = static_cast<int>(span.line < largest ? span.line : largest);
            if (frame) {
                set_frame_line(reinterpret_cast<PyFrameObject*>(frame.get()), line > 0 ? line : 1);
                push(frame, static_cast<int>(2 * index), line > 0 ? line : 1);
            }
        }
        // An entry that memory does not suffice for is left out.
        PyErr_Clear();
    }

    [[nodiscard]] bool has_traceback() const { return static_cast<bool>(traceback_); }

    void restore() { PyErr_Restore(type_.release(), value_.release(), traceback_.release()); }

    Ref caught() {
        if (traceback_) PyException_SetTraceback(value_.get(), traceback_.get());
        return std::move(value_);
    }

private:
    // A new entry before the others. Filled in by hand: calling its type costs as much as all else that is done here.
    void push(const Ref& frame, int instruction, int line) {
        auto* entry = PyObject_GC_New(PyTracebackObject, &PyTraceBack_Type);
        if (entry == nullptr) return;
        entry->tb_next = reinterpret_cast<PyTracebackObject*>(traceback_.release());
        entry->tb_frame = reinterpret_cast<PyFrameObject*>(Py_NewRef(frame.get()));
        entry->tb_lasti = instruction;
        entry->tb_lineno = line;
        PyObject_GC_Track(entry);
        traceback_ = steal(reinterpret_cast<PyObject*>(entry));
    }

    Ref type_;
    Ref value_;
    Ref traceback_;
};

const Handler* find_handler(const Code& code, std::size_t index) {
    for (const Handler& handler : code.handlers) {
        if (index >= handler.start && index < handler.end) return &handler;
    }
    return nullptr;
}

// The index that a traceback names: the instruction, or the step of the chain that it runs. `inner`: the frame is a
// caller of one that failed, so a chain has come to its last step.
std::size_t blamed_index(const Code& code, std::size_t index, bool inner) {
    if (static_cast<Op>(code.instrs[index].op) == Op::RESULT) index -= code.instrs[index].b;
    const Instr& i = code.instrs[index];
    if (!runs_chain(static_cast<Op>(i.op))) return index;
    const Chain& chain = chain_of(code.chains[i.b].get());
    const std::size_t step = inner ? chain.steps.size() - 1 : static_cast<std::size_t>(chain.failed_step());
    return chain_step_index(code, index, step);
}

}  // namespace

bool unwind(Thread& thread, const Instr* pc) {
    Flying error;
    for (bool innermost = true;; innermost = false) {
        Frame& frame = *thread.frame;
        if (frame.code == nullptr) {
            --thread.frame;
            error.restore();
            return false;
        }
        Code& code = *frame.code;
        const auto index = static_cast<std::size_t>(pc - code.instrs.data()) - 1;
        const Op op = static_cast<Op>(code.instrs[index].op);
        const bool again = innermost && (op == Op::RERAISE || op == Op::RAISE_CURRENT) && error.has_traceback();
        if (!again) error.add_entry(code, blamed_index(code, index, !innermost));

        const Handler* handler = find_handler(code, index);
        if (handler != nullptr && !(tick_watch != nullptr && tick_watch->hard)) {
            clear_registers(frame.base + handler->temporaries_from, frame.base + code.registers);
            clear_registers(frame.base + handler->locals_from, frame.base + code.first_temporary);
            const Value old = frame.base[handler->target];
            frame.base[handler->target] = Value::object(error.caught().release());
            old.release();
            frame.pc = code.instrs.data() + handler->entry;
            return true;
        }
        clear_registers(frame.base, frame.base + code.registers);
        const Value running = frame.base[-1];
        frame.base[-1] = Value::nil();
        --thread.frame;
        running.release();
        pc = thread.frame->pc;
    }
}

void add_traceback(Code& code, std::size_t index) {
    Flying error;
    error.add_entry(code, index);
    error.restore();
}

}  // namespace catena
