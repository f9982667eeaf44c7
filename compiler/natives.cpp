// Core functions that are the compiler's: eval, macroexpand, bridge/explain, and what its own output calls.
#include <algorithm>

#include "compiler/chains.hpp"
#include "compiler/compile.hpp"
#include "compiler/forms_util.hpp"
#include "compiler/modules.hpp"
#include "vm/core.hpp"
#include "vm/rebinding.hpp"
#include "vm/vm.hpp"

namespace catena {

namespace {

Value answer(Result<Ref> result) { return result ? steal_value(result->release()) : Value::error(); }

// The module whose code calls, or core when Python calls.
PyObject* calling_module() {
    PyObject* module = running_module();
    return module != nullptr ? module : core_module();
}

Value native_eval(Value* arguments, std::size_t count) {
    const Ref form = boxed(arguments[0]);
    if (!form) return Value::error();
    PyObject* module = calling_module();
    if (count > 1) {
        if (!arguments[1].is_object() || !PyModule_Check(arguments[1].as_object())) {
            PyErr_SetString(PyExc_TypeError, "eval: the second argument is a module");
            return Value::error();
        }
        module = arguments[1].as_object();
    }
    // The form has no places of its own, so it is compiled for the place of this call. A name that it leaves undefined is
    // told when it is used: programs evaluate forms as long as they run.
    CompileOptions options;
    options.function = "<eval>";
    options.note_missing = false;
    const RunningPlace place = running_place();
    options.filename = place.file ? std::string(utf8_of(place.file.get())) : "<eval>";
    return answer(eval_form_at(form.get(), place.span, module, options));
}

Value native_macroexpand(Value* arguments, std::size_t) {
    const Ref form = boxed(arguments[0]);
    return form ? answer(macroexpand(form.get(), calling_module())) : Value::error();
}

Value native_macroexpand_1(Value* arguments, std::size_t) {
    const Ref form = boxed(arguments[0]);
    return form ? answer(macroexpand_1(form.get(), calling_module())) : Value::error();
}

Value native_module_dict(Value*, std::size_t) { return steal_value(Py_NewRef(PyModule_GetDict(calling_module()))); }

Value native_map_form(Value* arguments, std::size_t) {
    const Ref items = boxed(arguments[0]);
    return items ? steal_value(make_map_form(items.get()).release()) : Value::error();
}

Value native_template_set(Value* arguments, std::size_t) {
    const Ref items = boxed(arguments[0]);
    if (!items) return Value::error();
    const auto has_effects = [](PyObject* item) {
        return is_symbol(item) ? is_dotted(symbol_text(item)) : !is_atom(item);
    };
    const std::vector<PyObject*> all = items_in(items.get());
    if (all.size() > 1 && std::ranges::any_of(all, has_effects))
        return steal_value(make_set_form(items.get()).release());
    return steal_value(PySet_New(items.get()));
}

// A map where all keys can be a map's, the form of one elsewhere. The first item is the head of the form.
Value native_spliced_map(Value* arguments, std::size_t) {
    const Ref all = boxed(arguments[0]);
    const Ref items = all ? steal(PyTuple_GetSlice(all.get(), 1, PyTuple_GET_SIZE(all.get()))) : Ref();
    if (!items) return Value::error();
    const Py_ssize_t count = PyTuple_GET_SIZE(items.get());
    if (count % 2 != 0) {
        PyErr_Format(PyExc_ValueError, "a map needs a value for every key: this one has %zd form%s", count,
                     count == 1 ? "" : "s");
        return Value::error();
    }
    for (Py_ssize_t i = 0; i < count; i += 2)
        if (!is_atom(PyTuple_GET_ITEM(items.get(), i))) return steal_value(make_map_form(items.get()).release());
    Ref map = steal(PyDict_New());
    for (Py_ssize_t i = 0; map && i < count; i += 2) {
        if (PyDict_SetItem(map.get(), PyTuple_GET_ITEM(items.get(), i), PyTuple_GET_ITEM(items.get(), i + 1)) < 0)
            return Value::error();
    }
    return steal_value(map.release());
}

Value native_this_module(Value*, std::size_t) { return steal_value(Py_NewRef(calling_module())); }

// Private names are those in the module's set `__private__`.
Value native_mark_private(Value* arguments, std::size_t) {
    PyObject* dict = PyModule_GetDict(calling_module());
    const Ref key = interned("__private__");
    PyObject* names = key ? PyDict_GetItemWithError(dict, key.get()) : nullptr;
    Ref fresh;
    if (names == nullptr) {
        if (PyErr_Occurred() != nullptr) return Value::error();
        fresh = steal(PySet_New(nullptr));
        if (!fresh || PyDict_SetItem(dict, key.get(), fresh.get()) < 0) return Value::error();
        names = fresh.get();
    }
    const Ref name = boxed(arguments[0]);
    if (!name || PySet_Add(names, name.get()) < 0) return Value::error();
    return Value::nil();
}

Value native_explain(Value* arguments, std::size_t) {
    const Ref form = boxed(arguments[0]);
    if (!form) return Value::error();
    CompileOptions options;
    options.filename = "<explain>";
    options.note_missing = false;
    options.rebindable = false;
    Result<Ref> code = compile_form(form.get(), SpanTable(), calling_module(), options);
    if (!code) return Value::error();
    std::string text;
    for (const std::string& line : chains_of(code->get())) text += (text.empty() ? "" : "\n") + line;
    return steal_value(new_text(text).release());
}

constexpr NativeSpec natives[] = {
    {.name = "eval",
     .signature = "[form &opt module]",
     .doc = "Compiles and runs a form in the running module, or in the one given.\n(eval '(+ 1 2)) => 3",
     .function = native_eval,
     .least = 1,
     .most = 2},
    {.name = "macroexpand",
     .signature = "[form]",
     .doc = "The form with the macro call at its head expanded until none is left there; other forms are themselves.\n"
            "(macroexpand '(+ 1 2)) => (+ 1 2)",
     .function = native_macroexpand,
     .least = 1,
     .most = 1},
    {.name = "macroexpand-1",
     .signature = "[form]",
     .doc = "The form with the macro call at its head expanded once; other forms are themselves.\n"
            "(macroexpand-1 '(unless a b)) => (if a nil (do b))",
     .function = native_macroexpand_1,
     .least = 1,
     .most = 1},
    {.name = "%module-dict",
     .signature = "[]",
     .doc = "The namespace of the running module.",
     .function = native_module_dict},
    {.name = "%map-form",
     .signature = "[items]",
     .doc = "The form of a map literal whose keys are code: a tuple of keys and values.",
     .function = native_map_form,
     .least = 1,
     .most = 1},
    {.name = "%template-set",
     .signature = "[items]",
     .doc = "The set that a template makes of a tuple of items: a form, which keeps their order, when some of them are "
            "code.",
     .function = native_template_set,
     .least = 1,
     .most = 1},
    {.name = "%spliced-map",
     .signature = "[items]",
     .doc = "The map that a template with `,@` in a map literal makes: a tuple of its head, keys and values.",
     .function = native_spliced_map,
     .least = 1,
     .most = 1},
    {.name = "%this-module", .signature = "[]", .doc = "The running module.", .function = native_this_module},
    {.name = "%mark-private",
     .signature = "[name]",
     .doc = "Leaves a name of the running module out of `:refer :all`.",
     .function = native_mark_private,
     .least = 1,
     .most = 1},
};

constexpr NativeSpec bridge_natives[] = {
    {.name = "explain",
     .signature = "[form]",
     .doc = "The chains that a form compiles to, a line each, without running it.\n"
            "(bridge/explain '(. \"x\" (upper))) => \"value \\\"x\\\" | get upper | call\"",
     .function = native_explain,
     .least = 1,
     .most = 1},
};

}  // namespace

Result<void> init_compiler() {
    static bool done = false;
    if (done) return {};
    if (auto defined = define_core(PyModule_GetDict(core_module())); !defined) return defined;
    if (auto defined = define_natives(natives); !defined) return defined;
    if (!remember_core_names()) return raised();
    PyObject* bridge = PyDict_GetItemString(PyImport_GetModuleDict(), "catena.bridge");
    if (bridge != nullptr) {
        for (const NativeSpec& spec : bridge_natives) {
            Result<Ref> native = make_native(spec);
            if (!native || PyModule_AddObjectRef(bridge, spec.name, native->get()) < 0) return raised();
        }
    }
    done = true;
    return init_modules();
}

}  // namespace catena
