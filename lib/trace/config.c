/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options of inputs. The backend is asked first, for it can cut, filter or hash before anything is
 * copied; what it leaves to the library (outcome 1) the library does, for every format alike.
 *
 * A trace that packets are taken from may be given another filter, snap length or speed: they are
 * exchanged under config_lock, and whoever reads next (the token holder or the serial reader) takes
 * them over when it sees
 *
 *   [config]  has_config_changed, released here, acquired there.
 *
 * Its backend is left alone meanwhile, since its other calls run on other threads.
 */
#include <libtrace.h>
#include <libtrace_parallel.h>

#include "lib/trace/filter.h"
#include "lib/trace/trace.h"

#define MAX_SNAPLEN (1 << 24)
#define MAX_SPEEDUP 1000

/** What a backend may answer to configure(), besides -1. */
enum { HONOURED = 0, LEFT_TO_LIBRARY = 1 };

static const char *const names[] = {
    [TRACE_OPTION_SNAPLEN] = "snap length",
    [TRACE_OPTION_PROMISC] = "promiscuous mode",
    [TRACE_OPTION_FILTER] = "filter",
    [TRACE_OPTION_META_FREQ] = "frequency of meta records",
    [TRACE_OPTION_EVENT_REALTIME] = "events in real time",
    [TRACE_OPTION_HASHER] = "hasher",
    [TRACE_OPTION_REPLAY_SPEEDUP] = "replay speed",
    [TRACE_OPTION_CONSTANT_ERF_FRAMING] = "constant ERF framing",
    [TRACE_OPTION_DISCARD_META] = "discarding of meta records",
    [TRACE_OPTION_XDP_HARDWARE_OFFLOAD] = "XDP hardware offload",
    [TRACE_OPTION_XDP_DRV_MODE] = "XDP driver mode",
    [TRACE_OPTION_XDP_SKB_MODE] = "XDP SKB mode",
    [TRACE_OPTION_XDP_ZERO_COPY_MODE] = "XDP zero copy",
    [TRACE_OPTION_XDP_COPY_MODE] = "XDP copy mode",
};

/* Do other threads take packets from it now? */
static bool is_running(libtrace_t *trace)
{
    switch (load_acquire(&trace->state)) {
    case TRACE_STATE_RUNNING:
    case TRACE_STATE_PAUSING:
        return true;
    default:
        return false;
    }
}

/* An enum trace_option_t that came as any int, or -1 with the error set. */
static int check_option(libtrace_t *trace, trace_option_t option)
{
    if ((unsigned)option < ARRAY_LEN(names))
        return 0;
    return trace_set_error(trace, TRACE_ERR_UNKNOWN_OPTION, "there is no option %d", (int)option);
}

static int fail_unavailable(libtrace_t *trace, trace_option_t option)
{
    return trace_set_error(trace, TRACE_ERR_OPTION_UNAVAIL, "%s traces have no %s",
                           trace->format->name, names[option]);
}

static int check_range(libtrace_t *trace, trace_option_t option, int value, int min, int max)
{
    if (value >= min && value <= max)
        return 0;
    return trace_set_error(trace, TRACE_ERR_BAD_STATE, "%s: %d is not %d to %d", names[option],
                           value, min, max);
}

static int check_value(libtrace_t *trace, trace_option_t option, int value)
{
    switch (option) {
    case TRACE_OPTION_SNAPLEN:
        return check_range(trace, option, value, 0, MAX_SNAPLEN);
    case TRACE_OPTION_REPLAY_SPEEDUP:
        return check_range(trace, option, value, 1, MAX_SPEEDUP);
    case TRACE_OPTION_HASHER:
        return check_range(trace, option, value, HASHER_BALANCE, HASHER_CUSTOM);
    default:
        return 0;
    }
}

/* Did the backend only say that it does not have the option? Then the library may. */
static bool lacks_option(const struct error *error)
{
    return error->code == TRACE_ERR_OPTION_UNAVAIL || error->code == TRACE_ERR_UNKNOWN_OPTION;
}

/* HONOURED, LEFT_TO_LIBRARY, or -1 with the error in the trace's slot. */
static int ask_backend(libtrace_t *trace, trace_option_t option, const void *value)
{
    if (!trace->has_input || is_running(trace))
        return LEFT_TO_LIBRARY;
    int outcome = trace->format->input.configure(&trace->input, option, value);
    if (outcome >= 0)
        return outcome;
    if (!lacks_option(&trace->input_error))
        return trace_take_input_error(trace);
    error_clear(&trace->input_error);
    return LEFT_TO_LIBRARY;
}

