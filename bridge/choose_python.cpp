// Which Python to embed: the environment that the user named, or the one the build was made with.
#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "bridge/python.hpp"

extern char** environ;

namespace catena {
namespace {

using Problem = tl::unexpected<std::string>;

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

bool is_folder(const std::string& path) {
    struct stat info;
    return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

bool is_program(const std::string& path) {
    struct stat info;
    return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && access(path.c_str(), X_OK) == 0;
}

std::string absolute(const std::string& path) {
    if (path.empty() || path[0] == '/') return path;
    std::array<char, PATH_MAX> here;
    return getcwd(here.data(), here.size()) != nullptr ? std::string(here.data()) + "/" + path : path;
}

// The first `limit` bytes of a file, or nothing.
std::string read_start(const std::string& path, std::size_t limit) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return "";
    std::string text(limit, '\0');
    std::size_t size = 0;
    while (size < limit) {
        const ssize_t got = read(file, text.data() + size, limit - size);
        if (got <= 0) break;
        size += static_cast<std::size_t>(got);
    }
    close(file);
    text.resize(size);
    return text;
}

// "3.11" out of text that begins with "3.11", "3.11.2" and so on; empty otherwise.
std::string minor_version(const std::string& text) {
    std::size_t end = 0;
    int dots = 0;
    for (; end < text.size(); ++end) {
        if (text[end] == '.' && ++dots == 2) break;
        if (text[end] != '.' && std::isdigit(static_cast<unsigned char>(text[end])) == 0) break;
    }
    const std::string version = text.substr(0, end);
    return dots >= 1 && version.back() != '.' && version.front() != '.' ? version : "";
}

// What an environment's pyvenv.cfg says; `version` is written by venv, `version_info` by virtualenv.
std::string version_from_cfg(const std::string& folder) {
    const std::string text = read_start(folder + "/pyvenv.cfg", 8192);
    for (std::size_t start = 0; start < text.size();) {
        const std::size_t end = std::min(text.find('\n', start), text.size());
        const std::string line = text.substr(start, end - start);
        const std::size_t equals = line.find('=');
        if (equals != std::string::npos &&
            (line.starts_with("version ") || line.starts_with("version=") || line.starts_with("version_info"))) {
            std::size_t value = equals + 1;
            while (value < line.size() && line[value] == ' ') ++value;
            const std::string version = minor_version(line.substr(value));
            if (!version.empty()) return version;
        }
        start = end + 1;
    }
    return "";
}

// What the real name of the interpreter says: …/python3.11.
std::string version_from_name(const std::string& executable) {
    std::array<char, PATH_MAX> resolved;
    if (realpath(executable.c_str(), resolved.data()) == nullptr) return "";
    const std::string path(resolved.data());
    const std::string name = path.substr(path.rfind('/') + 1);
    return name.starts_with("python") ? minor_version(name.substr(6)) : "";
}

// Runs the interpreter and reads its version and its real path, two lines. Only for what the files do not tell, a
// version manager's shim for example.
bool ask(const std::string& executable, std::string* version, std::string* real) {
    std::array<int, 2> ends;
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    std::string program = executable;
    std::string flags = "-IS";
    std::string command = "-c";
    std::string code = "import sys; print('%d.%d' % sys.version_info[:2]); print(sys.executable)";
    std::array<char*, 5> arguments{program.data(), flags.data(), command.data(), code.data(), nullptr};
    pid_t child = 0;
    const int spawned = posix_spawn(&child, executable.c_str(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    std::string answer;
    if (spawned == 0) {
        std::array<char, 512> part;
        for (;;) {
            const ssize_t got = read(ends[0], part.data(), part.size());
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0 || answer.size() > PATH_MAX) break;
            answer.append(part.data(), static_cast<std::size_t>(got));
        }
    }
    close(ends[0]);
    if (spawned != 0) return false;
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    const std::size_t line = answer.find('\n');
    if (status != 0 || line == std::string::npos) return false;
    *version = minor_version(answer.substr(0, line));
    *real = answer.substr(line + 1, answer.find('\n', line + 1) - line - 1);
    return !version->empty();
}

// A name without a slash is looked for on PATH.
std::string find_program(const std::string& name) {
    if (name.find('/') != std::string::npos) return name;
    const std::string path = environment("PATH");
    for (std::size_t start = 0; start <= path.size();) {
        const std::size_t end = std::min(path.find(':', start), path.size());
        const std::string candidate = path.substr(start, end - start) + "/" + name;
        if (end > start && is_program(candidate)) return candidate;
        start = end + 1;
    }
    return name;
}

bool is_script(const std::string& path) { return read_start(path, 2) == "#!"; }

// A choice that somebody named: the interpreter itself, or the folder of an environment.
tl::expected<PythonChoice, std::string> take(const std::string& named, const std::string& reason) {
    PythonChoice choice;
    choice.reason = reason;
    std::string environment_folder;
    if (is_folder(named)) {
        environment_folder = absolute(named);
        choice.executable = environment_folder + "/bin/python3";
        if (!is_program(choice.executable)) choice.executable = environment_folder + "/bin/python";
        if (!is_program(choice.executable)) {
            return Problem("there is no Python in " + named + " (named by " + reason + ")");
        }
    } else {
        choice.executable = absolute(find_program(named));
        if (!is_program(choice.executable)) {
            return Problem("there is no Python " + named + " (named by " + reason + ")");
        }
        const std::size_t folder = choice.executable.rfind('/');
        const std::string above = choice.executable.substr(0, folder);
        const std::size_t parent = above.rfind('/');
        if (parent != std::string::npos) environment_folder = above.substr(0, parent);
    }
    choice.version = version_from_cfg(environment_folder);
    if (choice.version.empty()) choice.version = version_from_name(choice.executable);
    if (choice.version.empty() || is_script(choice.executable)) {
        std::string real;
        if (!ask(choice.executable, &choice.version, &real)) {
            return Problem(choice.executable + " (named by " + reason + ") does not run as a Python 3");
        }
        if (is_script(choice.executable) && !real.empty()) choice.executable = real;
    }
    if (choice.version != built_python_version()) {
        return Problem(choice.executable + " (named by " + reason + ") is Python " + choice.version +
                       ", and Catena was built against " + built_python_version() +
                       "; name another one with --python, or build Catena against this one");
    }
    return choice;
}

// The nearest .venv with an interpreter, from the working directory upwards; empty when there is none.
std::string nearest_venv() {
    std::array<char, PATH_MAX> here;
    if (getcwd(here.data(), here.size()) == nullptr) return "";
    std::string folder(here.data());
    for (;;) {
        std::string candidate = folder + (folder == "/" ? ".venv" : "/.venv");
        if (is_program(candidate + "/bin/python3") || is_program(candidate + "/bin/python")) return candidate;
        if (folder == "/" || folder.empty()) return "";
        folder.resize(std::max<std::size_t>(folder.rfind('/'), 1));
    }
}

tl::expected<PythonChoice, std::string> look_around(const PythonOptions& options, std::vector<std::string>* looked_at) {
    if (!options.python.empty()) return take(options.python, "--python");
    looked_at->push_back("--python: not given");
    for (const char* name : {"CATENA_PYTHON", "VIRTUAL_ENV", "CONDA_PREFIX"}) {
        const std::string value = environment(name);
        if (value.empty()) {
            looked_at->push_back(std::string(name) + ": not set");
            continue;
        }
        // A conda environment need not hold a Python at all.
        if (name == std::string_view("CONDA_PREFIX") && !is_program(value + "/bin/python3")) {
            looked_at->push_back("CONDA_PREFIX: no Python in " + value);
            continue;
        }
        return take(value, name);
    }
    if (const std::string venv = nearest_venv(); !venv.empty()) return take(venv, "the nearest .venv");
    looked_at->push_back(".venv: none in the working directory or above it");
    PythonChoice choice;
    choice.executable = built_python_executable();
    choice.reason = "the build's own";
    if (!is_program(choice.executable)) {
        return Problem("the Python that Catena was built against is gone (" + choice.executable +
                       "); name another one with --python");
    }
    // A later upgrade may have put another version under the same name.
    choice.version = version_from_name(choice.executable);
    if (!choice.version.empty() && choice.version != built_python_version()) {
        return Problem(choice.executable + " is Python " + choice.version + " now, and Catena was built against " +
                       built_python_version() + "; build Catena again, or name another Python with --python");
    }
    return choice;
}

}  // namespace

tl::expected<PythonChoice, std::string> choose_python(const PythonOptions& options,
                                                      std::vector<std::string>* looked_at) {
    std::vector<std::string> places;
    auto choice = look_around(options, &places);
    if (looked_at != nullptr) *looked_at = places;
    if (choice) choice->looked_at = std::move(places);
    return choice;
}

}  // namespace catena
