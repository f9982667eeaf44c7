#include "lang/atoms.hpp"

#include <array>
#include <boost/spirit/home/x3.hpp>
#include <charconv>
#include <cstring>

#include "lang/decimal.hpp"
#include "lang/utf8.hpp"

namespace catena {

namespace x3 = boost::spirit::x3;

namespace {

// A set of bytes, by table; every byte beyond ASCII is in it or none is.
using ByteSet = std::array<bool, 256>;

constexpr ByteSet all_bytes_but(std::string_view excluded, bool controls, bool beyond_ascii) {
    ByteSet set{};
    for (std::size_t c = 0; c < 256; ++c) {
        const bool control = c <= ' ' || c == 0x7f;
        set[c] = c < 0x80 ? controls || !control : beyond_ascii;
    }
    for (const char c : excluded) set[static_cast<unsigned char>(c)] = false;
    return set;
}

constexpr ByteSet name_bytes = all_bytes_but("()[]{}\";,`~@\\", false, true);
constexpr ByteSet string_bytes = all_bytes_but("\"\\\r", true, true);
constexpr ByteSet bytes_bytes = all_bytes_but("\"\\\r", true, false);
constexpr ByteSet fstring_bytes = all_bytes_but("\"\\\r{}", true, true);

template <const ByteSet& set>
struct ByteParser : x3::char_parser<ByteParser<set>> {
    using attribute_type = char;
    static constexpr bool has_attribute = true;
    template <class Char, class Context>
    bool test(Char c, const Context&) const {
        return set[static_cast<unsigned char>(c)];
    }
};

constexpr ByteParser<name_bytes> name_char;
constexpr ByteParser<string_bytes> string_char;
constexpr ByteParser<bytes_bytes> bytes_char;
constexpr ByteParser<fstring_bytes> fstring_char;

using Range = boost::iterator_range<const char*>;

const auto sign = x3::omit[x3::char_("+-")];
const auto decimal = x3::omit[x3::digit >> *(-x3::lit('_') >> x3::digit)];
const auto exponent = x3::omit[x3::no_case[x3::lit('e')] >> -sign >> decimal];
const auto real = x3::omit[decimal >> '.' >> -decimal >> -exponent | '.' >> decimal >> -exponent | decimal >> exponent];
const auto named = x3::omit[x3::lit("inf") | x3::lit("nan")];
const auto magnitude = real | named | decimal;
const auto imaginary_unit = x3::omit[x3::no_case[x3::lit('j')]];

// What a grammar matched, into `part`.
template <class Grammar>
auto part_of(const Grammar& grammar, std::string_view& part) {
    return x3::raw[grammar][([&part](auto& context) {
        const Range& range = x3::_attr(context);
        part = {range.begin(), static_cast<std::size_t>(range.size())};
    })];
}

template <class Digit>
auto based(char letter, const Digit& digit, std::string_view& digits) {
    return x3::omit['0' >> x3::no_case[x3::lit(letter)]] >>
           part_of(x3::omit[-x3::lit('_') >> digit >> *(-x3::lit('_') >> digit)], digits);
}

template <class Grammar>
bool matches(std::string_view token, const Grammar& grammar) {
    const char* first = token.data();
    return x3::parse(first, token.data() + token.size(), grammar >> x3::eoi);
}

AtomError python_error(std::string_view token) {
    return {token.data(), token.data() + token.size(), {}, {}, false, true};
}

AtomResult<Ref> made(Ref value, std::string_view token) {
    if (!value) return tl::unexpected(python_error(token));
    return value;
}

// The double of a token that the grammar has accepted as `-sign >> magnitude`.
double double_of(std::string_view text) {
    std::string digits;
    digits.reserve(text.size());
    for (const char c : text) {
        if (c != '_' && !(c == '+' && digits.empty())) digits += c;
    }
    double d = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), d);
    if (error == std::errc{} && end == digits.data() + digits.size()) return d;
    // Out of range, which Python rounds to an infinity or to zero.
    d = PyOS_string_to_double(digits.c_str(), nullptr, nullptr);
    PyErr_Clear();
    return d;
}

