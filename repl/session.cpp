#include "repl/session.hpp"

#include <algorithm>
#include <initializer_list>
#include <memory>

#include "bridge/text.hpp"
#include "compiler/check.hpp"
#include "compiler/compile.hpp"
#include "lang/list.hpp"
#include "lang/printer.hpp"
#include "lang/reader.hpp"
#include "lang/symbol.hpp"
#include "lang/tokens.hpp"
#include "repl/excerpt.hpp"
#include "repl/format.hpp"
#include "repl/indentation.hpp"
#include "repl/interrupts.hpp"
#include "repl/program.hpp"
#include "repl/report.hpp"
#include "repl/streams.hpp"
#include "repl/tool_texts.hpp"
#include "vm/event_loop.hpp"
#include "vm/suggest.hpp"

namespace catena {

namespace {

constexpr const char* capsule_name = "catena.program.text";
bool fuse_inputs = true;

void drop_stepper(PyObject* capsule) { delete static_cast<Stepper*>(PyCapsule_GetPointer(capsule, capsule_name)); }

// A str as UTF-8, with surrogates in it: what is typed or pasted may hold anything. "surrogatepass" keeps each a character.
Result<std::string> utf8_of(PyObject* text, const char* surrogates = "surrogatepass") {
    if (!PyUnicode_Check(text)) return raise(PyExc_TypeError, "a text is a str, not %s", Py_TYPE(text)->tp_name);
    const auto bytes = checked(PyUnicode_AsEncodedString(text, "utf-8", surrogates));
    if (!bytes) return raised();
    return std::string(PyBytes_AS_STRING(bytes->get()), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes->get())));
}

// As the reader gets it: bytes from a pipe that were no UTF-8 are what they were, and its error says so.
Result<std::string> source_of(PyObject* text) {
    if (auto bytes = utf8_of(text, "surrogateescape")) return bytes;
    PyErr_Clear();
    return utf8_of(text);
}

// The text with as many lines before it as its first line's number says; line 0 is not shown.
std::string from_first_line(std::string_view text, unsigned line) {
    if (line > 0) return std::string(line - 1, '\n').append(text);
    const std::size_t end = text.find('\n');
    return std::string(end == std::string_view::npos ? std::string_view() : text.substr(end + 1));
}

PyObject* read_text(PyObject*, PyObject* arguments) {
    const char* filename;
    PyObject *text, *module;
    unsigned line = 1, column = 1;
    if (!PyArg_ParseTuple(arguments, "UO!s|II:read", &text, &PyModule_Type, &module, &filename, &line, &column)) {
        return nullptr;
    }
    const auto whole = source_of(text);
    if (!whole) return nullptr;
    CompileOptions options;
    options.fuse = fuse_inputs;
    options.filename = filename;
    if (filename[0] == '<') (void)remember_source(filename, from_first_line(*whole, line));
    auto stepper = Stepper::read(*whole, module, options, {line, column});
    if (!stepper) return nullptr;
    PyObject* capsule = PyCapsule_New(stepper->get(), capsule_name, drop_stepper);
    if (capsule != nullptr) (void)stepper->release();
    return capsule;
}

// Imports and definitions bind names; the module, function or class that they answer is no news.
bool is_no_news(PyObject* form) {
    if (!is_list(form) || list_count(form) == 0) return false;
    PyObject* head = list_first(form);
    return std::ranges::any_of(
        std::initializer_list<const char*>{"import", "require", "py.import", "defn", "defn-", "defun", "defn-async",
                                           "defmacro", "defclass", "deftest"},
        [&](const char* name) { return symbol_is(head, name); });
}

PyObject* step(PyObject*, PyObject* capsule) {
    auto* stepper = static_cast<Stepper*>(PyCapsule_GetPointer(capsule, capsule_name));
    if (stepper == nullptr) return nullptr;
    const auto done = stepper->next();
    if (!done) return nullptr;
    if (!done->form) Py_RETURN_NONE;
    const bool worth_showing = done->is_last && !is_no_news(done->form.get());
    return Py_BuildValue("(OOO)", done->value.get(), worth_showing ? Py_True : Py_False,
                         done->awaits ? Py_True : Py_False);
}

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

