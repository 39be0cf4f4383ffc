/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/support/stop.h"

#include <errno.h>
#include <signal.h>

static volatile sig_atomic_t caught;

static void handle_signal(int number)
{
    caught = number;
    trace_interrupt();
}

static void catch_signal(int number)
{
    /* Once: should the first take too long, the second one has its usual effect. */
    struct sigaction action = {.sa_handler = handle_signal, .sa_flags = (int)SA_RESETHAND};
    struct sigaction former;
    sigemptyset(&action.sa_mask);
    if (sigaction(number, NULL, &former) == 0 && former.sa_handler != SIG_IGN)
        sigaction(number, &action, NULL);
}

void stop_catch_signals(void)
{
    catch_signal(SIGINT);
    catch_signal(SIGTERM);
}

int stop_signal(void)
{
    return caught;
}

bool stop_explains(const libtrace_err_t *error)
{
    return stop_signal() != 0 && error->err_num == EINTR;
}
