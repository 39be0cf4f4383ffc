/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replays a capture at the pace at which it was recorded, in an event loop of its own that has other
 * things to do too: here, to read lines from standard input.
 *
 *     12_event_loop [-x SPEEDUP] URI        then type: s for how far it is, q to quit
 *
 * trace_event() never waits. It says whether to sleep, to wait for a descriptor, or that here is a
 * packet; the loop hands what it says to poll().
 */
#include <inttypes.h>
#include <libtrace.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct progress {
    uint64_t n_packets;
    double first_s, last_s;
};

static void take(struct progress *progress, const libtrace_packet_t *packet)
{
    progress->last_s = trace_get_seconds(packet);
    if (progress->n_packets++ == 0)
        progress->first_s = progress->last_s;
}

static void show(const struct progress *progress)
{
    printf("%" PRIu64 " packets, %.3f s of the capture\n", progress->n_packets,
           progress->last_s - progress->first_s);
    fflush(stdout);
}

/* False: to quit. */
static bool obey(char command, const struct progress *progress)
{
    if (command == 's')
        show(progress);
    return command != 'q';
}

/* Waits for what the event says and for commands at the same time. False: to quit. */
static bool wait_for(const libtrace_eventobj_t *event, struct pollfd *commands,
                     const struct progress *progress)
{
    const bool has_fd = event->type == TRACE_EVENT_IOWAIT;
    struct pollfd fds[] = {*commands, {.fd = has_fd ? event->fd : -1, .events = POLLIN}};
    const double seconds = event->seconds < 1e6 ? event->seconds : 1e6;
    poll(fds, 2, has_fd ? -1 : (int)(seconds * 1000) + 1);
    if (fds[0].revents == 0)
        return true;
    char command;
    if (read(fds[0].fd, &command, 1) == 1)
        return obey(command, progress);
    commands->fd = -1; /* no more commands: poll() ignores it */
    return true;
}

static void run(libtrace_t *trace, struct progress *progress)
{
    libtrace_packet_t *packet = trace_create_packet();
    struct pollfd commands = {.fd = STDIN_FILENO, .events = POLLIN};
    bool goes_on = true;
    while (goes_on) {
        const libtrace_eventobj_t event = trace_event(trace, packet);
        if (event.type == TRACE_EVENT_PACKET)
            take(progress, packet);
        else if (event.type == TRACE_EVENT_TERMINATE)
            break;
        else
            goes_on = wait_for(&event, &commands, progress);
    }
    trace_destroy_packet(packet);
}

int main(int argc, char **argv)
{
    struct progress progress = {0};
    const bool has_speedup = argc == 4 && strcmp(argv[1], "-x") == 0;
    if (argc != 2 && !has_speedup) {
        fprintf(stderr, "usage: %s [-x SPEEDUP] URI\n", argv[0]);
        return 2;
    }
    libtrace_t *trace = trace_create(argv[argc - 1]);
    if (has_speedup && !trace_is_err(trace)) {
        int speedup = atoi(argv[2]);
        trace_config(trace, TRACE_OPTION_REPLAY_SPEEDUP, &speedup);
    }
    if (!trace_is_err(trace) && trace_start(trace) == 0)
        run(trace, &progress);

    const bool has_failed = trace_is_err(trace);
    if (has_failed)
        trace_perror(trace, "cannot replay");
    show(&progress);
    trace_destroy(trace);
    return has_failed;
}
