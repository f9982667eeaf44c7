#include <bit>
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

class Loader {
public:
    Loader(ByteReader& in, PyObject* module) : in_(in), module_(module) {}

    Ref load() {
        while (in_.left() > 0) {
            Ref object = load_one();
            if (!object || in_.failed()) {
                if (PyErr_Occurred() == nullptr) damaged();
                return {};
            }
            objects_.push_back(std::move(object));
        }
        if (objects_.empty()) {
            damaged();
            return {};
        }
        return objects_.back();
    }

private:
    static void damaged() { PyErr_SetString(PyExc_ValueError, "the Catena code is damaged"); }

    // An object that came before, borrowed; null when the number makes no sense.
    PyObject* known() {
        const std::uint64_t n = in_.number();
        return !in_.failed() && n < objects_.size() ? objects_[n].get() : nullptr;
    }

    Ref load_one() {
        switch (static_cast<ObjectKind>(in_.byte())) {
            case ObjectKind::none: return borrow(Py_None);
            case ObjectKind::yes: return borrow(Py_True);
            case ObjectKind::no: return borrow(Py_False);
            case ObjectKind::ellipsis: return borrow(Py_Ellipsis);
            case ObjectKind::integer: return steal(PyLong_FromLongLong(in_.signed_number()));
            case ObjectKind::big_integer: return steal(PyLong_FromString(std::string(in_.text()).c_str(), nullptr, 16));
            case ObjectKind::real: return steal(PyFloat_FromDouble(std::bit_cast<double>(in_.fixed())));
            case ObjectKind::complex: {
                const double real = std::bit_cast<double>(in_.fixed());
                return steal(PyComplex_FromDoubles(real, std::bit_cast<double>(in_.fixed())));
            }
            case ObjectKind::text: return load_text();
            case ObjectKind::interned_text: {
                PyObject* text = load_text().release();
                if (text != nullptr) PyUnicode_InternInPlace(&text);
                return steal(text);
            }
            case ObjectKind::bytes: {
                const std::string_view raw = in_.text();
                return steal(PyBytes_FromStringAndSize(raw.data(), static_cast<Py_ssize_t>(raw.size())));
            }
            case ObjectKind::keyword: {
                PyObject* name = known();
                return name != nullptr && PyUnicode_Check(name) ? make_keyword(name) : Ref();
            }
            case ObjectKind::written_keyword: {
                PyObject* name = known();
                const Ref keyword = name != nullptr && PyUnicode_Check(name) ? make_keyword(name) : Ref();
                return keyword ? make_written_keyword(keyword.get()) : Ref();
            }
            case ObjectKind::symbol: {
                PyObject* name = known();
                return name != nullptr && PyUnicode_Check(name) ? make_symbol(name) : Ref();
            }
            case ObjectKind::list: {
                std::vector<PyObject*> items;
                return known_items(items) ? list_from(items.data(), items.size()) : Ref();
            }
            case ObjectKind::vector: return load_sequence<PyList_New, set_list_item>();
            case ObjectKind::tuple: return load_sequence<PyTuple_New, set_tuple_item>();
            case ObjectKind::map: return load_map();
            case ObjectKind::set: return load_set(PySet_New(nullptr));
            case ObjectKind::frozen_set: {
                const Ref set = load_set(PySet_New(nullptr));
                return set ? steal(PyFrozenSet_New(set.get())) : Ref();
            }
            case ObjectKind::map_form: {
                PyObject* items = known();
                return items != nullptr && PyTuple_CheckExact(items) && PyTuple_GET_SIZE(items) % 2 == 0
                           ? make_map_form(items)
                           : Ref();
            }
            case ObjectKind::set_form: {
                PyObject* items = known();
                return items != nullptr && PyTuple_CheckExact(items) ? make_set_form(items) : Ref();
            }
            case ObjectKind::pattern: return load_pattern();
            case ObjectKind::chain: {
                PyObject* data = known();
                if (data == nullptr) return {};
                Result<Chain> chain = chain_from_data(data);
                Result<Ref> object = chain ? make_chain(std::move(*chain)) : Result<Ref>(raised());
                return object ? std::move(*object) : Ref();
            }
            case ObjectKind::pickle: return load_pickle();
            case ObjectKind::code: return load_code_object();
        }
        return {};
    }

