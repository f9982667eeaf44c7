/* Checks the C interface; says what is not as it should be, and how many checks there were. */
#include <catena/catena.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int checks = 0, failures = 0;

static void check(int good, const char* what, int line) {
    ++checks;
    if (good) return;
    ++failures;
    const catena_error* error = catena_last_error();
    printf("main.c:%d: %s (last error: %s: %s)\n", line, what, error ? error->type : "none", error ? error->message : "");
}
#define CHECK(condition) check(condition, #condition, __LINE__)

static catena_interpreter* interpreter;

/* What the code answers, as an integer; -1 when it fails. */
static int64_t number(const char* code) {
    catena_value* value = catena_eval(interpreter, code, NULL, 1);
    int64_t out = -1;
    if (value == NULL || !catena_to_int(value, &out)) out = -1;
    catena_release(value);
    return out;
}

static int says(const catena_value* value, const char* text) {
    size_t size = 0;
    const char* found = value ? catena_to_string(value, &size) : NULL;
    return found != NULL && size == strlen(text) && strcmp(found, text) == 0;
}

static int failed_with(const catena_value* value, const char* type) {
    const catena_error* error = catena_last_error();
    return value == NULL && error != NULL && strcmp(error->type, type) == 0;
}

static catena_value* add(void* data, const catena_value* const* arguments, size_t count) {
    int64_t sum = *(int64_t*)data;
    for (size_t i = 0; i < count; ++i) {
        int64_t one;
        if (!catena_to_int(arguments[i], &one)) return NULL;
        if (one < 0) return catena_fail("ValueError", "only numbers from 0");
        sum += one;
    }
    return catena_int(sum);
}

static catena_value* silent(void* data, const catena_value* const* arguments, size_t count) {
    (void)data, (void)arguments, (void)count;
    return NULL;
}

static catena_value* call_back(void* data, const catena_value* const* arguments, size_t count) {
    (void)data, (void)count;
    return catena_call(arguments[0], arguments + 1, count - 1);
}

static int ended = 0;
static void end(void* data) {
    (void)data;
    ++ended;
}

static void values(void) {
    CHECK(number("(+ 1 2)") == 3);
    catena_value* items[3] = {catena_int(INT64_MIN), catena_string("\xc3\xa4\0b", 4), catena_bool(true)};
    catena_value* list = catena_list((const catena_value* const*)items, 3);
    CHECK(catena_define(interpreter, "items", list));
    CHECK(number("(len items)") == 3);
    CHECK(number("(len (nth items 1))") == 3);
    CHECK(catena_length(list) == 3);
    int64_t integer;
    bool truth = false;
    double real;
    CHECK(catena_to_int(items[0], &integer) && integer == INT64_MIN);
    CHECK(catena_to_bool(items[2], &truth) && truth);
    CHECK(!catena_to_double(items[1], &real) && failed_with(NULL, "TypeError"));
    CHECK(catena_to_double(items[0], &real) && real == -9223372036854775808.0);
    CHECK(!catena_to_int(items[2], &integer));
    CHECK(catena_to_string(items[0], NULL) == NULL);
    CHECK(failed_with(catena_string("\xff", 1), "UnicodeDecodeError"));
    CHECK(strcmp(catena_type_name(items[1]), "str") == 0);
    catena_value* key = catena_int(7);
    CHECK(failed_with(catena_item(list, key), "IndexError"));
    catena_value* bytes = catena_bytes("a\0b", 3);
    CHECK(catena_length(bytes) == 3);
    CHECK(catena_length(key) == -1);

    catena_value* nil = catena_nil();
    catena_value* copy = catena_copy(nil);
    CHECK(catena_is_nil(nil) && catena_is_nil(copy) && !catena_is_nil(list));
    catena_value* repr = catena_repr(bytes);
    CHECK(says(repr, "b'a\\x00b'"));
    catena_value* half = catena_double(0.5);
    catena_value* str = catena_str(half);
    CHECK(says(str, "0.5"));

    catena_value* iterator = catena_iterate(list);
    catena_value* item = NULL;
    int seen = 0;
    while (catena_next(iterator, &item) && item != NULL) {
        ++seen;
        catena_release(item);
    }
    CHECK(seen == 3);
    CHECK(catena_iterate(key) == NULL);
    catena_value* bad = catena_eval(interpreter, "((fn [] (yield 1) (/ 1 0)))", NULL, 1);
    catena_value* worse = catena_iterate(bad);
    CHECK(catena_next(worse, &item) && item != NULL);
    catena_release(item);
    CHECK(!catena_next(worse, &item) && item == NULL && failed_with(NULL, "ZeroDivisionError"));

    catena_value* math = catena_require(interpreter, "math");
    catena_value* square_root = catena_attr(math, "sqrt");
    const catena_value* argument = half;
    catena_value* root = catena_call(square_root, &argument, 1);
    CHECK(root != NULL && catena_to_double(root, &real) && real > 0.70 && real < 0.71);
    CHECK(failed_with(catena_attr(math, "no-such"), "AttributeError"));
    catena_value* point = catena_eval(interpreter, "(defclass Point []) (Point)", NULL, 1);
    CHECK(catena_set_attr(point, "x-at", half));
    catena_value* x_at = catena_attr(point, "x-at");
    CHECK(x_at != NULL && catena_to_double(x_at, &real) && real == 0.5);
    CHECK(!catena_set_attr(half, "x", half));

    catena_value* all[] = {items[0], items[1], items[2], list, key,   bytes, nil, copy,        repr, half,
                           str,      iterator, bad,      worse, math, point, x_at, square_root, root};
    for (size_t i = 0; i < sizeof all / sizeof *all; ++i) catena_release(all[i]);
    catena_release(NULL);
}

