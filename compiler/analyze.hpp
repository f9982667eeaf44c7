// Analyzer: forms to the tree of ast.hpp. It resolves names, expands macros, checks the shape of every
// special form and turns the surface forms into the few that the emitter knows. A handler answers null when
// something is wrong; then either `diagnostic` says what, or (`python_error`) the Python error is set.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/ast.hpp"
#include "compiler/compile.hpp"
#include "lang/diagnostic.hpp"
#include "lang/spans.hpp"

namespace catena {

// How often the whole of a form is expanded again where expansions are wanted for themselves; a macro that goes on longer
// never ends.
constexpr std::size_t most_expansions = 2000;

// A form's position in the code: whether its value is the value of the function or loop around it.
struct Context {
    bool tail = false;
};

// A list form taken apart: items[0] is the head. All borrowed from the list, which the caller holds.
struct FormView {
    PyObject* form;
    Span span;
    std::vector<PyObject*> items;
    [[nodiscard]] std::size_t size() const { return items.size(); }
    PyObject* operator[](std::size_t i) const { return items[i]; }
};

struct CoreOpcode;

class Analyzer {
public:
    Analyzer(ast::Unit& unit, const SpanTable& spans, PyObject* module, const CompileOptions& options);

    // The unit's main function for one top-level form.
    bool run(PyObject* form, Span span);

    std::optional<Diagnostic> diagnostic;
    bool python_error = false;

    using Handler = ast::Node* (Analyzer::*)(const FormView&, Context);

    // One row of the table of special forms: the least and most items after the head (-1: any), and the shape
    // that a wrong one is told.
    struct Special {
        const char* name;
        Handler handler;
        int least;
        int most;
        const char* shape;
    };
    static const Special* find_special(PyObject* name);

    // The macro that a symbol in head position names, borrowed from the module or from this analyzer; or null.
    PyObject* macro_of(PyObject* symbol) { return find_macro(symbol); }

    // What a macro makes of a call of it; empty when it fails: then `diagnostic` or the Python error says why.
    Ref expansion_of(PyObject* macro, const FormView& form);

private:
    using Node = ast::Node;

    // Failing
    Node* fail(Span span, std::string message, std::string hint = {});
    Node* fail_python();
    Node* fail_shape(const FormView& form);
    Node* fail_depth(Span span);

    // Forms and spans
    Span child_span(PyObject* container, std::size_t i, PyObject* child) const;
    Span item_span(const FormView& form, std::size_t i) const { return child_span(form.form, i, form[i]); }
    FormView view(PyObject* list, Span span) const;
    Node* analyze(PyObject* form, Span span, Context context);
    Node* analyze_item(const FormView& form, std::size_t i, Context context = {}) {
        return analyze(form[i], item_span(form, i), context);
    }
    Node* analyze_list(PyObject* form, Span span, Context context);
    Node* analyze_symbol(PyObject* symbol, Span span);
    Node* analyze_name(PyObject* name, Span span);
    Node* analyze_qualified(std::string_view text, std::size_t slash, Span span);
    Node* analyze_dotted(std::string_view text, Span span);
    bool items_of_set(PyObject* set, std::vector<PyObject*>& items) const;
    Node* analyze_literal(PyObject* form, Span span);
    Node* analyze_call(const FormView& form, Context context);
    std::vector<PyObject*> defined_by(PyObject* form);
    void add_defined(PyObject* form, std::vector<PyObject*>& names);
    Node* slice(const FormView& form);
    Node* analyze_body(const FormView& form, std::size_t from, Context context);
    enum class Body : std::uint8_t { of_form, of_function };
    Node* body_of(PyObject* container, const std::vector<PyObject*>& items, std::size_t from, Span span,
                  Context context, Body kind = Body::of_form);
    bool parse_arguments(const FormView& form, std::size_t from, std::vector<ast::Argument>& out);
    bool parse_items(PyObject* container, const std::vector<PyObject*>& items, std::size_t from, bool pairs,
                     std::vector<ast::Argument>& out);
    Node* intrinsic(PyObject* name, const FormView& form, Context context, bool* is_one);
    const CoreOpcode* core_opcode(PyObject* name, std::size_t operands);
    Node* in_opcodes(const CoreOpcode* row, Span span, const std::vector<Node*>& operands);
    Node* inline_loop(PyObject* name, const FormView& form, bool* is_one);
    enum class CoreLoop : std::uint8_t { map, filter, remove, keep, some, every, reduce };
    Ref literal_for(PyObject* function, std::size_t operands);
    Node* loop_over(CoreLoop kind, const FormView& literal, Span collection_span, ast::Binding* start,
                    ast::Binding* collection, Node* of_nothing);
    Node* literal_body(const FormView& literal, const std::vector<ast::Binding*>& values, ast::Let* around);
    bool loops_well(PyObject* form, int* budget);
    Node* constant(Span span, Ref value) { return unit_.make<ast::Constant>(span, std::move(value)); }
    Node* nil(Span span) { return constant(span, borrow(Py_None)); }
    Node* truth(Span span, bool value) { return constant(span, borrow(value ? Py_True : Py_False)); }
    Node* text(Span span, std::string_view value);
    Node* local(Span span, ast::Binding* binding);
    Node* core_call(Span span, const char* name, std::vector<Node*> operands);
    Node* helper(Span span, Helper id, std::vector<Node*> operands) {
        return unit_.make<ast::HelperCall>(span, id, std::move(operands));
    }
    Node* sequence(Span span, std::vector<Node*> items);

