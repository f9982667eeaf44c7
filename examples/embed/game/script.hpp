// A game's script, which may change while the game runs.
//
// The script defines three functions. The host keeps the state between them, whatever it is, and from one version of the script
// to the next:
//
//     (start)                   the first state
//     (update state dt keys)    the next state, `dt` seconds later, with these keys held; it leaves the old one as it is
//     (draw state)              the picture, as text
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include <catena/catena.hpp>

class Script {
public:
    using Report = std::function<void(const catena::Error& error)>;

    // `budget` is what each call may use; what is reported does not end the game.
    Script(std::filesystem::path path, catena::Limits budget, Report report);

    // Loads the file when it has changed, and says whether there is a new version. One that does not load leaves the one before
    // running.
    bool refresh();

    // One frame: the picture, or nothing when no version of the script can make one. A version that fails before it has ever
    // made a frame gives way to the one before; a later failure loses the frame, and the state stays.
    std::optional<std::string> frame(double dt, const std::string& keys);

private:
    struct Version {
        catena::Interpreter interpreter;
        catena::Value start, update, draw;
        bool proven = false;  // has made a frame
    };

    [[nodiscard]] catena::Result<Version> load() const;
    [[nodiscard]] catena::Result<std::string> try_frame(const Version& version, double dt, const std::string& keys);

    std::filesystem::path path_;
    catena::Limits budget_;
    Report report_;
    std::optional<std::filesystem::file_time_type> loaded_;  // when the file was written that was looked at last
    std::optional<Version> current_, before_;
    std::optional<catena::Value> state_;
};