Ref signed_int(Ref magnitude_of, bool negative) {
    if (!magnitude_of || !negative) return magnitude_of;
    return steal(PyNumber_Negative(magnitude_of.get()));
}

std::string without_underscores(std::string_view text) {
    std::string digits;
    digits.reserve(text.size());
    for (const char c : text) {
        if (c != '_') digits += c;
    }
    return digits;
}

// Python reads bases that are powers of two at any length.
Ref int_in_base(std::string_view digits, int base, bool negative) {
    return signed_int(steal(PyLong_FromString(without_underscores(digits).c_str(), nullptr, base)), negative);
}

AtomError bad_number(std::string_view token) {
    const std::string text(token);
    AtomError error{token.data(), token.data() + token.size(), text + " is no number", {}};
    const std::string_view digits = token.substr(token[0] == '+' || token[0] == '-');
    const auto fraction = x3::omit[-sign >> +x3::digit >> '/' >> +x3::digit];
    const auto suffixed = x3::omit[-sign >> decimal >> x3::char_("NMLlnfFdD")];
    if (matches(token, fraction)) {
        const std::size_t slash = token.find('/');
        error.hint = "division is a call: (/ " + text.substr(0, slash) + " " + text.substr(slash + 1) + ")";
    } else if (token.find(':') != token.npos) {
        error.hint = "a slice is written (: 1 3), so a[1:3] is (. a [(: 1 3)]); a map is {:key value}";
    } else if (matches(digits, x3::omit[+x3::lit('0') >> decimal])) {
        error.hint = "an integer does not start with 0; octal is written 0o17";
    } else if (matches(token, suffixed)) {
        error.hint = "numbers take no suffix: integers have any size, and 1.0 is a float";
    } else if (token == "1+" || token == "1-") {
        error.hint = token == "1+" ? "the function is called inc" : "the function is called dec";
    } else if (digits.size() > 1 && digits[0] == '0' && std::strchr("xXoObB", digits[1]) != nullptr) {
        error.hint = "after 0x come hexadecimal digits, after 0o octal and after 0b binary ones";
    } else {
        error.hint = "a name cannot start with a digit";
    }
    return error;
}

AtomResult<Ref> read_real_or_complex(std::string_view token, bool* matched) {
    *matched = true;
    std::string_view first;
    std::string_view second;
    if (matches(token, part_of(-sign >> (real | named), first))) {
        return made(steal(PyFloat_FromDouble(double_of(first))), token);
    }
    if (matches(token, part_of(-sign >> magnitude, first) >> imaginary_unit)) {
        return made(steal(PyComplex_FromDoubles(0.0, double_of(first))), token);
    }
    if (matches(token, part_of(-sign >> magnitude, first) >> part_of(sign >> magnitude, second) >> imaginary_unit)) {
        return made(steal(PyComplex_FromDoubles(double_of(first), double_of(second))), token);
    }
    *matched = false;
    return Ref();
}

const struct SimpleEscapes : x3::symbols<char> {
    SimpleEscapes() {
        add("n", '\n')("t", '\t')("r", '\r')("\\", '\\')("\"", '"')("'", '\'');
        add("a", '\a')("b", '\b')("f", '\f')("v", '\v');
    }
} simple_escapes;

const x3::uint_parser<std::uint32_t, 16, 2, 2> hex_2;
const x3::uint_parser<std::uint32_t, 16, 4, 4> hex_4;
const x3::uint_parser<std::uint32_t, 16, 8, 8> hex_8;
const auto line_break = x3::omit[x3::lit("\r\n") | x3::lit('\n') | x3::lit('\r')];

// Says what is wrong with the escape at `at`, a backslash.
AtomError bad_escape(const char* at, const char* last, bool in_bytes) {
    if (last - at < 2) return {at, last, {}, {}, true};
    const char kind = at[1];
    const int length = utf8_length(static_cast<unsigned char>(kind));
    AtomError error{at, at + 1 + length, {}, {}};
    if (kind == '0') {
        error.message = "\\0 is the character zero, no octal number";
        error.hint = "write \\x1b for \\033, \\x00 for a zero before a digit";
    } else if (kind == 'x') {
        error.message = "\\x needs two hexadecimal digits";
    } else if ((kind == 'u' || kind == 'U') && in_bytes) {
        error.message = "bytes have no \\u escapes";
        error.hint = "write the encoded bytes as \\xhh";
    } else if (kind == 'u') {
        error.message = "\\u needs four hexadecimal digits";
    } else if (kind == 'U') {
        error.message = "\\U needs eight hexadecimal digits, at most 0010ffff";
    } else {
        error.message = "unknown escape " + std::string(at, static_cast<std::size_t>(1 + length));
        error.hint = kind == 'e' ? "escape is written \\x1b"
                                 : "a backslash itself is written \\\\; in a raw string r\"...\" it stands for itself";
    }
    return error;
}

