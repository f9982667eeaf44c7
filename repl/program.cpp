#include "repl/program.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "bridge/text.hpp"
#include "compiler/modules.hpp"
#include "embed/python_module.hpp"
#include "repl/excerpt.hpp"
#include "repl/report.hpp"
#include "repl/streams.hpp"

namespace catena {

namespace {

// Devices have no end.
constexpr std::size_t longest_program = std::size_t{1} << 30;

Result<void> start_floors() {
    if (auto started = start_catena(0); !started) return started;
    return offer_extension_module();
}

std::string cannot_read(const std::string& file, const char* why) {
    return (file == "-" ? "standard input" : file) + ": cannot be read: " + why;
}

// A file's name as UTF-8, for code objects and messages: bytes that are none are escaped.
std::string shown_name(const std::string& file) { return text_of(str_of(file).get()); }

void warn_about_unresolved_names(PyObject* module) {
    const auto warnings = unresolved_names(module);
    if (!warnings) {
        PyErr_Clear();
        return;
    }
    for (const std::string& warning : *warnings) write_error(warning + "\n");
}

}  // namespace

bool start_program(const CommandLine& line, const PythonChoice& choice, std::vector<std::string> argv) {
    PythonOptions options;
    options.python = line.python;
    options.argv = std::move(argv);
    if (const auto started = start_python(choice, options); !started) {
        std::fprintf(stderr, "catena: %s\n", started.error().c_str());
        return false;
    }
    set_module_fusing(line.fuse);
    if (start_floors() && flush_output_at_exit()) return true;
    (void)report_raised();
    return false;
}

PyObject* main_module() { return PyImport_AddModule("__main__"); }

Result<void> prepare_main(const std::vector<std::string>& arguments, std::string_view file, std::string_view folder) {
    PyObject* dict = PyModule_GetDict(main_module());
    const Ref list = steal(PyList_New(0));
    if (!list) return raised();
    for (const std::string& argument : arguments) {
        const Ref item = str_of(argument);
        if (!item || PyList_Append(list.get(), item.get()) < 0) return raised();
    }
    if (PyDict_SetItemString(dict, "*args*", list.get()) < 0) return raised();
    // What make_module would say of it: this is a module of Catena's.
    if (PyDict_SetItemString(dict, "__catena__", Py_True) < 0) return raised();
    if (!file.empty()) {
        const Ref name = str_of(file);
        if (!name || PyDict_SetItemString(dict, "__file__", name.get()) < 0) return raised();
    }
    // Children of multiprocessing ask for the spec's name, to run the script again and to be able to read our pickles.
    char* real = file.empty() ? nullptr : ::realpath(std::string(file).c_str(), nullptr);
    const auto spec = script_spec(real != nullptr ? real : "/dev/null");
    std::free(real);
    if (!spec || PyDict_SetItemString(dict, "__spec__", spec->get()) < 0) return raised();
    const Ref entry = str_of(folder);
    PyObject* path = PySys_GetObject("path");
    if (!entry) return raised();
    if (path != nullptr && PyList_Check(path) && PyList_Insert(path, 0, entry.get()) < 0) return raised();
    return {};
}

tl::expected<std::string, std::string> read_program(const std::string& file) {
    const bool input = file == "-";
    const int descriptor = input ? STDIN_FILENO : ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return tl::make_unexpected(cannot_read(file, std::strerror(errno)));
    struct stat status;
    std::string text;
    std::string problem;
    if (::fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode)) {
        problem = cannot_read(file, "it is a folder");
    } else if (file.ends_with(".py")) {
        problem = file + ": this is Python, which python3 runs; a program of Catena's can import it";
    } else {
        if (S_ISREG(status.st_mode) && status.st_size > 0) text.reserve(static_cast<std::size_t>(status.st_size) + 1);
        char block[65536];
        for (;;) {
            const ssize_t count = ::read(descriptor, block, sizeof block);
            if (text.size() > longest_program) {
                problem = cannot_read(file, "it is longer than a gigabyte, which no program is");
                break;
            }
            if (count > 0) {
                text.append(block, static_cast<std::size_t>(count));
            } else if (count == 0) {
                break;
            } else if (errno != EINTR) {
                problem = cannot_read(file, std::strerror(errno));
                break;
            }
        }
    }
    if (!input) ::close(descriptor);
    if (!problem.empty()) return tl::make_unexpected(std::move(problem));
    return text;
}

int run_text(std::string text, const std::string& file, const CommandLine& line) {
    const std::string filename = shown_name(file);
    const std::string_view source = remember_source(filename, std::move(text));
    CompileOptions options;
    options.fuse = line.fuse;
    options.filename = filename;
    options.source = source;
    PyObject* module = main_module();
    const Ref held = borrow(module);  // a program may throw its own module out of sys.modules
    const auto value = run_source(source, module, options);
    if (!value) return report_raised();
    warn_about_unresolved_names(module);
    return 0;
}

int run_dump(const CommandLine& line) {
    std::string text = line.target, filename = "<-e>";
    if (!line.dump_expression) {
        auto read = read_program(line.target);
        if (!read) {
            write_error("catena: " + read.error() + "\n");
            return 1;
        }
        text = std::move(*read);
        filename = line.target == "-" ? "<stdin>" : shown_name(line.target);
    }
    const std::string_view source = remember_source(filename, std::move(text));
    CompileOptions options;
    options.fuse = line.fuse;
    options.filename = filename;
    options.source = source;

    struct Section {
        bool wanted;
        DumpKind kind;
        const char* title;
    };
    const DumpStages& stages = line.stages;
    const bool all = stages.none();
    const Section sections[] = {
        {all || stages.forms, DumpKind::forms, "forms"},
        {all || stages.expanded, DumpKind::expanded, "expanded"},
        {all || stages.chains, DumpKind::chains, "chains"},
        {all || stages.code, DumpKind::code, "code"},
    };
    int count = 0;
    for (const Section& section : sections) count += section.wanted;
    for (const Section& section : sections) {
        if (!section.wanted) continue;
        // Each stage gets a module of its own: the stages before it have run the file's imports and macros.
        const auto module = make_module("__main__", filename);
        if (!module) return report_raised();
        const auto dump = dump_source(source, section.kind, module->get(), options);
        if (!dump) return report_raised();
        if (count > 1) write_output(std::string("; ") + section.title + "\n");
        write_output(*dump);
        if (!dump->empty() && dump->back() != '\n') write_output("\n");
        if (count > 1) write_output("\n");
    }
    return 0;
}

}  // namespace catena