    Ref load_text() {
        const std::string_view raw = in_.text();
        if (in_.failed()) return {};
        return steal(PyUnicode_DecodeUTF8(raw.data(), static_cast<Py_ssize_t>(raw.size()), "surrogatepass"));
    }

    bool known_items(std::vector<PyObject*>& items) {
        const std::size_t count = in_.count();
        items.reserve(count);
        for (std::size_t n = 0; n < count; ++n) {
            PyObject* item = known();
            if (item == nullptr) return false;
            items.push_back(item);
        }
        return !in_.failed();
    }

    static void set_list_item(PyObject* list, Py_ssize_t n, PyObject* item) { PyList_SET_ITEM(list, n, item); }
    static void set_tuple_item(PyObject* tuple, Py_ssize_t n, PyObject* item) { PyTuple_SET_ITEM(tuple, n, item); }

    template <PyObject* (*Make)(Py_ssize_t), void (*Set)(PyObject*, Py_ssize_t, PyObject*)>
    Ref load_sequence() {
        std::vector<PyObject*> items;
        if (!known_items(items)) return {};
        Ref made = steal(Make(static_cast<Py_ssize_t>(items.size())));
        for (std::size_t n = 0; made && n < items.size(); ++n)
            Set(made.get(), static_cast<Py_ssize_t>(n), Py_NewRef(items[n]));
        return made;
    }

    Ref load_map() {
        std::vector<PyObject*> items;
        if (!known_items(items) || items.size() % 2 != 0) return {};
        Ref dict = steal(PyDict_New());
        for (std::size_t n = 0; dict && n < items.size(); n += 2) {
            if (PyDict_SetItem(dict.get(), items[n], items[n + 1]) < 0) return {};
        }
        return dict;
    }

    Ref load_set(PyObject* empty) {
        Ref set = steal(empty);
        std::vector<PyObject*> items;
        if (!set || !known_items(items)) return {};
        for (PyObject* item : items) {
            if (PySet_Add(set.get(), item) < 0) return {};
        }
        return set;
    }

    Ref load_pattern() {
        PyObject* pattern = known();
        PyObject* flags = known();
        if (pattern == nullptr || flags == nullptr) return {};
        const Ref re = steal(PyImport_ImportModule("re"));
        return re ? steal(PyObject_CallMethod(re.get(), "compile", "OO", pattern, flags)) : Ref();
    }

    Ref load_pickle() {
        const std::string_view raw = in_.text();
        if (in_.failed()) return {};
        const Ref pickle = steal(PyImport_ImportModule("pickle"));
        return pickle ? steal(PyObject_CallMethod(pickle.get(), "loads", "y#", raw.data(),
                                                  static_cast<Py_ssize_t>(raw.size())))
                      : Ref();
    }

    // Code

    void load_span(Span& before, Span* span) {
        span->line = static_cast<std::uint32_t>(before.line + in_.signed_number());
        span->column = static_cast<std::uint32_t>(before.column + in_.signed_number());
        span->end_line = static_cast<std::uint32_t>(span->line + in_.signed_number());
        span->end_column = static_cast<std::uint32_t>(span->column + in_.signed_number());
        before = *span;
    }

    // The next object of a Code's list; None stands for an empty reference.
    bool optional(Ref& ref, bool (*fits)(PyObject*)) {
        PyObject* object = known();
        if (object == nullptr || (object != Py_None && !fits(object))) return false;
        ref = object == Py_None ? Ref() : borrow(object);
        return true;
    }
    bool needed(Ref& ref, bool (*fits)(PyObject*)) { return optional(ref, fits) && ref; }

    static bool text_fits(PyObject* o) { return PyUnicode_CheckExact(o) != 0; }
    static bool tuple_fits(PyObject* o) { return PyTuple_CheckExact(o) != 0; }
    static bool code_fits(PyObject* o) { return is_code(o); }
    static bool chain_fits(PyObject* o) { return is_chain(o); }
    static bool any_fits(PyObject*) { return true; }

    Ref load_code_object() {
        Result<Ref> made = make_code();
        if (!made || !load_code_into(*code_of(made->get()))) return {};
        return std::move(*made);
    }