    // Names
    struct ScopeName {
        PyObject* name;  // interned
        ast::Binding* binding;
        bool visible = true;  // false until the `def` that fills it has been passed
    };
    struct Scope {  // restores the analyzer's names on leaving
        explicit Scope(Analyzer& a) : analyzer(a), size(a.names_.size()) {}
        ~Scope() { analyzer.names_.resize(size); }
        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;
        Analyzer& analyzer;
        std::size_t size;
    };
    ast::Binding* declare(PyObject* name);
    ast::Binding* hidden();
    ast::Binding* lookup(PyObject* name, bool assigning = false);
    bool is_lexical(PyObject* name) { return find_name(name) != nullptr; }
    ScopeName* find_name(PyObject* name);
    ScopeName* own_name(PyObject* name);  // of the running function, a definition that is not passed yet included
    ScopeName& maybe_bound(PyObject* name);
    // A symbol that may be bound: not qualified, not dotted, no special form. Null after an error.
    PyObject* bindable(PyObject* form, Span span, const char* what);
    // The same for a definition. In a class it makes an attribute, so a name that a template has resolved means itself.
    PyObject* definable(PyObject* form, Span span, const char* what);
    Node* global(PyObject* name, Span span);
    Node* define(PyObject* name, Span span, Node* value, Node* annotation = nullptr);
    bool names_core(PyObject* name);
    bool qualifies_core(std::string_view module_text);
    std::string_view behind_core(std::string_view text);
    std::string_view name_in_core(PyObject* name);
    bool names_own_module(std::string_view name) const;
    bool inside_function() const { return !function_->top_level; }
    ast::Function* enclosing_method() const;
    bool class_cell_in_reach() const { return enclosing_method() != nullptr; }
    Node* super_call(Span span);
    Node* annotation_type(PyObject* form, Span span);
    bool annotated_name(PyObject* form, Span span, PyObject** name, Node** annotation);

    // Macros
    PyObject* find_macro(PyObject* head);  // borrowed, or null
    Node* expand(PyObject* macro, const FormView& form, Context context);
    Node* quasiquote(PyObject* form, Span span, int depth);
    // Which of a template's items are symbols that name attributes, and so mean themselves: none, the steps of a `.` form,
    // or the head of such a step that is a call.
    enum class Names { resolved, steps, method };
    Node* quasi_items(PyObject* container, const std::vector<PyObject*>& items, ast::BuildKind kind, Span span,
                      int depth, Names names = Names::resolved);
    Node* quoted(PyObject* form, Span span);

    // Patterns
    bool read_pairs(const FormView& form, const std::string& word, std::vector<PyObject*>& pairs,
                    std::vector<Span>& spans);
    bool bind_pattern(PyObject* pattern, Span span, Node* value, std::vector<ast::Bind>& binds);
    bool bind_vector(PyObject* pattern, Span span, Node* value, std::vector<ast::Bind>& binds);
    bool bind_map(PyObject* pattern, Span span, Node* value, std::vector<ast::Bind>& binds);
    bool match_pattern(PyObject* form, Span span, ast::Pattern& out);
    bool binds_once(const ast::Pattern& pattern);
    bool match_list_pattern(PyObject* form, Span span, ast::Pattern& out);
    bool match_form(const FormView& pattern, ast::Pattern& out);
    bool match_items(PyObject* container, std::vector<PyObject*> items, bool rest_allowed, ast::Pattern& out);
    bool match_map(PyObject* form, Span span, ast::Pattern& out);
    bool match_instance(const FormView& form, ast::Pattern& out);
    bool same_names(const ast::Pattern& first, const ast::Pattern& other, Span span);

    Node* literal_test(Node* subject, Node* literal, PyObject* form, Span span);
    Node* connective(const FormView& form, ast::Kind kind, Context context);
    bool catch_clause(const FormView& clause, ast::Try& node);