// Reads the body of a string in which escapes mean something, into `out`; answers where it stopped.
template <class Plain, class Extra>
const char* unescape(const char* first, const char* last, bool in_bytes, const Plain& plain, const Extra& extra,
                     std::string& out) {
    const auto append_run = [&](auto& context) { out.append(x3::_attr(context).begin(), x3::_attr(context).end()); };
    const auto append_char = [&](auto& context) { out += x3::_attr(context); };
    const auto append_newline = [&](auto&) { out += '\n'; };
    const auto append_zero = [&](auto&) { out += '\0'; };
    const auto append_code = [&](auto& context) {
        if (in_bytes) {
            out += static_cast<char>(x3::_attr(context));
        } else {
            append_utf8(out, x3::_attr(context));
        }
    };
    const auto append_character = [&](auto& context) {
        x3::_pass(context) = !in_bytes && x3::_attr(context) <= 0x10ffff;
        if (x3::_pass(context)) append_utf8(out, x3::_attr(context));
    };
    const auto escape =
        '\\' >> (simple_escapes[append_char] | (x3::lit('0') >> !x3::digit)[append_zero] | 'x' >> hex_2[append_code] |
                 'u' >> hex_4[append_character] | 'U' >> hex_8[append_character] | line_break);
    const auto body = *(x3::raw[+plain][append_run] | line_break[append_newline] | escape | extra);
    x3::parse(first, last, body);
    return first;
}

Ref str_of(std::string_view utf8) {
    return steal(PyUnicode_DecodeUTF8(utf8.data(), static_cast<Py_ssize_t>(utf8.size()), "surrogatepass"));
}

std::string_view between(const char* first, const char* last) {
    return {first, static_cast<std::size_t>(last - first)};
}

AtomResult<StringAtom> finish(Ref value, const char* first, const char* quote) {
    if (!value) return tl::unexpected(python_error(between(first, quote)));
    return StringAtom{std::move(value), quote + 1};
}

AtomError unterminated(const char* first, const char* last) { return {first, last, {}, {}, true}; }

AtomResult<StringAtom> read_escaped(bool in_bytes, const char* first, const char* last) {
    std::string out;
    const char* end = in_bytes ? unescape(first, last, true, bytes_char, x3::eps(false), out)
                               : unescape(first, last, false, string_char, x3::eps(false), out);
    if (end == last) return tl::unexpected(unterminated(first, last));
    if (*end == '\\') return tl::unexpected(bad_escape(end, last, in_bytes));
    if (*end != '"') {
        const int length = utf8_length(static_cast<unsigned char>(*end));
        return tl::unexpected(AtomError{end, end + length, "bytes are written in ASCII",
                                        "write other bytes as \\xhh, or encode a string: (.encode \"text\")"});
    }
    Ref value =
        in_bytes ? steal(PyBytes_FromStringAndSize(out.data(), static_cast<Py_ssize_t>(out.size()))) : str_of(out);
    return finish(std::move(value), first, end);
}

