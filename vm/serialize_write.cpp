#include <bit>
#include <unordered_map>
#include <vector>

#include "lang/forms.hpp"
#include "lang/keyword.hpp"
#include "lang/list.hpp"
#include "lang/symbol.hpp"
#include "vm/chain_object.hpp"
#include "vm/closure.hpp"
#include "vm/serialize_parts.hpp"

namespace catena {
namespace {

bool is_pattern(PyObject* object) {
    static PyObject* type = nullptr;
    if (type == nullptr) {
        const Ref re = steal(PyImport_ImportModule("re"));
        type = re ? PyObject_GetAttrString(re.get(), "Pattern") : nullptr;
        if (type == nullptr) {
            PyErr_Clear();
            return false;
        }
    }
    return reinterpret_cast<PyObject*>(Py_TYPE(object)) == type;
}

ObjectKind kind_of(PyObject* o) {
    if (o == Py_None) return ObjectKind::none;
    if (o == Py_True) return ObjectKind::yes;
    if (o == Py_False) return ObjectKind::no;
    if (o == Py_Ellipsis) return ObjectKind::ellipsis;
    std::int64_t small;
    if (PyLong_CheckExact(o)) return read_small_int(o, &small) ? ObjectKind::integer : ObjectKind::big_integer;
    if (PyFloat_CheckExact(o)) return ObjectKind::real;
    if (PyComplex_CheckExact(o)) return ObjectKind::complex;
    if (PyUnicode_CheckExact(o)) return PyUnicode_CHECK_INTERNED(o) != 0 ? ObjectKind::interned_text : ObjectKind::text;
    if (PyBytes_CheckExact(o)) return ObjectKind::bytes;
    if (is_keyword(o)) return is_written_keyword(o) ? ObjectKind::written_keyword : ObjectKind::keyword;
    if (is_symbol(o)) return ObjectKind::symbol;
    if (is_list(o)) return ObjectKind::list;
    if (PyList_CheckExact(o)) return ObjectKind::vector;
    if (PyTuple_CheckExact(o)) return ObjectKind::tuple;
    if (PyDict_CheckExact(o)) return ObjectKind::map;
    if (PySet_CheckExact(o)) return ObjectKind::set;
    if (PyFrozenSet_CheckExact(o)) return ObjectKind::frozen_set;
    if (is_map_form(o)) return ObjectKind::map_form;
    if (is_set_form(o)) return ObjectKind::set_form;
    if (is_code(o)) return ObjectKind::code;
    if (is_chain(o)) return ObjectKind::chain;
    if (is_pattern(o)) return ObjectKind::pattern;
    return ObjectKind::pickle;
}

// What an object's entry refers to, in the order in which the entry names them. New references: some children (a boxed
// constant, a chain's data) exist only while the code is written.
class Children {
public:
    [[nodiscard]] bool failed() const { return failed_; }
    std::vector<Ref> list;

    void collect(PyObject* o, ObjectKind kind) {
        switch (kind) {
            case ObjectKind::keyword:
            case ObjectKind::written_keyword: return add(keyword_name(o));
            case ObjectKind::symbol: return add(symbol_name(o));
            case ObjectKind::list:
                for (PyObject* item : items_of(o)) add(item);
                return;
            case ObjectKind::vector:
            case ObjectKind::tuple:
                for (Py_ssize_t n = 0; n < PySequence_Fast_GET_SIZE(o); ++n) add(PySequence_Fast_GET_ITEM(o, n));
                return;
            case ObjectKind::map: {
                PyObject* key;
                PyObject* value;
                Py_ssize_t at = 0;
                while (PyDict_Next(o, &at, &key, &value)) {
                    add(key);
                    add(value);
                }
                return;
            }
            case ObjectKind::set:
            case ObjectKind::frozen_set: {
                const Ref items = steal(PySequence_List(o));
                if (!items) return fail();
                for (Py_ssize_t n = 0; n < PyList_GET_SIZE(items.get()); ++n) add(PyList_GET_ITEM(items.get(), n));
                return;
            }
            case ObjectKind::map_form:
            case ObjectKind::set_form: return add(literal_items(o));
            case ObjectKind::pattern:
                add_new(PyObject_GetAttrString(o, "pattern"));
                return add_new(PyObject_GetAttrString(o, "flags"));
            case ObjectKind::chain: {
                Result<Ref> data = chain_to_data(chain_of(o));
                return add_new(data ? data->release() : nullptr);
            }
            case ObjectKind::code: return collect_code(*code_of(o));
            default: return;
        }
    }

private:
    void add(PyObject* o) { list.push_back(borrow(o)); }
    void add_new(PyObject* o) {
        if (o == nullptr) return fail();
        list.push_back(steal(o));
    }
    // An empty reference is written as None.
    void add_optional(const Ref& ref) { add(ref ? ref.get() : Py_None); }
    void fail() { failed_ = true; }

