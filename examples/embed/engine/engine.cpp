#include "engine.hpp"

#include <utility>

Engine::~Engine() {
    for (Request& request : requests_) request.thread.join();
}

catena::Result<void> Engine::start(const std::string& id, const std::string& handler,
                                   const std::vector<std::string>& words, Reply reply) {
    drop_ended();
    const auto generator = interpreter_.require(handler).and_then(
        [&](const catena::Value& module) { return module.call("handle", words); });
    if (!generator) return tl::unexpected(generator.error());
    Request& request = requests_.emplace_back(id, generator->stream<Part>(ahead));
    request.thread = std::thread([&request, reply = std::move(reply)] {
        for (const catena::Result<Part>& part : request.parts) reply(&part);
        reply(nullptr);
        request.done = true;
    });
    return {};
}

bool Engine::cancel(const std::string& id) {
    for (Request& request : requests_) {
        if (request.id != id || request.done) continue;
        request.parts.cancel();
        return true;
    }
    return false;
}

void Engine::drop_ended() {
    for (auto request = requests_.begin(); request != requests_.end();) {
        if (request->done) {
            request->thread.join();
            request = requests_.erase(request);
        } else {
            ++request;
        }
    }
}
