#include "bridge/dict_cache.hpp"

namespace catena {

PyObject* lookup_and_remember(PyObject* dict, PyObject* name, DictCache& cache) {
    (void)cache;
    ++stats.cache_misses;
    PyObject* value = PyDict_GetItemWithError(dict, name);
    if (value == nullptr) PyErr_Clear();
    return value;
}

}  // namespace catena
