// Where module files are found, and the caches of their compiled code.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "compiler/cache.hpp"
#include "compiler/module_files.hpp"
#include "tests/support/catch.hpp"

using namespace catena;

namespace {

// A folder of its own for each test.
struct Folder {
    Folder() {
        path = std::filesystem::temp_directory_path() / "catena-test-XXXXXX";
        REQUIRE(::mkdtemp(path.data()) != nullptr);
    }
    ~Folder() { std::filesystem::remove_all(path); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::string write(const std::string& name, const std::string& text = "") const {
        const std::string full = path + "/" + name;
        std::filesystem::create_directories(std::filesystem::path(full).parent_path());
        std::ofstream(full) << text;
        return full;
    }
    std::string found(const char* name) const {
        const auto file = find_module_file(name, {path});
        return file ? file->path.substr(path.size() + 1) : "";
    }
    std::string path;
};

CachedModule compiled(const std::string& path, const std::string& source, PyObject* module) {
    CachedModule contents;
    CompileOptions options;
    options.filename = path;
    REQUIRE(run_source(source, module, options, &contents.forms));
    contents.dependencies = {{"other", 42}};
    return contents;
}

}  // namespace

TEST_CASE("a module's file may be written with dashes") {
    const Folder folder;
    for (const char* name :
         {"plain.lisp", "a-b.lisp", "c_d-e.lisp", "pack/__init__.lisp", "my-pack/__init__.lisp", "under_score.lisp"})
        folder.write(name);
    CHECK(folder.found("plain") == "plain.lisp");
    CHECK(folder.found("a_b") == "a-b.lisp");
    CHECK(folder.found("c_d_e") == "c_d-e.lisp");
    CHECK(folder.found("pack") == "pack/__init__.lisp");
    CHECK(folder.found("my_pack") == "my-pack/__init__.lisp");
    CHECK(folder.found("under_score") == "under_score.lisp");
    CHECK(folder.found("missing").empty());
    CHECK(folder.found("a_c").empty());
    CHECK(folder.found("__init__").empty());
}

TEST_CASE("the exact spelling and the package come first") {
    const Folder folder;
    for (const char* name : {"a-b.lisp", "a_b.lisp", "both.lisp", "both/__init__.lisp"}) folder.write(name);
    CHECK(folder.found("a_b") == "a_b.lisp");
    CHECK(folder.found("both") == "both/__init__.lisp");
    CHECK(find_module_file("both", {folder.path})->is_package);
    CHECK(find_module_file("both", {folder.path})->folder() == folder.path + "/both");
    std::filesystem::create_directories(folder.path + "/dir.lisp");
    CHECK(folder.found("dir").empty());
}

TEST_CASE("folders are searched in order") {
    const Folder one, two;
    one.write("x.lisp");
    two.write("x.lisp");
    two.write("y.lisp");
    CHECK(find_module_file("x", {one.path, two.path})->path == one.path + "/x.lisp");
    CHECK(find_module_file("y", {"/nowhere", one.path, two.path})->path == two.path + "/y.lisp");
    std::filesystem::create_directories(one.path + "/lib-a");
    std::filesystem::create_directories(two.path + "/lib_a");
    CHECK(find_module_folders("lib_a", {one.path, two.path}) ==
          std::vector<std::string>{one.path + "/lib-a", two.path + "/lib_a"});
}

TEST_CASE("a file that cannot be read is an OSError") {
    CHECK_FALSE(read_module_file("/nowhere/at/all.lisp"));
    CHECK(PyErr_ExceptionMatches(PyExc_FileNotFoundError));
    PyErr_Clear();
    const Folder folder;
    CHECK_FALSE(read_module_file(folder.path));
    CHECK(PyErr_ExceptionMatches(PyExc_IsADirectoryError));
    PyErr_Clear();
}

TEST_CASE("a cache answers what was written, and nothing else") {
    const Folder folder;
    const std::string source = "(def x 1) (defn f [y] (+ x y)) (await 3)";
    const std::string path = folder.write("mod.lisp", source);
    const auto module = make_module("mod", path);
    REQUIRE(module);
    write_cache(path, source, compiled(path, source, module->get()));
    const auto read = [&](const std::string& text, bool current) {
        return read_cache(path, text, module->get(),
                          [&](const ModuleDependency& d) { return current && d.name == "other" && d.hash == 42; });
    };
    const auto cached = read(source, true);
    REQUIRE(cached);
    CHECK(cached->forms.size() == 3);
    CHECK_FALSE(cached->forms[0].awaits);
    CHECK(cached->forms[2].awaits);
    for (const CompiledForm& form : cached->forms) CHECK(run_compiled(form));
    CHECK_FALSE(read(source, false));
    CHECK_FALSE(read(source + " ", true));
    CHECK_FALSE(read("", true));

    // Every kind of damage is noticed.
    std::ifstream in(cache_path(path), std::ios::binary);
    const std::string good((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    for (std::size_t at = 0; at < good.size(); at += 7) {
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ 0x41);
        std::ofstream(cache_path(path), std::ios::binary | std::ios::trunc) << bad;
        CHECK_FALSE(read(source, true));
        std::ofstream(cache_path(path), std::ios::binary | std::ios::trunc) << good.substr(0, at);
        CHECK_FALSE(read(source, true));
    }
    CHECK(PyErr_Occurred() == nullptr);
}

TEST_CASE("what has no notation is not cached, and nothing is left behind") {
    const Folder folder;
    const std::string path = folder.write("mod.lisp");
    const auto module = make_module("mod", path);
    REQUIRE(module);
    // A macro can put any object into code.
    const std::string source = "(import sys) (defmacro live [] (.-stdin sys)) (defn f [] (live))";
    write_cache(path, source, compiled(path, source, module->get()));
    CHECK(PyErr_Occurred() == nullptr);
    CHECK_FALSE(std::filesystem::exists(folder.path + "/__pycache__"));
    CHECK(cache_path("relative.lisp").empty());
    CHECK(cache_path("/some/script").empty());
}
