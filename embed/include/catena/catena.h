/* Catena inside a C program: a small interface over the one in catena.hpp, with the same rules.
 *
 *     catena_interpreter* interpreter = catena_create(NULL);
 *     catena_value* sum = catena_eval(interpreter, "(+ 1 2)", __FILE__, __LINE__);
 *     int64_t number;
 *     if (sum == NULL || !catena_to_int(sum, &number)) report(catena_last_error()->message);
 *     catena_release(sum);
 *     catena_destroy(interpreter);
 *
 * Values: a catena_value holds any value and belongs to whoever got it from a function here; catena_release() gives it back, and
 * takes NULL too. Functions borrow the values that they are given.
 *
 * Errors: what fails answers NULL or false, and catena_last_error() tells why, in the same thread. A NULL that is handed on, as a value or
 * as an interpreter, makes the next function fail too, with the same error: it is enough to look at the end.
 *
 * Threads: any thread may call anything with any value. Python's lock is taken for each call, and free while a function of the host runs.
 *
 * Text is UTF-8. Sizes of text and bytes are in bytes; text that comes from here ends with a zero byte besides.
 */
#ifndef CATENA_CATENA_H
#define CATENA_CATENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct catena_interpreter catena_interpreter;
typedef struct catena_value catena_value;

const char* catena_version(void);

/* ---- errors ---- */

typedef struct catena_error {
    const char* type;    /* the exception's class, "ZeroDivisionError" */
    const char* message; /* without the class */
    const char* hint;    /* what may help; often empty */
    const char* file;    /* where it arose; empty when no code was running */
    int line, column;    /* from 1; 0: unknown */
} catena_error;

/* Why the last call of this thread that failed did so; NULL when none has. Good until the next one fails, or the error is cleared. */
const catena_error* catena_last_error(void);
/* The whole report of it, as Python prints an uncaught exception; empty when no code raised it. */
const char* catena_last_trace(void);
void catena_clear_error(void);

/* ---- interpreters ---- */

/* A namespace of its own; NULL on failure. `path`: the folders where modules are looked for first, NULL behind the last; or NULL.
 * Python starts with the first one and never ends. */
catena_interpreter* catena_create(const char* const* path);
/* Its values live on. Takes NULL too. */
void catena_destroy(catena_interpreter* interpreter);

/* The last form's value. `file` and `line` are where the text stands, for messages; NULL and 1 will do. */
catena_value* catena_eval(catena_interpreter* interpreter, const char* code, const char* file, int line);
catena_value* catena_run_file(catena_interpreter* interpreter, const char* path);
catena_value* catena_require(catena_interpreter* interpreter, const char* module);
/* What a name stands for; and what it is to stand for. */
catena_value* catena_get(catena_interpreter* interpreter, const char* name);
bool catena_define(catena_interpreter* interpreter, const char* name, const catena_value* value);

/* A function of the host. It borrows its arguments, and answers a new value or NULL: for an error that catena_fail() or another call
 * from here has set, which is raised in the script. */
typedef catena_value* (*catena_function)(void* data, const catena_value* const* arguments, size_t count);
/* It takes from `least` to `most` arguments, 1024 at the very most. `end`, if not NULL, is called with `data` when no script has the
 * function any more, in whichever thread that is; also when this fails. `doc` may be NULL. */
bool catena_define_function(catena_interpreter* interpreter, const char* name, size_t least, size_t most,
                            catena_function function, void* data, void (*end)(void* data), const char* doc);
/* Sets the error of this thread, of a class of Python's by its name, and answers NULL:
 *     return catena_fail("ValueError", "no such colour"); */
catena_value* catena_fail(const char* type, const char* message);

