#include "lang/spans.hpp"

#include <utility>

#include "lang/list.hpp"
#include "lang/symbol.hpp"

namespace catena {

namespace {

bool is_shared_empty(PyObject* form) {
    return (is_list(form) && list_count(form) == 0) || (PyTuple_CheckExact(form) && PyTuple_GET_SIZE(form) == 0);
}

std::size_t slot_of(PyObject* form, std::size_t mask) {
    return (reinterpret_cast<std::size_t>(form) >> 4) * 0x9e3779b97f4a7c15u >> 20 & mask;
}

SymbolObject* as_symbol(PyObject* o) { return reinterpret_cast<SymbolObject*>(o); }

std::uint64_t new_number() {
    static std::uint64_t last = 0;
    return ++last;
}

}  // namespace

SpanTable::SpanTable() : number_(new_number()) {}

SpanTable::SpanTable(SpanTable&& other) noexcept
    : number_(std::exchange(other.number_, new_number())),
      entries_(std::exchange(other.entries_, {})),
      children_(std::exchange(other.children_, {})),
      index_(std::exchange(other.index_, {})),
      indexed_(std::exchange(other.indexed_, 0)) {}

SpanTable& SpanTable::operator=(SpanTable&& other) noexcept {
    std::swap(number_, other.number_);
    entries_.swap(other.entries_);
    children_.swap(other.children_);
    index_.swap(other.index_);
    std::swap(indexed_, other.indexed_);
    return *this;
}

SpanTable::~SpanTable() { clear(); }

void SpanTable::clear() {
    std::vector<Entry> entries = std::exchange(entries_, {});
    children_ = {};
    index_ = {};
    indexed_ = 0;
    number_ = new_number();
    // Outer forms were recorded last. Released first, they find their children still held and free nothing deep.
    while (!entries.empty()) {
        PyObject* form = entries.back().form;
        entries.pop_back();
        Py_DECREF(form);
    }
}

void SpanTable::record(PyObject* form, Span own, std::span<const Span> children) {
    if (is_symbol(form)) {
        // A symbol that another text has too, as one that a macro gave, keeps that text's span.
        SymbolObject* symbol = as_symbol(form);
        if (symbol->table == 0 || symbol->table == number_) {
            symbol->table = number_;
            symbol->span = own;
            return;
        }
    } else if (is_shared_empty(form)) {
        return;
    }
    const auto first_child = static_cast<std::uint32_t>(children_.size());
    children_.insert(children_.end(), children.begin(), children.end());
    entries_.push_back({form, own, first_child, static_cast<std::uint32_t>(children.size())});
    Py_INCREF(form);
}

void SpanTable::expect(std::size_t text_size) {
    // About what ordinary code needs. Room that is never used is never touched, and costs address space only. Small
    // texts, as a REPL reads one after the other, let the vectors grow as they do.
    if (text_size < 1 << 16) return;
    entries_.reserve(entries_.size() + text_size / 12);
    children_.reserve(children_.size() + text_size / 3);
}

void SpanTable::index_new_entries() const {
    const std::size_t wanted = entries_.size() * 2;
    if (index_.size() < wanted) {
        std::size_t size = 64;
        while (size < wanted) size *= 2;
        index_.assign(size * 2, 0);
        indexed_ = 0;
    }
    const std::size_t mask = index_.size() - 1;
    for (; indexed_ < entries_.size(); ++indexed_) {
        PyObject* form = entries_[indexed_].form;
        std::size_t slot = slot_of(form, mask);
        while (index_[slot] != 0 && entries_[index_[slot] - 1].form != form) slot = (slot + 1) & mask;
        index_[slot] = static_cast<std::uint32_t>(indexed_ + 1);
    }
}

const SpanTable::Entry* SpanTable::find(PyObject* form) const {
    if (entries_.empty()) return nullptr;
    if (indexed_ < entries_.size()) index_new_entries();
    const std::size_t mask = index_.size() - 1;
    for (std::size_t slot = slot_of(form, mask); index_[slot] != 0; slot = (slot + 1) & mask) {
        const Entry& entry = entries_[index_[slot] - 1];
        if (entry.form == form) return &entry;
    }
    return nullptr;
}

Span SpanTable::of(PyObject* form) const {
    if (is_symbol(form) && as_symbol(form)->table == number_) return as_symbol(form)->span;
    const Entry* entry = find(form);
    return entry == nullptr ? Span{} : entry->own;
}

Span SpanTable::of_child(PyObject* container, std::size_t i) const {
    const Entry* entry = find(container);
    return entry == nullptr || i >= entry->child_count ? Span{} : children_[entry->first_child + i];
}

bool SpanTable::knows(PyObject* form) const {
    return (is_symbol(form) && as_symbol(form)->table == number_) || find(form) != nullptr;
}

}  // namespace catena
