// What `catena --profile` says when the program has ended: a table on standard error, or a file for machines.
#pragma once

#include <cstdio>
#include <string>

namespace catena {

class ProfileReport {
public:
    // `file` is where to write the JSON; empty: the table on standard error.
    explicit ProfileReport(std::string file) : file_(std::move(file)) {}
    ~ProfileReport();
    ProfileReport(const ProfileReport&) = delete;
    ProfileReport& operator=(const ProfileReport&) = delete;

    // Opens the file and starts measuring. False after a message on standard error.
    [[nodiscard]] bool start();

    // Writes the report; Python may have ended. False after a message, when it could not be written.
    [[nodiscard]] bool write();

private:
    std::string file_;
    std::FILE* out_ = nullptr;
    int process_ = 0;  // that was started with it
};

}  // namespace catena
