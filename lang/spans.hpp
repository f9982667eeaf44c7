// SpanTable: where each form of a text stands, by object identity. It holds a reference to each container that it
// knows, so an address is never reused under it; a symbol carries the span that it has in its text itself. Atoms
// (numbers, strings, keywords) are shared objects and have no entry; they are known by their place in a container.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "bridge/ref.hpp"
#include "bridge/span.hpp"
#include "lang/symbol.hpp"

namespace catena {

class SpanTable {
public:
    SpanTable();
    SpanTable(const SpanTable&) = delete;
    SpanTable& operator=(const SpanTable&) = delete;
    SpanTable(SpanTable&& other) noexcept;
    SpanTable& operator=(SpanTable&& other) noexcept;
    ~SpanTable();

    // Remembers a container or symbol and, for a container, the spans of its children in order (a dict's and
    // MapForm's are k0 v0 k1 v1 ...; a set's follow its iteration order). A form that is recorded again gets the
    // new spans. The empty List and the empty tuple are one object each and are not recorded.
    void record(PyObject* form, Span own, std::span<const Span> children = {});
    void record(PyObject* form, Span own, std::initializer_list<Span> children) {
        record(form, own, std::span<const Span>(children.begin(), children.size()));
    }

    // The same for a symbol that no table knows yet.
    void record_fresh(PyObject* symbol, Span own) {
        auto* fresh = reinterpret_cast<SymbolObject*>(symbol);
        fresh->table = number_;
        fresh->span = own;
    }

    // Makes room for the forms of a text of this many bytes.
    void expect(std::size_t text_size);

    // Span{} for what is not known.
    [[nodiscard]] Span of(PyObject* form) const;
    [[nodiscard]] Span of_child(PyObject* container, std::size_t i) const;
    [[nodiscard]] bool knows(PyObject* form) const;

    // Forgets everything.
    void clear();

private:
    struct Entry {
        PyObject* form;  // owned
        Span own;
        std::uint32_t first_child;
        std::uint32_t child_count;
    };

    [[nodiscard]] const Entry* find(PyObject* form) const;
    void index_new_entries() const;

    std::uint64_t number_;  // no two tables of a process have the same
    std::vector<Entry> entries_;
    std::vector<Span> children_;
    // Open addressing, entry number + 1, 0 is free. Filled when something is asked for, not while reading.
    mutable std::vector<std::uint32_t> index_;
    mutable std::size_t indexed_ = 0;
};

}  // namespace catena