// The place in bytes of a place in characters; the text's end for one behind it.
std::size_t byte_offset(std::string_view text, std::size_t characters) {
    std::size_t at = 0;
    for (; at < text.size(); ++at) {
        if (starts_character(text[at]) && characters-- == 0) break;
    }
    return at;
}

constexpr const char* token_kind_names[] = {"comment", "open",     "close",  "prefix", "name",
                                            "keyword", "constant", "number", "string", "wrong"};

PyObject* tokens(PyObject*, PyObject* text) {
    const auto utf8 = utf8_of(text);
    if (!utf8) return nullptr;
    const std::vector<Token> found = tokens_of(*utf8);
    const Ref list = steal(PyList_New(static_cast<Py_ssize_t>(found.size())));
    if (!list) return nullptr;
    std::size_t byte = 0, character = 0;
    const auto character_at = [&](std::size_t offset) {
        for (; byte < offset; ++byte) character += starts_character((*utf8)[byte]);
        return static_cast<Py_ssize_t>(character);
    };
    for (std::size_t i = 0; i < found.size(); ++i) {
        const Token& token = found[i];
        const Py_ssize_t begin = character_at(token.begin), end = character_at(token.end);
        PyObject* mate = token.mate == no_mate ? Py_NewRef(Py_None) : PyLong_FromUnsignedLong(token.mate);
        PyObject* entry = Py_BuildValue("(nnsNO)", begin, end, token_kind_names[static_cast<std::size_t>(token.kind)],
                                        mate, token.finished ? Py_True : Py_False);
        if (entry == nullptr) return nullptr;
        PyList_SET_ITEM(list.get(), static_cast<Py_ssize_t>(i), entry);
    }
    return Py_NewRef(list.get());
}

PyObject* indentation(PyObject*, PyObject* arguments) {
    PyObject* text;
    Py_ssize_t position;
    if (!PyArg_ParseTuple(arguments, "Un:indentation", &text, &position)) return nullptr;
    const auto utf8 = utf8_of(text);
    if (!utf8) return nullptr;
    const std::size_t offset = byte_offset(*utf8, position < 0 ? 0 : static_cast<std::size_t>(position));
    const auto column = indentation_at(*utf8, tokens_of(*utf8), offset);
    if (!column) Py_RETURN_NONE;
    return PyLong_FromSize_t(*column);
}

PyObject* input_state(PyObject*, PyObject* text) {
    const auto utf8 = source_of(text);
    if (!utf8) return nullptr;
    SpanTable spans;
    const auto forms = read_all(*utf8, spans);
    return PyUnicode_FromString(forms ? "complete" : forms.error().incomplete ? "incomplete" : "invalid");
}

PyObject* forms(PyObject*, PyObject* arguments) {
    const char* text;
    Py_ssize_t size;
    PyObject* filename;
    if (!PyArg_ParseTuple(arguments, "s#U:forms", &text, &size, &filename)) return nullptr;
    const std::string_view source(text, static_cast<std::size_t>(size));
    SpanTable spans;
    const auto read = read_all(source, spans);
    if (!read) {
        (void)raise_diagnostic(read.error(), Stage::read, filename, source);
        return nullptr;
    }
    Ref list = steal(PyList_New(0));
    for (const Ref& form : *read) {
        if (!list || PyList_Append(list.get(), form.get()) < 0) return nullptr;
    }
    return list.release();
}

PyObject* format(PyObject*, PyObject* arguments) {
    const char* text;
    Py_ssize_t size;
    PyObject* filename;
    if (!PyArg_ParseTuple(arguments, "s#U:format", &text, &size, &filename)) return nullptr;
    const std::string_view source(text, static_cast<std::size_t>(size));
    const auto formatted = format_source(source);
    if (formatted) return str_of(*formatted).release();
    (void)raise_diagnostic(formatted.error(), Stage::read, filename, source);
    return nullptr;
}

