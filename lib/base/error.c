/* SPDX-License-Identifier: BSD-2-Clause */
/* errno is kept throughout so that a caller may still look at it after recording. */
#include "lib/base/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int record(struct error *error, int code, const char *format, va_list arguments)
{
    const int saved = errno;
    if (vsnprintf(error->text, sizeof(error->text), format, arguments) < 0)
        error->text[0] = '\0';
    error->code = code != 0 ? code : EINVAL;
    errno = saved;
    return -1;
}

int error_set_va(struct error *error, int code, const char *format, va_list arguments)
{
    if (!error || error_is_set(error))
        return -1;
    return record(error, code, format, arguments);
}

int error_set(struct error *error, int code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    error_set_va(error, code, format, arguments);
    va_end(arguments);
    return -1;
}

int error_set_errno(struct error *error, const char *format, ...)
{
    const int code = errno;
    if (!error || error_is_set(error))
        return -1;

    va_list arguments;
    va_start(arguments, format);
    record(error, code, format, arguments);
    va_end(arguments);

    char buffer[128];
    const size_t length = strlen(error->text);
    snprintf(error->text + length, sizeof(error->text) - length, ": %s",
             strerror_r(code, buffer, sizeof(buffer)));
    errno = code;
    return -1;
}

void error_clear(struct error *error)
{
    error->code = 0;
    error->text[0] = '\0';
}
