// f-strings. Three kinds of frames follow each other: the string's literal parts, a field, whose form is read as any
// code, and the field's format spec, which has literal parts and fields again.
#include "lang/list.hpp"
#include "lang/reader_machine.hpp"
#include "lang/symbol.hpp"

namespace catena {

// Reads text up to the next field, or to the end of the string or spec.
bool Reader::Machine::read_literal_part() {
    const Frame frame = frames_.back();
    const bool in_spec = frame.kind == Opening::spec;
    const Position start = cursor_.position();
    std::string text;
    const AtomResult<const char*> end = read_fstring_text(cursor_.at, cursor_.last, in_spec, text);
    if (!end) {
        if (!end.error().incomplete) return fail_atom(end.error(), start, {});
        cursor_.pass_to(cursor_.last);
        return at_end_of_text();
    }
    cursor_.pass_to(*end);
    if (!text.empty() && !add_text(text, cursor_.since(start))) return false;

    const char stop = *cursor_.at;
    if (stop == '{') return push(Opening::field, 1);
    if (in_spec && stop == '"') {
        const Position at = cursor_.position();
        return fail(span_ahead(1),
                    "the f-string ends at " + std::to_string(at.line) + ":" + std::to_string(at.column) + " inside " +
                        opening_place(frames_[frames_.size() - 2]),
                    "the field is closed by }");
    }
    const Position before = cursor_.position();
    ++cursor_.at;
    const Span own = in_spec ? cursor_.since(before) : join(opening_span(frame), cursor_.since(before));
    const Span span_of_spec{start.line, start.column, before.line, before.column};
    Ref value = make_fstring(frame, in_spec ? join(opening_span(frame), span_of_spec) : own);
    if (!value) return fail_python(own);
    pending_.truncate(frame.first_item);
    frames_.pop_back();
    return in_spec ? finish_field(std::move(value), span_of_spec) : deliver(std::move(value), own);
}

bool Reader::Machine::add_text(std::string_view utf8, Span own) {
    Ref text = steal(PyUnicode_DecodeUTF8(utf8.data(), static_cast<Py_ssize_t>(utf8.size()), "surrogatepass"));
    if (!text) return fail_python(own);
    pending_.push(std::move(text), own);
    return true;
}

// A str when there are no fields, otherwise (%fstring part ...).
Ref Reader::Machine::make_fstring(const Frame& frame, Span own) {
    const std::size_t count = pending_.size() - frame.first_item;
    PyObject* const* parts = pending_.items_from(frame.first_item);
    if (count == 0) return steal(PyUnicode_New(0, 0));
    if (count == 1 && PyUnicode_CheckExact(parts[0])) return borrow(parts[0]);
    const Span opening = opening_span(frame);
    const Ref head = new_symbol(facts_of(frame.kind).head, opening);
    const Ref rest = list_from(parts, count);
    Ref form = head && rest ? make_list(head.get(), rest.get()) : Ref();
    if (!form) return {};
    std::vector<Span> spans{opening};
    const auto part_spans = pending_.spans_from(frame.first_item);
    spans.insert(spans.end(), part_spans.begin(), part_spans.end());
    spans_.record(form.get(), own, spans);
    return form;
}

std::size_t Reader::Machine::source_length(const Frame& field) const {
    return static_cast<std::size_t>(cursor_.at - field.source - 1);
}

// What may follow a field's form: = !conversion :spec and the closing brace, in this order.
bool Reader::Machine::read_field_tail() {
    Frame& field = frames_.back();
    if (cursor_.at_end()) return at_end_of_text();
    const char c = *cursor_.at;
    switch (c) {
        case ' ':
        case '\t':
        case '\f':
        case '\v':
        case '\n':
        case '\r':
            cursor_.pass_to(cursor_.at + 1);
            if (field.shows_source && field.conversion == 0) field.saved = source_length(field);
            return true;
        case '}': {
            const Span nowhere = span_ahead(0);
            ++cursor_.at;
            return finish_field(borrow(Py_None), nowhere);
        }
        case ':': return push(Opening::spec, 1);
        case '=':
            if (field.shows_source || field.conversion != 0) break;
            field.shows_source = true;
            ++cursor_.at;
            field.saved = source_length(field);
            return true;
        case '!': {
            if (field.conversion != 0) break;
            const bool is_last = cursor_.at + 1 == cursor_.last;
            const char conversion = is_last ? '\0' : cursor_.at[1];
            if (is_last) {
                ++cursor_.at;
                return at_end_of_text();
            }
            if (conversion != 'r' && conversion != 's' && conversion != 'a') {
                return fail(span_ahead(1), "after ! in a field comes r, s or a", "as in f\"{x!r}\"");
            }
            field.conversion = conversion;
            cursor_.at += 2;
            return true;
        }
        default: break;
    }
    return fail(span_ahead(1), "a field holds one form, then !r !s or !a, then :format, then }",
                "this is inside " + opening_place(field) + "; two forms need brackets around them");
}

// Makes (%field form conversion spec) of the field on top, whose closing brace has been read.
bool Reader::Machine::finish_field(Ref spec, Span spec_span) {
    const Frame field = frames_.back();
    const Span opening = opening_span(field);
    const Span own = join(opening, cursor_.since(field.at));
    const Span form_span = pending_.spans_from(field.first_item)[0];
    const Ref form = pending_.pop();
    frames_.pop_back();

    char conversion = field.conversion;
    if (field.shows_source) {
        std::string text(field.source + 1, field.saved);
        // What was read as text just before becomes one piece with it.
        const Frame& string = frames_.back();
        const std::size_t before = pending_.size();
        if (before > string.first_item && PyUnicode_CheckExact(pending_.items_from(before - 1)[0])) {
            const Span text_span = pending_.spans_from(before - 1)[0];
            const Ref shown = steal(PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), nullptr));
            const Ref head = pending_.pop();
            Ref joined = shown ? steal(PyUnicode_Concat(head.get(), shown.get())) : Ref();
            if (!joined) return fail_python(own);
            pending_.push(std::move(joined), join(text_span, own));
        } else if (!add_text(text, own)) {
            return false;
        }
        if (conversion == 0 && spec.get() == Py_None) conversion = 'r';
    }

    const Ref head = new_symbol(facts_of(field.kind).head, opening);
    const Ref letter = conversion == 0 ? borrow(Py_None) : steal(PyUnicode_FromStringAndSize(&conversion, 1));
    if (!head || !letter) return fail_python(own);
    PyObject* const items[] = {head.get(), form.get(), letter.get(), spec.get()};
    Ref value = list_from(items, 4);
    if (!value) return fail_python(own);
    spans_.record(value.get(), own, {opening, form_span, own, spec_span});
    return deliver(std::move(value), own);
}

}  // namespace catena
