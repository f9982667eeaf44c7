// A request engine: each request is an asynchronous generator of a script, and what it yields goes out as it comes.
//
// A handler is a module with `handle`, which takes the words of a request. It yields strings, or payloads: bytes, or arrays whose
// elements lie one after the other. All requests share one event loop, so one may wait for what another does.
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include <catena/catena.hpp>

class Engine {
public:
    // Both are the script's own memory, held as long as the part is.
    using Part = std::variant<catena::Text, catena::Array<const std::byte>>;
    // What comes of a request: its parts, perhaps an error, and nothing, which is its end. Called in the request's own thread; as
    // long as it takes, the generator waits.
    using Reply = std::function<void(const catena::Result<Part>* part)>;

    explicit Engine(catena::Interpreter interpreter) : interpreter_(std::move(interpreter)) {}
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;
    ~Engine();  // waits for all requests

    // From one thread, as cancel(). The error: there is no such handler, or it did not take the request.
    [[nodiscard]] catena::Result<void> start(const std::string& id, const std::string& handler,
                                             const std::vector<std::string>& words, Reply reply);
    // False when no such request is running.
    bool cancel(const std::string& id);

private:
    struct Request {
        std::string id;
        catena::Stream<Part> parts;
        std::thread thread = {};
        std::atomic<bool> done = false;
    };
    // How many parts a generator may be in front of who takes them.
    static constexpr std::size_t ahead = 4;

    void drop_ended();

    catena::Interpreter interpreter_;
    std::list<Request> requests_;
};
