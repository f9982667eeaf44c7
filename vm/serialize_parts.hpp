// The body of serialised code: a table of objects, children first; the last is the one that was asked for.
#pragma once

#include "bridge/ref.hpp"
#include "vm/byte_stream.hpp"

namespace catena {

// One letter for each kind of object.
enum class ObjectKind : std::uint8_t {
    none = 'N',
    yes = 'T',
    no = 'F',
    ellipsis = 'E',
    integer = 'i',      // that fits 64 bits
    big_integer = 'I',  // hexadecimal text
    real = 'f',
    complex = 'c',
    text = 's',
    interned_text = 'n',
    bytes = 'b',
    keyword = 'K',
    written_keyword = 'W',  // that begins a pair
    symbol = 'Y',
    list = 'L',  // catena.List
    vector = 'V',
    tuple = 'U',
    map = 'D',
    set = 'S',
    frozen_set = 'Z',
    pattern = 'R',
    map_form = 'M',
    set_form = 'H',
    code = 'C',
    chain = 'G',
    pickle = 'P',
};

// False with an error set.
[[nodiscard]] bool write_object(PyObject* root, ByteWriter& out);

// Empty with an error set (ValueError when the bytes make no sense).
[[nodiscard]] Ref read_object(ByteReader& in, PyObject* module);

}  // namespace catena
