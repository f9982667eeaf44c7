// What DictVersion stands on from CPython 3.12 on: one watcher for the process, and a record for each dict that caches
// have looked into (modules' mostly). The callback runs before the change, so that a cache is stale before it could lie.
#include "bridge/dict_version.hpp"

#if CATENA_DICT_VERSIONS == CATENA_DICT_VERSIONS_WATCHERS

#include <unordered_map>

namespace catena {
namespace {

// Other watchers' callbacks come between ours and the change itself, and what they run can look into the dict again, which
// is still the old one. So the change is kept in mind, and nothing is remembered of the dict until it can be seen there.
// Only dicts whose keys are all exact strs take part, in which a look-up runs nobody's code; `strange`: this one has others.
enum class Announced : std::uint8_t { nothing, entry, clearing, filling, strange };

struct Record : WatchedDict {
    Announced announced = Announced::nothing;
    Ref key;                      // of the entry that changes: an exact str
    PyObject* value = nullptr;    // its new value, compared only; null: it goes
    Record* next_free = nullptr;  // when no dict has this record
};

std::uint64_t last_version = 1;
Record* free_records = nullptr;
Record* last_changed = nullptr;  // most changes are of the same dict as the one before

std::unordered_map<PyObject*, Record*>& records() {
    static auto* all = new std::unordered_map<PyObject*, Record*>;
    return *all;
}

Record* record_of(PyObject* dict) {
    if (last_changed != nullptr && last_changed->dict == dict) return last_changed;
    const auto found = records().find(dict);
    return found != records().end() ? found->second : nullptr;
}

void announce(Record& record, Announced what, PyObject* key = nullptr, PyObject* value = nullptr) {
    record.announced = what;
    record.key = borrow(key);
    record.value = value;
}

// Never fails and runs no Python code: the strs that it releases have none.
int before_change(PyDict_WatchEvent event, PyObject* dict, PyObject* key, PyObject* value) {
    Record* record = record_of(dict);
    if (record == nullptr) return 0;
    record->version = ++last_version;
    last_changed = record;
    switch (event) {
        case PyDict_EVENT_ADDED:
        case PyDict_EVENT_MODIFIED:
        case PyDict_EVENT_DELETED:
            if (!PyUnicode_CheckExact(key))
                announce(*record, Announced::strange);
            else if (record->announced != Announced::strange)
                announce(*record, Announced::entry, key, value);
            break;
        case PyDict_EVENT_CLEARED: announce(*record, Announced::clearing); break;
        case PyDict_EVENT_CLONED: announce(*record, Announced::filling); break;
        default:  // deallocated; one that is brought back to life after this gets another record
            announce(*record, Announced::nothing);
            records().erase(dict);
            record->dict = nullptr;
            record->next_free = free_records;
            free_records = record;
    }
    return 0;
}

bool has_names_only(PyObject* dict) {
    PyObject* key;
    Py_ssize_t at = 0;
    while (PyDict_Next(dict, &at, &key, nullptr) != 0) {
        if (!PyUnicode_CheckExact(key)) return false;
    }
    return true;
}

// Whether the change that was announced last has been made.
bool has_settled(Record& record) {
    bool done = false;
    switch (record.announced) {
        case Announced::nothing: return true;
        case Announced::strange: return false;
        case Announced::entry: done = PyDict_GetItemWithError(record.dict, record.key.get()) == record.value; break;
        case Announced::clearing: done = PyDict_GET_SIZE(record.dict) == 0; break;
        case Announced::filling:
            if (PyDict_GET_SIZE(record.dict) == 0) return false;
            if (!has_names_only(record.dict)) {
                announce(record, Announced::strange);
                return false;
            }
            done = true;
    }
    if (done) announce(record, Announced::nothing);
    return done;
}

// The watcher's number; -1 when other extensions have taken all that there are.
int watcher() {
    static const int id = [] {
        const int added = PyDict_AddWatcher(before_change);
        if (added < 0) PyErr_Clear();
        return added;
    }();
    return id;
}

// Null: the dict cannot be watched.
Record* watch(PyObject* dict) {
    if (watcher() < 0) return nullptr;
    Record*& record = records()[dict];
    if (record == nullptr) {
        record = free_records != nullptr ? free_records : new Record;
        free_records = record->next_free;
        record->next_free = nullptr;
        record->dict = dict;
        record->version = ++last_version;
        record->announced = has_names_only(dict) ? Announced::nothing : Announced::strange;
    }
    if (PyDict_Watch(watcher(), dict) == 0) return record;
    PyErr_Clear();
    return nullptr;
}

}  // namespace

WatchedDict DictVersion::none_;

void DictVersion::remember(PyObject* dict) {
    version_ = 0;
    if (watched_->dict != dict) {
        Record* record = watch(dict);
        if (record == nullptr) return;
        watched_ = record;
    }
    if (has_settled(static_cast<Record&>(*watched_))) version_ = watched_->version;
}

}  // namespace catena

#endif
