#include "repl/suggest.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "bridge/text.hpp"
#include "compiler/other_words.hpp"
#include "lang/python_name.hpp"
#include "lang/tokens.hpp"
#include "repl/excerpt.hpp"
#include "vm/closure.hpp"
#include "vm/exceptions.hpp"
#include "vm/suggest.hpp"
#include "vm/vm.hpp"

namespace catena {

namespace {

using Names = std::vector<std::string>;

constexpr std::size_t most_candidates = 20000;

void add_keys(PyObject* dict, Names* names) {
    if (dict == nullptr || !PyDict_Check(dict)) return;
    PyObject* key;
    PyObject* value;
    Py_ssize_t position = 0;
    while (PyDict_Next(dict, &position, &key, &value)) {
        if (PyUnicode_Check(key) && names->size() < most_candidates) names->push_back(text_of(key));
    }
}

void add_items(PyObject* iterable, Names* names) {
    const Ref list = iterable != nullptr ? steal(PySequence_List(iterable)) : Ref();
    if (list) {
        for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list.get()) && names->size() < most_candidates; ++i) {
            PyObject* item = PyList_GET_ITEM(list.get(), i);
            if (PyUnicode_Check(item)) names->push_back(text_of(item));
        }
    }
    PyErr_Clear();
}

Ref attribute(PyObject* object, const char* name) {
    Ref value = object != nullptr ? steal(PyObject_GetAttrString(object, name)) : Ref();
    PyErr_Clear();
    return value;
}

std::string string_attribute(PyObject* object, const char* name) {
    const Ref value = attribute(object, name);
    return value && PyUnicode_Check(value.get()) ? text_of(value.get()) : std::string();
}

// The n-th piece of the message (from 0) that stands in single quotes.
std::string quoted(const std::string& message, std::size_t n) {
    std::size_t at = 0;
    for (;;) {
        const std::size_t open = message.find('\'', at);
        if (open == std::string::npos) return {};
        const std::size_t close = message.find('\'', open + 1);
        if (close == std::string::npos) return {};
        if (n-- == 0) return message.substr(open + 1, close - open - 1);
        at = close + 1;
    }
}

// The frame of traceback entry `index`, from 0, the outermost; empty when there is no such entry.
Ref frame_at(PyObject* exception, std::size_t index) {
    const Ref traceback = steal(PyException_GetTraceback(exception));
    auto* entry = reinterpret_cast<PyTracebackObject*>(traceback.get());
    while (entry != nullptr && index-- > 0) entry = entry->tb_next;
    return entry != nullptr ? borrow(reinterpret_cast<PyObject*>(entry->tb_frame)) : Ref();
}

Ref innermost_frame(const Error& error) {
    return error.frames.empty() ? Ref() : frame_at(error.exception(), error.frames.size() - 1);
}

Ref globals_of(const Ref& frame) {
    return frame ? steal(PyFrame_GetGlobals(reinterpret_cast<PyFrameObject*>(frame.get()))) : Ref();
}

void add_module_names(const Error& error, Names* names) {
    const Ref globals = globals_of(innermost_frame(error));
    if (globals) {
        add_keys(globals.get(), names);
    } else {
        add_keys(PyModule_GetDict(PyImport_AddModule("__main__")), names);
    }
}

// As Catena writes a name that a module's dict holds: with dashes, unless it begins with an underscore.
void with_dashes(std::string* name) {
    const std::size_t start = name->find_first_not_of('_');
    if (start != std::string::npos)
        std::replace(name->begin() + static_cast<std::ptrdiff_t>(start), name->end(), '_', '-');
}

void add_core_names(Names* names) {
    Names core;
    add_items(steal(PyObject_Dir(core_module())).get(), &core);
    PyErr_Clear();
    for (std::string& name : core) {
        if (name.starts_with("_") || name.starts_with("%")) continue;
        with_dashes(&name);
        names->push_back(std::move(name));
    }
#define CATENA_SPECIAL(name, handler, least, most, shape) \
    if (name[0] != '%') names->emplace_back(name);
#include "compiler/special_forms.def"
#undef CATENA_SPECIAL
}

bool in_python(const Error& error) { return !error.frames.empty() && !error.frames.back().catena; }