// Raw strings: a backslash keeps the next character, a quote too, from ending anything, and both stay. Only the
// regex drops the backslash of a quote.
AtomResult<StringAtom> read_raw(StringKind kind, const char* first, const char* last) {
    std::string out;
    const auto append_run = [&](auto& context) { out.append(x3::_attr(context).begin(), x3::_attr(context).end()); };
    const auto append_newline = [&](auto&) { out += '\n'; };
    const auto append_backslash = [&](auto&) { out += '\\'; };
    const auto append_quote = [&](auto&) { out += kind == StringKind::regex ? "\"" : "\\\""; };
    const auto body = *(x3::raw[+string_char][append_run] | line_break[append_newline] | x3::lit("\\\"")[append_quote] |
                        x3::lit("\\\\")[append_backslash][append_backslash] | x3::lit('\\')[append_backslash]);
    const char* end = first;
    x3::parse(end, last, body);
    if (end == last) return tl::unexpected(unterminated(first, last));
    if (kind != StringKind::raw_bytes) return finish(str_of(out), first, end);
    for (const char* p = first; p < end; ++p) {
        if (static_cast<unsigned char>(*p) < 0x80) continue;
        const int length = utf8_length(static_cast<unsigned char>(*p));
        return tl::unexpected(AtomError{p, p + length, "bytes are written in ASCII", {}});
    }
    return finish(steal(PyBytes_FromStringAndSize(out.data(), static_cast<Py_ssize_t>(out.size()))), first, end);
}

}  // namespace

const char* name_end(const char* first, const char* last) {
    x3::parse(first, last, *name_char);
    return first;
}

bool starts_number(std::string_view token) {
    const char* first = token.data();
    return x3::parse(first, token.data() + token.size(), -sign >> -x3::lit('.') >> x3::omit[x3::digit]);
}

AtomResult<Ref> read_number(std::string_view token) {
    const char* p = token.data();
    const char* last = p + token.size();
    const bool has_sign = *p == '+' || *p == '-';
    const bool leading_zero = token.size() > 1u + has_sign && token[has_sign] == '0';
    long long small = 0;
    if (!leading_zero && x3::parse(p, last, x3::long_long >> x3::eoi, small)) {
        return made(steal(PyLong_FromLongLong(small)), token);
    }

    std::string_view digits;
    const bool negative = token[0] == '-';
    if (matches(token, -sign >> part_of(decimal, digits))) {
        const std::string plain = without_underscores(digits);
        const bool is_zero = plain.find_first_not_of('0') == plain.npos;
        if (plain[0] == '0' && !is_zero) return tl::unexpected(bad_number(token));
        return made(signed_int(int_from_digits(plain), negative), token);
    }
    if (matches(token, -sign >> based('x', x3::xdigit, digits))) {
        return made(int_in_base(digits, 16, negative), token);
    }
    if (matches(token, -sign >> based('o', x3::omit[x3::char_('0', '7')], digits))) {
        return made(int_in_base(digits, 8, negative), token);
    }
    if (matches(token, -sign >> based('b', x3::omit[x3::char_('0', '1')], digits))) {
        return made(int_in_base(digits, 2, negative), token);
    }
    bool matched = false;
    AtomResult<Ref> number = read_real_or_complex(token, &matched);
    if (!matched) return tl::unexpected(bad_number(token));
    return number;
}

AtomResult<Ref> read_named_number(std::string_view token) {
    bool matched = false;
    return read_real_or_complex(token, &matched);
}

AtomResult<StringAtom> read_string(StringKind kind, const char* first, const char* last) {
    switch (kind) {
        case StringKind::bytes: return read_escaped(true, first, last);
        case StringKind::text: {
            // Most strings have no escapes: their text is taken as it stands.
            const char* end = first;
            x3::parse(end, last, *string_char);
            if (end != last && *end == '"') return finish(str_of(between(first, end)), first, end);
            return read_escaped(false, first, last);
        }
        default: return read_raw(kind, first, last);
    }
}

AtomResult<const char*> read_fstring_text(const char* first, const char* last, bool in_spec, std::string& out) {
    const auto append_open = [&](auto&) { out += '{'; };
    const auto append_close = [&](auto&) { out += '}'; };
    const auto doubled = x3::eps(!in_spec) >> (x3::lit("{{")[append_open] | x3::lit("}}")[append_close]);
    const char* end = unescape(first, last, false, fstring_char, doubled, out);
    if (end == last) return tl::unexpected(unterminated(first, last));
    if (*end == '\\') return tl::unexpected(bad_escape(end, last, false));
    if (*end == '}' && !in_spec) {
        return tl::unexpected(AtomError{end, end + 1, "a lone } in an f-string", "a literal brace is written }}"});
    }
    return end;
}

}  // namespace catena
