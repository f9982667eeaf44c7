// Chains as plain Python data, for caches, pickles and workers. The data is a tuple
//     (format, slot_count, slot_names, constants, steps)
// and each step a tuple (word, span, name, operand, key, arguments), where an operand is None, a slot number n >= 0, or
// ~index of a constant; a part of a key is an operand or a tuple of three; a key is None or (is_tuple, parts); an
// argument is (kind, name, operand, keyword as written or None).
#include "bridge/chain.hpp"
#include "bridge/text.hpp"

namespace catena {
namespace {

constexpr int data_format = 1;

PyObject* new_operand(Operand operand) {
    if (!operand.present()) return Py_NewRef(Py_None);
    const auto index = static_cast<long>(operand.index);
    return PyLong_FromLong(operand.kind == Operand::Kind::slot ? index : ~index);
}

// A tuple of what `make(element)` answers for each element, new references or null with an error set.
template <class Elements, class Make>
PyObject* new_tuple(const Elements& elements, Make make) {
    Ref tuple = steal(PyTuple_New(static_cast<Py_ssize_t>(elements.size())));
    if (!tuple) return nullptr;
    Py_ssize_t i = 0;
    for (const auto& element : elements) {
        PyObject* object = make(element);
        if (object == nullptr) return nullptr;
        PyTuple_SET_ITEM(tuple.get(), i++, object);
    }
    return tuple.release();
}

PyObject* new_part(const Part& part) {
    if (!part.is_slice) return new_operand(part.start);
    return Py_BuildValue("NNN", new_operand(part.start), new_operand(part.stop), new_operand(part.step));
}

PyObject* new_key(const Key& key) {
    if (key.parts.empty() && !key.tuple) return Py_NewRef(Py_None);
    return Py_BuildValue("NN", PyBool_FromLong(key.tuple), new_tuple(key.parts, new_part));
}

PyObject* new_name(const Ref& name) { return Py_NewRef(name ? name.get() : Py_None); }

PyObject* new_argument(const Argument& argument) {
    return Py_BuildValue("iNNN", static_cast<int>(argument.kind), new_name(argument.name), new_operand(argument.value),
                         new_name(argument.written));
}

PyObject* new_step(const Step& step) {
    const std::string_view word = step_info(step.kind).word;
    return Py_BuildValue("s#(IIII)NNNN", word.data(), static_cast<Py_ssize_t>(word.size()), step.span.line,
                         step.span.column, step.span.end_line, step.span.end_column, new_name(step.name),
                         new_operand(step.operand), new_key(step.key), new_tuple(step.arguments, new_argument));
}

// Reads data that may come from anywhere; the first mismatch sets a ValueError.
class Reader {
public:
    bool read(PyObject* data, Chain* chain) {
        PyObject *names, *constants, *steps;
        int format;
        unsigned int slots;
        if (!PyTuple_Check(data)) return wrong("it is no tuple");
        if (!PyArg_ParseTuple(data, "iIO!O!O!", &format, &slots, &PyTuple_Type, &names, &PyTuple_Type, &constants,
                              &PyTuple_Type, &steps)) {
            return wrong("its parts do not fit");
        }
        if (format != data_format) return wrong("its format is another version's");
        chain->slot_count = slots;
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); ++i) {
            if (!PyUnicode_Check(PyTuple_GET_ITEM(names, i))) return wrong("a slot name is no str");
            chain->slot_names.push_back(text_of(PyTuple_GET_ITEM(names, i)));
        }
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(constants); ++i) {
            chain->constants.push_back(borrow(PyTuple_GET_ITEM(constants, i)));
        }
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(steps); ++i) {
            if (!read_step(PyTuple_GET_ITEM(steps, i), chain)) return false;
        }
        const auto valid = validate(*chain);
        return valid || wrong(valid.error().c_str());
    }