PyObject* reads_alike(PyObject*, PyObject* arguments) {
    const char *first, *second;
    Py_ssize_t first_size, second_size;
    if (!PyArg_ParseTuple(arguments, "s#s#:reads_alike", &first, &first_size, &second, &second_size)) return nullptr;
    const auto alike = catena::reads_alike({first, static_cast<std::size_t>(first_size)},
                                           {second, static_cast<std::size_t>(second_size)});
    return alike ? PyBool_FromLong(*alike) : nullptr;
}

PyObject* beginning(PyObject*, PyObject* arguments) {
    PyObject* value;
    Py_ssize_t limit;
    if (!PyArg_ParseTuple(arguments, "On:beginning", &value, &limit)) return nullptr;
    auto text = repr_beginning(value, limit < 0 ? 0 : static_cast<std::size_t>(limit));
    if (!text) return nullptr;
    return Py_BuildValue("(OO)", text->text.get(), text->whole ? Py_True : Py_False);
}

PyObject* run(PyObject*, PyObject* awaitable) { return run_awaitable(awaitable).release(); }

PyObject* interruptible(PyObject*, PyObject* arguments) {
    PyObject *run, *meaning = nullptr;
    if (!PyArg_ParseTuple(arguments, "O|O:interruptible", &run, &meaning)) return nullptr;
    const Interruptible now(meaning == Py_None ? nullptr : meaning);
    PyObject* value = PyObject_CallNoArgs(run);
    if (value == nullptr && PyErr_ExceptionMatches(PyExc_KeyboardInterrupt) != 0) note_interrupt();
    return value;
}

PyObject* note(PyObject*, PyObject*) {
    note_interrupt();
    Py_RETURN_NONE;
}

PyObject* was_interrupted(PyObject*, PyObject*) { return PyBool_FromLong(interrupt_noted()); }

PyObject* complain(PyObject*, PyObject* exception) {
    if (!PyExceptionInstance_Check(exception)) {
        PyErr_SetString(PyExc_TypeError, "complain: not an exception");
        return nullptr;
    }
    PyErr_Restore(Py_NewRef(Py_TYPE(exception)), Py_NewRef(exception), PyException_GetTraceback(exception));
    return PyLong_FromLong(report_raised());
}

PyObject* report(PyObject*, PyObject* arguments) {
    PyObject* exception;
    int colours = 0;
    unsigned width = 100;
    if (!PyArg_ParseTuple(arguments, "O|pI:report", &exception, &colours, &width)) return nullptr;
    if (!PyExceptionInstance_Check(exception)) {
        PyErr_SetString(PyExc_TypeError, "report: not an exception");
        return nullptr;
    }
    return str_of(describe_exception(exception, {colours != 0, width})).release();
}

// A module for a file that is only looked at, with the names that a running program finds in it.
Result<Ref> module_to_check(const std::string& filename) {
    auto module = make_module("__main__", filename);
    if (!module) return raised();
    const Ref arguments = steal(PyList_New(0));
    PyObject* dict = PyModule_GetDict(module->get());
    if (!arguments || PyDict_SetItemString(dict, "*args*", arguments.get()) < 0) return raised();
    for (const char* name : {"*1", "*2", "*3", "*e", "__spec__", "__doc__"})
        if (PyDict_SetItemString(dict, name, Py_None) < 0) return raised();
    return module;
}

