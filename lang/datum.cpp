// datum(): what `quote` gives. Only what holds a MapForm or SetForm is built anew; a stack replaces recursion.
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "lang/forms.hpp"
#include "lang/list.hpp"
#include "lang/printer.hpp"

namespace catena {

namespace {

bool is_literal_form(PyObject* o) { return is_map_form(o) || is_set_form(o); }

bool is_container(PyObject* o) {
    return is_list(o) || PyList_CheckExact(o) || PyTuple_CheckExact(o) || PyDict_CheckExact(o) || is_literal_form(o);
}

// The children of a container, in the order of its spans. They are held: nothing else may be holding them by the
// time they are used.
std::vector<Ref> children_of(PyObject* o) {
    std::vector<Ref> children;
    if (is_list(o)) {
        for (PyObject* item : items_of(o)) children.push_back(borrow(item));
    } else if (PyDict_CheckExact(o)) {
        PyObject* key = nullptr;
        PyObject* value = nullptr;
        Py_ssize_t position = 0;
        while (PyDict_Next(o, &position, &key, &value)) {
            children.push_back(borrow(key));
            children.push_back(borrow(value));
        }
    } else {
        PyObject* items = is_literal_form(o) ? literal_items(o) : o;
        const Py_ssize_t count = PySequence_Fast_GET_SIZE(items);
        for (Py_ssize_t i = 0; i < count; ++i) children.push_back(borrow(PySequence_Fast_GET_ITEM(items, i)));
    }
    return children;
}

bool holds_literal_form(PyObject* form) {
    if (!is_container(form)) return false;
    std::unordered_set<PyObject*> seen;
    std::vector<PyObject*> work{form};
    const auto visit = [&](PyObject* o) {
        if (is_container(o) && seen.insert(o).second) work.push_back(o);
    };
    while (!work.empty()) {
        PyObject* o = work.back();
        work.pop_back();
        if (is_literal_form(o)) return true;
        if (is_list(o)) {
            for (PyObject* item : items_of(o)) visit(item);
        } else if (PyDict_CheckExact(o)) {
            PyObject* key = nullptr;
            PyObject* value = nullptr;
            Py_ssize_t position = 0;
            while (PyDict_Next(o, &position, &key, &value)) {
                visit(key);
                visit(value);
            }
        } else {
            for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(o); ++i) visit(PySequence_Fast_GET_ITEM(o, i));
        }
    }
    return false;
}

// CPython hashes nested tuples on the C stack and does not look how deep it is.
constexpr std::size_t deepest_key = 5000;

bool is_too_deep_for_a_key(PyObject* key) {
    std::vector<std::pair<PyObject*, std::size_t>> work{{key, 0}};
    std::unordered_set<PyObject*> seen;
    while (!work.empty()) {
        const auto [o, depth] = work.back();
        work.pop_back();
        if (depth > deepest_key) return true;
        if (!PyTuple_CheckExact(o) || !seen.insert(o).second) continue;
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(o); ++i) work.emplace_back(PyTuple_GET_ITEM(o, i), depth + 1);
    }
    return false;
}

struct Building {
    Ref original;
    std::vector<Ref> children;
    std::size_t next = 0;
    bool changed = false;
};

// A container that is done. It is held, so that no other one gets its address.
struct Made {
    Ref original;
    Ref value;
};

class Datum {
public:
    explicit Datum(const SpanTable& spans) : spans_(spans) {}

    tl::expected<Ref, Diagnostic> run(PyObject* form) {
        enter(form);
        for (;;) {
            Building& top = stack_.back();
            if (top.next == top.children.size()) {
                auto value = finish(top);
                if (!value) return value;
                Ref done = std::move(*value);
                PyObject* original = top.original.get();
                made_.emplace(original, Made{std::move(top.original), done});
                stack_.pop_back();
                if (stack_.empty()) return done;
                put(done.get() != original, done);
                continue;
            }
            PyObject* child = top.children[top.next].get();
            if (const auto found = made_.find(child); found != made_.end()) {
                put(found->second.value.get() != child, found->second.value);
            } else if (!is_container(child) || !open_.insert(child).second) {
                ++top.next;  // an atom, or a form inside itself, which stays as it is
            } else {
                enter(child);
            }
        }
    }

private:
    void enter(PyObject* form) {
        open_.insert(form);
        stack_.push_back({borrow(form), children_of(form)});
    }

