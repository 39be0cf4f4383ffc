/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simplest combiner that a program could bring: one list under a lock.
 */
#include <pthread.h>

#include "tests/parallel/play.h"

struct list {
    pthread_mutex_t lock;
    struct entry {
        int thread;
        libtrace_result_t result;
    } * entries;
    size_t n, capacity;
};

static int initialise(libtrace_t *trace, libtrace_combine_t *combiner)
{
    (void)trace;
    struct list *list = calloc(1, sizeof(*list));
    if (!list)
        return -1;
    pthread_mutex_init(&list->lock, NULL);
    combiner->queues = list;
    return 0;
}

static void destroy(libtrace_t *trace, libtrace_combine_t *combiner)
{
    (void)trace;
    struct list *list = combiner->queues;
    if (list->n != 0)
        note_failure("%zu results were left in the combiner", list->n);
    pthread_mutex_destroy(&list->lock);
    free(list->entries);
    free(list);
    combiner->queues = NULL;
}

static void publish(libtrace_t *trace, int thread, libtrace_combine_t *combiner,
                    libtrace_result_t *result)
{
    struct list *list = combiner->queues;
    pthread_mutex_lock(&list->lock);
    if (list->n == list->capacity) {
        list->capacity = list->capacity ? 2 * list->capacity : 64;
        list->entries = realloc(list->entries, list->capacity * sizeof(*list->entries));
    }
    list->entries[list->n++] = (struct entry){thread, *result};
    pthread_mutex_unlock(&list->lock);
    trace_post_reporter(trace);
}

static void deliver(libtrace_t *trace, libtrace_combine_t *combiner)
{
    struct list *list = combiner->queues;
    pthread_mutex_lock(&list->lock);
    struct entry *entries = list->entries;
    const size_t n = list->n;
    list->entries = NULL;
    list->n = list->capacity = 0;
    pthread_mutex_unlock(&list->lock);
    for (size_t i = 0; i < n; i++)
        trace_report_result(trace, entries[i].thread, &entries[i].result);
    free(entries);
}

const libtrace_combine_t play_combiner = {
    .initialise = initialise,
    .destroy = destroy,
    .publish = publish,
    .read = deliver,
    .read_final = deliver,
};
