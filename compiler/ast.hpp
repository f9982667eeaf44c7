// What the analyzer makes of a form: nodes with every name resolved and every macro expanded. Nodes,
// bindings and functions belong to the Unit; pointers between them are plain. Control forms that differ only
// in surface (when, doseq over patterns, comprehensions) have become the few nodes below.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bridge/ref.hpp"
#include "bridge/span.hpp"
#include "vm/code.hpp"
#include "vm/helpers.hpp"

namespace catena::ast {

struct Function;
struct Node;

// One variable. `assigned` counts set! and late definitions, not the first value and not recur.
struct Binding {
    Ref name;  // as written; hidden ones have none
    Function* owner = nullptr;
    bool captured = false;
    bool assigned = false;
    bool is_self = false;   // the function that owns it
    bool early = false;     // may be read before its first value is there (a `def` inside a function)
    std::string module;     // the Python module that it is known to hold, for chains
    std::uint16_t reg = 0;  // set when code is emitted
    bool in_cell() const { return captured && (assigned || early); }
};

enum class Kind : std::uint8_t {
    constant,
    local,
    global,
    set_local,
    set_global,
    def_global,
    del_global,
    if_,
    cond,
    do_,
    let,
    loop,
    recur,
    while_,
    break_,
    continue_,
    for_each,
    count_up,
    push,
    try_,
    throw_,
    with,
    fn,
    call,
    path,
    intrinsic,
    build,
    fstring,
    and_,
    or_,
    helper,
    yield,
    yield_from,
    await,
    match,
    self,
    raw_cell,
    for_async,
};

struct Call;

struct Node {
    Kind kind;
    Span span;
    // The node does the work of a core function that the call here names; null for all others. Both have the same operands.
    Call* written = nullptr;
    Node(Kind k, Span s) : kind(k), span(s) {}
    virtual ~Node() = default;
};

struct Constant : Node {
    Ref value;
    Constant(Span s, Ref v) : Node(Kind::constant, s), value(std::move(v)) {}
};

struct Local : Node {
    Binding* binding;
    Local(Span s, Binding* b) : Node(Kind::local, s), binding(b) {}
};

// A module's name; `module` is empty for the module that is compiled.
struct Global : Node {
    Ref name;     // mangled
    Ref display;  // as written
    Ref module;
    std::string python_module;  // the Python module it holds now, for chains
    Global(Span s, Ref n, Ref d) : Node(Kind::global, s), name(std::move(n)), display(std::move(d)) {}
};

struct SetLocal : Node {
    Binding* binding;
    Node* value;
    SetLocal(Span s, Binding* b, Node* v) : Node(Kind::set_local, s), binding(b), value(v) {}
};

// def_global, set_global and del_global (without a value).
struct SetGlobal : Node {
    Ref name, display;
    Node* value;
    SetGlobal(Kind k, Span s, Ref n, Ref d, Node* v)
        : Node(k, s), name(std::move(n)), display(std::move(d)), value(v) {}
};

struct If : Node {
    Node *test, *then, *otherwise;
    If(Span s, Node* t, Node* a, Node* b) : Node(Kind::if_, s), test(t), then(a), otherwise(b) {}
};

struct Cond : Node {
    std::vector<std::pair<Node*, Node*>> clauses;
    Node* otherwise = nullptr;
    explicit Cond(Span s) : Node(Kind::cond, s) {}
};

// do_, and_, or_.
struct Sequence : Node {
    std::vector<Node*> items;
    Sequence(Kind k, Span s, std::vector<Node*> i = {}) : Node(k, s), items(std::move(i)) {}
};

// One step of a let: a variable and its value, or an iterable taken apart into consecutive variables.
struct Bind {
    std::vector<Binding*> targets = {};  // one unless `unpack`
    Node* value = nullptr;
    bool unpack = false;
    bool has_rest = false;     // the last target takes the rest
    Node* fallback = nullptr;  // value when `value` answered missing
    Span span = {};
};

struct Let : Node {
    std::vector<Bind> binds;
    Node* body = nullptr;
    explicit Let(Span s) : Node(Kind::let, s) {}
};

struct Loop : Node {
    std::vector<Bind> binds;  // one plain target each
    Node* body = nullptr;
    explicit Loop(Span s) : Node(Kind::loop, s) {}
};

// Re-enters a loop, or (null) the function.
struct Recur : Node {
    Loop* loop;
    std::vector<Node*> values;
    Recur(Span s, Loop* l) : Node(Kind::recur, s), loop(l) {}
};

// while_, for_each, count_up, for_async: what break and continue refer to.
struct Iteration : Node {
    Node* test = nullptr;     // while_: the condition; others: the iterable, or the count
    Binding* item = nullptr;  // for_each, count_up, for_async
    Node* body = nullptr;
    bool breakable = true;           // comprehensions are no target of break
    Iteration* outermost = nullptr;  // what break leaves: the first iteration of the same doseq
    Iteration(Kind k, Span s) : Node(k, s) {}
};

struct Jump : Node {  // break_, continue_
    Iteration* target;
    Jump(Kind k, Span s, Iteration* t) : Node(k, s), target(t) {}
};

struct Push : Node {
    Binding* list;
    Node* value;
    Push(Span s, Binding* l, Node* v) : Node(Kind::push, s), list(l), value(v) {}
};

struct Catch {
    Node* classes;
    Binding* name;  // may be null
    Node* body;
    Span span;
};

struct Try : Node {
    Node* body = nullptr;
    std::vector<Catch> catches;
    Node* otherwise = nullptr;
    Node* finally = nullptr;
    explicit Try(Span s) : Node(Kind::try_, s) {}
};

struct Throw : Node {
    Node* value;  // null: the exception that is being handled
    Node* cause;
    Throw(Span s, Node* v, Node* c) : Node(Kind::throw_, s), value(v), cause(c) {}
};

// One context manager; several are nested nodes.
struct With : Node {
    Node* manager = nullptr;
    Binding* exit = nullptr;   // hidden: the bound __exit__
    Binding* value = nullptr;  // hidden: what __enter__ answered
    Node* body = nullptr;      // binds the pattern itself
    bool async = false;
    explicit With(Span s) : Node(Kind::with, s) {}
};

struct Fn : Node {
    Function* function;
    Fn(Span s, Function* f) : Node(Kind::fn, s), function(f) {}
};

// One argument as written. A pair's keyword and its value are two arguments; the first has `pair` set.
struct Argument {
    enum Role : std::uint8_t { plain, pair, splat, splat_map } role = plain;
    Node* node = nullptr;
    Ref name;  // pair: the Python name
};

struct Call : Node {
    Node* callee;
    std::vector<Argument> arguments;
    Call(Span s, Node* c) : Node(Kind::call, s), callee(c) {}
};

// One link of a path.
struct Link {
    StepKind kind = StepKind::get;
    Span span;
    Ref name;                         // get, set, delete: the Python name
    std::vector<Argument> arguments;  // call
    struct Part {                     // item, set_item, delete_item: index parts
        bool slice = false;
        Node* value = nullptr;  // the index, or the slice's start
        Node* stop = nullptr;
        Node* step = nullptr;
    };
    std::vector<Part> parts;
    bool tuple = false;     // several parts, or `[i,]`
    Node* value = nullptr;  // set, set_item
};

// Interop: a root object and the links after it. Fusion makes chains of it.
struct Path : Node {
    Node* root = nullptr;  // null: `import_name` is imported where the path stands
    Ref import_name;
    std::vector<Link> links;
    explicit Path(Span s) : Node(Kind::path, s) {}
};

// A core operation with an opcode of its own; one or two operands.
struct Operation : Node {
    Op op;
    std::vector<Node*> operands;
    Operation(Span s, Op o, std::vector<Node*> v) : Node(Kind::intrinsic, s), op(o), operands(std::move(v)) {}
};

enum class BuildKind : std::uint8_t { vector, tuple, list, set, map };

// Items in written order (keys and values in turn for a map); splats allowed, not in maps except splat_map.
struct Build : Node {
    BuildKind what;
    std::vector<Argument> items;
    Build(Span s, BuildKind w) : Node(Kind::build, s), what(w) {}
};

struct FString : Node {
    struct Part {
        Node* node = nullptr;  // a constant string when `literal`
        bool literal = false;
        char conversion = 0;
        Node* spec = nullptr;
    };
    std::vector<Part> parts;
    explicit FString(Span s) : Node(Kind::fstring, s) {}
};

struct HelperCall : Node {
    Helper id;
    std::vector<Node*> operands;
    HelperCall(Span s, Helper h, std::vector<Node*> v) : Node(Kind::helper, s), id(h), operands(std::move(v)) {}
};

struct Unary : Node {  // yield, yield_from, await
    Node* value;
    Unary(Kind k, Span s, Node* v) : Node(k, s), value(v) {}
};

// self, raw_cell: the running closure; the cell that holds a binding.
struct Reference : Node {
    Binding* binding;
    Reference(Kind k, Span s, Binding* b) : Node(k, s), binding(b) {}
};

struct Pattern {
    enum Shape : std::uint8_t {
        anything,
        name,
        literal,
        sequence,
        tuple,
        mapping,
        instance,
        either,
        guarded
    } shape = anything;
    Span span;
    Binding* binding = nullptr;  // name; `:as` of any shape
    Node* node = nullptr;        // literal, class, guard (may be null)
    bool exact = false;          // literal: compared by identity
    std::vector<Pattern> items;  // sequence, tuple, mapping's values, instance's, alternatives, the guarded one
    bool has_rest = false;       // sequence: the last item takes the rest
    std::vector<Node*> keys;     // mapping
    std::vector<Node*>
        defaults;  // mapping: for each key what stands for its item when there is none, null: it must be there
    std::vector<Ref> attributes;   // instance: names of the items after the positional ones
    std::uint16_t positional = 0;  // instance
};

struct Match : Node {
    struct Clause {
        Pattern pattern;
        Node* body = nullptr;
    };
    Binding* subject = nullptr;  // hidden, holds the value
    Node* value = nullptr;
    std::vector<Clause> clauses;
    explicit Match(Span s) : Node(Kind::match, s) {}
};

// One arity: parameters, the prologue that evaluates defaults and takes patterns apart, and the body.
struct Arity {
    Parameters parameters;
    std::vector<Binding*> registers;  // the parameters' bindings, in register order
    // In order: a parameter's default (no value, a fallback), or a pattern taken apart.
    std::vector<Bind> prologue;
    Node* body = nullptr;
    bool passes_pairs = false;  // the rest is declared with &forward
    Span span;
};

struct Function {
    Function* parent = nullptr;
    std::vector<Arity> arities;
    FunctionKind kind = FunctionKind::plain;
    bool is_class_body = false;
    Binding* class_cell = nullptr;  // of a class body: holds the class once it is made
    Binding* first_parameter = nullptr;
    Binding* self = nullptr;  // its own name, inside it
    bool top_level = false;
    Ref name, qualname, doc, source;
    Span span;
    std::vector<Binding*> captures;
    std::uint32_t template_index = 0;

    // The index of a binding of an enclosing function among the captures, which are extended as needed
    // in this and in every function between.
    std::uint16_t capture(Binding* binding);
};

struct Unit {
    std::vector<std::unique_ptr<Node>> nodes;
    std::vector<std::unique_ptr<Binding>> bindings;
    std::vector<std::unique_ptr<Function>> functions;
    Function* main = nullptr;
    // What compiles and is hardly meant, for `catena check`.
    struct Doubt {
        Span span;
        const char* text;
    };
    std::vector<Doubt> doubts;

    template <class T, class... Args>
    T* make(Args&&... args) {
        auto node = std::make_unique<T>(std::forward<Args>(args)...);
        T* raw = node.get();
        nodes.push_back(std::move(node));
        return raw;
    }
    Binding* bind(Ref name, Function* owner) {
        bindings.push_back(std::make_unique<Binding>());
        bindings.back()->name = std::move(name);
        bindings.back()->owner = owner;
        return bindings.back().get();
    }
};

}  // namespace catena::ast
