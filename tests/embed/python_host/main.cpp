// A host that starts Python itself, lets threads that call Catena come and go, and ends Python.
#include <Python.h>
#include <catena/catena.hpp>

#include <atomic>
#include <cstdio>
#include <thread>
#include <vector>

int main() {
    Py_Initialize();
    std::atomic<int> sum{0};
    PyThreadState* state = PyEval_SaveThread();
    {
        auto interpreter = catena::Interpreter::create({});
        if (!interpreter || !interpreter->eval("(import threading) (def own (threading.local))")) return 1;
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                for (int k = 0; k < 3; ++k)
                    if (const auto three = interpreter->eval("(set! own.x [1]) (+ 1 2)"))
                        sum += three->as<int>().value_or(0);
            });
        for (std::thread& thread : threads) thread.join();
    }
    PyEval_RestoreThread(state);
    const bool ended = Py_FinalizeEx() == 0;
    std::printf("%d, %s\n", sum.load(), ended ? "ended" : "not ended");
}
