// Stream: what an asynchronous generator of a script yields, as a range of the host.
//
//     auto handle = interpreter->get("handle").value();              // (defn-async handle [n] … (yield "a part") …)
//     for (catena::Result<std::string>& part : handle(5)->stream<std::string>()) send(part);
//
// All streams run in one thread of Python's, on one event loop: many go on side by side, each while the others await something.
// Items are converted there, as they come, so taking them out of the stream needs no lock of Python's. A generator that is
// `ahead` items in front of the host waits until half of them have been taken.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <iterator>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <catena/value.hpp>

namespace catena::inline v1 {

namespace detail {

// Where the items of a stream go. Called in the streams' thread, which holds the GIL.
class Sink {
public:
    Sink() = default;
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;
    virtual ~Sink() = default;
    virtual bool put(Object* item) = 0;                // one item; false when the next one is to wait for resume()
    virtual void end(std::optional<Error> error) = 0;  // nothing comes after this
};

// What fills a sink: an asynchronous iterable, or the one value of an awaitable. Under the limits of the iterable's interpreter.
class Producer;
[[nodiscard]] std::shared_ptr<Producer> produce(const Value& iterable, std::shared_ptr<Sink> sink);
// Any thread may ask it to go on, or to end, with and without the GIL.
void resume(const std::shared_ptr<Producer>& producer) noexcept;
void cancel(const std::shared_ptr<Producer>& producer) noexcept;

// Whether this is a child that was forked since: what fills the sink stayed with the parent.
[[nodiscard]] bool left_behind(const Producer& producer) noexcept;

// While it lives this thread does not hold the GIL.
class Waiting {
public:
    Waiting() noexcept;
    ~Waiting();
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

private:
    void* saved_;
};
[[nodiscard]] bool in_streams_thread() noexcept;

// The items that have come and were not taken yet. They are made, moved and dropped outside the mutex: that may take the GIL,
// and who holds the GIL may wait for the mutex.
template <class T>
class Queue final : public Sink {
public:
    using Time = std::chrono::steady_clock::time_point;

    explicit Queue(std::size_t ahead) noexcept : ahead_(ahead == 0 ? 1 : ahead) {}

    bool put(Object* object) override {
        std::list<Result<T>> one;
        if (std::optional<T> value = converted_safely<T>(object))
            one.emplace_back(*std::move(value));
        else
            one.emplace_back(tl::unexpected(take_error()));
        const std::lock_guard lock(mutex_);
        if (closed_) return true;
        items_.splice(items_.end(), one);
        changed_.notify_one();
        return !(full_ = items_.size() >= ahead_);
    }

    void end(std::optional<Error> error) override {
        std::list<Result<T>> last;
        if (error) last.emplace_back(tl::unexpected(*std::move(error)));
        const std::lock_guard lock(mutex_);
        ended_ = true;
        if (!closed_) items_.splice(items_.end(), last);
        changed_.notify_all();
    }

    // The next item in a list of its own; an empty list at the end, or when the time is over.
    struct Taken {
        std::list<Result<T>> item = {};
        bool late = false;  // it has not come yet
        bool room = false;  // the producer waits for this
    };
    [[nodiscard]] Taken take(const std::optional<Time>& due) {
        const Waiting waiting;
        Taken taken;
        std::unique_lock lock(mutex_);
        const auto come = [this] { return !items_.empty() || ended_; };
        if (!due)
            changed_.wait(lock, come);
        else if (!changed_.wait_until(lock, *due, come))
            taken.late = true;
        if (!items_.empty()) taken.item.splice(taken.item.end(), items_, items_.begin());
        if (full_ && items_.size() <= ahead_ / 2) {
            full_ = false;
            taken.room = true;
        }
        return taken;
    }

