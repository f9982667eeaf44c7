// Finished forms: what they stand in takes them, and what closes becomes a form itself.
#include <algorithm>
#include <unordered_map>

#include "lang/forms.hpp"
#include "lang/list.hpp"
#include "lang/reader_machine.hpp"
#include "lang/symbol.hpp"

namespace catena {

namespace {

// The elements of a set literal stand in written order, those of a set in its own: the spans follow the set.
std::vector<Span> in_order_of_set(PyObject* set, PyObject* const* items, std::span<const Span> spans) {
    std::unordered_map<PyObject*, Span> span_of;
    span_of.reserve(spans.size());
    for (std::size_t i = 0; i < spans.size(); ++i) span_of.emplace(items[i], spans[i]);
    std::vector<Span> ordered;
    ordered.reserve(spans.size());
    const Ref iterator = steal(PyObject_GetIter(set));
    if (!iterator) return ordered;
    while (const Ref item = steal(PyIter_Next(iterator.get()))) ordered.push_back(span_of[item.get()]);
    return ordered;
}

}  // namespace

// Gives a finished form to what is open; a prefix takes it and is finished itself.
bool Reader::Machine::deliver(Ref value, Span own) {
    while (!frames_.empty()) {
        const Frame& top = frames_.back();
        if (!is_prefix(top.kind) || (top.kind == Opening::annotated && pending_.size() == top.first_item)) {
            pending_.push(std::move(value), own);
            return true;
        }
        const Frame frame = top;
        frames_.pop_back();
        if (frame.kind == Opening::drop) {
            parameter_count_ = static_cast<std::uint32_t>(frame.saved / 2);
            has_rest_ = frame.saved % 2 != 0;
            return true;
        }
        value = wrap(frame, std::move(value), &own);
        if (!value) return fail_python(own);
    }
    result_ = std::move(value);
    has_result_ = true;
    span = own;
    margin_line_ = 0;
    return true;
}

bool Reader::Machine::deliver_checked(Ref value, Span own) {
    return value ? deliver(std::move(value), own) : fail_python(own);
}

// (head value), or of an annotation (%annotated value type). `own` becomes the span of the whole.
Ref Reader::Machine::wrap(const Frame& frame, Ref value, Span* own) {
    const Span prefix = opening_span(frame);
    const Span whole = join(prefix, *own);
    const Ref head = new_symbol(facts_of(frame.kind).head, prefix);
    if (!head) return {};
    Ref form;
    if (frame.kind == Opening::annotated) {
        const Span span_of_type = pending_.spans_from(frame.first_item)[0];
        const Ref type = pending_.pop();
        PyObject* const items[] = {head.get(), value.get(), type.get()};
        form = list_from(items, 3);
        if (form) spans_.record(form.get(), whole, {prefix, *own, span_of_type});
    } else {
        PyObject* const items[] = {head.get(), value.get()};
        form = list_from(items, 2);
        if (form) spans_.record(form.get(), whole, {prefix, *own});
    }
    *own = whole;
    return form;
}

namespace {

bool has_splice(PyObject* const* items, std::size_t count) {
    return std::any_of(items, items + count, [](PyObject* item) {
        return is_list(item) && list_count(item) == 2 && symbol_is(list_first(item), "unquote-splicing");
    });
}

}  // namespace

// {,@pairs} of a template, which says how many forms it has only when it is filled in, is (%spliced-map ,@pairs).
bool Reader::Machine::finish_spliced_map(const Frame& frame, Span own) {
    PyObject* const* items = pending_.items_from(frame.first_item);
    const std::size_t count = pending_.size() - frame.first_item;
    const Ref head = new_symbol("%spliced-map", opening_span(frame));
    if (!head) return fail_python(own);
    std::vector<PyObject*> all{head.get()};
    all.insert(all.end(), items, items + count);
    std::vector<Span> spans{opening_span(frame)};
    const auto own_spans = pending_.spans_from(frame.first_item);
    spans.insert(spans.end(), own_spans.begin(), own_spans.end());
    Ref form = list_from(all.data(), all.size());
    if (!form) return fail_python(own);
    spans_.record(form.get(), own, spans);
    pending_.truncate(frame.first_item);
    return deliver(std::move(form), own);
}

bool Reader::Machine::finish_container(const Frame& frame, Span own) {
    const std::size_t count = pending_.size() - frame.first_item;
    if (frame.kind == Opening::map && has_splice(pending_.items_from(frame.first_item), count))
        return finish_spliced_map(frame, own);
    if (frame.kind == Opening::map && count % 2 != 0) {
        return fail(own,
                    "a map needs a value for every key: this one has " + std::to_string(count) +
                        (count == 1 ? " form" : " forms"),
                    "the last one stands alone, or a value is missing before it");
    }
    if (frame.kind == Opening::list) {
        Ref list = list_of_owned(pending_.items_from(frame.first_item), count);
        if (!list) return fail_python(own);
        spans_.record(list.get(), own, pending_.spans_from(frame.first_item));
        pending_.forget(frame.first_item);
        return deliver(std::move(list), own);
    }
    Ref form = make_container(frame, own);
    if (!form) return fail_python(own);
    pending_.truncate(frame.first_item);
    return deliver(std::move(form), own);
}

Ref Reader::Machine::make_container(const Frame& frame, Span own) {
    PyObject* const* items = pending_.items_from(frame.first_item);
    const std::size_t count = pending_.size() - frame.first_item;
    Ref form;
    switch (frame.kind) {
        case Opening::tuple: form = pending_tuple(frame.first_item); break;
        case Opening::map: return make_map(frame, own);
        case Opening::set: return make_set(frame, own);
        case Opening::function: return make_function(frame, own);
        default:
            form = steal(PyList_New(static_cast<Py_ssize_t>(count)));
            for (std::size_t i = 0; form && i < count; ++i) {
                PyList_SET_ITEM(form.get(), static_cast<Py_ssize_t>(i), Py_NewRef(items[i]));
            }
    }
    if (form) spans_.record(form.get(), own, pending_.spans_from(frame.first_item));
    return form;
}

Ref Reader::Machine::make_map(const Frame& frame, Span own) {
    PyObject* const* items = pending_.items_from(frame.first_item);
    const std::size_t count = pending_.size() - frame.first_item;
    bool plain = true;
    for (std::size_t i = 0; plain && i < count; i += 2) plain = is_atom(items[i]);
    Ref form;
    if (plain) {
        form = steal(PyDict_New());
        for (std::size_t i = 0; form && i < count; i += 2) {
            if (PyDict_SetItem(form.get(), items[i], items[i + 1]) < 0) return {};
        }
        plain = form && static_cast<std::size_t>(PyDict_GET_SIZE(form.get())) * 2 == count;
    }
    if (!plain) {
        const Ref tuple = pending_tuple(frame.first_item);
        form = tuple ? make_map_form(tuple.get()) : Ref();
    }
    if (form) spans_.record(form.get(), own, pending_.spans_from(frame.first_item));
    return form;
}

Ref Reader::Machine::make_set(const Frame& frame, Span own) {
    PyObject* const* items = pending_.items_from(frame.first_item);
    const std::size_t count = pending_.size() - frame.first_item;
    bool plain = true;
    for (std::size_t i = 0; plain && i < count; ++i) plain = is_atom(items[i]);
    if (plain) {
        Ref set = steal(PySet_New(nullptr));
        for (std::size_t i = 0; set && i < count; ++i) {
            if (PySet_Add(set.get(), items[i]) < 0) return {};
        }
        if (!set) return {};
        if (static_cast<std::size_t>(PySet_GET_SIZE(set.get())) == count) {
            const auto spans = in_order_of_set(set.get(), items, pending_.spans_from(frame.first_item));
            if (spans.size() != count) return {};
            spans_.record(set.get(), own, spans);
            return set;
        }
    }
    const Ref tuple = pending_tuple(frame.first_item);
    Ref form = tuple ? make_set_form(tuple.get()) : Ref();
    if (form) spans_.record(form.get(), own, pending_.spans_from(frame.first_item));
    return form;
}

// #(f % %&) is (fn [%1 & %&] (f %1 %&)).
Ref Reader::Machine::make_function(const Frame& frame, Span own) {
    in_function_ = false;
    const Span opening = opening_span(frame);
    const Ref body = list_from(pending_.items_from(frame.first_item), pending_.size() - frame.first_item);
    if (!body) return {};
    spans_.record(body.get(), own, pending_.spans_from(frame.first_item));

    Pending names;
    for (std::uint32_t i = 1; i <= parameter_count_; ++i) {
        names.push(new_symbol(("%" + std::to_string(i)).c_str(), opening), opening);
    }
    if (has_rest_) {
        names.push(new_symbol("&", opening), opening);
        names.push(new_symbol("%&", opening), opening);
    }
    const Ref parameters = steal(PyList_New(static_cast<Py_ssize_t>(names.size())));
    const Ref head = new_symbol(facts_of(frame.kind).head, opening);
    if (!parameters || !head) return {};
    for (std::size_t i = 0; i < names.size(); ++i) {
        PyObject* name = names.items_from(i)[0];
        if (name == nullptr) return {};
        PyList_SET_ITEM(parameters.get(), static_cast<Py_ssize_t>(i), Py_NewRef(name));
    }
    spans_.record(parameters.get(), opening, names.spans_from(0));
    PyObject* const items[] = {head.get(), parameters.get(), body.get()};
    Ref form = list_from(items, 3);
    if (form) spans_.record(form.get(), own, {opening, opening, own});
    return form;
}

Ref Reader::Machine::pending_tuple(std::size_t first) const {
    const std::size_t count = pending_.size() - first;
    Ref tuple = steal(PyTuple_New(static_cast<Py_ssize_t>(count)));
    for (std::size_t i = 0; tuple && i < count; ++i) {
        PyTuple_SET_ITEM(tuple.get(), static_cast<Py_ssize_t>(i), Py_NewRef(pending_.items_from(first)[i]));
    }
    return tuple;
}

Ref Reader::Machine::new_symbol(const char* name, Span own) {
    Ref symbol = make_symbol(std::string_view(name));
    if (symbol) spans_.record_fresh(symbol.get(), own);
    return symbol;
}

}  // namespace catena
