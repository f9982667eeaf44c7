#include "vm/globals.hpp"
#include "vm/slow.hpp"

namespace catena {
namespace {

Closure& running_closure(Frame& frame) { return *reinterpret_cast<Closure*>(running_object(frame)); }

Cell& cell_in(const Value& v) { return *reinterpret_cast<Cell*>(v.as_object()); }

bool read_cell(Frame& frame, const Instr& i, const Cell& cell) {
    const Value content = cell.content;
    if (content.is_missing()) {
        raise_name_error(frame.code->names[i.c].get());
        return false;
    }
    content.retain();
    frame.base[i.a] = content;
    return true;
}

void write_cell(Cell& cell, Value content) {
    const Value old = cell.content;
    cell.content = content;
    old.release();
}

}  // namespace

bool slow_cell_new(Frame& frame, const Instr& i) {
    Cell* cell = PyObject_GC_New(Cell, cell_type);
    if (cell == nullptr) return false;
    Value& r = frame.base[i.a];
    cell->content = r;
    r = Value::object(reinterpret_cast<PyObject*>(cell));
    PyObject_GC_Track(cell);
    return true;
}

bool slow_cell_get(Frame& frame, const Instr& i) { return read_cell(frame, i, cell_in(frame.base[i.b])); }

bool slow_cell_set(Frame& frame, const Instr& i) {
    const Value content = take(frame, i.b);
    write_cell(cell_in(frame.base[i.a]), content);
    return true;
}

bool slow_capture_get(Frame& frame, const Instr& i) {
    return read_cell(frame, i, cell_in(running_closure(frame).captures[i.b]));
}

bool slow_capture_set(Frame& frame, const Instr& i) {
    const Value content = take(frame, i.b);
    write_cell(cell_in(running_closure(frame).captures[i.a]), content);
    return true;
}

bool slow_closure(Frame& frame, const Instr& i) {
    PyObject* code_object = frame.code->templates[i.b].get();
    const Code& code = *code_of(code_object);
    Closure* closure = new_closure(code_object, code.captures.size());
    if (closure == nullptr) return false;
    for (std::size_t n = 0; n < code.captures.size(); ++n) {
        const CaptureSource& source = code.captures[n];
        const Value v = source.from_register ? frame.base[source.index] : running_closure(frame).captures[source.index];
        v.retain();
        closure->captures[n] = v;
    }
    PyObject_GC_Track(closure);
    frame.base[i.a] = Value::object(reinterpret_cast<PyObject*>(closure));
    return true;
}

}  // namespace catena
