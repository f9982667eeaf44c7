// How the analyzer resolves names: lexically, then in the module, then in core, then in Python's builtins.
#include <algorithm>

#include "compiler/analyze.hpp"
#include "compiler/forms_util.hpp"
#include "compiler/unresolved.hpp"
#include "lang/atoms.hpp"
#include "vm/vm.hpp"

namespace catena {

using namespace ast;

std::uint16_t Function::capture(Binding* binding) {
    for (std::size_t i = 0; i < captures.size(); ++i)
        if (captures[i] == binding) return static_cast<std::uint16_t>(i);
    if (parent != nullptr && binding->owner != parent) parent->capture(binding);
    captures.push_back(binding);
    return static_cast<std::uint16_t>(captures.size() - 1);
}

Binding* Analyzer::declare(PyObject* name) {
    Binding* binding = unit_.bind(borrow(name), function_);
    names_.push_back({name, binding, true});
    return binding;
}

Binding* Analyzer::hidden() { return unit_.bind(Ref(), function_); }

Analyzer::ScopeName* Analyzer::find_name(PyObject* name) {
    std::size_t i = names_.size();
    for (std::size_t f = frames_.size(); f-- > 0;) {
        for (; i > frames_[f].base; --i) {
            ScopeName& entry = names_[i - 1];
            // Before its definition a name of this very function still means what it means outside.
            if (entry.name == name && (entry.visible || entry.binding->owner != function_)) return &entry;
        }
        for (ScopeName& entry : frames_[f].conditional)
            if (entry.name == name && (entry.visible || entry.binding->owner != function_)) return &entry;
    }
    return nullptr;
}

Binding* Analyzer::lookup(PyObject* name, bool assigning) {
    ScopeName* found = find_name(name);
    if (found == nullptr) return nullptr;
    Binding* binding = found->binding;
    if (binding->owner != function_) {
        binding->captured = true;
        if (!found->visible) binding->early = true;
        function_->capture(binding);
    }
    if (assigning) binding->assigned = true;
    return binding;
}

Node* Analyzer::local(Span span, Binding* binding) {
    if (binding->owner != function_) {
        binding->captured = true;
        function_->capture(binding);
    }
    return unit_.make<Local>(span, binding);
}

PyObject* Analyzer::definable(PyObject* form, Span span, const char* what) {
    if (class_ == nullptr || !is_symbol(form)) return bindable(form, span, what);
    const std::string_view text = symbol_text(form);
    const std::size_t slash = qualifying_slash(text);
    if (slash == std::string_view::npos) return bindable(form, span, what);
    if (text.substr(0, slash) != "core" && !names_own_module(text.substr(0, slash))) return bindable(form, span, what);
    Ref name = interned(text.substr(slash + 1));
    const Ref symbol = name ? make_symbol_interned(name.get()) : Ref();
    if (!symbol) {
        fail_python();
        return nullptr;
    }
    class_->resolved.push_back(symbol_name(form));
    keep_.push_back(std::move(name));
    return bindable(symbol.get(), span, what);
}

PyObject* Analyzer::bindable(PyObject* form, Span span, const char* what) {
    if (!is_symbol(form)) {
        fail(span, std::string("expected a name for ") + what);
        return nullptr;
    }
    PyObject* name = symbol_name(form);
    const std::string_view text = utf8_of(name);
    if (find_special(name) != nullptr) {
        fail(span, "`" + std::string(text) + "` is a special form and cannot be bound");
        return nullptr;
    }
    if (const std::size_t slash = qualifying_slash(text); slash != std::string_view::npos) {
        const std::string bare(text.substr(slash + 1));
        fail(span, "`" + std::string(text) + "` cannot be bound",
             "In a macro's template write " + bare + "# for a fresh name, or ,'" + bare + " to capture on purpose.");
        return nullptr;
    }
    if (is_dotted(text) || text.empty() || text.front() == '.' || text == ":" || text == "&" || text.front() == '&') {
        fail(span, "`" + std::string(text) + "` cannot be bound",
             is_dotted(text) ? "(set! place value) changes an attribute." : "");
        return nullptr;
    }
    return name;
}

namespace {

// The name of the Python module that an object is; empty for Catena's own modules and other objects.
std::string python_module_name(PyObject* object) {
    if (object == nullptr || !PyModule_Check(object)) return {};
    PyObject* dict = PyModule_GetDict(object);
    if (PyDict_GetItemString(dict, "__catena__") != nullptr) return {};
    const char* name = PyModule_GetName(object);
    if (name == nullptr) {
        PyErr_Clear();
        return {};
    }
    return name;
}

bool is_catena_module(PyObject* object) {
    return object != nullptr && PyModule_Check(object) &&
           PyDict_GetItemString(PyModule_GetDict(object), "__catena__") != nullptr;
}

}  // namespace

Node* Analyzer::global(PyObject* name, Span span) {
    Ref mangled = python_name(name);
    if (!mangled) return fail_python();
    auto* node = unit_.make<Global>(span, mangled, borrow(name));
    PyObject* now = PyDict_GetItemWithError(globals_, mangled.get());
    node->python_module = python_module_name(now);
    const bool in_class =
        class_ != nullptr && std::find(class_->defined.begin(), class_->defined.end(), name) != class_->defined.end();
    if (options_.note_missing && now == nullptr && inside_function() && !in_class)
        note_unresolved(module_, mangled.get(), name, options_.filename, span);
    return node;
}

Node* Analyzer::analyze_name(PyObject* name, Span span) {
    const auto class_item = [&](Node* fallback) -> Node* {
        Ref mangled = python_name(name);
        if (!mangled) return fail_python();
        auto* let = unit_.make<Let>(span);
        Binding* result = hidden();
        Node* item = helper(span, Helper::CLASS_NAME,
                            {local(span, class_->space), constant(span, std::move(mangled)), nil(span)});
        let->binds.push_back({.targets = {result}, .value = item, .fallback = fallback, .span = span});
        let->body = local(span, result);
        return let;
    };
    if (Binding* binding = lookup(name)) {
        Node* node = local(span, binding);
        if (class_ != nullptr &&
            std::find(class_->defined.begin(), class_->defined.end(), name) != class_->defined.end())
            return class_item(node);
        return node;
    }
    Node* node = global(name, span);
    return node != nullptr && class_ != nullptr ? class_item(node) : node;
}

Node* Analyzer::analyze_symbol(PyObject* symbol, Span span) {
    PyObject* name = symbol_name(symbol);
    if (is_lexical(name)) return analyze_name(name, span);
    const std::string_view text = utf8_of(name);
    if (class_ != nullptr && std::ranges::find(class_->resolved, name) != class_->resolved.end()) {
        Ref member = interned(text.substr(qualifying_slash(text) + 1));
        if (!member) return fail_python();
        keep_.push_back(member);
        return analyze_name(member.get(), span);
    }
    if (text == "...") return constant(span, borrow(Py_Ellipsis));
    if (text == ":") {
        Ref full = steal(PySlice_New(nullptr, nullptr, nullptr));
        return full ? constant(span, std::move(full)) : fail_python();
    }
    if (const Special* special = find_special(name))
        return fail(span, "`" + std::string(text) + "` is a special form, not a value",
                    std::string("It is used as ") + special->shape + ".");
    if (text.front() == '.' && text.size() > 1 && text != "..")
        return fail(span, "`" + std::string(text) + "` is no value",
                    "A method is called as (" + std::string(text) + " object …).");
    if (text.front() == '&' && text.size() > 1)
        return fail(span, "`" + std::string(text) + "` stands only in parameter lists");
    if (const std::size_t slash = qualifying_slash(text); slash != std::string_view::npos)
        return analyze_qualified(text, slash, span);
    if (is_dotted(text)) return analyze_dotted(text, span);
    if (find_macro(symbol) != nullptr)
        return fail(span, "`" + std::string(text) + "` is a macro, not a value",
                    "Wrap it in a function: #(" + std::string(text) + " …).");
    if (python_error) return nullptr;
    return analyze_name(name, span);
}

Node* Analyzer::analyze_dotted(std::string_view text, Span span) {
    const std::size_t dot = text.find('.');
    const Ref first = interned(text.substr(0, dot));
    if (!first) return fail_python();
    const Ref symbol = make_symbol_interned(first.get());
    PyObject* literal = constant_named(text.substr(0, dot));
    Node* root = literal != nullptr ? constant(span, borrow(literal))
                 : symbol           ? analyze_symbol(symbol.get(), span)
                                    : fail_python();
    if (root == nullptr) return nullptr;
    Path* path = path_of(root, span);
    std::uint32_t column = span.column + static_cast<std::uint32_t>(PyUnicode_GET_LENGTH(first.get())) + 1;
    for (std::size_t at = dot + 1; at <= text.size();) {
        std::size_t end = text.find('.', at);
        if (end == std::string_view::npos) end = text.size();
        const Ref part = new_text(text.substr(at, end - at));
        if (!part) return fail_python();
        const auto width = static_cast<std::uint32_t>(PyUnicode_GET_LENGTH(part.get()));
        Link link;
        link.kind = StepKind::get;
        link.name = python_name(part.get());
        if (!link.name) return fail_python();
        link.span = span;
        // The link's own place, unless the symbol came from elsewhere and only has its caller's span.
        if (span.line == span.end_line && column + width <= span.end_column)
            link.span = {span.line, column, span.line, column + width};
        path->links.push_back(std::move(link));
        column += width + 1;
        at = end + 1;
    }
    return path;
}

Node* Analyzer::analyze_qualified(std::string_view text, std::size_t slash, Span span) {
    const std::string_view module_text = text.substr(0, slash);
    std::string_view rest = text.substr(slash + 1);
    // `mod/name.attribute` is an attribute of the member.
    std::string_view attributes;
    if (is_dotted(rest)) {
        attributes = rest.substr(rest.find('.') + 1);
        rest = rest.substr(0, rest.find('.'));
    }
    const Ref alias = interned(module_text);
    const Ref display = interned(text.substr(0, slash + 1 + rest.size()));
    Ref mangled = python_name_of(rest);
    if (!alias || !display || !mangled) return fail_python();

    Node* node = nullptr;
    const auto member_of = [&](std::string_view module_name) {
        auto* global = unit_.make<Global>(span, mangled, display);
        global->module = interned(module_name);
        node = global;
    };
    if (!is_lexical(alias.get())) {
        const Ref alias_python = python_name(alias.get());
        if (!alias_python) return fail_python();
        PyObject* bound = PyDict_GetItemWithError(globals_, alias_python.get());
        if (is_catena_module(bound)) {
            member_of(PyModule_GetName(bound));
        } else if (bound == nullptr) {
            if (qualifies_core(module_text))
                member_of("catena.core");
            else if (module_text == "bridge")
                member_of("catena.bridge");
            else if (names_own_module(module_text))
                member_of(module_text);
            else if (PyObject* loaded = PyDict_GetItemWithError(PyImport_GetModuleDict(), alias.get())) {
                if (is_catena_module(loaded))
                    member_of(module_text);
                else if (PyModule_Check(loaded)) {
                    Path* path = unit_.make<Path>(span);
                    path->import_name = alias;
                    node = path;
                }
            }
        }
    }
    if (node != nullptr && node->kind == Kind::global) {
        auto* global = static_cast<Global*>(node);
        if (names_own_module(utf8_of(global->module.get()))) {
            // A member of this very module: its plain name.
            global->module = Ref();
            PyObject* now = PyDict_GetItemWithError(globals_, mangled.get());
            global->python_module = python_module_name(now);
        }
    }
    if (node == nullptr || node->kind == Kind::path) {
        Path* path;
        if (node != nullptr) {
            path = static_cast<Path*>(node);
        } else {
            Node* root = is_dotted(module_text) ? analyze_dotted(module_text, span) : analyze_name(alias.get(), span);
            if (root == nullptr) return nullptr;
            path = path_of(root, span);
        }
        Link link;
        link.kind = StepKind::get;
        link.name = mangled;
        link.span = span;
        path->links.push_back(std::move(link));
        node = path;
    }
    if (attributes.empty()) return node;
    Path* path = path_of(node, span);
    for (std::size_t at = 0; at <= attributes.size();) {
        std::size_t end = attributes.find('.', at);
        if (end == std::string_view::npos) end = attributes.size();
        Link link;
        link.kind = StepKind::get;
        link.name = python_name_of(attributes.substr(at, end - at));
        if (!link.name) return fail_python();
        link.span = span;
        path->links.push_back(std::move(link));
        at = end + 1;
    }
    return path;
}

// A path to put more links on: the node itself when it is one (two paths in a row are one path), else a new one.
Path* Analyzer::path_of(Node* root, Span span) {
    if (root->kind == Kind::path) {
        auto* path = static_cast<Path*>(root);
        path->span = span;
        return path;
    }
    auto* path = unit_.make<Path>(span);
    path->root = root;
    return path;
}

std::string Analyzer::known_module(Node* node) const {
    if (node->kind == Kind::path) {
        const auto* path = static_cast<const Path*>(node);
        if (path->root == nullptr && path->links.empty()) return std::string(utf8_of(path->import_name.get()));
    }
    if (node->kind == Kind::global) return static_cast<const Global*>(node)->python_module;
    if (node->kind == Kind::local) return static_cast<const Local*>(node)->binding->module;
    return {};
}

// Whether what stands before a slash means core: its name, or what the module calls it.
bool Analyzer::qualifies_core(std::string_view module_text) {
    const Ref alias = interned(module_text);
    const Ref python = alias && !is_lexical(alias.get()) ? python_name(alias.get()) : Ref();
    if (!python) {
        PyErr_Clear();
        return false;
    }
    PyObject* bound = PyDict_GetItemWithError(globals_, python.get());
    return bound != nullptr ? bound == core_module() : module_text == "core" || module_text == "catena.core";
}

// The name behind core's qualifier; empty when the text is none of that kind.
std::string_view Analyzer::behind_core(std::string_view text) {
    const std::size_t slash = qualifying_slash(text);
    if (slash == std::string_view::npos || !qualifies_core(text.substr(0, slash))) return {};
    return text.substr(slash + 1);
}

bool Analyzer::names_core(PyObject* name) {
    const Ref mangled = python_name(name);
    if (!mangled) {
        PyErr_Clear();
        return false;
    }
    if (PyDict_GetItemWithError(globals_, mangled.get()) != nullptr) return false;
    return core_defines(mangled.get());
}

// What core calls what the name means; empty when it means something else, also something that the text defines later.
std::string_view Analyzer::name_in_core(PyObject* name) {
    const std::string_view text = utf8_of(name), behind = behind_core(text);
    if (!behind.empty()) return behind;
    const auto* later = options_.definitions;
    const bool redefined = later != nullptr && std::find(later->begin(), later->end(), name) != later->end();
    return redefined || !names_core(name) ? std::string_view() : text;
}

// Whether that is the name of the module being compiled, which need not be the one that Python knows by it: `catena check`
// and `catena dump` have a module __main__ of their own.
bool Analyzer::names_own_module(std::string_view name) const {
    const Ref own = steal(PyModule_GetNameObject(module_));
    if (!own) PyErr_Clear();
    return own && utf8_of(own.get()) == name;
}

PyObject* Analyzer::find_macro(PyObject* head) {
    PyObject* name = symbol_name(head);
    const std::string_view text = utf8_of(name);
    PyObject* found = nullptr;
    if (const std::size_t slash = qualifying_slash(text); slash != std::string_view::npos) {
        const Ref alias = interned(text.substr(0, slash));
        const Ref member = python_name_of(text.substr(slash + 1));
        if (!alias || !member || is_lexical(alias.get())) {
            PyErr_Clear();
            return nullptr;
        }
        const Ref alias_python = python_name(alias.get());
        PyObject* module = PyDict_GetItemWithError(globals_, alias_python.get());
        if (qualifies_core(text.substr(0, slash))) {
            Ref macro = steal(core_member(member.get()));
            found = macro.get();
            if (macro) keep_.push_back(std::move(macro));
        } else {
            if (module == nullptr && names_own_module(text.substr(0, slash))) module = module_;
            if (module == nullptr) module = PyDict_GetItemWithError(PyImport_GetModuleDict(), alias.get());
            if (module == nullptr || !PyModule_Check(module)) return nullptr;
            found = PyDict_GetItemWithError(PyModule_GetDict(module), member.get());
        }
    } else {
        if (is_lexical(name)) return nullptr;
        const Ref mangled = python_name(name);
        if (!mangled) {
            fail_python();
            return nullptr;
        }
        found = PyDict_GetItemWithError(globals_, mangled.get());
        if (found == nullptr) {
            Ref macro = steal(core_member(mangled.get()));
            found = macro.get();
            if (macro) keep_.push_back(std::move(macro));
        }
    }
    if (PyErr_Occurred()) {
        fail_python();
        return nullptr;
    }
    if (found == nullptr || !is_closure(found) || !reinterpret_cast<Closure*>(found)->is_macro) return nullptr;
    return found;
}

}  // namespace catena
