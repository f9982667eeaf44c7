#include <catena/interpreter.hpp>

#include <mutex>

#include "embed/gil_request.hpp"
#include "embed/host.hpp"
#include "embed/limits.hpp"

namespace catena::inline v1 {

using detail::Gil;
using detail::Scope;

struct Interpreter::State {
    explicit State(PyObject* space) : module(space) { detail::keep(context); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { detail::release(reinterpret_cast<detail::Object*>(module), context); }

    PyObject* module;
    detail::Context* const context = new detail::Context;
};

namespace {

tl::unexpected<Error> moved_from() {
    return tl::unexpected(detail::plain_error("RuntimeError", "this Interpreter was moved from"));
}

Result<Value> finish(PyObject* object) {
    return Value::finish(detail::answered(reinterpret_cast<detail::Object*>(object)));
}

}  // namespace

Interpreter::Interpreter(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Interpreter::Interpreter(Interpreter&&) noexcept = default;
Interpreter& Interpreter::operator=(Interpreter&&) noexcept = default;
Interpreter::~Interpreter() = default;

Result<Interpreter> Interpreter::create(const Options& options) {
    static std::mutex starting;
    {
        const std::lock_guard<std::mutex> lock(starting);
        const std::string problem = host::start();
        if (!problem.empty()) return tl::unexpected(detail::plain_error("RuntimeError", problem));
    }
    const Gil gil;
    detail::prepare_gil_requests();
    static int made = 0;
    const std::string name = options.name.empty() ? "host" + std::to_string(++made) : options.name;
    std::vector<std::string> folders;
    for (const std::filesystem::path& folder : options.path) folders.push_back(folder.string());
    PyObject* module = host::make_namespace(name);
    if (module == nullptr) return tl::unexpected(detail::take_error());
    auto state = std::make_unique<State>(module);
    if (!host::add_path(folders)) return tl::unexpected(detail::take_error());
    return Interpreter(std::move(state));
}

Result<Value> Interpreter::eval(std::string_view code, std::string_view file, int line) {
    if (state_ == nullptr) return moved_from();
    const Scope scope(state_->context);
    const Ref module = borrow(state_->module);  // a script may end its own interpreter
    return finish(host::evaluate(module.get(), code, std::string(file), line));
}

Result<Value> Interpreter::run_file(const std::filesystem::path& path) {
    if (state_ == nullptr) return moved_from();
    const Scope scope(state_->context);
    const Ref module = borrow(state_->module);
    return finish(host::evaluate_file(module.get(), path.string()));
}

Result<Value> Interpreter::require(std::string_view module) {
    if (state_ == nullptr) return moved_from();
    const Scope scope(state_->context);
    return finish(host::require(module));
}

Result<Value> Interpreter::get(std::string_view name) const {
    if (state_ == nullptr) return moved_from();
    const Scope scope(state_->context);
    const Ref module = borrow(state_->module);
    return finish(host::look_up(module.get(), name));
}

Result<void> Interpreter::bind(std::string_view name, detail::Object* value) {
    const detail::Held held(value);
    if (state_ == nullptr) return moved_from();
    const Ref python = held ? steal(host::python_name(name)) : Ref();
    if (!python ||
        PyDict_SetItem(PyModule_GetDict(state_->module), python.get(), reinterpret_cast<PyObject*>(held.get())) < 0)
        return tl::unexpected(detail::take_error());
    return {};
}

detail::Context* Interpreter::context() const noexcept { return state_ != nullptr ? state_->context : nullptr; }

Result<void> Interpreter::define_class(std::string_view name, detail::ClassSpec spec, std::string_view doc) {
    if (state_ == nullptr) return moved_from();
    const Scope scope(state_->context);
    spec.name = name;
    spec.doc = doc;
    const char* space = PyModule_GetName(state_->module);
    if (space == nullptr) return tl::unexpected(detail::take_error());
    return bind(name, detail::make_class(spec, space));
}

Result<void> Interpreter::set_limits(const Limits& limits) {
    if (state_ == nullptr) return moved_from();
    const Gil gil;
    if (!detail::prepare_limits(limits)) return tl::unexpected(detail::take_error());
    state_->context->limits = limits;
    return {};
}

Result<void> Interpreter::set_output(Output out, Output errors) {
    const auto shared = [](Output& output) {
        return output ? std::make_shared<const Output>(std::move(output)) : nullptr;
    };
    if (state_ == nullptr) return moved_from();
    const Gil gil;
    if ((out || errors) && !detail::install_streams()) return tl::unexpected(detail::take_error());
    state_->context->outputs = {shared(out), shared(errors)};
    return {};
}

void Interpreter::interrupt() noexcept {
    if (state_ == nullptr) return;
    const Gil gil;
    for (detail::Call* call = state_->context->calls; call != nullptr; call = call->next) {
        call->signalled = true;
        detail::interrupt(*call, static_cast<PyThreadState*>(call->thread));
    }
}

}  // namespace catena::inline v1
