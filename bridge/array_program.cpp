#include "bridge/array_program.hpp"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <system_error>
#include <thread>

#include "bridge/array_casts.hpp"
#include "bridge/array_steps.hpp"
#include "bridge/numpy_scalars.hpp"

namespace catena {
namespace {

// Elements of a block: what the operands of an expression take together stays in the first cache. A divisor of the 8192
// elements that NumPy buffers, and a multiple of every vector, so that the same elements come to the ends of loops.
constexpr Py_ssize_t block = 1024;
// Between what two operations write: loops take memory that touches for overlapping, and equal low bits of addresses for
// dependent.
constexpr std::size_t gap = 320;
constexpr std::size_t slot_bytes = static_cast<std::size_t>(block) * 8 + gap;
constexpr Py_ssize_t least_without_lock = 5000;  // elements: below, giving the GIL away costs more than it helps
constexpr Py_ssize_t least_for_two = Py_ssize_t{1} << 20;  // elements times operations that pay for a second thread

// A cell holds a number as an element; each has a line of the cache of its own.
struct alignas(64) Cell {
    char bytes[64];
};

// The scratch memory of a thread, and of the one that helps it behind that.
char* scratch_memory() {
    struct Free {
        void operator()(char* memory) const { ::operator delete[](memory, std::align_val_t{64}); }
    };
    thread_local std::unique_ptr<char, Free> memory;
    if (!memory)
        memory.reset(static_cast<char*>(
            ::operator new[](2 * most_array_slots * slot_bytes, std::align_val_t{64}, std::nothrow)));
    return memory.get();
}

int processors() {
    static const int count = [] {
        cpu_set_t set;
        return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    }();
    return count;
}

// What numpy.errstate ignores, as floating-point flags. Nothing after an error.
unsigned int ignored_flags() {
    const Ref settings = steal(PyObject_CallNoArgs(numpy_found.geterr));
    unsigned int ignored = 0;
    const auto look = [&](const char* name, unsigned int flag) {
        PyObject* setting = PyDict_GetItemString(settings.get(), name);
        if (setting != nullptr && PyUnicode_Check(setting) && PyUnicode_CompareWithASCIIString(setting, "ignore") == 0)
            ignored |= flag;
    };
    if (settings && PyDict_Check(settings.get())) {
        look("invalid", FloatFlags::invalid);
        look("divide", FloatFlags::divide);
        look("over", FloatFlags::over);
        look("under", FloatFlags::under);
    }
    if (PyErr_Occurred() != nullptr) PyErr_Clear();
    return ignored;
}

}  // namespace

namespace {

// A step with its addresses.
struct Bound {
    NumpyLoop loop;
    void* data;
    std::uint8_t count;
    char* base[most_array_operands + 1];
    Py_ssize_t strides[most_array_operands + 1];
    Py_ssize_t moves[most_array_operands + 1];    // bytes for each element that was done before the block
    std::int16_t slots[most_array_operands + 1];  // of the thread's scratch memory; -1: `base` counts
};

// An address of a step that is known when the operands are.
struct Late {
    std::uint16_t step = 0;
    std::uint8_t argument = 0;
    ArrayPlace place = ArrayPlace::input;
    std::int16_t index = 0;
};

}  // namespace

// What the types of the operands led to, and what a run needs that does not depend on the operands themselves.
struct ArrayProgram::Resolved {
    std::vector<std::uint8_t> codes;  // of the inputs and the nodes that are numbers
    std::vector<PyObject*> functions;
    std::vector<ArrayStep> steps;
    std::vector<Bound> bound;  // the steps as far as they are known
    std::vector<Late> late;    // and what is not
    std::vector<NumberCell> cells;
    std::vector<std::int8_t> result_types;