    void put(bool changed, Ref value) {
        Building& top = stack_.back();
        top.changed |= changed;
        top.children[top.next++] = std::move(value);
    }

    tl::expected<Ref, Diagnostic> finish(const Building& built) {
        PyObject* form = built.original.get();
        const std::size_t count = built.children.size();
        const bool is_dict = PyDict_CheckExact(form) || is_map_form(form);
        if (!built.changed && !is_literal_form(form)) return built.original;
        if (is_dict || is_set_form(form)) return is_dict ? make_dict(built) : make_set(built);

        std::vector<PyObject*> items;
        items.reserve(count);
        for (const Ref& child : built.children) items.push_back(child.get());
        Ref value;
        if (is_list(form)) {
            value = list_from(items.data(), count);
        } else if (PyTuple_CheckExact(form)) {
            value = steal(PyTuple_New(static_cast<Py_ssize_t>(count)));
            for (std::size_t i = 0; value && i < count; ++i) {
                PyTuple_SET_ITEM(value.get(), static_cast<Py_ssize_t>(i), Py_NewRef(items[i]));
            }
        } else {
            value = steal(PyList_New(static_cast<Py_ssize_t>(count)));
            for (std::size_t i = 0; value && i < count; ++i) {
                PyList_SET_ITEM(value.get(), static_cast<Py_ssize_t>(i), Py_NewRef(items[i]));
            }
        }
        if (!value) return tl::unexpected(diagnostic_from_error(spans_.of(form)));
        return value;
    }

    tl::expected<Ref, Diagnostic> make_dict(const Building& built) {
        Ref dict = steal(PyDict_New());
        for (std::size_t i = 0; dict && i < built.children.size(); i += 2) {
            PyObject* key = built.children[i].get();
            if (is_too_deep_for_a_key(key)) return tl::unexpected(bad_key(built, i));
            PyObject* value = built.children[i + 1].get();
            if (PyDict_SetItem(dict.get(), key, value) < 0) return tl::unexpected(bad_key(built, i));
        }
        if (!dict) return tl::unexpected(diagnostic_from_error(spans_.of(built.original.get())));
        return dict;
    }

    tl::expected<Ref, Diagnostic> make_set(const Building& built) {
        Ref set = steal(PySet_New(nullptr));
        for (std::size_t i = 0; set && i < built.children.size(); ++i) {
            PyObject* item = built.children[i].get();
            if (is_too_deep_for_a_key(item)) return tl::unexpected(bad_key(built, i));
            if (PySet_Add(set.get(), item) < 0) return tl::unexpected(bad_key(built, i));
        }
        if (!set) return tl::unexpected(diagnostic_from_error(spans_.of(built.original.get())));
        return set;
    }

    // Words the failure to use the i-th child as a key: the Python error that is set, or nesting too deep.
    Diagnostic bad_key(const Building& built, std::size_t i) {
        PyObject* form = built.original.get();
        Span span = spans_.of_child(form, i);
        if (!span.known()) span = spans_.of(form);
        const char* role = is_set_form(form) ? "an element of a set" : "the key of a map";
        if (!PyErr_Occurred()) return {std::string("nested too deeply to be ") + role, {}, span, false};
        if (!PyErr_ExceptionMatches(PyExc_TypeError)) return diagnostic_from_error(span);
        PyErr_Clear();
        PyObject* key = built.children[i].get();
        std::string hint;
        if (PyList_Check(key)) hint = "a vector can change; a tuple #[...] can be " + std::string(role);
        std::string message = std::string(Py_TYPE(key)->tp_name) + " cannot be " + role + ": it has no hash";
        return {std::move(message), std::move(hint), span, false};
    }

    const SpanTable& spans_;
    std::vector<Building> stack_;
    std::unordered_set<PyObject*> open_;
    std::unordered_map<PyObject*, Made> made_;
};

}  // namespace

tl::expected<Ref, Diagnostic> datum(PyObject* form, const SpanTable& spans) try {
    if (!holds_literal_form(form)) return borrow(form);
    return Datum(spans).run(form);
} catch (const std::bad_alloc&) {
    PyErr_NoMemory();
    return tl::unexpected(diagnostic_from_error(spans.of(form)));
}

}  // namespace catena
