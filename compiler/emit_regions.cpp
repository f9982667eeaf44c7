// try, with and what leaving them does.
#include "compiler/emit.hpp"
#include "compiler/walk.hpp"

namespace catena {

using namespace ast;

void Emitter::open_region() { regions_.push_back({b_.here(), b_.locals(), b_.temps(), {}}); }

// The code since open_region is protected: exceptions go to `entry`, in `target`. Stretches that ran cleanups of
// this very region are left out.
void Emitter::close_region(Label& entry, Reg target) {
    Region region = std::move(regions_.back());
    regions_.pop_back();
    std::size_t at = region.start;
    const auto cover = [&](std::size_t end) {
        if (end <= at) return;
        Handler row;
        row.start = static_cast<std::uint32_t>(at);
        row.end = static_cast<std::uint32_t>(end);
        row.target = target;
        row.locals_from = region.locals;
        row.temporaries_from = region.temps;
        pending_.push_back({code_.handlers.size(), &entry});
        code_.handlers.push_back(row);
    };
    for (const auto& [start, end] : region.gaps) {
        cover(start);
        at = end;
    }
    cover(b_.here());
}

// Places a handler's entry: the rows that point to it learn where it is.
void Emitter::enter_handler(Label& entry) {
    b_.place(entry);
    for (std::size_t i = pending_.size(); i-- > 0;) {
        if (pending_[i].entry != &entry) continue;
        code_.handlers[pending_[i].row].entry = static_cast<std::uint32_t>(b_.here());
        pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(i));
    }
}

void Emitter::run_cleanup(const Cleanup& cleanup) {
    switch (cleanup.kind) {
        case Cleanup::finally: effect(cleanup.node); break;
        case Cleanup::handled: b_.emit(Op::UNHANDLE, cleanup.reg); break;
        case Cleanup::with: {
            const Reg window = b_.new_temps(2);
            b_.emit(Op::MOVE, window, cleanup.reg);
            b_.emit(Op::CONST, static_cast<Reg>(window + 1), b_.constant(Py_None));
            const Reg result = b_.new_temps();
            helper(cleanup.async ? Helper::ASYNC_WITH_EXIT : Helper::WITH_EXIT, result, window, 2);
            if (cleanup.async) {
                const Reg awaited = b_.new_temps();
                await_register(result, awaited);
                b_.emit(Op::CLEAR, awaited, 1);
            }
            b_.drop_temps(window);
            break;
        }
    }
}

// Runs the cleanups from the innermost to number `down_to`, each outside the regions that it ends.
void Emitter::run_cleanups(std::size_t down_to) {
    const std::vector<Cleanup> all = cleanups_;
    for (std::size_t i = all.size(); i-- > down_to;) {
        cleanups_.resize(i);
        const std::size_t start = b_.here();
        run_cleanup(all[i]);
        for (std::size_t r = all[i].region; r < regions_.size(); ++r) regions_[r].gaps.emplace_back(start, b_.here());
    }
    cleanups_ = all;
}

// Emits `body` with the exception in local `exception` as the handled one, and restores the one before on every way
// out.
void Emitter::while_handling(Reg exception, const std::function<void()>& body) {
    const Reg previous = b_.new_locals();
    mark_clean(previous, false);
    const Reg second = b_.new_locals();
    mark_clean(second, false);
    b_.emit(Op::HANDLE, previous, exception);
    cleanups_.push_back({Cleanup::handled, regions_.size(), nullptr, previous, false});
    open_region();
    body();
    Label failed, end;
    close_region(failed, second);
    cleanups_.pop_back();
    b_.emit(Op::UNHANDLE, previous);
    b_.jump(Op::JUMP, end);
    enter_handler(failed);
    b_.emit(Op::UNHANDLE, previous);
    b_.emit(Op::RERAISE, second);
    b_.place(end);
    drop_scope(previous);
}

void Emitter::throw_(Throw* node) {
    const Reg temps = b_.temps();
    if (node->value == nullptr) {
        b_.emit(Op::RAISE_CURRENT);
        return;
    }
    const Reg value = b_.new_temps(node->cause != nullptr ? 2 : 1);
    into(node->value, value);
    if (node->cause != nullptr) into(node->cause, static_cast<Reg>(value + 1));
    b_.at(node->span);
    b_.emit(Op::THROW, value, node->cause != nullptr ? 1 : 0);
    b_.drop_temps(temps);
}

void Emitter::try_(Try* node, Reg dest) {
    if (node->finally == nullptr) return try_catch(node, dest);
    const Reg locals = b_.locals();
    const Reg exception = b_.new_locals();
    mark_clean(exception, false);
    // The value waits where unwinding finds it while the finally part runs.
    const Reg temps = b_.temps();
    cleanups_.push_back({Cleanup::finally, regions_.size(), node->finally, 0, false});
    open_region();
    const Reg value = b_.new_temps();
    if (node->catches.empty() && node->otherwise == nullptr)
        into(node->body, value);
    else
        try_catch(node, value);
    Label failed, end;
    close_region(failed, exception);
    cleanups_.pop_back();
    effect(node->finally);
    give(value, dest);
    b_.drop_temps(temps);
    b_.jump(Op::JUMP, end);
    enter_handler(failed);
    while_handling(exception, [&] { effect(node->finally); });
    b_.emit(Op::RERAISE, exception);
    b_.place(end);
    drop_scope(locals);
}

