/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All ways to a value lead through one table: a key has the same range whether a program, a URI, a
 * file or the environment sets it. Whatever consists of several assignments works on a copy, which
 * is put in place when all of it was good.
 */
#include "lib/trace/tuning.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libtrace.h>
#include <libtrace_parallel.h>

#include "lib/base/keyvalue.h"
#include "lib/base/memory.h"
#include "lib/base/numbers.h"
#include "lib/base/time.h"
#include "lib/trace/trace.h"

#define MAX_COUNT       (SIZE_MAX / 2)
#define MAX_TICK_MS     (uint64_t)(INT64_MAX / NS_PER_MS)
#define MAX_CPU         65535
#define MIN_MEMORY      4096
#define MIN_BLOCK       64
#define MAX_BLOCK       ((uint64_t)1 << 30)
#define ENV_PREFIX      "LIBTRACE_CONF"
#define COREMAP_EXAMPLE "CPU numbers such as [0,2,4]"

enum kind { KIND_INT, KIND_COUNT, KIND_BYTES, KIND_FLAG, KIND_COREMAP };

struct key {
    const char *name;
    const char *alias;
    enum kind kind;
    size_t offset; /* of the field in struct tuning */
    uint64_t min;  /* apart from 0, which asks for the default */
    uint64_t max;
};

#define FIELD(field) offsetof(struct tuning, field)

enum key_number {
    KEY_PERPKT_THREADS,
    KEY_TICK_INTERVAL,
    KEY_TICK_COUNT,
    KEY_CACHE_SIZE,
    KEY_THREAD_CACHE_SIZE,
    KEY_FIXED_COUNT,
    KEY_BURST_SIZE,
    KEY_HASHER_QUEUE_SIZE,
    KEY_HASHER_POLLING,
    KEY_REPORTER_POLLING,
    KEY_REPORTER_THOLD,
    KEY_DEBUG_STATE,
    KEY_COREMAP,
    KEY_MEMORY,
    KEY_BLOCK_SIZE,
    KEY_RESULT_LIMIT,
    KEY_CHECK_FLOWS,
    KEY_GUESSING,
};

static const struct key keys[] = {
    [KEY_PERPKT_THREADS] = {"perpkt_threads", "pt", KIND_INT, FIELD(n_workers), 0,
                            TUNING_MAX_WORKERS},
    [KEY_TICK_INTERVAL] = {"tick_interval", "ti", KIND_COUNT, FIELD(tick_interval_ms), 0,
                           MAX_TICK_MS},
    [KEY_TICK_COUNT] = {"tick_count", "tc", KIND_COUNT, FIELD(tick_count), 0, MAX_COUNT},
    [KEY_CACHE_SIZE] = {"cache_size", "cs", KIND_COUNT, FIELD(cache_size), 0, MAX_COUNT},
    [KEY_THREAD_CACHE_SIZE] = {"thread_cache_size", "tcs", KIND_COUNT, FIELD(thread_cache_size), 0,
                               MAX_COUNT},
    [KEY_FIXED_COUNT] = {"fixed_count", "fc", KIND_FLAG, FIELD(is_fixed_count), 0, 1},
    [KEY_BURST_SIZE] = {"burst_size", "bs", KIND_COUNT, FIELD(burst_size), 0, MAX_COUNT},
    [KEY_HASHER_QUEUE_SIZE] = {"hasher_queue_size", "hqs", KIND_COUNT, FIELD(hasher_queue_size), 0,
                               MAX_COUNT},
    [KEY_HASHER_POLLING] = {"hasher_polling", "hp", KIND_FLAG, FIELD(is_hasher_polling), 0, 1},
    [KEY_REPORTER_POLLING] = {"reporter_polling", "rp", KIND_FLAG, FIELD(is_reporter_polling), 0,
                              1},
    [KEY_REPORTER_THOLD] = {"reporter_thold", "rt", KIND_COUNT, FIELD(reporter_threshold), 0,
                            UINT32_MAX},
    [KEY_DEBUG_STATE] = {"debug_state", "ds", KIND_FLAG, FIELD(is_debug_state), 0, 1},
    [KEY_COREMAP] = {"coremap", "cm", KIND_COREMAP, 0, 0, MAX_CPU},
    [KEY_MEMORY] = {"memory", "mem", KIND_BYTES, FIELD(memory_bytes), MIN_MEMORY, MAX_COUNT},
    [KEY_BLOCK_SIZE] = {"block_size", "blk", KIND_BYTES, FIELD(block_bytes), MIN_BLOCK, MAX_BLOCK},
    [KEY_RESULT_LIMIT] = {"result_limit", "rl", KIND_COUNT, FIELD(result_limit), 0, UINT32_MAX},
    [KEY_CHECK_FLOWS] = {"check_flows", "cfl", KIND_FLAG, FIELD(checks_flows), 0, 1},
    [KEY_GUESSING] = {"guessing", "gs", KIND_INT, FIELD(guessing), 0, TUNING_GUESS_ALWAYS},
};