    bool load_code_into(Code& code) {
        const std::size_t instructions = in_.count();
        if (in_.left() < instructions * sizeof(Instr)) return false;
        code.instrs.resize(instructions);
        for (Instr& i : code.instrs) {
            const std::uint64_t word = in_.fixed();
            std::memcpy(static_cast<void*>(&i), &word, sizeof i);
        }
        code.spans.resize(instructions);
        Span before;
        for (Span& span : code.spans) {
            span = before;
            if (in_.byte() != 0) load_span(before, &span);
        }
        Span none;
        load_span(none, &code.span);
        std::size_t sizes[12];
        for (std::size_t& size : sizes) size = in_.count();
        if (in_.failed()) return false;
        code.call_sites.resize(sizes[6]);
        for (CallSite& site : code.call_sites) {
            site.count = in_.small<std::uint16_t>();
            site.pair_at.resize(in_.count());
            for (std::uint16_t& at : site.pair_at) at = in_.small<std::uint16_t>();
        }
        code.handlers.resize(sizes[7]);
        for (Handler& h : code.handlers) {
            for (std::uint32_t* n : {&h.start, &h.end, &h.entry}) *n = in_.small<std::uint32_t>();
            for (std::uint16_t* n : {&h.target, &h.locals_from, &h.temporaries_from}) *n = in_.small<std::uint16_t>();
        }
        code.captures.resize(sizes[8]);
        for (CaptureSource& source : code.captures) {
            const auto n = in_.small<std::uint32_t>(0x1ffff);
            source.from_register = (n & 1) != 0;
            source.index = static_cast<std::uint16_t>(n >> 1);
        }
        code.parameters.positional.resize(sizes[10]);
        code.parameters.keys.resize(sizes[11]);
        for (Parameters::Key& key : code.parameters.keys) key.required = in_.byte() != 0;
        code.parameters.required = in_.small<std::uint16_t>();
        const std::uint8_t flags = in_.byte();
        code.parameters.has_rest = (flags & 1) != 0;
        code.parameters.has_kwargs = (flags & 2) != 0;
        code.takes_keywords = (flags & 4) != 0;
        code.passes_pairs = (flags & 8) != 0;
        code.kind = static_cast<FunctionKind>(in_.byte() & 3);
        code.simple_arity = static_cast<std::int32_t>(in_.signed_number());
        code.first_temporary = in_.small<std::uint16_t>();
        code.registers = in_.small<std::uint16_t>();
        code.by_name = in_.small<std::uint32_t>();
        return !in_.failed() && load_references(code, sizes);
    }

    bool load_references(Code& code, const std::size_t* sizes) {
        code.constants.reserve(sizes[0]);
        for (std::size_t n = 0; n < sizes[0]; ++n) {
            PyObject* constant = known();
            if (constant == nullptr) return false;
            code.constants.push_back(borrow_value(constant));
        }
        code.globals.resize(sizes[1]);
        for (GlobalName& global : code.globals) {
            if (!needed(global.name, text_fits) || !needed(global.display, text_fits) ||
                !optional(global.module, text_fits))
                return false;
        }
        const struct {
            std::vector<Ref>& refs;
            std::size_t size;
            bool (*fits)(PyObject*);
        } lists[] = {{code.names, sizes[2], text_fits},
                     {code.templates, sizes[3], code_fits},
                     {code.chains, sizes[4], chain_fits},
                     {code.arities, sizes[5], code_fits},
                     {code.core_names, sizes[9], text_fits}};
        for (const auto& [refs, size, fits] : lists) {
            refs.resize(size);
            for (Ref& ref : refs) {
                if (!needed(ref, fits)) return false;
            }
        }
        for (CallSite& site : code.call_sites) {
            if (!optional(site.names, tuple_fits)) return false;
        }
        for (Ref& name : code.parameters.positional) {
            if (!optional(name, text_fits)) return false;
        }
        for (Parameters::Key& key : code.parameters.keys) {
            if (!needed(key.name, text_fits)) return false;
        }
        const bool whole =
            optional(code.parameters.rest_name, text_fits) && optional(code.parameters.kwargs_name, text_fits) &&
            needed(code.name, text_fits) && needed(code.qualname, text_fits) && optional(code.doc, any_fits) &&
            needed(code.file, text_fits) && optional(code.annotations, any_fits) && optional(code.source, text_fits);
        if (!whole) return false;
        if (!code.doc) code.doc = borrow(Py_None);
        code.module = borrow(module_);
        code.globals_dict = borrow(PyModule_GetDict(module_));
        return true;
    }

    ByteReader& in_;
    PyObject* module_;
    std::vector<Ref> objects_;
};

}  // namespace

Ref read_object(ByteReader& in, PyObject* module) { return Loader(in, module).load(); }

}  // namespace catena