// The text of the definition, or top-level form, that the innermost Catena frame runs, up to some hundred lines.
std::string running_text(const Error& error) {
    for (std::size_t i = error.frames.size(); i-- > 0;) {
        if (!error.frames[i].catena) continue;
        const Ref frame = frame_at(error.exception(), i);
        if (!frame) return {};
        const Ref python =
            steal(reinterpret_cast<PyObject*>(PyFrame_GetCode(reinterpret_cast<PyFrameObject*>(frame.get()))));
        const Code* code = catena_code_of(python.get());
        if (code == nullptr || !code->span.known()) return {};
        std::string text, line;
        const std::uint32_t last = std::min(code->span.end_line, code->span.line + 200);
        for (std::uint32_t number = code->span.line; number <= last; ++number) {
            if (source_line(error.frames[i].file, number, &line)) text += line + "\n";
        }
        return text;
    }
    return {};
}

// The names in a text; of dotted ones the first part.
struct Word {
    std::string name;
    bool at_head = false;  // behind an opening parenthesis
};

std::vector<Word> words_of(const std::string& text) {
    std::vector<Word> words;
    const std::vector<Token> tokens = tokens_of(text);
    for (std::size_t i = 0; i < tokens.size() && words.size() < most_candidates; ++i) {
        if (tokens[i].kind != TokenKind::name) continue;
        std::string word = text.substr(tokens[i].begin, tokens[i].end - tokens[i].begin);
        const std::size_t dot = word.find('.');
        if (dot == 0 || word[0] == '&') continue;
        if (dot != std::string::npos) word.resize(dot);
        const bool at_head = i > 0 && tokens[i - 1].end == tokens[i].begin && text[tokens[i - 1].begin] == '(';
        words.push_back({std::move(word), at_head});
    }
    return words;
}

Names names_in_scope(const Error& error) {
    Names names;
    const Ref frame = innermost_frame(error);
    const bool python = in_python(error);
    if (frame && python) {
        const Ref locals = steal(PyFrame_GetLocals(reinterpret_cast<PyFrameObject*>(frame.get())));
        PyErr_Clear();
        if (locals) add_keys(locals.get(), &names);
    }
    // Locals leave no names behind at run time, so those come from the text.
    if (!python) {
        for (Word& word : words_of(running_text(error))) names.push_back(std::move(word.name));
    }
    add_module_names(error, &names);
    if (!python) add_core_names(&names);
    add_keys(PyEval_GetBuiltins(), &names);
    return names;
}

// The modules that stand as files or folders in the folders of a search path.
void add_modules_in(PyObject* path, Names* names) {
    const Ref os = steal(PyImport_ImportModule("os"));
    const Ref folders = path != nullptr ? steal(PySequence_List(path)) : Ref();
    PyErr_Clear();
    if (!os || !folders) return;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(folders.get()); ++i) {
        PyObject* folder = PyList_GET_ITEM(folders.get(), i);
        const bool here = PyUnicode_Check(folder) && PyUnicode_GET_LENGTH(folder) == 0;
        const Ref entries = here ? steal(PyObject_CallMethod(os.get(), "listdir", nullptr))
                                 : steal(PyObject_CallMethod(os.get(), "listdir", "O", folder));
        PyErr_Clear();
        if (!entries) continue;
        Names found;
        add_items(entries.get(), &found);
        for (const std::string& entry : found) {
            const std::size_t dot = entry.find('.');
            const std::string_view suffix = dot == std::string::npos ? "" : std::string_view(entry).substr(dot);
            if (suffix.empty() || suffix == ".py" || suffix == ".lisp" || suffix.ends_with(".so")) {
                names->push_back(entry.substr(0, dot));
            }
        }
    }
}

Names module_names() {
    Names names;
    add_items(PySys_GetObject("stdlib_module_names"), &names);
    add_keys(PyImport_GetModuleDict(), &names);
    add_modules_in(PySys_GetObject("path"), &names);
    return names;
}