    // Functions
    void note_await(Span span);
    Node* function(const FormView& form, std::size_t at, PyObject* name, FunctionKind kind, bool bind_self,
                   Node* result_type = nullptr);
    using Annotations = std::vector<std::pair<Ref, Node*>>;
    bool arity(PyObject* parameters, Span span, PyObject* container, const std::vector<PyObject*>& items,
               std::size_t from, ast::Function* function, Annotations& annotations);
    bool parameters(PyObject* list, Span span, ast::Arity& out, Annotations& annotations);
    ast::Function* open_function(PyObject* name, Span span, FunctionKind kind);
    void keep_source(ast::Function* function, Span span);
    Node* annotate(Span span, Node* fn, const Annotations& annotations);
    std::string source_text(Span span) const;
    Node* definition(const FormView& form, FunctionKind kind);
    Node* decorate(PyObject* decorators, Span span, Node* value);
    void note_yield(Span span);

    // Loops
    struct Clauses {
        PyObject* vector;
        Span span;
        std::vector<PyObject*> items;
        bool breakable;
        bool async;
    };
    Node* iterate(const Clauses& clauses, std::size_t at, const std::function<Node*()>& body);
    Node* iterate_clauses(const FormView& form, bool breakable, bool async, const std::function<Node*()>& body);
    Node* iterate_over(const Clauses& clauses, std::size_t at, const std::function<Node*()>& body);
    Node* with_managers(const FormView& form, const std::vector<PyObject*>& items, std::size_t at, bool async,
                        Context context);

    // Places and interop
    bool link(PyObject* form, Span span, ast::Path* path);
    bool index_link(PyObject* vector, Span span, ast::Link& out);
    bool call_link(const FormView& form, std::size_t from, ast::Path* path);
    ast::Path* path_of(Node* root, Span span);
    Node* method_call(const FormView& form, std::string_view names);
    struct Place {
        enum class At : std::uint8_t { local, global, object } at = At::local;
        ast::Binding* binding = nullptr;
        Ref name, display;
        ast::Path* path = nullptr;  // without its last link
        ast::Link link;             // the last one
        bool lenient = false;       // written (get m k default?): a missing item is read as the default
        Node* fallback = nullptr;
        std::vector<ast::Bind> binds;  // hidden variables that hold its operands, when they are needed twice
    };
    bool is_core_get(PyObject* head);
    bool place(PyObject* form, Span span, bool twice, Place& out);
    Node* read_place(const Place& place, Span span);
    Node* write_place(Place& place, Span span, Node* value);
    bool name_links(std::string_view text, Span span, ast::Path* path);
    Ref module_name(PyObject* form);
    struct Referred {
        PyObject* member;
        PyObject* as;  // the name it gets here
        Span span;
    };
    struct Import {
        Span span;
        Ref module;
        PyObject* alias = nullptr;
        std::vector<Referred> refer;
        bool all = false;
    };
    bool read_import(PyObject* container, const std::vector<PyObject*>& items, std::size_t& at, bool all_allowed,
                     Import& out);
    Node* bind_import(Span span, Ref module, PyObject* alias, const std::vector<Referred>& refer);
    Node* class_body(const FormView& form, std::size_t at, PyObject* name);
    std::string known_module(Node* node) const;

#define CATENA_SPECIAL(NAME, METHOD, LEAST, MOST, SHAPE) ast::Node* METHOD(const FormView& form, Context context);
#include "compiler/special_forms.def"
#undef CATENA_SPECIAL

    ast::Unit& unit_;
    const SpanTable& spans_;
    PyObject* module_;
    PyObject* globals_;
    const CompileOptions& options_;
    ast::Function* function_ = nullptr;
    std::vector<ScopeName> names_;
    // One for each function being analyzed: where its names begin, the names that a `def` somewhere inside it
    // may or may not bind, which live in cells from the function's start, and those that the form of its body which is
    // being analyzed surely binds.
    struct Frame {
        std::size_t base = 0;
        std::vector<ScopeName> conditional = {};
        std::vector<PyObject*> sure = {};
    };
    std::vector<Frame> frames_;
    Span current_;

    // What recur re-enters here, if anything.
    struct RecurTarget {
        ast::Loop* loop = nullptr;
        std::size_t count = 0;
        bool valid = false;
    };
    RecurTarget recur_;
    std::vector<ast::Iteration*> iterations_;         // what break and continue see, innermost last
    std::vector<ast::Iteration*> clause_iterations_;  // what :while sees
    std::size_t clause_base_ = 0;                     // where those of the current clause vector begin
    std::vector<Ref> keep_;  // forms made while analyzing (expansions), alive until the unit is done
    std::vector<std::pair<PyObject*, ast::Binding*>> fresh_names_;  // `x#` names of the quasiquote being read
    std::vector<std::string> expansion_;                            // macros being expanded, outermost first
    struct ClassScope {
        ast::Binding* space = nullptr;
        ast::Binding* class_cell = nullptr;
        std::vector<PyObject*> defined;
        std::vector<PyObject*> resolved;  // those of them that templates wrote as core/name, so written
    };
    ClassScope* class_ = nullptr;  // when function_ is a class body
    const char* stack_floor_;
    PyObject* root_ = nullptr;  // the top-level form

    friend struct SpecialTable;
    friend struct CoreLoops;
};

}  // namespace catena
