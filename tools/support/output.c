/* SPDX-License-Identifier: BSD-2-Clause */
/* A pipe that nobody reads ends most programs by SIGPIPE; where that is ignored the status is the same. */
#include "tools/support/output.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static int write_errno; /* of the first failure */

static void note_failure(void)
{
    if (write_errno == 0)
        write_errno = errno != 0 ? errno : EIO;
}

bool output_flush(void)
{
    errno = 0;
    if (fflush(stdout) != 0)
        note_failure();
    return write_errno == 0;
}

bool output_is_good(void)
{
    if (ferror(stdout))
        note_failure();
    return write_errno == 0;
}

int output_close(const char *tool)
{
    output_flush();
    errno = 0;
    if (fclose(stdout) != 0)
        note_failure();
    if (write_errno == EPIPE)
        return STATUS_SIGNAL + SIGPIPE;
    if (write_errno != 0)
        fprintf(stderr, "%s: cannot write the result: %s\n", tool, strerror(write_errno));
    return write_errno == 0 ? STATUS_GOOD : STATUS_FAILED;
}
