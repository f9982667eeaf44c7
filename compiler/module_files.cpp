#include "compiler/module_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

namespace catena {

namespace {

constexpr std::string_view suffix = ".lisp";

bool is_file(const std::string& path) {
    struct stat status;
    return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

bool is_folder(const std::string& path) {
    struct stat status;
    return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::string dashed(std::string_view name) {
    std::string out(name);
    std::replace(out.begin(), out.end(), '_', '-');
    return out;
}

std::string mangled(std::string_view name) {
    std::string out(name);
    std::replace(out.begin(), out.end(), '-', '_');
    return out;
}

// How a name may be written in `folder`: itself, with dashes for all its underscores, or for some of them.
std::vector<std::string> spellings(std::string_view name, std::string_view ending, const std::string& folder) {
    std::vector<std::string> all{std::string(name) + std::string(ending)};
    // Names like __init__ are Python's own.
    const std::size_t first = name.find('_');
    if (first == std::string_view::npos || name.starts_with("__")) return all;
    all.push_back(dashed(name) + std::string(ending));
    if (name.find('_', first + 1) == std::string_view::npos) return all;
    DIR* listing = ::opendir(folder.c_str());
    if (listing == nullptr) return all;
    while (const dirent* entry = ::readdir(listing)) {
        const std::string_view found = entry->d_name;
        if (found.size() == name.size() + ending.size() && found.ends_with(ending) &&
            mangled(found.substr(0, name.size())) == name && std::find(all.begin(), all.end(), found) == all.end()) {
            all.emplace_back(found);
        }
    }
    ::closedir(listing);
    std::sort(all.begin() + 2, all.end());
    return all;
}

std::string joined(const std::string& folder, const std::string& name) {
    return folder.empty() || folder.back() == '/' ? folder + name : folder + "/" + name;
}

}  // namespace

std::optional<ModuleFile> find_module_file(std::string_view name, const std::vector<std::string>& folders) {
    for (const std::string& folder : folders) {
        for (const std::string& spelling : spellings(name, "", folder)) {
            std::string path = joined(folder, spelling) + "/__init__.lisp";
            if (is_file(path)) return ModuleFile{std::move(path), true};
        }
        for (const std::string& spelling : spellings(name, suffix, folder)) {
            std::string path = joined(folder, spelling);
            if (is_file(path)) return ModuleFile{std::move(path), false};
        }
    }
    return std::nullopt;
}

std::vector<std::string> find_module_folders(std::string_view name, const std::vector<std::string>& folders) {
    std::vector<std::string> found;
    for (const std::string& folder : folders) {
        for (const std::string& spelling : spellings(name, "", folder)) {
            std::string path = joined(folder, spelling);
            if (is_folder(path)) found.push_back(std::move(path));
        }
    }
    return found;
}

std::optional<ModuleFile> locate_module(std::string_view dotted) {
    std::vector<std::string> folders = system_folders();
    for (;;) {
        const std::size_t dot = dotted.find('.');
        const std::string_view part = dotted.substr(0, dot);
        if (dot == std::string_view::npos) return find_module_file(part, folders);
        const std::optional<ModuleFile> package = find_module_file(part, folders);
        if (package && package->is_package)
            folders = {package->folder()};
        else
            folders = find_module_folders(part, folders);
        dotted.remove_prefix(dot + 1);
    }
}

std::vector<std::string> folders_of(PyObject* path) {
    std::vector<std::string> folders;
    const Ref items = path != nullptr ? steal(PySequence_Tuple(path)) : Ref();
    if (!items) {
        PyErr_Clear();
        return folders;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(items.get()); ++i) {
        PyObject* item = PyTuple_GET_ITEM(items.get(), i);
        if (!PyUnicode_Check(item)) continue;
        const Ref bytes = steal(PyUnicode_EncodeFSDefault(item));
        if (!bytes) {
            PyErr_Clear();
            continue;
        }
        std::string folder(PyBytes_AS_STRING(bytes.get()), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.get())));
        if (folder.find('\0') != std::string::npos) continue;
        if (folder.empty() || folder.front() != '/') {
            // Modules know absolute paths, as Python's do.
            char* here = ::getcwd(nullptr, 0);
            if (here == nullptr) continue;
            folder = folder.empty() ? here : joined(here, folder);
            std::free(here);
        }
        folders.push_back(std::move(folder));
    }
    return folders;
}

std::vector<std::string> system_folders() { return folders_of(PySys_GetObject("path")); }

Result<std::string> read_module_file(const std::string& path) {
    const auto fail = [&](int why) {
        errno = why;
        PyErr_SetFromErrnoWithFilename(PyExc_OSError, path.c_str());
        return raised();
    };
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return fail(errno);
    struct stat status;
    std::string text;
    if (::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode))
        text.reserve(static_cast<std::size_t>(status.st_size) + 1);
    char block[65536];
    for (;;) {
        const ssize_t count = ::read(descriptor, block, sizeof block);
        if (count > 0) {
            text.append(block, static_cast<std::size_t>(count));
        } else if (count == 0) {
            break;
        } else if (errno != EINTR) {
            const int why = errno;
            ::close(descriptor);
            return fail(why);
        }
    }
    ::close(descriptor);
    return text;
}

}  // namespace catena
