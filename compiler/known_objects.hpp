// What the names in a text surely stand for, when the text has been compiled but not run: modules that it imports,
// their members, functions that it defines once, core's and Python's own. Everything else is unknown. Needs the GIL.
#pragma once

#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/ast.hpp"

namespace catena {

class KnownObjects {
public:
    explicit KnownObjects(PyObject* module) : module_(borrow(module)) {}

    [[nodiscard]] PyObject* module() const { return module_.get(); }

    // What a name is bound to in the module's dict that something defines with a value that is not known. Borrowed.
    [[nodiscard]] static PyObject* unknown();

    // Takes notice of a node, its parts left out: definitions, assignments, strings. All nodes of the text come here before
    // anything below is asked.
    void note(const ast::Node* node);
    // The value that the module's dict has is not the name's for sure.
    void distrust(PyObject* name) { distrusted_.insert(text_of_name(name)); }

    // Whether the module, core or Python's builtins have the name.
    [[nodiscard]] bool has(PyObject* name) const;
    // All of those names, as a list of str, as Catena writes them. Empty with an error set.
    [[nodiscard]] Ref names() const;
    // Whether the text sets an attribute of that name somewhere, or has it in a string.
    [[nodiscard]] bool is_mentioned(PyObject* name) const { return mentioned_.contains(text_of_name(name)); }

    struct Found {
        Ref object;  // empty: not known, or not there
        Ref holder;  // what surely has no such name
    };
    [[nodiscard]] Found attribute(PyObject* object, PyObject* name) const;
    [[nodiscard]] Found member(const ast::Global& qualified) const;
    // The object that an expression gives; empty when it is not known.
    [[nodiscard]] Ref object_of(const ast::Node* node) const;
    [[nodiscard]] static Ref imported(PyObject* name);

    // The definitions at the top of a form, in order.
    [[nodiscard]] static std::vector<const ast::SetGlobal*> definitions_of(const ast::Node* form);

    bool lenient = false;  // names can come from elsewhere: exec, globals, an import of all

private:
    static std::string text_of_name(PyObject* name);

    struct Definition {
        int count = 0;
        std::string import;  // the module that all of them import, if they do
    };
    Ref module_;
    std::unordered_map<std::string, Definition> defined_;
    std::set<std::string> distrusted_, mentioned_;
};

// Whether running the form does nothing but import modules and bind functions, macros and constants.
[[nodiscard]] bool only_brings_names(const ast::Node* form);

// Whether a condition looks at the platform or at a version.
[[nodiscard]] bool asks_about_platform(const ast::Node* condition);

}  // namespace catena