static void errors(void) {
    catena_clear_error();
    CHECK(catena_last_error() == NULL);
    catena_value* nothing = catena_eval(interpreter, "\n(/ 1 0)", "script.lisp", 10);
    CHECK(failed_with(nothing, "ZeroDivisionError"));
    CHECK(strcmp(catena_last_error()->message, "division by zero") == 0);
    CHECK(strcmp(catena_last_error()->file, "script.lisp") == 0);
    CHECK(catena_last_error()->line == 11 && catena_last_error()->column == 1);
    CHECK(strstr(catena_last_trace(), "ZeroDivisionError: division by zero") != NULL);
    CHECK(failed_with(catena_eval(interpreter, "(+ 1", NULL, 1), "catena.ReadError"));
    CHECK(failed_with(catena_run_file(interpreter, "/no/such/file"), "FileNotFoundError"));
    CHECK(failed_with(catena_get(interpreter, "no-such-name"), "NameError"));
    CHECK(failed_with(catena_require(interpreter, "no.such"), "ModuleNotFoundError"));
    CHECK(failed_with(catena_eval(interpreter, "(.exit ($py \"sys\") 3)", NULL, 1), "SystemExit"));
}

/* What failed may be handed on. */
static void nothing_given(void) {
    catena_value* value = catena_eval(interpreter, "(/ 1 0)", NULL, 1);
    catena_value* attribute = catena_attr(value, "x");
    catena_value* answer = catena_call(attribute, NULL, 0);
    const catena_value* arguments[] = {answer};
    CHECK(failed_with(catena_list(arguments, 1), "ZeroDivisionError"));
    CHECK(failed_with(catena_call(NULL, arguments, 1), "ZeroDivisionError"));
    int64_t number_out;
    CHECK(!catena_to_int(answer, &number_out) && failed_with(catena_item(answer, answer), "ZeroDivisionError"));
    CHECK(!catena_define(interpreter, "x", answer) && !catena_set_attr(answer, "x", answer));
    CHECK(catena_length(answer) == -1 && catena_to_string(answer, NULL) == NULL && catena_iterate(answer) == NULL);
    catena_value* item;
    CHECK(!catena_next(answer, &item) && catena_copy(answer) == NULL && catena_str(answer) == NULL);
    CHECK(failed_with(catena_eval(NULL, "1", NULL, 1), "ZeroDivisionError"));
    catena_clear_error();
    CHECK(failed_with(catena_eval(NULL, "1", NULL, 1), "ValueError"));
    CHECK(failed_with(catena_eval(interpreter, NULL, NULL, 1), "ValueError"));
    CHECK(catena_is_nil(NULL) && strcmp(catena_type_name(NULL), "") == 0 && catena_fail(NULL, NULL) == NULL);
    catena_interrupt(NULL);
}

static bool refused(bool made) {
    const catena_error* error = catena_last_error();
    const bool told = !made && error != NULL && strcmp(error->type, "ValueError") == 0;
    catena_clear_error();
    return told;
}