    // Drops what is there and what comes. `last` is there instead, unless the end has been taken already.
    void close(std::optional<Error> last) {
        std::list<Result<T>> left;
        if (last) left.emplace_back(tl::unexpected(*std::move(last)));
        const std::lock_guard lock(mutex_);
        closed_ = true;
        if (ended_ && items_.empty()) return;
        ended_ = true;
        left.swap(items_);
        changed_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::list<Result<T>> items_;
    const std::size_t ahead_;
    bool full_ = false, ended_ = false, closed_ = false;
};

}  // namespace detail

// Items in their order, each a Result<T>; one that does not convert to T is an error among the others. An error that the generator
// ends with is the last item, and so is the TypeError of a value that is neither asynchronous iterable nor awaitable.
// An input range; movable. In one thread at a time, except cancel(). A Stream that is destroyed is cancelled.
template <class T = Value>
class Stream {
    static_assert(!std::is_same_v<T, std::string_view>, "a view needs an owner: ask for std::string or catena::Text");

public:
    class Iterator {
    public:
        using value_type = Result<T>;
        using difference_type = std::ptrdiff_t;
        using iterator_concept = std::input_iterator_tag;

        Iterator() noexcept = default;
        explicit Iterator(Stream* stream) : stream_(stream) { ++*this; }
        [[nodiscard]] Result<T>& operator*() const noexcept { return *stream_->item_; }
        [[nodiscard]] Result<T>* operator->() const noexcept { return &*stream_->item_; }
        Iterator& operator++() {
            stream_->item_ = stream_->next();
            return *this;
        }
        void operator++(int) { ++*this; }
        [[nodiscard]] bool operator==(std::default_sentinel_t) const noexcept { return !stream_->item_; }

    private:
        Stream* stream_ = nullptr;
    };

    Stream(const Value& iterable, std::size_t ahead)
        : queue_(std::make_shared<detail::Queue<T>>(ahead)), producer_(detail::produce(iterable, queue_)) {}
    Stream(Stream&&) noexcept = default;
    Stream& operator=(Stream&& other) noexcept {
        std::swap(queue_, other.queue_);
        std::swap(producer_, other.producer_);
        std::swap(item_, other.item_);
        return *this;
    }
    ~Stream() { stop({}); }

    // Waits for the next item; none at the end. This thread does not hold the GIL meanwhile.
    [[nodiscard]] std::optional<Result<T>> next() { return take({}); }
    // The same for so long: then the item is a TimeoutError, and the stream goes on.
    template <class Number, class Period>
    [[nodiscard]] std::optional<Result<T>> next(std::chrono::duration<Number, Period> patience) {
        return take(std::chrono::steady_clock::now() + patience);
    }

    [[nodiscard]] Iterator begin() { return Iterator(this); }
    [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

    // Ends it from any thread: whoever waits gets a CancelledError, what was not taken is dropped. The generator sees asyncio's
    // CancelledError where it awaits, or GeneratorExit at its `yield`, and its `finally` parts run.
    void cancel() {
        stop(detail::plain_error("asyncio.exceptions.CancelledError", "the host has cancelled the stream"));
    }

private:
    void stop(std::optional<Error> last) {
        if (queue_ == nullptr) return;
        queue_->close(std::move(last));
        detail::cancel(producer_);
    }
    [[nodiscard]] std::optional<Result<T>> take(const std::optional<std::chrono::steady_clock::time_point>& due) {
        if (detail::in_streams_thread())
            return tl::unexpected(
                detail::plain_error("RuntimeError", "a stream cannot wait in the thread of the streams"));
        if (queue_ == nullptr) return {};  // moved from
        if (detail::left_behind(*producer_))
            queue_->close(
                detail::plain_error("RuntimeError", "the stream belongs to the process that forked this one"));
        auto taken = queue_->take(due);
        if (taken.room) detail::resume(producer_);
        if (taken.late) return tl::unexpected(detail::plain_error("TimeoutError", "the next item has not come yet"));
        if (taken.item.empty()) return {};
        return std::move(taken.item.front());
    }

    std::shared_ptr<detail::Queue<T>> queue_;
    std::shared_ptr<detail::Producer> producer_;
    std::optional<Result<T>> item_;  // that an iterator stands at
};

template <class T>
Stream<T> Value::stream(std::size_t ahead) const {
    return Stream<T>(*this, ahead);
}

}  // namespace catena::inline v1