// What `package.` may go on with: what lies in its folders, and modules among its attributes, as `path` of os.
Names submodule_names(const std::string& package) {
    Names names;
    const Ref module = steal(PyImport_ImportModule(package.c_str()));
    PyErr_Clear();
    if (!module) return names;
    PyObject* key;
    PyObject* value;
    Py_ssize_t position = 0;
    PyObject* members = PyModule_Check(module.get()) ? PyModule_GetDict(module.get()) : nullptr;
    while (members != nullptr && PyDict_Next(members, &position, &key, &value)) {
        if (PyModule_Check(value) && PyUnicode_Check(key)) names.push_back(text_of(key));
    }
    add_modules_in(attribute(module.get(), "__path__").get(), &names);
    return names;
}

// The objects that a message may mean by `f()` or `Class.f()`: what the module, core and builtins call so, what the modules that
// the module has imported call so, and methods of builtin types.
std::vector<Ref> callees_named(const std::string& qualname, PyObject* globals) {
    const std::size_t dot = qualname.find('.');
    const std::string head = qualname.substr(0, dot);
    std::vector<Ref> found;
    const auto add = [&](Ref object) {
        if (object && dot != std::string::npos) object = attribute(object.get(), qualname.substr(dot + 1).c_str());
        if (object) found.push_back(std::move(object));
    };
    if (globals != nullptr) add(borrow(PyDict_GetItemString(globals, head.c_str())));
    add(attribute(core_module(), head.c_str()));
    add(borrow(PyDict_GetItemString(PyEval_GetBuiltins(), head.c_str())));
    PyObject* key;
    PyObject* value;
    Py_ssize_t position = 0;
    std::vector<Ref> modules;
    while (globals != nullptr && PyDict_Next(globals, &position, &key, &value)) {
        if (PyModule_Check(value)) modules.push_back(borrow(value));
    }
    for (const Ref& module : modules) add(attribute(module.get(), head.c_str()));
    for (PyTypeObject* type : {&PyList_Type, &PyDict_Type, &PyUnicode_Type, &PyBytes_Type}) {
        add(attribute(reinterpret_cast<PyObject*>(type), head.c_str()));
    }
    return found;
}

// The names in the signature with which many C functions begin their documentation: "array(object, dtype=None, …)".
Names documented_parameters(PyObject* callee) {
    const std::string text = string_attribute(callee, "__doc__");
    Names names;
    const std::size_t open = text.find('(');
    if (open == std::string::npos || open > text.find('\n')) return names;
    std::string word;
    for (std::size_t at = open + 1; at < text.size() && text[at] != '\n'; ++at) {
        const char c = text[at];
        if (c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0) {
            word += c;
        } else {
            if (!word.empty()) names.push_back(std::move(word));
            word.clear();
        }
    }
    return names;
}

Names parameters_of(PyObject* callee) {
    Names names;
    const Ref inspect = steal(PyImport_ImportModule("inspect"));
    const Ref signature = inspect ? steal(PyObject_CallMethod(inspect.get(), "signature", "O", callee)) : Ref();
    PyErr_Clear();
    if (!signature) return documented_parameters(callee);
    const Ref parameters = attribute(signature.get(), "parameters");
    add_items(parameters.get(), &names);
    return names;
}

// Python's words for it: "f() got an unexpected keyword argument 'x'", "'x' is an invalid keyword argument for f()".
std::string keyword_suggestion(const Error& error, const std::string& message, std::string* misspelt) {
    const std::size_t got = message.find("() got an unexpected keyword argument '");
    const std::size_t invalid = message.find("' is an invalid keyword argument for ");
    std::string callee;
    if (got != std::string::npos) {
        callee = message.substr(0, got);
    } else if (invalid != std::string::npos) {
        callee = message.substr(message.rfind(' ') + 1);
        if (callee.ends_with("()")) callee.resize(callee.size() - 2);
    } else {
        return {};
    }
    *misspelt = quoted(message, 0);
    const Ref globals = globals_of(innermost_frame(error));
    for (const Ref& object : callees_named(callee, globals.get())) {
        std::string found = closest_name(*misspelt, parameters_of(object.get()));
        if (!found.empty()) return found;
    }
    return {};
}

