#include "vm/profile.hpp"

#include <time.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "bridge/call.hpp"
#include "bridge/stats.hpp"
#include "bridge/text.hpp"
#include "lang/keyword.hpp"
#include "vm/helpers.hpp"
#include "vm/native.hpp"
#include "vm/vm.hpp"

namespace catena {
namespace {

struct Profile {
    std::map<std::pair<std::string, std::uint32_t>, LineCost> lines;
    // The line of each instruction of a code. The codes stay alive, so that no other gets the address of one.
    std::unordered_map<const Code*, std::vector<LineCost*>> codes;
    // What the bridge's counters were when somebody last looked, and the line that they count for since.
    std::uint64_t copied = 0, misses = 0;
    LineCost* counting = nullptr;
};

// Never freed: threads may end after everything else.
Profile& profile() {
    static auto* all = new Profile;
    return *all;
}

// What this thread is doing.
struct Here {
    LineCost* line = nullptr;  // null: nothing that is measured
    bool python = false;
    std::uint64_t since = 0;
    const Code* code = nullptr;
    LineCost* const* lines = nullptr;  // of that code
    const Frame* caller = nullptr;     // the frame of a call that may turn out to be one of Catena's …
    bool replaces = false;             // … and would get that very frame
    LineCost* outside = nullptr;       // the line that the innermost run of the loop works for
};
thread_local Here here;

std::uint64_t now() {
    timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
}

void go_to(LineCost* line, bool python) {
    const std::uint64_t time = now();
    if (here.line != nullptr) (here.python ? here.line->python : here.line->catena) += time - here.since;
    here.line = line;
    here.python = python;
    here.since = time;
    Profile& all = profile();
    if (all.counting != nullptr) {
        all.counting->copied += stats.bytes_copied - all.copied;
        all.counting->misses += stats.cache_misses - all.misses;
    }
    all.copied = stats.bytes_copied;
    all.misses = stats.cache_misses;
    all.counting = line;
}

const std::vector<LineCost*>& lines_of(const Code& code) {
    Profile& all = profile();
    const auto [found, fresh] = all.codes.try_emplace(&code);
    std::vector<LineCost*>& lines = found->second;
    if (!fresh) return lines;
    Py_INCREF(object_of(code));
    lines.resize(code.instrs.size());
    // The core library works for its callers.
    if (code.module == core_module()) return lines;
    const std::string file = code.file ? text_of(code.file.get()) : std::string();
    for (std::size_t i = 0; i < lines.size() && i < code.spans.size(); ++i) {
        const std::uint32_t line = code.spans[i].line;
        if (line == 0) continue;
        LineCost& cost = all.lines[{file, line}];
        cost.file = file;
        cost.line = line;
        lines[i] = &cost;
    }
    return lines;
}

// The line on whose behalf a frame is about to run an instruction: its own, or its caller's.
LineCost* line_of(const Frame& frame, const Instr* pc) {
    if (here.code != frame.code) {
        here.lines = lines_of(*frame.code).data();
        here.code = frame.code;
    }
    if (LineCost* line = here.lines[pc - frame.code->instrs.data()]) return line;
    for (const Frame* caller = &frame - 1; caller->code != nullptr; --caller) {
        const std::vector<LineCost*>& lines = lines_of(*caller->code);
        if (LineCost* line = lines[static_cast<std::size_t>(caller->pc - caller->code->instrs.data()) - 1]) return line;
    }
    return here.outside;
}

// Which fields of an opcode are registers that it reads.
struct Reads {
    bool b = false, c = false;
};

constexpr Reads reads_of(std::string_view operands) {
    const std::size_t second = operands.find(' ') + 1;
    const std::size_t third = operands.find(' ', second);
    const std::string_view b = operands.substr(second, third - second);
    return {b == "r", third != std::string_view::npos && operands.substr(third + 1) == "r"};
}

constexpr std::array<Reads, opcode_count> reads = {
#define OP(NAME, OPERANDS, EQUATION) reads_of(OPERANDS),
#include "vm/opcodes.def"
#undef OP
};

bool is_own_callable(PyObject* callee) {
    if (PyMethod_Check(callee)) callee = PyMethod_GET_FUNCTION(callee);
    return is_closure(callee) || is_native(callee) || is_keyword(callee);
}

// What the VM opens itself.
bool is_plain_container(const Value& v) {
    if (!v.is_object()) return false;
    PyObject* o = v.as_object();
    return PyList_CheckExact(o) || PyTuple_CheckExact(o) || PyDict_CheckExact(o) || PyUnicode_CheckExact(o);
}

bool goes_to_python(Helper helper) {
    switch (helper) {
        case Helper::IMPORT:
        case Helper::IMPORT_TOP:
        case Helper::IMPORT_FROM:
        case Helper::BUILD_CLASS:
        case Helper::WITH_ENTER:
        case Helper::WITH_EXIT:
        case Helper::ASYNC_WITH_ENTER:
        case Helper::ASYNC_WITH_EXIT:
        case Helper::RUN_AWAITABLE: return true;
        default: return false;
    }
}

bool goes_to_python(const Frame& frame, const Instr* pc) {
    const Value* base = frame.base;
    const auto op = static_cast<Op>(pc->op);
    switch (op) {
        case Op::CHAIN:
        case Op::TAIL_CHAIN:
        case Op::CHAIN_METHOD:
        case Op::CHAIN_STEP:
        case Op::CHAIN_GLOBAL:
        case Op::CHAIN_GET: return true;
        case Op::CHAIN_ITEM:
        case Op::CHAIN_ITEM_I:
        case Op::CHAIN_SET_ITEM:
        case Op::CHAIN_SET_ITEM_I: return !is_plain_container(base[operand_register(pc + 1, 0)]);
        case Op::CALL:
        case Op::TAIL_CALL:
        case Op::CALL_PAIRS:
        case Op::TAIL_CALL_PAIRS:
        case Op::CALL_SPLAT: return base[pc->b].is_object() && !is_own_callable(base[pc->b].as_object());
        case Op::GET:
        case Op::GET_K:
        case Op::LOOKUP:
        case Op::ITERATE:
        case Op::NEXT: return base[pc->b].is_object() && !is_plain_container(base[pc->b]);
        case Op::HELPER: return goes_to_python(static_cast<Helper>(pc->x));
        default: break;
    }
    if (op < Op::ADD || op >= Op::IS) return false;
    const Reads& read = reads[pc->op];
    return (read.b && base[pc->b].is_object()) || (read.c && base[pc->c].is_object());
}

}  // namespace

void start_profile() {
    Profile& all = profile();
    all.copied = stats.bytes_copied;
    all.misses = stats.cache_misses;
    profiling = true;
}

void profile_instruction(const Frame& frame, const Instr* pc) {
    if (frame.code == nullptr) return;
    // The call got a frame of its own: it was one of Catena's functions.
    if (here.caller != nullptr && here.line != nullptr &&
        (&frame > here.caller || (here.replaces && &frame == here.caller)))
        --here.line->calls;
    here.caller = nullptr;
    LineCost* line = line_of(frame, pc);
    if (line == nullptr) return;
    const bool python = goes_to_python(frame, pc);
    if (line != here.line || python != here.python) go_to(line, python);
    if (!python) return;
    ++line->calls;
    here.caller = &frame;
    here.replaces = static_cast<Op>(pc->op) == Op::TAIL_CHAIN;
}

ProfiledRun::ProfiledRun() : line_(here.line), outside_(here.outside), python_(here.python) {
    here.caller = nullptr;
    here.outside = line_;
}

ProfiledRun::~ProfiledRun() {
    here.caller = nullptr;
    here.outside = outside_;
    go_to(line_, python_);
}

Value call_object_profiled(PyObject* callable, const Value* args, std::size_t count, PyObject* names) {
    LineCost* line = here.line;
    if (line == nullptr || here.python) return call_object(callable, args, count, names);
    ++line->calls;
    go_to(line, true);
    const Value result = call_object(callable, args, count, names);
    go_to(line, false);
    return result;
}

std::vector<LineCost> profile_lines() {
    std::vector<LineCost> lines;
    const Profile& all = profile();
    for (const auto& [place, line] : all.lines)
        if (line.calls + line.python + line.catena + line.copied + line.misses != 0) lines.push_back(line);
    std::ranges::sort(lines, [](const LineCost& a, const LineCost& b) {
        return std::tuple(b.python + b.catena, a.file, a.line) < std::tuple(a.python + a.catena, b.file, b.line);
    });
    return lines;
}

}  // namespace catena