static const struct key *find_key(struct text name)
{
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (text_equals(name, keys[i].name) || text_equals(name, keys[i].alias))
            return &keys[i];
    return NULL;
}

static void store(struct tuning *tuning, const struct key *key, uint64_t value)
{
    void *field = (char *)tuning + key->offset;
    switch (key->kind) {
    case KIND_INT:
        *(int *)field = (int)value;
        break;
    case KIND_COUNT:
    case KIND_BYTES:
        *(size_t *)field = (size_t)value;
        break;
    case KIND_FLAG:
        *(bool *)field = value != 0;
        break;
    case KIND_COREMAP:
        break;
    }
}

static bool is_in_range(const struct key *key, uint64_t value)
{
    return value == 0 || (value >= key->min && value <= key->max);
}

static int parse_flag(struct text text, uint64_t *value)
{
    bool is_true;
    int64_t number;
    if (number_parse_boolean(text, &is_true) == 0)
        *value = is_true;
    else if (number_parse_signed(text, INT64_MIN, INT64_MAX, &number) == 0)
        *value = number != 0;
    else
        return -1;
    return 0;
}

static int parse_value(const struct key *key, struct text text, uint64_t *value)
{
    switch (key->kind) {
    case KIND_FLAG:
        return parse_flag(text, value);
    case KIND_BYTES:
        return number_parse_size(text, 0, UINT64_MAX, value);
    default:
        return number_parse_unsigned(text, 0, UINT64_MAX, value);
    }
}

static int fail_value(const struct key *key, struct text value, struct error *error)
{
    if (key->kind == KIND_COREMAP)
        return error_set(error, TRACE_ERR_CONFIG, "%s: \"%.*s\" is no list of up to %d %s",
                         key->name, TEXT_PRINTF(value), TUNING_MAX_COREMAP, COREMAP_EXAMPLE);
    if (key->kind == KIND_FLAG)
        return error_set(error, TRACE_ERR_CONFIG, "%s: \"%.*s\" is neither true nor false",
                         key->name, TEXT_PRINTF(value));
    return error_set(error, TRACE_ERR_CONFIG, "%s: \"%.*s\" is no number from %llu to %llu%s",
                     key->name, TEXT_PRINTF(value), (unsigned long long)key->min,
                     (unsigned long long)key->max, key->min > 0 ? ", or 0" : "");
}

/* Parts of a list that has ',' or ':' between them: one more than there are of these. */
static size_t count_parts(struct text list)
{
    size_t n = 1;
    for (size_t i = 0; i < list.n_bytes; i++)
        n += list.at[i] == ',' || list.at[i] == ':';
    return n;
}

static int apply_coremap(struct tuning *tuning, struct text list, struct error *error)
{
    size_t n = count_parts(list);
    if (n > TUNING_MAX_COREMAP)
        return fail_value(&keys[KEY_COREMAP], list, error);
    int *coremap = mem_alloc_zeroed(n, sizeof(*coremap));
    if (!coremap)
        return error_set(error, TRACE_ERR_OUT_OF_MEMORY, "no memory for the coremap");

    struct text rest = list;
    for (size_t i = 0; i < n; i++) {
        struct text part = rest;
        part.n_bytes = 0;
        while (part.n_bytes < rest.n_bytes && rest.at[part.n_bytes] != ',' &&
               rest.at[part.n_bytes] != ':')
            part.n_bytes++;
        uint64_t cpu;
        if (number_parse_unsigned(part, 0, MAX_CPU, &cpu) != 0) {
            mem_free(coremap);
            return fail_value(&keys[KEY_COREMAP], list, error);
        }
        coremap[i] = (int)cpu;
        size_t n_taken = part.n_bytes < rest.n_bytes ? part.n_bytes + 1 : part.n_bytes;
        rest = text_make(rest.at + n_taken, rest.n_bytes - n_taken);
    }
    mem_free(tuning->coremap);
    tuning->coremap = coremap;
    tuning->n_coremap = n;
    return 0;
}