private:
    bool wrong(const char* what) {
        PyErr_Format(PyExc_ValueError, "no chain: %s", what);
        return false;
    }

    bool read_step(PyObject* data, Chain* chain) {
        Step step;
        const char* word;
        PyObject *name, *operand, *key, *arguments;
        if (!PyTuple_Check(data)) return wrong("a step is no tuple");
        if (!PyArg_ParseTuple(data, "s(IIII)OOOO!", &word, &step.span.line, &step.span.column, &step.span.end_line,
                              &step.span.end_column, &name, &operand, &key, &PyTuple_Type, &arguments)) {
            return wrong("the parts of a step do not fit");
        }
        int kind = 0;
        while (step_info(static_cast<StepKind>(kind)).word != word) {
            if (++kind > static_cast<int>(StepKind::remove_item)) return wrong("no such step");
        }
        step.kind = static_cast<StepKind>(kind);
        if (!read_name(name, &step.name) || !read_operand(operand, &step.operand) || !read_key(key, &step.key)) {
            return false;
        }
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(arguments); ++i) {
            if (!read_argument(PyTuple_GET_ITEM(arguments, i), &step)) return false;
        }
        chain->steps.push_back(std::move(step));
        return true;
    }

    bool read_name(PyObject* data, Ref* name) {
        if (data == Py_None) return true;
        if (!PyUnicode_CheckExact(data)) return wrong("a name is no str");
        PyObject* interned = Py_NewRef(data);
        PyUnicode_InternInPlace(&interned);
        *name = steal(interned);
        return true;
    }

    bool read_operand(PyObject* data, Operand* operand) {
        if (data == Py_None) return true;
        if (!PyLong_Check(data)) return wrong("an operand is no int");
        const long index = PyLong_AsLong(data);
        if (index == -1 && PyErr_Occurred()) return wrong("an operand is no slot or constant");
        const long place = index >= 0 ? index : ~index;
        if (place > 0x7fffffff) return wrong("an operand is no slot or constant");
        const auto number = static_cast<std::uint32_t>(place);
        *operand = index >= 0 ? Operand::slot(number) : Operand::constant(number);
        return true;
    }

    bool read_key(PyObject* data, Key* key) {
        if (data == Py_None) return true;
        int tuple;
        PyObject* parts;
        if (!PyTuple_Check(data) || !PyArg_ParseTuple(data, "pO!", &tuple, &PyTuple_Type, &parts)) {
            return wrong("a key does not fit");
        }
        key->tuple = tuple != 0;
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(parts); ++i) {
            PyObject* item = PyTuple_GET_ITEM(parts, i);
            Part part;
            part.is_slice = PyTuple_Check(item);
            if (part.is_slice) {
                if (PyTuple_GET_SIZE(item) != 3) return wrong("a slice has three parts");
                if (!read_operand(PyTuple_GET_ITEM(item, 0), &part.start) ||
                    !read_operand(PyTuple_GET_ITEM(item, 1), &part.stop) ||
                    !read_operand(PyTuple_GET_ITEM(item, 2), &part.step)) {
                    return false;
                }
            } else if (!read_operand(item, &part.start)) {
                return false;
            }
            key->parts.push_back(part);
        }
        return true;
    }

    bool read_argument(PyObject* data, Step* step) {
        int kind;
        PyObject *name, *value, *written;
        if (!PyTuple_Check(data) || !PyArg_ParseTuple(data, "iOOO", &kind, &name, &value, &written)) {
            return wrong("an argument does not fit");
        }
        if (kind < 0 || kind > static_cast<int>(Argument::Kind::keyword_splat))
            return wrong("no such kind of argument");
        Argument argument;
        argument.kind = static_cast<Argument::Kind>(kind);
        if (!read_name(name, &argument.name) || !read_operand(value, &argument.value)) return false;
        if (written != Py_None) {
            if (!PyUnicode_Check(written)) return wrong("a keyword is no str");
            argument.written = borrow(written);
        }
        step->arguments.push_back(std::move(argument));
        return true;
    }
};

}  // namespace

Result<Ref> chain_to_data(const Chain& chain) {
    return checked(
        Py_BuildValue("iINNN", data_format, chain.slot_count,
                      new_tuple(chain.slot_names, [](const std::string& name) { return make_str(name).release(); }),
                      new_tuple(chain.constants, [](const Ref& constant) { return Py_NewRef(constant.get()); }),
                      new_tuple(chain.steps, new_step)));
}

Result<Chain> chain_from_data(PyObject* data) {
    Chain chain;
    if (!Reader().read(data, &chain)) return raised();
    return chain;
}

}  // namespace catena
