#include <algorithm>
#include <string>

#include "vm/byte_columns.hpp"
#include "vm/chain_object.hpp"
#include "vm/exceptions.hpp"
#include "vm/python_opcodes.hpp"
#include "vm/signature.hpp"

namespace catena {
namespace {

// Python keeps lines and columns as ints and their differences as shifted ints.
constexpr std::uint32_t largest = (1u << 30) - 1;

// The location table of PEP 626 and 657: entries of one byte (kind and how many code units it stands for) and varints.
class LocationTable {
public:
    LocationTable(const Code& code, std::uint32_t first_line) : columns_(code), line_(first_line) {}

    void add(const Span& span) {
        if (units_ > 0 && units_ < 8 && span == span_) {
            ++units_;
            return;
        }
        flush();
        span_ = span;
        units_ = 1;
    }

    std::string finish() {
        flush();
        return std::move(bytes_);
    }

private:
    void flush() {
        if (units_ == 0) return;
        constexpr unsigned no_location = 15;
        constexpr unsigned with_columns = 14;
        const unsigned kind = span_.known() ? with_columns : no_location;
        bytes_.push_back(static_cast<char>(0x80 | kind << 3 | (units_ - 1)));
        units_ = 0;
        if (!span_.known()) return;
        const std::uint32_t line = std::min(span_.line, largest);
        const std::uint32_t end_line = std::clamp(span_.end_line, line, largest);
        signed_number(static_cast<std::int64_t>(line) - line_);
        number(end_line - line);
        number(std::min(columns_.before(span_.line, span_.column), largest) + 1);
        number(std::min(columns_.before(span_.end_line, span_.end_column), largest) + 1);
        line_ = line;
    }

    void number(std::uint32_t n) {
        while (n >= 64) {
            bytes_.push_back(static_cast<char>(0x40 | (n & 0x3f)));
            n >>= 6;
        }
        bytes_.push_back(static_cast<char>(n));
    }

    void signed_number(std::int64_t n) {
        number(static_cast<std::uint32_t>(n < 0 ? static_cast<std::uint64_t>(-n) << 1 | 1
                                                : static_cast<std::uint64_t>(n) << 1));
    }

    ByteColumns columns_;
    std::int64_t line_;
    Span span_;
    unsigned units_ = 0;
    std::string bytes_;
};

template <class See>
void each_chain_instruction(const Code& code, See see) {
    for (std::size_t n = 0; n < code.instrs.size(); ++n) {
        const Instr& i = code.instrs[n];
        if (runs_chain(static_cast<Op>(i.op))) {
            if (see(n, chain_of(code.chains[i.b].get()))) return;
            n += operand_words(i);
        }
    }
}

int python_flags(const Code& code) {
    int flags = CO_OPTIMIZED | CO_NEWLOCALS;
    if (!code.arities.empty() || code.parameters.has_rest) flags |= CO_VARARGS;
    if (code.parameters.has_kwargs) flags |= CO_VARKEYWORDS;
    FunctionKind kind = code.kind;
    for (const Ref& arity : code.arities) {
        if (code_of(arity.get())->kind != FunctionKind::plain) kind = code_of(arity.get())->kind;
    }
    switch (kind) {
        case FunctionKind::plain: break;
        case FunctionKind::generator: flags |= CO_GENERATOR; break;
        case FunctionKind::coroutine: flags |= CO_COROUTINE; break;
        case FunctionKind::async_generator: flags |= CO_ASYNC_GENERATOR; break;
    }
    return flags;
}

Ref make_python_code(Code& code) {
    const std::uint32_t first_line = std::clamp<std::uint32_t>(code.span.line, 1, largest);
    LocationTable locations(code, first_line);
    std::size_t units = code.instrs.size();
    for (std::size_t n = 0; n < units; ++n) locations.add(n < code.spans.size() ? code.spans[n] : Span{});
    each_chain_instruction(code, [&](std::size_t, const Chain& chain) {
        for (const Step& step : chain.steps) locations.add(step.span);
        units += chain.steps.size();
        return false;
    });
    for (; units < 2; ++units) locations.add(Span{});
    const std::string table = locations.finish();

    // What it would do if somebody ran it: answer None.
    std::string body(2 * units, '\0');
    for (std::size_t n = 0; n < units; ++n) body[2 * n] = static_cast<char>(python_opcodes.no_operation);
    body[0] = static_cast<char>(python_opcodes.load_constant);
    body[1] = 1;
    body[2] = static_cast<char>(python_opcodes.return_value);

    const Ref bytes = steal(PyBytes_FromStringAndSize(body.data(), static_cast<Py_ssize_t>(body.size())));
    const Ref linetable = steal(PyBytes_FromStringAndSize(table.data(), static_cast<Py_ssize_t>(table.size())));
    const Ref exceptions = steal(PyBytes_FromStringAndSize("", 0));
    const Ref constants = steal(PyTuple_Pack(2, object_of(code), Py_None));
    const Ref empty = steal(PyTuple_New(0));
    const Ref names = python_parameter_names(code);
    if (!bytes || !linetable || !exceptions || !constants || !empty || !names) return {};
    const bool several = !code.arities.empty();
    const int positional = several ? 0 : static_cast<int>(code.parameters.positional.size());
    const int keywords = several ? 0 : static_cast<int>(code.parameters.keys.size());
    const int locals = static_cast<int>(PyTuple_GET_SIZE(names.get()));
#if PY_VERSION_HEX >= 0x030C0000
    const auto make = PyUnstable_Code_NewWithPosOnlyArgs;
#else
    const auto make = PyCode_NewWithPosOnlyArgs;
#endif
    return steal(reinterpret_cast<PyObject*>(make(positional, 0, keywords, locals, 1, python_flags(code), bytes.get(),
                                                  constants.get(), empty.get(), names.get(), empty.get(), empty.get(),
                                                  code.file.get(), code.name.get(), code.qualname.get(),
                                                  static_cast<int>(first_line), linetable.get(), exceptions.get())));
}

}  // namespace

PyObject* python_code(Code& code) {
    if (!code.python_code) {
        Ref made = make_python_code(code);
        // Making it may have run Python code that needed it too.
        if (!code.python_code) code.python_code = std::move(made);
    }
    return code.python_code.get();
}

Code* catena_code_of(PyObject* python_code) {
    if (!PyCode_Check(python_code)) return nullptr;
    PyObject* constants = reinterpret_cast<PyCodeObject*>(python_code)->co_consts;
    if (!PyTuple_Check(constants) || PyTuple_GET_SIZE(constants) != 2) return nullptr;
    PyObject* first = PyTuple_GET_ITEM(constants, 0);
    return is_code(first) ? code_of(first) : nullptr;
}

Span span_at(const Code& code, std::size_t index) {
    if (index < code.instrs.size()) return index < code.spans.size() ? code.spans[index] : Span{};
    std::size_t first = code.instrs.size();
    Span span;
    each_chain_instruction(code, [&](std::size_t, const Chain& chain) {
        if (index < first + chain.steps.size()) {
            span = chain.steps[index - first].span;
            return true;
        }
        first += chain.steps.size();
        return false;
    });
    return span;
}

std::size_t chain_step_index(const Code& code, std::size_t instruction, std::size_t step) {
    std::size_t index = code.instrs.size();
    each_chain_instruction(code, [&](std::size_t n, const Chain& chain) {
        if (n == instruction) {
            // A step without a place of its own shares the instruction's.
            index = step < chain.steps.size() && chain.steps[step].span.known() ? index + step : instruction;
            return true;
        }
        index += chain.steps.size();
        return false;
    });
    return index;
}

}  // namespace catena
