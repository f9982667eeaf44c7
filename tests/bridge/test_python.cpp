// Which Python is chosen, from environments made for the purpose.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>

#include "bridge/python.hpp"
#include "tests/bridge/support.hpp"
#include "tests/support/catch.hpp"

using namespace catena;
namespace fs = std::filesystem;

namespace {

// A folder of its own as the working directory, and an environment without any Python in it; both restored at the end.
class Place {
public:
    Place() : before_(fs::current_path()) {
        std::string pattern = (fs::temp_directory_path() / "catena-test-XXXXXX").string();
        root = mkdtemp(pattern.data());
        root = fs::canonical(root);
        fs::current_path(root);
        for (const char* name : {"CATENA_PYTHON", "VIRTUAL_ENV", "CONDA_PREFIX"}) {
            const char* value = std::getenv(name);
            saved_[name] = value != nullptr ? std::optional<std::string>(value) : std::nullopt;
            unsetenv(name);
        }
    }
    ~Place() {
        fs::current_path(before_);
        std::error_code ignored;
        fs::remove_all(root, ignored);
        for (const auto& [name, value] : saved_) {
            value ? setenv(name.c_str(), value->c_str(), 1) : unsetenv(name.c_str());
        }
    }

    // An environment whose interpreter is a link to the build's own, or a script.
    std::string environment(const std::string& name, const std::string& cfg, const std::string& script = "") const {
        const fs::path folder = root / name;
        fs::create_directories(folder / "bin");
        if (!cfg.empty()) std::ofstream(folder / "pyvenv.cfg") << cfg;
        const fs::path python = folder / "bin" / "python3";
        if (script.empty()) {
            fs::create_symlink(built_python_executable(), python);
        } else {
            std::ofstream(python) << script;
            fs::permissions(python, fs::perms::owner_all);
        }
        return folder.string();
    }

    fs::path root;

private:
    fs::path before_;
    std::map<std::string, std::optional<std::string>> saved_;
};

std::string chosen(const PythonOptions& options = {}) {
    const auto choice = choose_python(options);
    return choice ? choice->executable + " by " + choice->reason : "!" + choice.error();
}

std::string cfg(const std::string& version) { return "home = /usr/bin\nversion = " + version + "\n"; }

}  // namespace

TEST_CASE("Python is chosen in the documented order") {
    const Place place;
    const std::string version = built_python_version() + ".1";
    CHECK(chosen() == built_python_executable() + " by the build's own");
    const std::string venv = place.environment(".venv", cfg(version));
    CHECK(chosen() == venv + "/bin/python3 by the nearest .venv");
    fs::create_directories(place.root / "a" / "b");
    fs::current_path(place.root / "a" / "b");
    CHECK(chosen() == venv + "/bin/python3 by the nearest .venv");
    const std::string conda = place.environment("conda", "");
    setenv("CONDA_PREFIX", conda.c_str(), 1);
    CHECK(chosen() == conda + "/bin/python3 by CONDA_PREFIX");
    const std::string active = place.environment("active", "version_info = " + version + ".final.0\n");
    setenv("VIRTUAL_ENV", active.c_str(), 1);
    CHECK(chosen() == active + "/bin/python3 by VIRTUAL_ENV");
    const std::string named = place.environment("named", cfg(version));
    setenv("CATENA_PYTHON", (named + "/bin/python3").c_str(), 1);
    CHECK(chosen() == named + "/bin/python3 by CATENA_PYTHON");
    PythonOptions options;
    options.python = active;
    CHECK(chosen(options) == active + "/bin/python3 by --python");
    options.python = "../../named/bin/python3";
    CHECK(chosen(options) == (place.root / "a/b/../../named/bin/python3").string() + " by --python");

    unsetenv("CATENA_PYTHON");
    unsetenv("VIRTUAL_ENV");
    fs::remove_all(conda + "/bin");
    const auto choice = choose_python({});
    REQUIRE(choice);
    CHECK(choice->reason == "the nearest .venv");
    CHECK(choice->version == built_python_version());
    CHECK(choice->looked_at == std::vector<std::string>{"--python: not given", "CATENA_PYTHON: not set",
                                                        "VIRTUAL_ENV: not set", "CONDA_PREFIX: no Python in " + conda});
}

TEST_CASE("a Python that is missing or does not fit is a clear error") {
    const Place place;
    PythonOptions options;
    options.python = "/nowhere/python3";
    CHECK(chosen(options) == "!there is no Python /nowhere/python3 (named by --python)");
    options.python = "no-such-python-anywhere";
    CHECK(chosen(options) == "!there is no Python no-such-python-anywhere (named by --python)");
    options.python = place.root.string();
    CHECK(chosen(options) == "!there is no Python in " + place.root.string() + " (named by --python)");
    std::ofstream(place.root / "file") << "no program";
    options.python = (place.root / "file").string();
    CHECK(chosen(options) == "!there is no Python " + options.python + " (named by --python)");
    options.python.clear();
    setenv("VIRTUAL_ENV", "/nowhere", 1);
    CHECK(chosen() == "!there is no Python /nowhere (named by VIRTUAL_ENV)");
    unsetenv("VIRTUAL_ENV");

    const std::string other = place.environment("other", cfg("3.4.5"));
    options.python = other;
    CHECK(chosen(options) ==
          "!" + other + "/bin/python3 (named by --python) is Python 3.4, and Catena was built against " +
              built_python_version() + "; name another one with --python, or build Catena against this one");
    const std::string broken = place.environment("broken", "", "#!/bin/sh\nexit 3\n");
    options.python = broken;
    CHECK(chosen(options) == "!" + broken + "/bin/python3 (named by --python) does not run as a Python 3");
    const std::string chatty = place.environment("chatty", "", "#!/bin/sh\necho hello; echo there\n");
    options.python = chatty;
    CHECK(chosen(options) == "!" + chatty + "/bin/python3 (named by --python) does not run as a Python 3");
}

TEST_CASE("a shim is asked which Python it stands for") {
    const Place place;
    const std::string shim =
        place.environment("shims", "", "#!/bin/sh\nexec " + built_python_executable() + " \"$@\"\n");
    PythonOptions options;
    options.python = shim + "/bin/python3";
    const auto choice = choose_python(options);
    REQUIRE(choice);
    CHECK(choice->version == built_python_version());
    CHECK(choice->executable != options.python);
    CHECK(fs::exists(choice->executable));
}
