#include "stdlib/library.hpp"

#include <ctime>

#include "bridge/text.hpp"
#include "compiler/compile.hpp"
#include "compiler/forms_util.hpp"
#include "lang/reader.hpp"
#include "vm/serialize.hpp"
#include "vm/vm.hpp"

namespace catena {

namespace {

Image library;

// A definition is run once. While one thread does that, its own look-ups of the name find nothing (the form needs the
// name it defines), those of other threads wait.
struct Loading {
    const ImageEntry* entry;
    unsigned long thread;
};
std::vector<Loading>& loading() {
    static auto* all = new std::vector<Loading>;
    return *all;
}

const Loading* find_loading(const ImageEntry* entry) {
    for (const Loading& one : loading())
        if (one.entry == entry) return &one;
    return nullptr;
}

void wait_a_moment() {
    Py_BEGIN_ALLOW_THREADS
    const std::timespec pause{0, 50'000};
    ::nanosleep(&pause, nullptr);
    Py_END_ALLOW_THREADS
}

// `(source f)` shows the text that stands in the image; codes of the image carry none of their own.
void attach_source(PyObject* value, std::string_view source) {
    if (!is_closure(value)) return;
    Code& code = *reinterpret_cast<Closure*>(value)->code;
    if (!code.source) code.source = make_str(source);
    if (!code.source) PyErr_Clear();
}

Result<Ref> code_of_entry(const ImageEntry& entry) {
    const std::string_view bytes = library.text(entry.code);
    if (!bytes.empty()) return load_code(bytes, core_module());
    return compile_entry(library, entry);
}

// Runs the form that defines the entry and answers what its name is then.
PyObject* define(const ImageEntry& entry, PyObject* name) {
    const Result<Ref> code = code_of_entry(entry);
    if (!code) return nullptr;
    const Value value = run_code(code->get());
    if (value.is_error()) return nullptr;
    if (value.is_object()) Py_DECREF(value.as_object());
    PyObject* found = PyDict_GetItemWithError(PyModule_GetDict(core_module()), name);
    if (found == nullptr) return nullptr;
    attach_source(found, library.text(entry.source));
    return Py_NewRef(found);
}

const ImageEntry* entry_named(PyObject* name) { return PyUnicode_Check(name) ? library.find(utf8_of(name)) : nullptr; }

PyObject* load_name(PyObject* name) {
    const ImageEntry* entry = entry_named(name);
    if (entry == nullptr) return nullptr;
    const unsigned long thread = PyThread_get_thread_ident();
    while (const Loading* other = find_loading(entry)) {
        if (other->thread == thread) return nullptr;
        wait_a_moment();
        PyObject* found = PyDict_GetItemWithError(PyModule_GetDict(core_module()), name);
        if (found != nullptr || PyErr_Occurred() != nullptr) return Py_XNewRef(found);
    }
    loading().push_back({entry, thread});
    PyObject* found = define(*entry, name);
    std::erase_if(loading(), [&](const Loading& one) { return one.entry == entry; });
    return found;
}

bool defines_name(PyObject* name) { return entry_named(name) != nullptr; }

PyObject* all_names() {
    PyObject* names = PyList_New(0);
    for (std::uint32_t i = 0; names != nullptr && i < library.count(); ++i) {
        const Ref name = interned(library.text(library.entry(i).name));
        if (!name || PyList_Append(names, name.get()) < 0) Py_CLEAR(names);
    }
    return names;
}

}  // namespace

Image::Image(std::string_view bytes) {
    const auto* header = reinterpret_cast<const ImageHeader*>(bytes.data());
    if (bytes.size() < sizeof(ImageHeader) || bytes.substr(0, image_mark.size()) != image_mark ||
        header->size != bytes.size())
        return;
    bytes_ = bytes;
    header_ = header;
    slots_ = reinterpret_cast<const std::uint32_t*>(header + 1);
    entries_ = reinterpret_cast<const ImageEntry*>(slots_ + header->slots);
    files_ = reinterpret_cast<const ImageFile*>(entries_ + header->entries);
}

const ImageEntry* Image::find(std::string_view name) const {
    if (header_ == nullptr) return nullptr;
    const std::uint32_t hash = image_hash(name);
    const std::uint32_t mask = header_->slots - 1;
    for (std::uint32_t at = hash & mask; slots_[at] != 0; at = (at + 1) & mask) {
        const ImageEntry& entry = entries_[slots_[at] - 1];
        if (entry.hash == hash && text(entry.name) == name) return &entry;
    }
    return nullptr;
}

Result<Ref> compile_entry(const Image& image, const ImageEntry& entry) {
    const ImageFile& file = image.file(entry);
    CompileOptions options;
    options.filename = std::string(image.text(file.name));
    options.source = image.text(file.text);
    SpanTable spans;
    const auto forms = read_all(image.text(entry.source), spans, nullptr, {entry.line, entry.column});
    if (!forms || forms->size() != 1) {
        return raise(PyExc_SystemError, "core's definition of %s cannot be read",
                     std::string(image.text(entry.display)).c_str());
    }
    return compile_form((*forms)[0].get(), spans, core_module(), options);
}

void use_image(const Image& image) {
    library = image;
    set_core_loader(load_name);
    set_core_index({defines_name, all_names});
}

Result<void> init_library() {
    if (library.count() == 0) use_image(Image(built_in_image()));
    return {};
}

}  // namespace catena
