// The table of everything the compiler knows by name, from special_forms.def.
#include <unordered_map>

#include "compiler/analyze.hpp"
#include "compiler/forms_util.hpp"

namespace catena {

struct SpecialTable {
    static constexpr Analyzer::Special rows[] = {
#define CATENA_SPECIAL(NAME, METHOD, LEAST, MOST, SHAPE) {NAME, &Analyzer::METHOD, LEAST, MOST, SHAPE},
#include "compiler/special_forms.def"
#undef CATENA_SPECIAL
    };
    // Keyed by the interned name, so that a look-up compares pointers. The names are kept for ever.
    std::unordered_map<PyObject*, const Analyzer::Special*> by_name;

    SpecialTable() {
        for (const Analyzer::Special& row : rows) by_name.emplace(interned(row.name).release(), &row);
    }
};

const Analyzer::Special* Analyzer::find_special(PyObject* name) {
    static const SpecialTable table;
    const auto found = table.by_name.find(name);
    return found == table.by_name.end() ? nullptr : found->second;
}

namespace {

// What such a form means elsewhere, when it has a shape of other Lisps.
const char* hint_about_shape(const FormView& form) {
    if (symbol_is(form[0], "let") && form.size() > 2 && is_symbol(form[1]))
        return " A loop is written (loop [name value …] … (recur value …)).";
    if (symbol_is(form[0], "def") && form.size() > 3 && (is_vector(form[2]) || is_list(form[2])))
        return " A function is written (defn name [parameters] body …).";
    if (symbol_is(form[0], "for") && form.size() > 3 && is_vector(form[1]))
        return " Several forms, for their effects, are the body of (doseq [x xs] …).";
    return "";
}

}  // namespace

ast::Node* Analyzer::fail_shape(const FormView& form) {
    const Special* special = find_special(symbol_name(form[0]));
    return fail(form.span, std::string(special->name) + ": wrong shape",
                std::string("It is written ") + special->shape + "." + hint_about_shape(form));
}

}  // namespace catena