static int apply_pair(struct tuning *tuning, const struct keyvalue *pair, struct error *error)
{
    const struct key *key = find_key(pair->key);
    if (!key)
        return error_set(error, TRACE_ERR_CONFIG, "there is no configuration key \"%.*s\"",
                         TEXT_PRINTF(pair->key));
    if (!pair->has_value)
        return error_set(error, TRACE_ERR_CONFIG, "configuration key %s has no value", key->name);
    if (key->kind == KIND_COREMAP)
        return apply_coremap(tuning, pair->value, error);
    uint64_t value = 0;
    if (parse_value(key, pair->value, &value) != 0 || !is_in_range(key, value))
        return fail_value(key, pair->value, error);
    store(tuning, key, value);
    return 0;
}

void tuning_clear(struct tuning *tuning)
{
    mem_free(tuning->coremap);
    *tuning = (struct tuning){0};
}

static int copy(struct tuning *to, const struct tuning *from, struct error *error)
{
    *to = *from;
    if (from->n_coremap == 0)
        return 0;
    to->coremap = mem_copy(from->coremap, from->n_coremap * sizeof(*from->coremap));
    if (to->coremap)
        return 0;
    *to = (struct tuning){0};
    return error_set(error, TRACE_ERR_OUT_OF_MEMORY, "no memory for the configuration");
}

/* Puts a copy in place of what it was made from. */
static void replace(struct tuning *tuning, struct tuning *by)
{
    tuning_clear(tuning);
    *tuning = *by;
}

/* May leave *tuning half changed. */
static int apply_pairs(struct tuning *tuning, struct text text, struct error *error)
{
    struct keyvalue_list list = keyvalue_list(text);
    struct keyvalue pair;
    int outcome;
    while ((outcome = keyvalue_next(&list, &pair)) > 0)
        if (apply_pair(tuning, &pair, error) != 0)
            return -1;
    if (outcome < 0)
        return error_set(error, TRACE_ERR_CONFIG, "malformed configuration at \"%.*s\"",
                         TEXT_PRINTF(list.rest));
    return 0;
}

int tuning_apply(struct tuning *tuning, const char *text, struct error *error)
{
    struct tuning next;
    if (copy(&next, tuning, error) != 0)
        return -1;
    if (apply_pairs(&next, text_from(text), error) != 0) {
        tuning_clear(&next);
        return -1;
    }
    replace(tuning, &next);
    return 0;
}

bool tuning_is_prefix(const char *text, size_t n)
{
    struct keyvalue_list list = keyvalue_list(text_make(text, n));
    struct keyvalue pair;
    int outcome;
    bool has_any = false;
    while ((outcome = keyvalue_next(&list, &pair)) > 0) {
        if (!pair.has_value || !find_key(pair.key))
            return false;
        has_any = true;
    }
    return outcome == 0 && has_any;
}

/* Appends '_' and a name as variables spell it. Returns the end. */
static char *append_upper(char *at, const char *name)
{
    *at++ = '_';
    for (; *name; name++) {
        char c = *name;
        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        else if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')))
            c = '_';
        *at++ = c;
    }
    *at = '\0';
    return at;
}

static int apply_variable(struct tuning *tuning, const char *name, struct error *error)
{
    const char *text = getenv(name);
    struct error reason = {0};
    if (!text || apply_pairs(tuning, text_from(text), &reason) == 0)
        return 0;
    return error_set(error, reason.code, "%s in the environment: %s", name, reason.text);
}