/* Nor does nonsense crash. */
static void nonsense(void) {
    double one = 1;
    const size_t shape[1] = {3};
    catena_array array;
    catena_value* text = catena_string("text", 4);
    catena_clear_error();
    CHECK(refused(catena_string(NULL, 5) != NULL) && refused(catena_bytes(NULL, 5) != NULL));
    CHECK(refused(catena_string("a", (size_t)-1) != NULL) && refused(catena_list(NULL, 3) != NULL));
    CHECK(refused(catena_call(text, NULL, 3) != NULL));
    CHECK(refused(catena_view(NULL, CATENA_FLOAT64, shape, 1, true, NULL, NULL) != NULL));
    CHECK(refused(catena_view(&one, (catena_element)99, shape, 0, true, NULL, NULL) != NULL));
    CHECK(refused(catena_view(&one, CATENA_FLOAT64, NULL, 2, true, NULL, NULL) != NULL));
    CHECK(refused(catena_to_array(text, (catena_element)99, false, false, &array)) && array.hold == NULL);
    CHECK(!catena_to_array(text, CATENA_FLOAT64, false, false, &array) && array.hold == NULL && array.size == 0);
    catena_clear_error();
    CHECK(refused(catena_define_function(interpreter, "few", 5, 0, silent, NULL, NULL, NULL)));
    CHECK(refused(catena_define_function(interpreter, "many", 0, (size_t)-1, silent, NULL, NULL, NULL)));
    catena_value* item = text;
    CHECK(!catena_next(text, &item) && item == NULL && failed_with(NULL, "TypeError"));
    catena_clear_error();
    catena_value* empty = catena_list(NULL, 0);
    CHECK(catena_length(empty) == 0);
    catena_release(empty);
    catena_release(text);
    catena_array_release(&array);
    catena_array_release(NULL);
}

static void functions(void) {
    int64_t base = 100;
    CHECK(catena_define_function(interpreter, "add", 1, 3, add, &base, end, "Adds."));
    CHECK(number("(add 1)") == 101);
    CHECK(number("(add 1 2 3)") == 106);
    CHECK(number("(try (add 1 -2) (catch ValueError e 7))") == 7);
    CHECK(failed_with(catena_eval(interpreter, "(add 1 -2)", NULL, 1), "ValueError"));
    CHECK(failed_with(catena_eval(interpreter, "(add 1 nil)", NULL, 1), "TypeError"));
    CHECK(failed_with(catena_eval(interpreter, "(add)", NULL, 1), "TypeError"));
    CHECK(strcmp(catena_last_error()->message, "add takes 1 to 3 arguments but 0 were given") == 0);
    CHECK(failed_with(catena_eval(interpreter, "(add 1 2 3 4)", NULL, 1), "TypeError"));
    CHECK(failed_with(catena_eval(interpreter, "(add 1 :to 2)", NULL, 1), "TypeError"));
    CHECK(catena_define_function(interpreter, "silent", 0, 0, silent, NULL, NULL, NULL));
    CHECK(failed_with(catena_eval(interpreter, "(silent)", NULL, 1), "RuntimeError"));
    CHECK(strcmp(catena_last_error()->message, "silent failed and did not say why") == 0);
    CHECK(catena_define_function(interpreter, "call-back", 1, 9, call_back, NULL, NULL, NULL));
    CHECK(number("(call-back + 1 2)") == 3);
    CHECK(failed_with(catena_eval(interpreter, "(call-back (fn [] (/ 1 0)))", NULL, 1), "ZeroDivisionError"));
    CHECK(ended == 0);
    CHECK(number("(def add nil) 1") == 1);
    CHECK(ended == 1);
}