std::string import_suggestion(const Error& error, const std::string& message, std::string* misspelt) {
    // "cannot import name 'sinn' from 'math' (…)"
    if (message.starts_with("cannot import name '")) {
        *misspelt = quoted(message, 0);
        const Ref module = steal(PyImport_ImportModule(quoted(message, 1).c_str()));
        PyErr_Clear();
        Names names;
        if (module) add_items(steal(PyObject_Dir(module.get())).get(), &names);
        PyErr_Clear();
        return closest_name(*misspelt, names);
    }
    *misspelt = string_attribute(error.exception(), "name");
    const std::size_t dot = misspelt->rfind('.');
    if (dot == std::string::npos) return closest_name(*misspelt, module_names());
    const std::string package = misspelt->substr(0, dot);
    const std::string found = closest_name(misspelt->substr(dot + 1), submodule_names(package));
    return found.empty() ? found : package + "." + found;
}

std::string attribute_suggestion(const Error& error, const std::string& message, std::string* misspelt) {
    *misspelt = string_attribute(error.exception(), "name");
    const Ref object = attribute(error.exception(), "obj");
    Names names;
    if (object && object != Py_None) {
        add_items(steal(PyObject_Dir(object.get())).get(), &names);
    } else if (message.starts_with("module '")) {
        // Raised by C code that leaves out the object: "module 'math' has no attribute 'sinn'".
        const Ref module = steal(PyImport_ImportModule(quoted(message, 0).c_str()));
        if (module) add_items(steal(PyObject_Dir(module.get())).get(), &names);
        if (misspelt->empty()) *misspelt = quoted(message, 1);
    }
    PyErr_Clear();
    return closest_name(*misspelt, names);
}

// With dashes where the source has them: `read_csv` for somebody who wrote `read-cvs`.
std::string as_written(const Error& error, std::string suggestion, const std::string& misspelt) {
    std::string line, dashed = misspelt;
    std::replace(dashed.begin(), dashed.end(), '_', '-');
    if (dashed == misspelt || !source_line(error.file, error.span.line, &line)) return suggestion;
    if (line.find(dashed) == std::string::npos || line.find(misspelt) != std::string::npos) return suggestion;
    with_dashes(&suggestion);
    return suggestion;
}

}  // namespace

namespace {

// The module that a name stands for by itself or by custom, as a form that imports it.
std::string import_of(const std::string& name) {
    constexpr std::pair<std::string_view, std::string_view> customary[] = {
        {"np", "numpy"}, {"pd", "pandas"}, {"plt", "matplotlib.pyplot"}, {"sp", "scipy"}, {"tf", "tensorflow"}};
    for (const auto& [alias, module] : customary) {
        if (alias == name) return "(import " + std::string(module) + " :as " + name + ")";
    }
    PyObject* known = PySys_GetObject("stdlib_module_names");
    const Ref text = make_str(name);
    const bool there = text && ((known != nullptr && PySequence_Contains(known, text.get()) == 1) ||
                                PyDict_GetItem(PyImport_GetModuleDict(), text.get()) != nullptr);
    PyErr_Clear();
    if (there) return "(import " + name + ")";
    const Ref math = steal(PyImport_ImportModule("math"));
    const Ref function = attribute(math.get(), name.c_str());
    const bool in_math = function && PyCFunction_Check(function.get());
    return in_math ? "(import math :refer [" + name + "])" : std::string();
}

std::string about_other_word(const std::string& word, const OtherWord& other) {
    return "there is no `" + word + "` in Catena. " + other.hint;
}

// Collections are no functions, as they are in Clojure.
std::string lookup_suggestion(const std::string& message) {
    for (const char* type : {"dict", "list", "tuple", "set", "frozenset"}) {
        if (message == "'" + std::string(type) + "' object is not callable")
            return "what a collection holds is looked up by (get collection key)";
    }
    return {};
}

// A misspelt macro or special form evaluates its operands like a function, so the first error is about one of them:
// the heads of the running form that nothing defines, and what was meant.
std::string head_suggestion(const Error& error, const std::string& misspelt) {
    Names forms;
#define CATENA_SPECIAL(name, handler, least, most, shape) forms.emplace_back(name);
#include "compiler/special_forms.def"
#undef CATENA_SPECIAL
    Names known = forms;
    add_module_names(error, &known);
    add_core_names(&known);
    add_keys(PyEval_GetBuiltins(), &known);
    for (const Word& word : words_of(running_text(error))) {
        if (!word.at_head || word.name == misspelt) continue;
        if (std::find(known.begin(), known.end(), word.name) != known.end()) continue;
        if (const OtherWord* other = other_word(word.name)) return about_other_word(word.name, *other);
        const std::string meant = closest_name(word.name, forms);
        if (!meant.empty() && meant.size() > 3) return "did you mean " + meant + "? " + word.name + " is not defined";
    }
    return {};
}

// `t/greting`: a member of the module that `t` names here, or of the module t.
std::string member_suggestion(const Error& error, const std::string& misspelt) {
    const std::size_t slash = misspelt.find('/');
    const std::string alias = misspelt.substr(0, slash);
    const Ref globals = globals_of(innermost_frame(error));
    Ref module = globals ? borrow(PyDict_GetItemString(globals.get(), alias.c_str())) : Ref();
    if (!module) module = borrow(PyDict_GetItemString(PyImport_GetModuleDict(), alias.c_str()));
    Names names;
    if (module) add_items(steal(PyObject_Dir(module.get())).get(), &names);
    PyErr_Clear();
    std::string found = closest_name(misspelt.substr(slash + 1), names);
    if (misspelt.find('_') == std::string::npos) with_dashes(&found);
    return found.empty() ? found : "did you mean " + alias + "/" + found + "?";
}

std::string name_suggestion(const Error& error, const std::string& message) {
    std::string misspelt = string_attribute(error.exception(), "name");
    if (misspelt.empty()) misspelt = quoted(message, 0);
    const bool python = in_python(error);
    if (!python && misspelt.find('/') != std::string::npos && misspelt.size() > 2)
        return member_suggestion(error, misspelt);
    if (!python) {
        if (const OtherWord* other = other_word(misspelt)) return about_other_word(misspelt, *other);
        const std::string import = import_of(misspelt);
        if (!import.empty()) return "did you forget " + import + "?";
        std::string head = head_suggestion(error, misspelt);
        if (!head.empty()) return head;
    }
    std::string found = closest_name(misspelt, names_in_scope(error));
    // In a Python function an underscore is what was written.
    if (misspelt.find('_') == std::string::npos && !python) with_dashes(&found);
    return found.empty() ? std::string() : "did you mean " + found + "?";
}

}  // namespace