    void collect_code(const Code& code) {
        for (const Value& v : code.constants) add_new(new_object(v));
        for (const GlobalName& global : code.globals) {
            add_optional(global.name);
            add_optional(global.display);
            add_optional(global.module);
        }
        for (const std::vector<Ref>* refs :
             {&code.names, &code.templates, &code.chains, &code.arities, &code.core_names}) {
            for (const Ref& ref : *refs) add_optional(ref);
        }
        for (const CallSite& site : code.call_sites) add_optional(site.names);
        for (const Ref& name : code.parameters.positional) add_optional(name);
        for (const Parameters::Key& key : code.parameters.keys) add_optional(key.name);
        for (const Ref* ref : {&code.parameters.rest_name, &code.parameters.kwargs_name, &code.name, &code.qualname,
                               &code.doc, &code.file, &code.annotations, &code.source}) {
            add_optional(*ref);
        }
    }

    bool failed_ = false;
};

void write_span(const Span& span, Span& before, ByteWriter& out) {
    out.signed_number(static_cast<std::int64_t>(span.line) - before.line);
    out.signed_number(static_cast<std::int64_t>(span.column) - before.column);
    out.signed_number(static_cast<std::int64_t>(span.end_line) - span.line);
    out.signed_number(static_cast<std::int64_t>(span.end_column) - span.column);
    before = span;
}

// The numbers of a Code; the objects that it refers to have been written, their numbers follow.
void write_code_numbers(const Code& code, ByteWriter& out) {
    out.number(code.instrs.size());
    for (const Instr& i : code.instrs) {
        std::uint64_t word;
        std::memcpy(&word, &i, sizeof word);
        out.fixed(word);
    }
    Span before;
    for (std::size_t n = 0; n < code.instrs.size(); ++n) {
        const Span span = n < code.spans.size() ? code.spans[n] : Span{};
        // Neighbours often share a place.
        out.byte(span == before ? 0 : 1);
        if (span != before) write_span(span, before, out);
    }
    Span none;
    write_span(code.span, none, out);
    for (const std::size_t size :
         {code.constants.size(), code.globals.size(), code.names.size(), code.templates.size(), code.chains.size(),
          code.arities.size(), code.call_sites.size(), code.handlers.size(), code.captures.size(),
          code.core_names.size(), code.parameters.positional.size(), code.parameters.keys.size()}) {
        out.number(size);
    }
    for (const CallSite& site : code.call_sites) {
        out.number(site.count);
        out.number(site.pair_at.size());
        for (const std::uint16_t at : site.pair_at) out.number(at);
    }
    for (const Handler& h : code.handlers) {
        for (const std::uint32_t n : {h.start, h.end, h.entry}) out.number(n);
        for (const std::uint16_t n : {h.target, h.locals_from, h.temporaries_from}) out.number(n);
    }
    for (const CaptureSource& source : code.captures)
        out.number(std::uint64_t{source.index} << 1 | (source.from_register ? 1u : 0u));
    for (const Parameters::Key& key : code.parameters.keys) out.byte(key.required ? 1 : 0);
    out.number(code.parameters.required);
    out.byte(static_cast<std::uint8_t>((code.parameters.has_rest ? 1 : 0) | (code.parameters.has_kwargs ? 2 : 0) |
                                       (code.takes_keywords ? 4 : 0) | (code.passes_pairs ? 8 : 0)));
    out.byte(static_cast<std::uint8_t>(code.kind));
    out.signed_number(code.simple_arity);
    out.number(code.first_temporary);
    out.number(code.registers);
    out.number(code.by_name);
}

bool write_text(PyObject* text, ByteWriter& out) {
    // Text of source code may hold half a surrogate pair, which UTF-8 alone has no place for.
    const Ref bytes = steal(PyUnicode_AsEncodedString(text, "utf-8", "surrogatepass"));
    if (!bytes) return false;
    out.text({PyBytes_AS_STRING(bytes.get()), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.get()))});
    return true;
}

