#include "compiler/cache.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "catena_build_id.hpp"
#include "compiler/forms_util.hpp"
#include "compiler/module_files.hpp"
#include "vm/byte_stream.hpp"
#include "vm/closure.hpp"
#include "vm/serialize.hpp"

namespace catena {

namespace {

constexpr std::string_view mark{"catena-cache\r\n\0\1", 16};
constexpr std::uint64_t build_id = CATENA_BUILD_ID;

std::uint64_t mixed(std::string_view bytes, std::uint64_t hash) {
    hash ^= bytes.size() * 0x9e3779b97f4a7c15u;
    for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
        std::uint64_t eight;
        std::memcpy(&eight, bytes.data(), 8);
        hash = (hash ^ eight) * 0xff51afd7ed558ccdu;
        hash ^= hash >> 32;
    }
    for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    hash ^= hash >> 29;
    hash *= 0xbf58476d1ce4e5b9u;
    return hash ^ hash >> 32;
}

// Codes name the file that they were compiled from; it may stand elsewhere now.
void set_file(PyObject* code_object, PyObject* file) {
    std::vector<PyObject*> open{code_object};
    while (!open.empty()) {
        Code& code = *code_of(open.back());
        open.pop_back();
        code.file = borrow(file);
        for (const Ref& inner : code.templates) open.push_back(inner.get());
        for (const Ref& arity : code.arities) open.push_back(arity.get());
    }
}

void write_text(ByteWriter& out, PyObject* str) { out.text(str != nullptr ? utf8_of(str) : std::string_view()); }

void write_span(ByteWriter& out, Span span) {
    for (const std::uint32_t part : {span.line, span.column, span.end_line, span.end_column}) out.number(part);
}

Span read_span(ByteReader& in) {
    Span span;
    for (std::uint32_t* part : {&span.line, &span.column, &span.end_line, &span.end_column})
        *part = in.small<std::uint32_t>();
    return span;
}

// False with an error set: a form holds something that cannot be written.
bool write_body(ByteWriter& out, const CachedModule& contents) {
    out.byte(contents.doc && PyUnicode_Check(contents.doc.get()) ? 1 : 0);
    if (contents.doc && PyUnicode_Check(contents.doc.get())) write_text(out, contents.doc.get());
    out.number(contents.unresolved.size());
    for (const UnresolvedName& name : contents.unresolved) {
        write_text(out, name.name.get());
        write_text(out, name.display.get());
        write_span(out, name.span);
    }
    out.number(contents.forms.size());
    for (const CompiledForm& form : contents.forms) {
        const Result<Ref> code = dump_code(form.code.get());
        if (!code) return false;
        out.byte(form.awaits ? 1 : 0);
        out.text({PyBytes_AS_STRING(code->get()), static_cast<std::size_t>(PyBytes_GET_SIZE(code->get()))});
    }
    return true;
}

bool read_body(ByteReader& in, PyObject* module, const std::string& filename, CachedModule& out) {
    if (in.byte() == 1) out.doc = new_text(in.text());
    for (std::size_t count = in.count(); count > 0 && !in.failed(); --count) {
        UnresolvedName name;
        name.name = interned(in.text());
        name.display = interned(in.text());
        name.file = filename;
        name.span = read_span(in);
        if (!name.name || !name.display) return false;
        out.unresolved.push_back(std::move(name));
    }
    const Ref file = interned(filename);
    if (!file) return false;
    for (std::size_t count = in.count(); count > 0 && !in.failed(); --count) {
        const bool awaits = in.byte() != 0;
        Result<Ref> code = load_code(in.text(), module);
        if (!code) return false;
        set_file(code->get(), file.get());
        out.forms.push_back({std::move(*code), awaits});
    }
    return !in.failed() && in.left() == 0;
}

bool put_all(int descriptor, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

// The folder and those above it that are missing.
void make_folders(const std::string& folder) {
    if (folder.empty() || ::mkdir(folder.c_str(), 0777) == 0 || errno != ENOENT) return;
    const std::size_t slash = folder.rfind('/');
    if (slash == std::string::npos || slash == 0) return;
    make_folders(folder.substr(0, slash));
    (void)::mkdir(folder.c_str(), 0777);
}

// Readable for whom the source is.
mode_t mode_like(const std::string& source) {
    struct stat status;
    return ::stat(source.c_str(), &status) == 0 ? (status.st_mode & 0666) | 0200 : 0644;
}

}  // namespace

std::uint64_t source_hash(std::string_view source) { return mixed(source, build_id); }

std::string cache_path(const std::string& source_path) {
    const std::size_t slash = source_path.rfind('/');
    if (slash == std::string::npos || !source_path.ends_with(".lisp")) return {};
    std::string folder = source_path.substr(0, slash);
    const std::string stem = source_path.substr(slash + 1, source_path.size() - slash - 6);
    PyObject* prefix = PySys_GetObject("pycache_prefix");
    if (prefix != nullptr && PyUnicode_Check(prefix)) {
        const std::vector<std::string> folders = folders_of(steal(PyTuple_Pack(1, prefix)).get());
        if (folders.empty()) return {};
        folder = folders[0] + folder;
    } else {
        folder += "/__pycache__";
    }
    char tag[40];
    std::snprintf(tag, sizeof tag, ".catena-%d%d-%08x.cbc", PY_MAJOR_VERSION, PY_MINOR_VERSION,
                  static_cast<unsigned>(build_id ^ build_id >> 32));
    return folder + "/" + stem + tag;
}

std::optional<CachedModule> read_cache(const std::string& source_path, std::string_view source, PyObject* module,
                                       const std::function<bool(const ModuleDependency&)>& current) {
    const std::string path = cache_path(source_path);
    if (path.empty()) return std::nullopt;
    const Result<std::string> bytes = read_module_file(path);
    const auto unfit = []() -> std::optional<CachedModule> {
        PyErr_Clear();
        return std::nullopt;
    };
    if (!bytes) return unfit();
    std::string_view rest = *bytes;
    if (!rest.starts_with(mark) || rest.size() < mark.size() + 32) return std::nullopt;
    rest.remove_prefix(mark.size());
    ByteReader header(rest.substr(0, 32));
    const bool ours =
        header.fixed() == build_id && header.fixed() == source.size() && header.fixed() == source_hash(source);
    rest.remove_prefix(24);
    if (!ours || ByteReader(rest.substr(0, 8)).fixed() != mixed(rest.substr(8), build_id)) return std::nullopt;
    rest.remove_prefix(8);

    ByteReader in(rest);
    CachedModule contents;
    for (std::size_t count = in.count(); count > 0 && !in.failed(); --count) {
        ModuleDependency dependency;
        dependency.name = in.text();
        dependency.hash = in.fixed();
        if (in.failed() || !current(dependency)) return unfit();
        contents.dependencies.push_back(std::move(dependency));
    }
    if (!read_body(in, module, source_path, contents)) return unfit();
    return contents;
}

void write_cache(const std::string& source_path, std::string_view source, const CachedModule& contents) {
    const std::string path = cache_path(source_path);
    if (path.empty()) return;
    ByteWriter body;
    body.number(contents.dependencies.size());
    for (const ModuleDependency& dependency : contents.dependencies) {
        body.text(dependency.name);
        body.fixed(dependency.hash);
    }
    if (!write_body(body, contents)) {
        PyErr_Clear();
        return;
    }
    ByteWriter out;
    out.bytes().append(mark);
    out.fixed(build_id);
    out.fixed(source.size());
    out.fixed(source_hash(source));
    out.fixed(mixed(body.bytes(), build_id));
    out.bytes().append(body.bytes());

    static std::atomic<unsigned> serial = 0;
    const std::string temporary = path + "." + std::to_string(::getpid()) + "." + std::to_string(++serial);
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
    const mode_t mode = mode_like(source_path);
    int descriptor = ::open(temporary.c_str(), flags, mode);
    if (descriptor < 0 && errno == ENOENT) {
        make_folders(path.substr(0, path.rfind('/')));
        descriptor = ::open(temporary.c_str(), flags, mode);
    }
    if (descriptor < 0) return;
    bool good = put_all(descriptor, out.bytes());
    good = ::close(descriptor) == 0 && good;
    if (!good || ::rename(temporary.c_str(), path.c_str()) != 0) (void)::unlink(temporary.c_str());
}

}  // namespace catena