PyObject* check(PyObject*, PyObject* path) {
    Ref encoded;
    if (PyObject* bytes = nullptr; PyUnicode_FSConverter(path, &bytes) != 0) encoded = steal(bytes);
    if (!encoded) return nullptr;
    const std::string file = PyBytes_AS_STRING(encoded.get());
    auto text = read_program(file);
    if (!text) {
        PyErr_SetString(PyExc_OSError, text.error().c_str());
        return nullptr;
    }
    CompileOptions options;
    options.filename = text_of(path);
    const auto module = module_to_check(options.filename);
    const std::size_t slash = file.rfind('/');
    const Ref folder = str_of(slash == std::string::npos ? "" : file.substr(0, slash + (slash == 0 ? 1 : 0)));
    PyObject* folders = PySys_GetObject("path");
    if (!module || !folder || folders == nullptr || !PyList_Check(folders)) return nullptr;
    // Modules are found beside the file, as when it runs, or from the working directory, when it is one of a package.
    const Ref kept = steal(PyList_GetSlice(folders, 0, PY_SSIZE_T_MAX));
    const Ref here = str_of("");
    if (!kept || !here || PyList_Insert(folders, 0, here.get()) < 0 || PyList_Insert(folders, 0, folder.get()) < 0)
        return nullptr;
    auto findings = check_source(remember_source(options.filename, std::move(*text)), module->get(), options);
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (PySys_SetObject("path", kept.get()) < 0) PyErr_Clear();
    PyErr_Restore(type, value, traceback);
    return findings ? findings->release() : nullptr;
}

PyObject* closest(PyObject*, PyObject* arguments) {
    const char* name;
    PyObject* list;
    if (!PyArg_ParseTuple(arguments, "sO!:closest", &name, &PyList_Type, &list)) return nullptr;
    std::vector<std::string> names;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); ++i) names.push_back(text_of(PyList_GET_ITEM(list, i)));
    return str_of(closest_name(name, names)).release();
}

PyObject* tool(PyObject*, PyObject* name) {
    const char* text = PyUnicode_AsUTF8(name);
    if (text == nullptr) return nullptr;
    auto module = load_tool(text);
    return module ? module->release() : nullptr;
}

PyMethodDef functions[] = {
    {"read", read_text, METH_VARARGS,
     "read(text, module, filename, line=1, column=1)\n--\n\nRead a text whose forms `step` then evaluates in the "
     "module. line and column are where it begins in its file; what stands in a line 0 is not shown in reports."},
    {"step", step, METH_O,
     "step(text)\n--\n\nEvaluate the next form: (value, whether it is worth showing, whether the value is a coroutine "
     "that the "
     "form has to await), or None at the end."},
    {"input_state", input_state, METH_O, "input_state(text)\n--\n\n'complete', 'incomplete' or 'invalid'."},
    {"tokens", tokens, METH_O,
     "tokens(text)\n--\n\nThe pieces that a text is written in, as (begin, end, kind, mate, finished): kind is "
     "comment, "
     "open, close, prefix, name, keyword, constant, number, string or wrong; mate the number of the token that a "
     "bracket "
     "pairs with, or None. Any text has tokens."},
    {"indentation", indentation, METH_VARARGS,
     "indentation(text, position)\n--\n\nThe column at which the line that begins there belongs; None inside a string "
     "or comment."},
    {"forms", forms, METH_VARARGS, "forms(text, filename)\n--\n\nThe forms of a text, as a list."},
    {"format", format, METH_VARARGS,
     "format(text, filename)\n--\n\nThe text laid out anew, with the same tokens and comments in it."},
    {"reads_alike", reads_alike, METH_VARARGS,
     "reads_alike(a, b)\n--\n\nWhether two texts hold the same forms and the same comments."},
    {"beginning", beginning, METH_VARARGS,
     "beginning(value, limit)\n--\n\nThe value in Catena's notation, or where that is longer than the limit a "
     "beginning of "
     "it: (text, whether it is all)."},
    {"run", run, METH_O, "run(awaitable)\n--\n\nRun an awaitable on the program's event loop and answer its result."},
    {"interruptible", interruptible, METH_VARARGS,
     "interruptible(run, meaning=None)\n--\n\nCall run(). Meanwhile Ctrl-C is what it is to any program, or "
     "meaning(number, frame) is called for it. Around such calls a session holds it: it does nothing."},
    {"note_interrupt", note, METH_NOARGS, "note_interrupt()\n--\n\nFor was_interrupted: a Ctrl-C has found nothing."},
    {"was_interrupted", was_interrupted, METH_NOARGS,
     "was_interrupted()\n--\n\nWhether, since this was asked last, Ctrl-C has ended what `interruptible` called, or "
     "has found "
     "nothing that it could stop."},
    {"complain", complain, METH_O,
     "complain(exception)\n--\n\nReport an error as one that ends a script; the exit status such a script would have."},
    {"report", report, METH_VARARGS,
     "report(exception, colours=False, width=100)\n--\n\nThe report of an error as text."},
    {"check", check, METH_O,
     "check(path)\n--\n\nWhat a file says about names outside of it, found without running it: a list of tuples, as "
     "compiler/check.hpp has them."},
    {"closest", closest, METH_VARARGS,
     "closest(name, names)\n--\n\nThe one of the names that was probably meant, or an empty str."},
    {"tool", tool, METH_O, "tool(name)\n--\n\nA tool of the program as a module."},
    {nullptr, nullptr, 0, nullptr},
};

