// Emitter: the tree of one function to code. It decides where each value lives (a local, a temporary of a window, or
// nowhere, when it is only tested) and which calls are tail calls. docs/vm.md states the rules it keeps.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "compiler/ast.hpp"
#include "compiler/builder.hpp"
#include "compiler/compile.hpp"
#include "compiler/walk.hpp"
#include "lang/diagnostic.hpp"

namespace catena {

// What all functions of a unit share while they are emitted.
struct EmitContext {
    PyObject* module;  // borrowed
    const CompileOptions& options;
    Ref file;
    std::optional<Diagnostic> diagnostic = {};
    bool by_name = false;  // core functions are called by their names wherever the tree has the call as written
};

// The code object of a function (with its arities and inner functions). Empty after an error: a Python error is
// set, or `context.diagnostic` says what is wrong.
[[nodiscard]] Ref emit_function(EmitContext& context, ast::Function& function);

class Emitter {
public:
    Emitter(EmitContext& context, ast::Function& function, ast::Arity& arity, Code& code);
    // False with context.diagnostic or a Python error set. With `twice`, the body is emitted a second time, with core's
    // functions called by name, when opcodes stand for some in the first.
    bool run(bool twice);

private:
    using Node = ast::Node;
    using Binding = ast::Binding;

    void emit_body();
    Node* chosen(Node* node);
    bool holds_no_object(Node* node) { return ast::never_object(chosen(node)); }

    // Where a value goes
    Reg operand(Node* node);                            // a register that holds it: its own local, or a new temporary
    void into(Node* node, Reg dest);                    // into a clean register
    void effect(Node* node);                            // nowhere
    void tail(Node* node);                              // to the caller
    void branch(Node* node, Label& target, bool when);  // jumps when its truth is `when`, else falls through
    std::vector<Reg> operands(const std::vector<Node*>& nodes);
    Reg window(const std::vector<Node*>& nodes);
    Reg copied(Node* node);           // a new temporary
    void give(Reg source, Reg dest);  // moves a temporary on
    void tail_register(Reg source);

    // Variables
    void load(Binding* binding, Reg dest, Span span);
    bool in_own_register(const Binding* binding) const;
    bool is_alias(const ast::Bind& bind) const;
    void bind(const ast::Bind& bind);
    void set_binding(Binding* binding, Node* value);
    void release_locals(Reg from);
    void drop_scope(Reg from);
    static bool writes_own_operand(Op op);
    bool clean(Reg local) const { return local < clean_.size() && clean_[local]; }
    void mark_clean(Reg local, bool is_clean);

    // Nodes
    void intrinsic(ast::Operation* node, Reg dest);
    bool compare_branch(ast::Operation* node, Label& target, bool when);
    void let(ast::Let* node, const std::function<void(Node*)>& body);
    void loop(ast::Loop* node, const std::function<void(Node*)>& body);
    void recur(ast::Recur* node);
    bool one_armed(ast::If* node);
    void cond(const std::vector<std::pair<Node*, Node*>>& clauses, Node* otherwise,
              const std::function<void(Node*)>& value, bool joins);
    void connective(ast::Sequence* node, Reg dest);
    void connective_tail(ast::Sequence* node);
    void while_loop(ast::Iteration* node);
    void for_each(ast::Iteration* node);
    void count_up(ast::Iteration* node);
    void for_async(ast::Iteration* node);
    void jump_out(ast::Jump* node);
    void call(ast::Call* node, Reg dest, bool in_tail);
    bool builtin_call(ast::Call* node, Reg dest, bool in_tail);
    void call_splat(ast::Call* node, Reg dest, bool in_tail);
    void build(ast::Build* node, Reg dest);
    bool build_constant(ast::Build* node, Reg dest);
    void build_long(ast::Build* node, Reg dest);
    void fstring(ast::FString* node, Reg dest);
    void fn(ast::Fn* node, Reg dest);
    void helper(Helper id, Reg dest, Reg base, std::size_t count);
    void await_register(Reg value, Reg dest);
    void throw_(ast::Throw* node);
    void try_(ast::Try* node, Reg dest);
    void try_catch(ast::Try* node, Reg dest);
    void with(ast::With* node, Reg dest);
    void match(ast::Match* node, const std::function<void(Node*)>& value, bool joins);
    void pattern(const ast::Pattern& pattern, Reg subject, Label& fail);
    void bind_pattern_name(Binding* binding, Reg subject);
    void pattern_items(const ast::Pattern& pattern, Reg items, Label& fail);
    void path(ast::Path* node, Reg dest, bool in_tail);
    bool path_effect(ast::Path* node, Reg dest);
    friend class PathEmitter;
    static bool is_name(const Node* node) { return node->kind == ast::Kind::global || node->kind == ast::Kind::local; }

    // Protected regions. Code that leaves a region early (break out of a try) runs its cleanups inside it; those
    // stretches are gaps, which its handler does not cover.
    struct Region {
        std::size_t start;
        Reg locals;
        Reg temps;
        std::vector<std::pair<std::size_t, std::size_t>> gaps;
    };
    struct Cleanup {
        enum Kind : std::uint8_t { finally, handled, with } kind;
        std::size_t region;    // the outermost region that this cleanup ends
        Node* node = nullptr;  // finally's body
        Reg reg = 0;           // handled: the exception handled before; with: the bound exit
        bool async = false;
    };
    struct Target {  // of break and continue
        ast::Iteration* iteration;
        Label* leave;
        Label* again;
        Reg locals;
        Reg temps;
        std::size_t cleanups;
    };
    struct LoopTarget {
        ast::Loop* loop;
        Label* top;
        Reg locals;
    };
    void open_region();
    void close_region(Label& entry, Reg target);
    void run_cleanup(const Cleanup& cleanup);
    void run_cleanups(std::size_t down_to);
    void enter_handler(Label& entry);
    void while_handling(Reg exception, const std::function<void()>& body);

    EmitContext& context_;
    ast::Function& function_;
    ast::Arity& arity_;
    Code& code_;
    CodeBuilder b_;
    Label entry_;  // where recur of the function goes on
    std::vector<Region> regions_;
    struct PendingRow {
        std::size_t row;
        Label* entry;
    };
    std::vector<PendingRow> pending_;  // handler rows whose entry is not placed yet
    std::vector<Cleanup> cleanups_;
    std::vector<Target> targets_;
    std::vector<LoopTarget> loops_;
    std::vector<bool> clean_;       // locals that surely hold no object
    std::vector<Binding*> shared_;  // names of the alternatives of an `or` pattern, which have their registers already
    bool tail_calls_;
    bool by_name_;
};

}  // namespace catena
