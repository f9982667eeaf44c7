// The classes of the host that one interpreter's scripts know. Everything here needs the GIL.
#pragma once

#include <memory>
#include <typeindex>
#include <unordered_map>

#include "bridge/ref.hpp"

namespace catena::inline v1::detail {

struct HostClass;

class HostClasses {
public:
    HostClasses() = default;
    HostClasses(const HostClasses&) = delete;
    HostClasses& operator=(const HostClasses&) = delete;
    ~HostClasses();  // takes the GIL

    void add(std::shared_ptr<const HostClass> known, PyObject* python);
    [[nodiscard]] const HostClass* find(std::type_index type) const;

private:
    struct Known {
        std::shared_ptr<const HostClass> host;
        PyObject* python;  // kept: the class may be all that a script has of it
    };
    std::unordered_map<std::type_index, Known> known_;
};

}  // namespace catena::inline v1::detail
