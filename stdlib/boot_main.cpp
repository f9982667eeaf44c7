// catena-boot OUTPUT_IMAGE FILE.lisp …: compiles the core library, in the order of the files, to the image that
// stdlib/image.hpp describes. A file holds definitions only; no name may be defined twice.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "bridge/error.hpp"
#include "bridge/python.hpp"
#include "bridge/text.hpp"
#include "compiler/compile.hpp"
#include "compiler/forms_util.hpp"
#include "lang/reader.hpp"
#include "lang/types.hpp"
#include "stdlib/library.hpp"
#include "vm/closure.hpp"
#include "vm/serialize.hpp"
#include "vm/vm.hpp"

// This program makes the image.
std::string_view catena::built_in_image() { return {}; }

namespace {

using namespace catena;

struct Source {
    std::string name;
    std::string text;
};

struct Definition {
    std::uint32_t file;
    Span span;
    std::string name;
    std::string display;
    std::string doc;
    std::string source;
    std::string code;
};

void complain(const std::string& file, Span span, const std::string& message) {
    std::fprintf(stderr, "%s:%u:%u: error: %s\n", file.c_str(), span.line, span.column, message.c_str());
}

// The error indicator's exception, with the place it names.
void complain_raised(const std::string& file, Span span) {
    const Error error = Error::fetch();
    std::string message = error.type_name() + ": " + error.message();
    for (const std::string& note : error.notes()) message += "\n  " + note;
    for (const FrameInfo& frame : error.frames)
        message += "\n  in " + frame.function + " at " + frame.file + ":" + std::to_string(frame.span.line);
    complain(error.file.empty() ? file : error.file, error.span.known() ? error.span : span, message);
}

bool read_file(const std::string& path, std::string* out) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return false;
    out->assign(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    return !in.bad();
}

bool defines(PyObject* form) {
    for (const char* head : {"def", "defn", "defn-", "defn-async", "defun", "defmacro", "defclass"})
        if (is_form_of(form, head)) return true;
    return false;
}

// Fills in what the form says about itself. False after a complaint.
bool describe(PyObject* form, const std::string& file, Definition& out) {
    if (!is_list(form) || !defines(form)) {
        complain(file, out.span, "only definitions may stand at the top of a file of the core library");
        return false;
    }
    const std::vector<PyObject*> items = items_in(form);
    std::size_t at = 1;
    if (at < items.size() && is_vector(items[at])) ++at;  // decorators
    PyObject* name = at < items.size() ? items[at] : nullptr;
    if (name != nullptr && is_form_of(name, "%annotated")) name = list_item(name, 1);
    if (name == nullptr || !is_symbol(name)) {
        complain(file, out.span, "a definition needs a name");
        return false;
    }
    out.display = symbol_text(name);
    out.name = utf8_of(python_name(symbol_name(name)).get());
    for (++at; at + 1 < items.size(); ++at) {
        if (PyUnicode_CheckExact(items[at])) {
            out.doc = utf8_of(items[at]);
            break;
        }
        if (!is_vector(items[at]) || !is_form_of(form, "defclass")) break;  // a class's bases come before its text
    }
    return true;
}

// All definitions of a file. False after a complaint.
bool read_definitions(std::uint32_t number, const Source& file, std::vector<Definition>& out) {
    SpanTable spans;
    Reader reader(file.text, spans);
    bool good = true;
    for (;;) {
        const auto form = reader.next();
        if (!form) {
            complain(file.name, form.error().span, form.error().message);
            return false;
        }
        if (!*form) return good;
        Definition definition;
        definition.file = number;
        definition.span = reader.span();
        good = describe(form->get(), file.name, definition) && good;
        const std::size_t end = reader.offset();
        // A span counts lines and characters; the text begins where the line does, and so many characters on.
        const std::string_view line = line_of(file.text, definition.span.line);
        std::size_t begin = static_cast<std::size_t>(line.data() - file.text.data());
        for (std::uint32_t column = 1; column < definition.span.column; ++column) {
            do ++begin;
            while (begin < file.text.size() && (static_cast<unsigned char>(file.text[begin]) & 0xC0) == 0x80);
        }
        definition.source = file.text.substr(begin, end - begin);
        out.push_back(std::move(definition));
    }
}

bool names_are_unique(const std::vector<Source>& files, const std::vector<Definition>& definitions) {
    std::map<std::string, const Definition*> seen;
    bool good = true;
    for (const Definition& definition : definitions) {
        const auto [other, fresh] = seen.emplace(definition.name, &definition);
        if (fresh) continue;
        complain(files[definition.file].name, definition.span,
                 "`" + definition.display + "` is defined at " + files[other->second->file].name + ":" +
                     std::to_string(other->second->span.line) + " too");
        good = false;
    }
    return good;
}

class Writer {
public:
    explicit Writer(std::size_t fixed) : fixed_(fixed) {}
    ImageText add(std::string_view text) {
        const ImageText at{static_cast<std::uint32_t>(fixed_ + blob_.size()), static_cast<std::uint32_t>(text.size())};
        blob_ += text;
        return at;
    }
    const std::string& blob() const { return blob_; }

private:
    std::size_t fixed_;
    std::string blob_;
};

template <class T>
std::string_view bytes_of(const std::vector<T>& items) {
    return {reinterpret_cast<const char*>(items.data()), items.size() * sizeof(T)};
}

std::string write_image(const std::vector<Source>& files, const std::vector<Definition>& definitions) {
    std::uint32_t slot_count = 16;
    while (slot_count < 2 * definitions.size()) slot_count *= 2;
    Writer writer(sizeof(ImageHeader) + slot_count * sizeof(std::uint32_t) + definitions.size() * sizeof(ImageEntry) +
                  files.size() * sizeof(ImageFile));
    std::vector<ImageFile> file_rows;
    for (const Source& file : files) file_rows.push_back({writer.add(file.name), writer.add(file.text)});
    std::vector<ImageEntry> entries;
    std::vector<std::uint32_t> slots(slot_count);
    for (const Definition& d : definitions) {
        ImageEntry entry{};
        entry.hash = image_hash(d.name);
        entry.file = d.file;
        entry.line = d.span.line;
        entry.column = d.span.column;
        entry.name = writer.add(d.name);
        entry.display = writer.add(d.display);
        entry.doc = writer.add(d.doc);
        entry.source = writer.add(d.source);
        entry.code = writer.add(d.code);
        entries.push_back(entry);
        std::uint32_t at = entry.hash & (slot_count - 1);
        while (slots[at] != 0) at = (at + 1) & (slot_count - 1);
        slots[at] = static_cast<std::uint32_t>(entries.size());
    }
    ImageHeader header{};
    std::copy(image_mark.begin(), image_mark.end(), header.mark);
    header.slots = slot_count;
    header.entries = static_cast<std::uint32_t>(entries.size());
    header.files = static_cast<std::uint32_t>(file_rows.size());
    std::string image(sizeof header, '\0');
    image += bytes_of(slots);
    image += bytes_of(entries);
    image += bytes_of(file_rows);
    image += writer.blob();
    header.size = static_cast<std::uint32_t>(image.size());
    std::memcpy(image.data(), &header, sizeof header);
    return image;
}

// The image has the source of each definition once; its codes need no copies of it.
void forget_sources(PyObject* code_object) {
    std::vector<PyObject*> open{code_object};
    while (!open.empty()) {
        Code& code = *code_of(open.back());
        open.pop_back();
        code.source.reset();
        for (const Ref& inner : code.templates) open.push_back(inner.get());
        for (const Ref& arity : code.arities) open.push_back(arity.get());
    }
}

// Compiles every definition. Macros that a form uses are loaded from the image without codes.
bool compile_all(const std::vector<Source>& files, std::vector<Definition>& definitions, const Image& image) {
    bool good = true;
    for (std::size_t i = 0; i < definitions.size(); ++i) {
        const Result<Ref> code = compile_entry(image, image.entry(static_cast<std::uint32_t>(i)));
        if (code) forget_sources(code->get());
        const Result<Ref> bytes = code ? dump_code(code->get()) : raised();
        if (!bytes) {
            complain_raised(files[definitions[i].file].name, definitions[i].span);
            good = false;
            continue;
        }
        definitions[i].code.assign(PyBytes_AS_STRING(bytes->get()),
                                   static_cast<std::size_t>(PyBytes_GET_SIZE(bytes->get())));
    }
    return good;
}

// Names that nothing defines are mistakes here, not warnings.
bool no_name_is_missing() {
    const auto lines = unresolved_names(core_module());
    if (!lines) return false;
    for (const std::string& line : *lines) std::fprintf(stderr, "%s\n", line.c_str());
    return lines->empty();
}

// Loads every definition from the finished image, as the program will. False after a complaint.
bool try_all(const std::vector<Source>& files, const std::vector<Definition>& definitions, const Image& image) {
    use_image(image);
    bool good = true;
    for (const Definition& definition : definitions) {
        const Ref name = interned(definition.name);
        // Macros and what they call are there already; their codes are only read.
        const Result<Ref> code = load_code(definition.code, core_module());
        const Ref value = code && name ? steal(core_member(name.get())) : Ref();
        if (value) continue;
        if (PyErr_Occurred() == nullptr) PyErr_SetString(PyExc_SystemError, "the form does not define its name");
        complain_raised(files[definition.file].name, definition.span);
        good = false;
    }
    return good;
}

bool start() {
    // The same sources make the same image: sets among constants have one order.
    ::setenv("PYTHONHASHSEED", "0", 1);
    PythonOptions options;
    options.write_bytecode = false;
    const auto choice = choose_python(options);
    if (!choice) {
        std::fprintf(stderr, "catena-boot: %s\n", choice.error().c_str());
        return false;
    }
    if (const auto started = start_python(*choice, options); !started) {
        std::fprintf(stderr, "catena-boot: %s\n", started.error().c_str());
        return false;
    }
    if (init_types() && init_vm() && init_compiler()) return true;
    complain_raised("catena-boot", {});
    return false;
}

bool boot(const std::string& output, const std::vector<std::string>& paths) {
    std::vector<Source> files;
    std::vector<Definition> definitions;
    bool good = true;
    for (const std::string& path : paths) {
        Source file{"<catena>/" + path.substr(path.rfind('/') + 1), {}};
        if (!read_file(path, &file.text)) {
            std::fprintf(stderr, "catena-boot: %s cannot be read\n", path.c_str());
            return false;
        }
        files.push_back(std::move(file));
    }
    for (std::uint32_t i = 0; i < files.size(); ++i) good = read_definitions(i, files[i], definitions) && good;
    good = names_are_unique(files, definitions) && good;
    if (!good) return false;

    const std::string sources_only = write_image(files, definitions);
    const Image image(sources_only);
    use_image(image);
    if (!compile_all(files, definitions, image) || !no_name_is_missing()) return false;

    const std::string bytes = write_image(files, definitions);
    if (!try_all(files, definitions, Image(bytes))) return false;
    std::ofstream out(output, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (out) return true;
    std::fprintf(stderr, "catena-boot: %s cannot be written\n", output.c_str());
    return false;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    if (arguments.empty()) {
        std::fprintf(stderr, "usage: catena-boot OUTPUT_IMAGE FILE.lisp …\n");
        return 2;
    }
    if (!start()) return 1;
    const bool good = boot(arguments[0], {arguments.begin() + 1, arguments.end()});
    if (!good) std::remove(arguments[0].c_str());
    std::fflush(stderr);
    // Nothing here needs the interpreter's end, and the image's bytes are gone already.
    std::_Exit(good ? 0 : 1);
}