    void bind() {
        for (const ArrayStep& step : steps) {
            Bound b{};
            b.count = step.count;
            b.loop = step.own;
            for (std::size_t k = 0; k < step.count; ++k) {
                const ArrayArgument& a = step.arguments[k];
                b.slots[k] = a.place == ArrayPlace::slot ? a.index : std::int16_t{-1};
                b.strides[k] = b.moves[k] = a.place == ArrayPlace::cell ? 0 : a.size;
                if (a.place != ArrayPlace::slot)
                    late.push_back(
                        {static_cast<std::uint16_t>(bound.size()), static_cast<std::uint8_t>(k), a.place, a.index});
            }
            bound.push_back(b);
        }
    }
};

namespace {

// Runs all steps on elements [begin, end), and answers the flags that were raised; it stops when they are not `ignored`.
unsigned int run_blocks(const Bound* steps, std::size_t count, Py_ssize_t begin, Py_ssize_t end, unsigned int ignored,
                        char* scratch) {
    unsigned int raised = 0;
    FloatFlags::clear();
    // One operation alone has nothing to keep in the cache.
    const bool alone =
        count == 1 && std::all_of(steps->slots, steps->slots + steps->count, [](int slot) { return slot < 0; });
    const Py_ssize_t most = alone ? end - begin : block;
    for (Py_ssize_t at = begin; at < end; at += most) {
        const Py_ssize_t length = std::min(most, end - at);
        for (const Bound* step = steps; step != steps + count; ++step) {
            char* args[most_array_operands + 1];
            for (std::size_t k = 0; k < step->count; ++k) {
                args[k] = step->slots[k] >= 0 ? scratch + static_cast<std::size_t>(step->slots[k]) * slot_bytes
                                              : step->base[k] + at * step->moves[k];
            }
            step->loop(args, &length, step->strides, step->data);
            // After each one: some loops clear the flags when they are done.
            raised |= FloatFlags::raised();
        }
        if ((raised & ~ignored) != 0) break;
    }
    if (raised != 0) FloatFlags::clear();
    return raised;
}

// The same, by two threads when it is much.
unsigned int run_all(const Bound* steps, std::size_t count, Py_ssize_t elements, unsigned int ignored, char* scratch) {
    if (elements < least_for_two / static_cast<Py_ssize_t>(count) || processors() < 2)
        return run_blocks(steps, count, 0, elements, ignored, scratch);
    const Py_ssize_t middle = elements / 2 / block * block;
    unsigned int raised = 0;
    // Signals are the main thread's.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread second;
    try {
        second = std::thread([&] {
            raised = run_blocks(steps, count, middle, elements, ignored, scratch + most_array_slots * slot_bytes);
        });
    } catch (const std::system_error&) {
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        return run_blocks(steps, count, 0, elements, ignored, scratch);
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    const unsigned int first = run_blocks(steps, count, 0, middle, ignored, scratch);
    second.join();
    return first | raised;
}

}  // namespace

ArrayProgram::ArrayProgram() = default;
ArrayProgram::~ArrayProgram() = default;

bool ArrayProgram::run(const Value* inputs, PyObject* const* functions, Value* values, std::size_t* refused) {
    *refused = nodes.size();
    if (numpy_types().api == nullptr || input_count > most_array_inputs || nodes.size() > most_array_nodes)
        return false;
    char* const scratch = scratch_memory();
    if (scratch == nullptr) return false;
    // Before anything is read: asking runs Python code.
    const unsigned int ignored = asks_ ? ignored_flags() : 0;
    ArrayOperands operands(*this, inputs);
    if (!operands.read(refused)) return false;
    const std::size_t codes = input_count + nodes.size();
    std::size_t function_count = 0;
    for (const ArrayNode& node : nodes) function_count += node.function >= 0 ? 1 : 0;

    const bool known = resolved_ != nullptr &&
                       std::equal(functions, functions + function_count, resolved_->functions.begin()) &&
                       std::memcmp(resolved_->codes.data(), operands.codes.data(), codes) == 0;
    if (!known) {
        ArrayResolution resolution(*this, operands, functions);
        if (!resolution.run(refused)) return false;
        auto made = std::make_shared<Resolved>();
        made->codes.assign(operands.codes.begin(), operands.codes.begin() + static_cast<std::ptrdiff_t>(codes));
        made->functions.assign(functions, functions + function_count);
        made->steps = std::move(resolution.steps);
        made->cells = std::move(resolution.cells);
        made->result_types = std::move(resolution.result_types);
        made->bind();
        resolved_ = std::move(made);
    }
    *refused = nodes.size();
    // Making arrays can run code that comes by here again.
    const std::shared_ptr<const Resolved> held = resolved_;
    const Resolved& r = *held;

    std::array<Cell, 2 * most_array_nodes> cells;
    if (r.cells.size() > cells.size() || r.steps.size() > 2 * most_array_nodes) return false;
    for (std::size_t i = 0; i < r.cells.size(); ++i) {
        if (!store_number(operands.number(r.cells[i].source), r.cells[i].type, cells[i].bytes)) return false;
    }
    Ref made[most_array_nodes];
    for (std::size_t i = 0; i < results.size(); ++i) {
        made[i] = steal(new_plain_array(r.result_types[i], operands.shape().dimensions, operands.shape().shape));
        if (!made[i]) {
            PyErr_Clear();
            return false;
        }
    }
    Bound bound[2 * most_array_nodes];
    std::memcpy(static_cast<void*>(bound), r.bound.data(), r.bound.size() * sizeof(Bound));
    for (std::size_t n = 0; n < r.steps.size(); ++n) {
        const ArrayStep& step = r.steps[n];
        if (step.ufunc == nullptr) continue;
        // Read anew each time: the loops of a ufunc can be replaced.
        const UfuncLayout& ufunc = ufunc_layout(step.ufunc);
        bound[n].loop = ufunc.functions[step.loop];
        bound[n].data = ufunc.data != nullptr ? ufunc.data[step.loop] : nullptr;
    }
    for (const Late& late : r.late) {
        Bound& b = bound[late.step];
        const auto index = static_cast<std::size_t>(late.index);
        if (late.place == ArrayPlace::input) {
            b.base[late.argument] = operands.data(index);
            b.strides[late.argument] = b.moves[late.argument] = operands.stride(index);
        } else {
            b.base[late.argument] =
                late.place == ArrayPlace::cell ? cells[index].bytes : array_layout(made[index].get()).data;
        }
    }
    const std::size_t steps = r.steps.size();
    const Py_ssize_t elements = operands.count();
    unsigned int raised;
    if (elements < least_without_lock) {
        raised = run_blocks(bound, steps, 0, elements, ignored, scratch);
    } else {
        Py_BEGIN_ALLOW_THREADS;
        raised = run_all(bound, steps, elements, ignored, scratch);
        Py_END_ALLOW_THREADS;
    }
    if ((raised & ~ignored) != 0) {
        // NumPy itself says what is to be said, unless it is told to ignore all of it.
        if (asks_ || (raised & ~ignored_flags()) != 0) return false;
        asks_ = true;
        return run(inputs, functions, values, refused);
    }
    for (std::size_t i = 0; i < results.size(); ++i) values[i] = Value::object(made[i].release());
    return true;
}

}  // namespace catena