bool write_pickle(PyObject* o, ByteWriter& out) {
    const Ref pickle = steal(PyImport_ImportModule("pickle"));
    const Ref bytes = pickle ? steal(PyObject_CallMethod(pickle.get(), "dumps", "Oi", o, 4)) : Ref();
    if (!bytes || !PyBytes_Check(bytes.get())) return false;
    out.text({PyBytes_AS_STRING(bytes.get()), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.get()))});
    return true;
}

// One object under way: its children are written before it.
struct Task {
    Ref object;
    ObjectKind kind = ObjectKind::none;
    std::vector<Ref> children;
    std::vector<std::uint64_t> numbers;
};

class Writer {
public:
    explicit Writer(ByteWriter& out) : out_(out) {}

    bool write(PyObject* root) {
        if (!start(root)) return false;
        while (!stack_.empty()) {
            Task& task = stack_.back();
            if (task.numbers.size() == task.children.size()) {
                if (!finish()) return false;
                continue;
            }
            PyObject* child = task.children[task.numbers.size()].get();
            if (const auto known = numbers_.find(child); known != numbers_.end()) {
                if (known->second == unfinished) {
                    PyErr_SetString(PyExc_ValueError, "a constant contains itself");
                    return false;
                }
                task.numbers.push_back(known->second);
                continue;
            }
            if (!start(child)) return false;
        }
        return true;
    }

private:
    static constexpr std::uint64_t unfinished = static_cast<std::uint64_t>(-1);

    bool start(PyObject* o) {
        Task task;
        task.object = borrow(o);
        task.kind = kind_of(o);
        Children children;
        children.collect(o, task.kind);
        if (children.failed()) return false;
        task.children = std::move(children.list);
        task.numbers.reserve(task.children.size());
        numbers_[o] = unfinished;
        stack_.push_back(std::move(task));
        return true;
    }

    bool finish() {
        Task task = std::move(stack_.back());
        stack_.pop_back();
        PyObject* o = task.object.get();
        out_.byte(static_cast<std::uint8_t>(task.kind));
        if (!write_payload(o, task.kind)) return false;
        if (has_count(task.kind)) out_.number(task.numbers.size());
        for (const std::uint64_t number : task.numbers) out_.number(number);
        numbers_[o] = next_++;
        // An address must not be used again for another object while it stands for this one.
        held_.push_back(std::move(task.object));
        for (Ref& child : task.children) held_.push_back(std::move(child));
        return true;
    }

    static bool has_count(ObjectKind kind) {
        return kind == ObjectKind::list || kind == ObjectKind::vector || kind == ObjectKind::tuple ||
               kind == ObjectKind::map || kind == ObjectKind::set || kind == ObjectKind::frozen_set;
    }

    bool write_payload(PyObject* o, ObjectKind kind) {
        switch (kind) {
            case ObjectKind::integer: {
                std::int64_t i;
                (void)read_small_int(o, &i);
                out_.signed_number(i);
                return true;
            }
            case ObjectKind::big_integer: {
                const Ref text = steal(PyNumber_ToBase(o, 16));
                return text && write_text(text.get(), out_);
            }
            case ObjectKind::real: out_.fixed(std::bit_cast<std::uint64_t>(PyFloat_AS_DOUBLE(o))); return true;
            case ObjectKind::complex: {
                const Py_complex c = PyComplex_AsCComplex(o);
                out_.fixed(std::bit_cast<std::uint64_t>(c.real));
                out_.fixed(std::bit_cast<std::uint64_t>(c.imag));
                return true;
            }
            case ObjectKind::text:
            case ObjectKind::interned_text: return write_text(o, out_);
            case ObjectKind::bytes:
                out_.text({PyBytes_AS_STRING(o), static_cast<std::size_t>(PyBytes_GET_SIZE(o))});
                return true;
            case ObjectKind::pickle: return write_pickle(o, out_);
            case ObjectKind::code: write_code_numbers(*code_of(o), out_); return true;
            default: return true;
        }
    }

    ByteWriter& out_;
    std::vector<Task> stack_;
    std::unordered_map<PyObject*, std::uint64_t> numbers_;
    std::vector<Ref> held_;
    std::uint64_t next_ = 0;
};

}  // namespace

bool write_object(PyObject* root, ByteWriter& out) { return Writer(out).write(root); }

}  // namespace catena