/* What each later call may use; 0: no limit (catena/limits.hpp says what each of them holds). */
typedef struct catena_limits {
    uint64_t nanoseconds, steps;
    size_t depth, memory;
} catena_limits;
bool catena_set_limits(catena_interpreter* interpreter, const catena_limits* limits);
/* Ends the scripts that run with a KeyboardInterrupt. From any thread, but not from a signal handler. */
void catena_interrupt(catena_interpreter* interpreter);
/* What later calls write to sys.stdout (and sys.stderr, when `error` is true) goes to `output`; NULL: to where Python's goes. */
typedef void (*catena_output)(void* data, const char* text, size_t size, bool error);
bool catena_set_output(catena_interpreter* interpreter, catena_output output, void* data);

/* ---- values ---- */

catena_value* catena_copy(const catena_value* value); /* the same value, held once more */
void catena_release(catena_value* value);

/* Into Python. NULL on failure: text that is not UTF-8, no memory. */
catena_value* catena_nil(void);
catena_value* catena_bool(bool value);
catena_value* catena_int(int64_t value);
catena_value* catena_double(double value);
catena_value* catena_string(const char* text, size_t size);
catena_value* catena_bytes(const void* data, size_t size);
catena_value* catena_list(const catena_value* const* items, size_t count);

/* Out of Python. False: the value is of another type (a TypeError), or does not fit (an OverflowError). */
bool catena_is_nil(const catena_value* value);
bool catena_to_bool(const catena_value* value, bool* out);
bool catena_to_int(const catena_value* value, int64_t* out);
bool catena_to_double(const catena_value* value, double* out);
/* The text of a string, as long as the value is held; NULL when it is none. `size` may be NULL. */
const char* catena_to_string(const catena_value* value, size_t* size);
const char* catena_type_name(const catena_value* value); /* "int", as long as the value is held */

/* What `str` and `repr` answer: strings. */
catena_value* catena_str(const catena_value* value);
catena_value* catena_repr(const catena_value* value);

catena_value* catena_call(const catena_value* function, const catena_value* const* arguments, size_t count);
catena_value* catena_attr(const catena_value* value, const char* name);
bool catena_set_attr(const catena_value* value, const char* name, const catena_value* to);
catena_value* catena_item(const catena_value* value, const catena_value* key);
/* How many items it has; -1 on failure. */
ptrdiff_t catena_length(const catena_value* value);
/* An iterator, and the next item of one: true with the item; true with NULL at the end; false on failure. */
catena_value* catena_iterate(const catena_value* value);
bool catena_next(const catena_value* iterator, catena_value** item);

/* ---- arrays, without a copy ---- */

typedef enum catena_element {
    CATENA_BOOL,
    CATENA_INT8,
    CATENA_INT16,
    CATENA_INT32,
    CATENA_INT64,
    CATENA_UINT8,
    CATENA_UINT16,
    CATENA_UINT32,
    CATENA_UINT64,
    CATENA_FLOAT32,
    CATENA_FLOAT64,
    CATENA_COMPLEX64,
    CATENA_COMPLEX128
} catena_element;

/* A NumPy array over the host's memory, rows one after the other; read-only if you say so. `end`, if not NULL, is called with `owner`
 * once no array is left over the memory, in whichever thread that is; also when this fails. Without it the memory must outlive every
 * script's use of it. */
catena_value* catena_view(void* data, catena_element element, const size_t* shape, size_t rank, bool read_only,
                          void* owner, void (*end)(void* owner));

/* The elements of an array of Python's, in its own memory. */
typedef struct catena_array {
    void* data;
    size_t size, rank; /* size: of all elements */
    const size_t* shape;
    const ptrdiff_t* strides; /* in bytes */
    bool contiguous;          /* row after row, without gaps: data[0 … size - 1] is right */
    void* hold;               /* what keeps the memory */
} catena_array;

/* Whatever has the buffer protocol: NumPy's arrays, bytes (CATENA_UINT8), array.array. False for other elements, for a read-only array
 * that is to be written, and for one with gaps unless `gaps` are welcome; `out` is empty then. Held until catena_array_release(), which takes
 * NULL too. */
bool catena_to_array(const catena_value* value, catena_element element, bool write, bool gaps, catena_array* out);
void catena_array_release(catena_array* array);

#ifdef __cplusplus
}
#endif

#endif