std::string macro_at(const Error& error, std::size_t frame, const std::string& file, const Span& span) {
    std::string line;
    if (span.column == 0 || !source_line(file, span.line, &line)) return {};
    const Ref text = make_str(line);
    PyErr_Clear();
    const auto start = static_cast<Py_ssize_t>(span.column);  // the character behind the opening parenthesis
    if (!text || PyUnicode_GET_LENGTH(text.get()) <= start || PyUnicode_READ_CHAR(text.get(), start - 1) != '(')
        return {};
    const Ref behind = steal(PyUnicode_Substring(text.get(), start, PY_SSIZE_T_MAX));
    std::string name = text_of(behind.get());
    name.resize(std::min(name.size(), name.find_first_of(" \t()[]{}\"';,")));
    const Ref symbol = make_str(name);
    const Ref key = symbol ? python_name(symbol.get()) : Ref();
    const Ref globals = globals_of(frame_at(error.exception(), frame));
    Ref value = key && globals ? borrow(PyDict_GetItem(globals.get(), key.get())) : Ref();
    if (!value && key) value = steal(PyObject_GetAttr(core_module(), key.get()));
    PyErr_Clear();
    const bool macro = value && is_closure(value.get()) && reinterpret_cast<Closure*>(value.get())->is_macro;
    return macro ? name : std::string();
}

std::string suggestion_for(const Error& error) {
    const std::string message = error.message();
    // Whoever raised it has said so already.
    if (message.find("did you mean") != std::string::npos) return {};
    std::string misspelt, found;
    if (error.is(PyExc_NameError)) return name_suggestion(error, message);
    if (error.is(PyExc_AttributeError)) {
        found = attribute_suggestion(error, message, &misspelt);
    } else if (error.is(PyExc_ImportError) && message.find("circular require") == std::string::npos) {
        found = import_suggestion(error, message, &misspelt);
    } else if (error.is(PyExc_TypeError)) {
        if (std::string lookup = lookup_suggestion(message); !lookup.empty()) return lookup;
        found = keyword_suggestion(error, message, &misspelt);
    }
    if (found.empty()) return {};
    return "did you mean " + as_written(error, std::move(found), misspelt) + "?";
}

}  // namespace catena
