#include "vm/serialize.hpp"

#include "vm/byte_stream.hpp"
#include "vm/closure.hpp"
#include "vm/operands.hpp"
#include "vm/rebinding.hpp"
#include "vm/serialize_parts.hpp"
#include "vm/verify.hpp"

namespace catena {
namespace {

constexpr std::string_view mark = "catena\r\n";
constexpr std::uint64_t format = 2;
constexpr std::size_t header_size = 32;

std::uint64_t checksum(std::string_view bytes) {
    std::uint64_t hash = 14695981039346656037u;
    for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
        std::uint64_t eight;
        std::memcpy(&eight, bytes.data(), 8);
        hash = (hash ^ eight) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 29;
    }
    for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
    return hash;
}

// The format of the bytes and the Python whose objects they hold.
std::uint64_t version() { return format << 32 | (PY_VERSION_HEX >> 16); }

// The codes refer to each other without end only in damaged bytes, which have been refused.
void complete_all(Code& code) {
    if (code.entry != nullptr) return;
    complete(code);
    for (const std::vector<Ref>* inner : {&code.templates, &code.arities}) {
        for (const Ref& one : *inner) complete_all(*code_of(one.get()));
    }
}

}  // namespace

bool is_current_code(std::string_view bytes) {
    if (bytes.size() < header_size || bytes.substr(0, mark.size()) != mark) return false;
    ByteReader reader(bytes.substr(mark.size()));
    return reader.fixed() == version() && reader.fixed() == instruction_set_hash();
}

Result<Ref> dump_code(PyObject* code) {
    if (!is_code(code))
        return raise(PyExc_TypeError, "only a catena.Code can be written, not %.200s", Py_TYPE(code)->tp_name);
    ByteWriter body;
    if (!write_object(code, body)) return raised();
    ByteWriter header;
    header.bytes().append(mark);
    header.fixed(version());
    header.fixed(instruction_set_hash());
    header.fixed(checksum(body.bytes()));
    header.bytes().append(body.bytes());
    return checked(PyBytes_FromStringAndSize(header.bytes().data(), static_cast<Py_ssize_t>(header.bytes().size())));
}

Result<Ref> load_code(std::string_view bytes, PyObject* module) {
    if (!is_current_code(bytes)) return raise(PyExc_ValueError, "these bytes are no Catena code of this version");
    ByteReader header(bytes.substr(header_size - 8, 8));
    const std::string_view body = bytes.substr(header_size);
    if (header.fixed() != checksum(body)) return raise(PyExc_ValueError, "the Catena code is damaged");
    ByteReader reader(body);
    Ref code = read_object(reader, module);
    if (!code) return raised();
    if (!is_code(code.get())) return raise(PyExc_ValueError, "the Catena code is damaged");
    const std::string problem = verify(*code_of(code.get()), code_of(code.get())->captures.size());
    if (!problem.empty()) return raise(PyExc_ValueError, "the Catena code is damaged: %s", problem.c_str());
    complete_all(*code_of(code.get()));
    return code;
}

}  // namespace catena