static void arrays(void) {
    float samples[6] = {1, 2, 3, 4, 5, 6};
    const size_t shape[2] = {2, 3};
    ended = 0;
    catena_value* block = catena_view(samples, CATENA_FLOAT32, shape, 2, false, samples, end);
    CHECK(block != NULL && catena_define(interpreter, "block", block));
    CHECK(number("(int (.sum block))") == 21);
    CHECK(number("(set! (get (get block 1) 2) 60) 1") == 1 && samples[5] == 60);
    catena_value* doubled = catena_eval(interpreter, "(* 2 block)", NULL, 1);
    catena_array array;
    CHECK(catena_to_array(doubled, CATENA_FLOAT32, true, false, &array));
    CHECK(array.rank == 2 && array.size == 6 && array.shape[1] == 3 && array.strides[0] == 12 && array.contiguous);
    catena_release(doubled); /* the array keeps the memory */
    CHECK(((float*)array.data)[5] == 120);
    catena_array_release(&array);
    catena_array_release(&array);
    CHECK(!catena_to_array(block, CATENA_FLOAT64, false, false, &array) && failed_with(NULL, "TypeError"));
    catena_value* turned = catena_attr(block, "T");
    CHECK(!catena_to_array(turned, CATENA_FLOAT32, false, false, &array) && failed_with(NULL, "ValueError"));
    CHECK(catena_to_array(turned, CATENA_FLOAT32, false, true, &array) && !array.contiguous && array.strides[0] == 4);
    catena_array_release(&array);
    catena_value* fixed = catena_view(samples, CATENA_FLOAT32, shape, 2, true, NULL, NULL);
    CHECK(!catena_to_array(fixed, CATENA_FLOAT32, true, false, &array) && failed_with(NULL, "ValueError"));
    const size_t huge[2] = {SIZE_MAX / 2, 8};
    CHECK(failed_with(catena_view(samples, CATENA_FLOAT32, huge, 2, true, samples, end), "ValueError"));
    CHECK(ended == 1);
    catena_value* bytes = catena_bytes("abc", 3);
    CHECK(catena_to_array(bytes, CATENA_UINT8, false, false, &array) && array.size == 3 && memcmp(array.data, "abc", 3) == 0);
    catena_array_release(&array);
    catena_release(bytes);
    catena_release(fixed);
    catena_release(turned);
    catena_release(block);
    CHECK(ended == 1);
    CHECK(number("(def block nil) 1") == 1);
    CHECK(ended == 2);
}

static void limits(void) {
    const catena_limits some = {.nanoseconds = 30000000, .depth = 100};
    CHECK(catena_set_limits(interpreter, &some));
    CHECK(failed_with(catena_eval(interpreter, "(while true)", NULL, 1), "catena.TimeLimitError"));
    CHECK(failed_with(catena_eval(interpreter, "(defn f [] (+ 1 (f))) (f)", NULL, 1), "RecursionError"));
    const catena_limits few = {.steps = 1000};
    CHECK(catena_set_limits(interpreter, &few));
    CHECK(failed_with(catena_eval(interpreter, "(while true)", NULL, 1), "catena.StepLimitError"));
    const catena_limits none = {0};
    CHECK(catena_set_limits(interpreter, &none));
}

static void* interrupt(void* stop) {
    while (!__atomic_load_n((int*)stop, __ATOMIC_RELAXED)) {
        catena_interrupt(interpreter);
        catena_value* value = catena_int(5);
        catena_release(value);
    }
    return NULL;
}

static void threads(void) {
    int stop = 0;
    pthread_t thread;
    pthread_create(&thread, NULL, interrupt, &stop);
    CHECK(failed_with(catena_eval(interpreter, "(while true)", NULL, 1), "KeyboardInterrupt"));
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    pthread_join(thread, NULL);
}

static void print_into(void* data, const char* text, size_t size, bool error) {
    char* all = data;
    if (error) strcat(all, "!");
    if (strlen(text) == size) strcat(all, text);
}

static void output(void) {
    char text[100] = "";
    CHECK(catena_set_output(interpreter, print_into, text));
    CHECK(number("(print \"a\") (import sys) (print \"b\" :end \"\" :file (. sys stderr)) 1") == 1);
    CHECK(strcmp(text, "a\n!b") == 0);
    CHECK(catena_set_output(interpreter, NULL, NULL));
    CHECK(number("(print \"to Python\") 1") == 1);
    CHECK(strcmp(text, "a\n!b") == 0);
}

int main(int count, char** arguments) {
    const char* path[] = {count > 1 ? arguments[1] : ".", NULL};
    interpreter = catena_create(path);
    CHECK(interpreter != NULL);
    if (interpreter == NULL) return 1;
    CHECK(strlen(catena_version()) > 0);
    values();
    errors();
    nothing_given();
    nonsense();
    functions();
    arrays();
    limits();
    threads();
    output();
    catena_value* kept = catena_eval(interpreter, "(fn [] 42)", NULL, 1);
    catena_destroy(interpreter);
    catena_destroy(NULL);
    catena_value* answer = catena_call(kept, NULL, 0);
    int64_t number_kept = 0;
    CHECK(answer != NULL && catena_to_int(answer, &number_kept) && number_kept == 42);
    catena_release(answer);
    catena_release(kept);
    printf("%d checks, %d failed\n", checks, failures);
    return failures != 0;
}