/* Notes for the backend what it said it honours. */
static void note_setting(libtrace_t *trace, trace_option_t option, int value)
{
    struct input_settings *settings = &trace->input.settings;
    switch (option) {
    case TRACE_OPTION_SNAPLEN:
        settings->snaplen = (size_t)value;
        break;
    case TRACE_OPTION_PROMISC:
        settings->is_promiscuous = value != 0;
        break;
    case TRACE_OPTION_DISCARD_META:
        settings->discards_meta = value != 0;
        break;
    default:
        break;
    }
}

static void change_numbers(libtrace_t *trace, trace_option_t option, int value)
{
    pthread_mutex_lock(&trace->config_lock);
    if (option == TRACE_OPTION_SNAPLEN)
        trace->snaplen = (size_t)value;
    else
        trace->replay_speedup = value;
    store_release(&trace->has_config_changed, true); /* [config] */
    pthread_mutex_unlock(&trace->config_lock);
}

static int set_number(libtrace_t *trace, trace_option_t option, int value)
{
    if (check_value(trace, option, value) != 0)
        return -1;
    if (option == TRACE_OPTION_HASHER)
        return trace_set_hasher(trace, (enum hasher_types)value, NULL, NULL);
    if (option == TRACE_OPTION_EVENT_REALTIME) {
        trace->is_event_realtime = value != 0;
        return 0;
    }
    int outcome = ask_backend(trace, option, &value);
    if (outcome < 0)
        return -1;
    if (outcome == HONOURED)
        note_setting(trace, option, value);

    switch (option) {
    case TRACE_OPTION_SNAPLEN: /* cut again behind a backend that does, for it may only cut roughly
                                */
    case TRACE_OPTION_REPLAY_SPEEDUP:
        change_numbers(trace, option, value);
        return 0;
    default:
        if (outcome == HONOURED)
            return 0;
        if (is_running(trace))
            return trace_set_error(trace, TRACE_ERR_BAD_STATE, "%s: not while the trace runs",
                                   names[option]);
        return fail_unavailable(trace, option);
    }
}

static int set_filter(libtrace_t *trace, libtrace_filter_t *filter)
{
    struct error error = {0};
    if (filter && filter_check(filter, &error) != 0)
        return trace_adopt_error(trace, &error);

    /* A backend filters from its next start on; until then, and after, the library may. */
    int outcome = ask_backend(trace, TRACE_OPTION_FILTER, filter);
    if (outcome < 0)
        return -1;
    if (outcome == HONOURED && load_acquire(&trace->state) != TRACE_STATE_STARTED)
        filter = NULL;
    if (filter)
        filter_retain(filter);

    pthread_mutex_lock(&trace->config_lock);
    libtrace_filter_t *former = trace->filter;
    trace->filter = filter;
    store_release(&trace->has_config_changed, true); /* [config] */
    pthread_mutex_unlock(&trace->config_lock);
    filter_release(&former);
    return 0;
}

int trace_config(libtrace_t *libtrace, trace_option_t option, void *value)
{
    if (!libtrace)
        return TRACE_ERR_NULL_TRACE;
    if (trace_is_err(libtrace))
        return -1;
    if (!libtrace->format)
        return trace_set_error(libtrace, TRACE_ERR_BAD_FORMAT, "the trace has no format");
    if (check_option(libtrace, option) != 0)
        return -1;
    if (option == TRACE_OPTION_FILTER)
        return set_filter(libtrace, value);
    if (!value)
        return trace_set_error(libtrace, TRACE_ERR_NULL, "%s: no value given", names[option]);
    return set_number(libtrace, option, *(const int *)value);
}

int trace_set_snaplen(libtrace_t *trace, int snaplen)
{
    return trace_config(trace, TRACE_OPTION_SNAPLEN, &snaplen);
}

int trace_set_promisc(libtrace_t *trace, bool promisc)
{
    int value = promisc;
    return trace_config(trace, TRACE_OPTION_PROMISC, &value);
}

int trace_set_filter(libtrace_t *trace, libtrace_filter_t *filter)
{
    return trace_config(trace, TRACE_OPTION_FILTER, filter);
}

int trace_set_meta_freq(libtrace_t *trace, int freq)
{
    return trace_config(trace, TRACE_OPTION_META_FREQ, &freq);
}

int trace_set_event_realtime(libtrace_t *trace, bool realtime)
{
    int value = realtime;
    return trace_config(trace, TRACE_OPTION_EVENT_REALTIME, &value);
}