/* May leave *tuning half changed. `name` has room for all three names. */
static int apply_variables(struct tuning *tuning, char *name, const char *format, const char *uri,
                           struct error *error)
{
    strcpy(name, ENV_PREFIX);
    if (apply_variable(tuning, name, error) != 0)
        return -1;
    if (!format)
        return 0;
    char *end = append_upper(name + strlen(ENV_PREFIX), format);
    if (apply_variable(tuning, name, error) != 0)
        return -1;
    if (!uri)
        return 0;
    append_upper(end, uri);
    return apply_variable(tuning, name, error);
}

int tuning_apply_environment(struct tuning *tuning, const char *format, const char *uri,
                             struct error *error)
{
    struct tuning next;
    char *name = mem_alloc(sizeof(ENV_PREFIX) + (format ? strlen(format) + 1 : 0) +
                           (uri ? strlen(uri) + 1 : 0));
    if (!name)
        return error_set(error, TRACE_ERR_OUT_OF_MEMORY, "no memory for the configuration");
    if (copy(&next, tuning, error) != 0) {
        mem_free(name);
        return -1;
    }
    int outcome = apply_variables(&next, name, format, uri, error);
    mem_free(name);
    if (outcome != 0)
        tuning_clear(&next);
    else
        replace(tuning, &next);
    return outcome;
}

/* The public setters: for a trace that does not run. */

static int check_state(libtrace_t *trace, bool is_paused_too)
{
    int state = load_acquire(&trace->state);
    if (state == TRACE_STATE_NEW || (is_paused_too && state == TRACE_STATE_PAUSED))
        return 0;
    return trace_set_error(trace, TRACE_ERR_BAD_STATE, "configured before the start%s only",
                           is_paused_too ? " or while paused" : "");
}

static int set_number(libtrace_t *trace, enum key_number number, uint64_t value)
{
    const struct key *key = &keys[number];
    if (!trace)
        return TRACE_ERR_NULL_TRACE;
    if (check_state(trace, number != KEY_PERPKT_THREADS) != 0)
        return -1;
    if (!is_in_range(key, value))
        return trace_set_error(trace, TRACE_ERR_CONFIG, "%s: %lld is not %llu to %llu", key->name,
                               (long long)value, (unsigned long long)key->min,
                               (unsigned long long)key->max);
    pthread_mutex_lock(&trace->config_lock);
    store(&trace->tuning, key, value);
    pthread_mutex_unlock(&trace->config_lock);
    return 0;
}

int trace_set_perpkt_threads(libtrace_t *trace, int nb)
{
    return set_number(trace, KEY_PERPKT_THREADS, (uint64_t)(int64_t)nb);
}

int trace_set_tick_interval(libtrace_t *trace, size_t millisec)
{
    return set_number(trace, KEY_TICK_INTERVAL, millisec);
}

int trace_set_tick_count(libtrace_t *trace, size_t count)
{
    return set_number(trace, KEY_TICK_COUNT, count);
}

int trace_set_tracetime(libtrace_t *trace, bool tracetime)
{
    if (!trace)
        return TRACE_ERR_NULL_TRACE;
    if (check_state(trace, true) != 0)
        return -1;
    pthread_mutex_lock(&trace->config_lock);
    trace->tuning.is_tracetime = tracetime;
    pthread_mutex_unlock(&trace->config_lock);
    return 0;
}

int trace_set_cache_size(libtrace_t *trace, size_t size)
{
    return set_number(trace, KEY_CACHE_SIZE, size);
}

int trace_set_thread_cache_size(libtrace_t *trace, size_t size)
{
    return set_number(trace, KEY_THREAD_CACHE_SIZE, size);
}

int trace_set_fixed_count(libtrace_t *trace, bool fixed)
{
    return set_number(trace, KEY_FIXED_COUNT, fixed);
}

int trace_set_burst_size(libtrace_t *trace, size_t size)
{
    return set_number(trace, KEY_BURST_SIZE, size);
}

int trace_set_hasher_queue_size(libtrace_t *trace, size_t size)
{
    return set_number(trace, KEY_HASHER_QUEUE_SIZE, size);
}

int trace_set_hasher_polling(libtrace_t *trace, bool polling)
{
    return set_number(trace, KEY_HASHER_POLLING, polling);
}

int trace_set_reporter_polling(libtrace_t *trace, bool polling)
{
    return set_number(trace, KEY_REPORTER_POLLING, polling);
}

