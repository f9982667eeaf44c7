#include "vm/rebinding.hpp"

#include <algorithm>
#include <memory>
#include <unordered_map>

#include "bridge/module_changes.hpp"
#include "bridge/plan.hpp"
#include "vm/chain_object.hpp"
#include "vm/closure.hpp"
#include "vm/operands.hpp"

namespace catena {

DictVersion core_seen;

namespace {

PyObject* originals = nullptr;  // core's dict as it was, owned for ever
PyObject* watched = nullptr;    // a set of the names that some code has opcodes for, owned for ever
PyObject* changed = nullptr;    // a set of those whose value in core is another now, owned for ever

// The same names in the order in which they came, borrowed.
std::vector<PyObject*>& watched_names() {
    static auto* all = new std::vector<PyObject*>;
    return *all;
}

std::unordered_map<PyObject*, std::unique_ptr<CoreNameUsers>>& modules() {
    static auto* all = new std::unordered_map<PyObject*, std::unique_ptr<CoreNameUsers>>;
    return *all;
}

// Keeps the error that is set, and drops one that comes in between (memory for a set's entry).
class HeldError {
public:
    HeldError() { PyErr_Fetch(&type_, &value_, &traceback_); }
    ~HeldError() { PyErr_Restore(type_, value_, traceback_); }
    HeldError(const HeldError&) = delete;
    HeldError& operator=(const HeldError&) = delete;

private:
    PyObject *type_, *value_, *traceback_;
};

PyObject* original(PyObject* name) { return PyDict_GetItemWithError(originals, name); }

bool means_another(PyObject* dict, PyObject* name) {
    PyObject* own = PyDict_GetItemWithError(dict, name);
    // A macro is nothing to call: code from before it keeps core's function.
    if (own != nullptr && !(is_closure(own) && reinterpret_cast<Closure*>(own)->is_macro)) return own != original(name);
    return PySet_Contains(changed, name) == 1;
}

void choose_body(Code& code) {
    const bool by_name = std::any_of(code.core_names.begin(), code.core_names.end(), [&](const Ref& name) {
        return means_another(code.globals_dict.get(), name.get());
    });
    code.entry = code.instrs.data() + (by_name ? code.by_name : 0);
}

void choose_bodies(CoreNameUsers& users) {
    for (Code* code : users.codes) choose_body(*code);
}

// Looks the watched names up in a module. Whether others than before are bound there.
bool own_names_changed(PyObject* dict, CoreNameUsers& users) {
    users.keys = dict_growth(dict);
    std::vector<PyObject*> own;
    // By number: the look-up can run the code of strange keys, and that can come here too.
    for (std::size_t i = 0; i < watched_names().size(); ++i) {
        PyObject* name = watched_names()[i];
        if (PyDict_GetItemWithError(dict, name) != nullptr) own.push_back(name);
    }
    if (own == users.own) return false;
    users.own = std::move(own);
    return true;
}

// Chains read their operands in the running frame's registers.
void bind_chains(Code& code) {
    for (std::size_t n = 0; n < code.instrs.size(); ++n) {
        const Instr& i = code.instrs[n];
        if (runs_chain(static_cast<Op>(i.op))) {
            std::vector<std::uint16_t> registers(i.c);
            for (std::size_t k = 0; k < i.c; ++k) registers[k] = operand_register(&code.instrs[n + 1], k);
            chain_of(code.chains[i.b].get()).plan()->bind(registers.data(), registers.size(), code.first_temporary);
        }
        n += operand_words(i) + (operand_kinds(static_cast<Op>(i.op)).branches ? 1 : 0);
    }
}

// Whether core's value of a watched name changed, or changed back.
bool core_changed() {
    core_seen.remember(core_dict());
    bool any = false;
    for (std::size_t i = 0; i < watched_names().size(); ++i) {
        PyObject* name = watched_names()[i];
        const bool was = PySet_Contains(changed, name) == 1;
        if (is_original_core_name(name) != was) continue;
        any = true;
        if ((was ? PySet_Discard(changed, name) : PySet_Add(changed, name)) < 0) break;
    }
    return any;
}

}  // namespace

bool remember_core_names() {
    if (originals != nullptr) return true;
    originals = PyDict_Copy(core_dict());
    watched = PySet_New(nullptr);
    changed = PySet_New(nullptr);
    module_attribute_changed = [](PyObject* module, PyObject* name) {
        core_name_may_differ(PyModule_GetDict(module), name);
    };
    return originals != nullptr && watched != nullptr && changed != nullptr;
}

bool is_original_core_name(PyObject* name) {
    PyObject* now = PyDict_GetItemWithError(core_dict(), name);
    return now != nullptr && now == original(name);
}

void complete(Code& code) {
    code.entry = code.instrs.data();
    bind_chains(code);
    if (code.core_names.empty() || originals == nullptr) return;
    const HeldError held;
    std::unique_ptr<CoreNameUsers>& users = modules()[code.globals_dict.get()];
    if (!users) {
        users = std::make_unique<CoreNameUsers>();
        users->keys = dict_growth(code.globals_dict.get());
    }
    code.users = users.get();
    code.user_index = users->codes.size();
    users->codes.push_back(&code);
    bool fresh = false;
    for (const Ref& name : code.core_names) {
        if (PySet_Contains(watched, name.get()) == 1) continue;
        fresh = true;
        if (PySet_Add(watched, name.get()) == 0) watched_names().push_back(name.get());
    }
    if (fresh && core_changed()) {
        for (auto& [dict, listed] : modules()) choose_bodies(*listed);
    }
    choose_body(code);
}

void forget_core_names(Code& code) {
    if (code.users == nullptr) return;
    std::vector<Code*>& codes = code.users->codes;
    codes[code.user_index] = codes.back();
    codes[code.user_index]->user_index = code.user_index;
    codes.pop_back();
    code.users = nullptr;
    if (codes.empty()) modules().erase(code.globals_dict.get());
}

void core_name_may_differ(PyObject* dict, PyObject* name) {
    if (originals == nullptr || PySet_GET_SIZE(watched) == 0) return;
    const HeldError held;
    if (PySet_Contains(watched, name) != 1) return;
    if (dict == core_dict()) {
        if (!core_changed()) return;
        for (auto& [each, users] : modules()) choose_bodies(*users);
    } else if (const auto found = modules().find(dict); found != modules().end()) {
        (void)own_names_changed(dict, *found->second);
        choose_bodies(*found->second);
    }
}

void look_for_rebinding() {
    if (originals == nullptr) return;
    const bool core_may_differ = !core_seen.still(core_dict());
    const HeldError held;
    const bool all = core_may_differ && core_changed();
    for (auto& [dict, users] : modules()) {
        const bool grown = users->keys != dict_growth(dict);
        if ((grown && own_names_changed(dict, *users)) || all) choose_bodies(*users);
    }
}

}  // namespace catena