// The body with its catches and else, without finally.
void Emitter::try_catch(Try* node, Reg dest) {
    const Reg locals = b_.locals();
    const Reg exception = b_.new_locals();
    mark_clean(exception, false);
    Label failed, end;
    open_region();
    if (node->otherwise != nullptr) {
        effect(node->body);
    } else {
        // In a temporary of the region's own: what fails after the value is there must not leave it in `dest`.
        const Reg value = copied(node->body);
        give(value, dest);
        b_.drop_temps(value);
    }
    close_region(failed, exception);
    if (node->otherwise != nullptr) into(node->otherwise, dest);
    b_.jump(Op::JUMP, end);
    enter_handler(failed);
    if (node->catches.empty()) {
        b_.emit(Op::RERAISE, exception);
        b_.place(end);
        drop_scope(locals);
        return;
    }
    // The value waits in a temporary of its own until the handled exception is the outer one again.
    const Reg temps = b_.temps();
    const Reg value = b_.new_temps();
    Label caught;
    while_handling(exception, [&] {
        Label done;
        for (const Catch& clause : node->catches) {
            const Reg inner = b_.temps();
            Label next;
            b_.at(clause.span);
            const Reg classes = operand(clause.classes);
            const Reg matches = b_.new_temps();
            b_.at(clause.classes->span);
            b_.emit(Op::EXCEPTION_MATCHES, matches, exception, classes);
            b_.jump(Op::JUMP_UNLESS, next, matches);
            b_.drop_temps(inner);
            const Reg scope = b_.locals();
            if (clause.name != nullptr) {
                const Reg name = b_.new_locals();
                mark_clean(name, false);
                b_.emit(Op::MOVE, name, exception);
                clause.name->reg = name;
                if (clause.name->in_cell()) b_.emit(Op::CELL_NEW, name);
            }
            into(clause.body, value);
            drop_scope(scope);
            b_.jump(Op::JUMP, done);
            b_.place(next);
        }
        b_.emit(Op::RERAISE, exception);
        b_.place(done);
    });
    give(value, dest);
    b_.drop_temps(temps);
    b_.place(end);
    drop_scope(locals);
}

void Emitter::with(With* node, Reg dest) {
    const Reg locals = b_.locals();
    const Reg exception = b_.new_locals();
    const Reg exit = b_.new_locals(2);
    const Reg entered = static_cast<Reg>(exit + 1);
    for (const Reg reg : {exception, exit, entered}) mark_clean(reg, false);
    const Reg temps = b_.temps();
    const Reg manager = copied(node->manager);
    b_.at(node->span);
    const Reg both = b_.new_temps();
    helper(node->async ? Helper::ASYNC_WITH_ENTER : Helper::WITH_ENTER, both, manager, 1);
    b_.emit(Op::UNPACK, exit, both, 2);
    b_.drop_temps(temps);
    if (node->async) {
        const Reg value = b_.new_temps();
        const Reg awaitable = b_.new_temps();
        b_.emit(Op::MOVE, awaitable, entered);
        await_register(awaitable, value);
        b_.emit(Op::STORE, entered, value);
        b_.drop_temps(temps);
    }
    node->exit->reg = exit;
    node->value->reg = entered;
    const Cleanup cleanup{Cleanup::with, regions_.size(), nullptr, exit, node->async};
    cleanups_.push_back(cleanup);
    open_region();
    const Reg value = b_.new_temps();
    into(node->body, value);
    Label failed, end;
    close_region(failed, exception);
    cleanups_.pop_back();
    b_.at(node->span);
    run_cleanup(cleanup);
    give(value, dest);
    b_.drop_temps(temps);
    b_.jump(Op::JUMP, end);

    // The manager may swallow the exception: then the value is nil.
    enter_handler(failed);
    const Reg swallowed = b_.new_temps();
    while_handling(exception, [&] {
        const Reg window = b_.new_temps(2);
        b_.emit(Op::MOVE, window, exit);
        b_.emit(Op::MOVE, static_cast<Reg>(window + 1), exception);
        if (node->async) {
            const Reg awaitable = b_.new_temps();
            helper(Helper::ASYNC_WITH_EXIT, awaitable, window, 2);
            const Reg answer = b_.new_temps();
            await_register(awaitable, answer);
            b_.emit(Op::NOT, swallowed, answer);
            b_.emit(Op::NOT, swallowed, swallowed);
        } else {
            helper(Helper::WITH_EXIT, swallowed, window, 2);
        }
        b_.drop_temps(window);
    });
    Label go_on;
    b_.jump(Op::JUMP_IF, go_on, swallowed);
    b_.emit(Op::RERAISE, exception);
    b_.place(go_on);
    b_.emit(Op::CONST, dest, b_.constant(Py_None));
    b_.drop_temps(temps);
    b_.place(end);
    drop_scope(locals);
}

}  // namespace catena