int trace_set_reporter_thold(libtrace_t *trace, size_t thold)
{
    return set_number(trace, KEY_REPORTER_THOLD, thold);
}

int trace_set_debug_state(libtrace_t *trace, bool debug_state)
{
    return set_number(trace, KEY_DEBUG_STATE, debug_state);
}

/* A copy of the trace's tuning to be changed; ends with commit() or drop(). 0 or -1. */
static int begin(libtrace_t *trace, struct tuning *next)
{
    struct error error = {0};
    if (check_state(trace, true) != 0)
        return -1;
    return copy(next, &trace->tuning, &error) == 0 ? 0 : trace_adopt_error(trace, &error);
}

static int drop(libtrace_t *trace, struct tuning *next, const struct error *error)
{
    tuning_clear(next);
    return trace_adopt_error(trace, error);
}

static int commit(libtrace_t *trace, struct tuning *next)
{
    if (next->n_workers != trace->tuning.n_workers && check_state(trace, false) != 0) {
        tuning_clear(next);
        return -1;
    }
    pthread_mutex_lock(&trace->config_lock);
    replace(&trace->tuning, next);
    pthread_mutex_unlock(&trace->config_lock);
    return 0;
}

int trace_set_coremap(libtrace_t *trace, const char *coremap)
{
    struct tuning next;
    struct error error = {0};
    if (!trace)
        return TRACE_ERR_NULL_TRACE;
    if (!coremap)
        return trace_set_error(trace, TRACE_ERR_NULL, "coremap: no list given");
    if (begin(trace, &next) != 0)
        return -1;
    struct text list = text_from(coremap);
    if (list.n_bytes >= 2 && list.at[0] == '[' && list.at[list.n_bytes - 1] == ']')
        list = text_make(list.at + 1, list.n_bytes - 2);
    if (apply_coremap(&next, list, &error) != 0)
        return drop(trace, &next, &error);
    return commit(trace, &next);
}

int trace_set_configuration(libtrace_t *trace, const char *str)
{
    struct tuning next;
    struct error error = {0};
    if (!trace)
        return TRACE_ERR_NULL_TRACE;
    if (!str)
        return trace_set_error(trace, TRACE_ERR_NULL, "no configuration given");
    if (begin(trace, &next) != 0)
        return -1;
    if (apply_pairs(&next, text_from(str), &error) != 0)
        return drop(trace, &next, &error);
    return commit(trace, &next);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* A line without its comment and the blanks at its ends. */
static struct text trim(struct text line)
{
    struct text comment = line;
    text_cut(&comment, '#', &line);
    while (line.n_bytes > 0 && is_blank(line.at[line.n_bytes - 1]))
        line.n_bytes--;
    while (line.n_bytes > 0 && is_blank(*line.at))
        line = text_make(line.at + 1, line.n_bytes - 1);
    return line;
}

/* May leave *tuning half changed. */
static int apply_file(struct tuning *tuning, FILE *file, struct error *error)
{
    char *line = NULL;
    size_t room = 0;
    int outcome = 0;
    ssize_t n;
    for (unsigned long number = 1; outcome == 0; number++) {
        errno = 0;
        if ((n = getline(&line, &room, file)) < 0)
            break;
        struct error reason = {0};
        outcome = apply_pairs(tuning, trim(text_make(line, (size_t)n)), &reason);
        if (outcome != 0)
            error_set(error, reason.code, "line %lu: %s", number, reason.text);
    }
    if (outcome == 0 && !feof(file))
        outcome = error_set(error, errno ? errno : TRACE_ERR_BAD_IO,
                            "the configuration file cannot be read");
    free(line);
    return outcome;
}

int trace_set_configuration_file(libtrace_t *trace, FILE *file)
{
    struct tuning next;
    struct error error = {0};
    if (!trace)
        return TRACE_ERR_NULL_TRACE;
    if (!file)
        return trace_set_error(trace, TRACE_ERR_NULL, "no configuration file given");
    if (begin(trace, &next) != 0)
        return -1;
    if (apply_file(&next, file, &error) != 0)
        return drop(trace, &next, &error);
    return commit(trace, &next);
}