PyModuleDef definition = {PyModuleDef_HEAD_INIT,
                          "catena.program",
                          "What tools need of the program.",
                          -1,
                          functions,
                          nullptr,
                          nullptr,
                          nullptr,
                          nullptr};

Result<void> enter(PyObject* module, const char* name) {
    return PyDict_SetItemString(PyImport_GetModuleDict(), name, module) < 0 ? Result<void>(raised()) : Result<void>();
}

}  // namespace

Result<void> init_session_module(const CommandLine& line) {
    static bool done = false;
    if (done) return {};
    fuse_inputs = line.fuse;
    const auto module = checked(PyModule_Create(&definition));
    if (!module) return raised();
    if (auto entered = enter(module->get(), "catena.program"); !entered) return entered;
    done = true;
    return {};
}

Result<Ref> load_tool(std::string_view name) {
    const std::string full = "catena." + std::string(name);
    if (PyObject* known = PyDict_GetItemString(PyImport_GetModuleDict(), full.c_str())) return borrow(known);
    for (const ToolText& tool : tool_texts()) {
        if (tool.name != name) continue;
        CompileOptions options;
        options.filename = "<catena>/" + std::string(name) + ".lisp";
        auto module = make_module(full, options.filename);
        const auto module_name = checked(str_of(full).release());
        if (!module || !module_name) return raised();
        if (auto entered = enter(module->get(), full.c_str()); !entered) return raised();
        if (run_source(tool.text, module->get(), options)) return module;
        PyObject *type, *value, *traceback;
        PyErr_Fetch(&type, &value, &traceback);
        if (PyDict_DelItemString(PyImport_GetModuleDict(), full.c_str()) < 0) PyErr_Clear();
        PyErr_Restore(type, value, traceback);
        return raised();
    }
    return raise(PyExc_ImportError, "catena has no tool named '%s'", std::string(name).c_str());
}

namespace {

int call_tool(std::string_view name, const std::vector<std::string>& words, const CommandLine& line) {
    const auto ready = init_session_module(line);
    const auto module = ready ? load_tool(name) : Result<Ref>(raised());
    if (!module) return report_raised();
    const Ref arguments = steal(PyList_New(0));
    if (!arguments) return report_raised();
    for (const std::string& word : words) {
        const Ref item = str_of(word);
        if (!item || PyList_Append(arguments.get(), item.get()) < 0) return report_raised();
    }
    const Ref options = steal(PyDict_New());
    if (!options) return report_raised();
    for (const auto& [option, value] : line.tool_options) {
        const Ref text = str_of(value);
        if (!text || PyDict_SetItemString(options.get(), option.c_str(), text.get()) < 0) return report_raised();
    }
    const Ref status = steal(PyObject_CallMethod(module->get(), "main", "OO", arguments.get(), options.get()));
    if (!status) return report_raised();
    const long number = PyLong_Check(status.get()) ? PyLong_AsLong(status.get()) : 0;
    PyErr_Clear();
    return static_cast<int>(number);
}

}  // namespace

int run_tool(std::string_view name, const CommandLine& line) { return call_tool(name, line.arguments, line); }

int run_repl(const CommandLine& line, bool after_program) {
    std::vector<std::string> words;
    if (line.quiet || after_program) words.emplace_back("--quiet");
    if (!hold_interrupts()) return report_raised();
    return call_tool("repl", words, line);
}

}  // namespace catena
