/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Peers that are commands: runs one, or two with a pipe between them, with the standard output to
 * /dev/null, and reports time as the programs here do.
 *
 *   peer_command COMMAND [ARGUMENT ...] [-- COMMAND [ARGUMENT ...]]
 *
 * Starting a process is part of the figure here, as it is for who uses the command: about a
 * millisecond each. The processor time is that of all processes, the memory that of the largest.
 * Commands do not count packets, so the line has zeros there.
 */
#include "tests/bench/measure.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_COMMANDS = 2, STATUS_NOT_RUN = 127 };

/* Splits the words at "--" into NULL-terminated lists. How many there are; 0: too many, or an empty
 * one. */
static int split(char **words, char ***commands)
{
    int n_commands = 0;
    for (char **word = words; *word; word++) {
        if (strcmp(*word, "--") == 0) {
            *word = NULL;
            continue;
        }
        if (word > words && word[-1])
            continue;
        if (n_commands == MAX_COMMANDS)
            return 0;
        commands[n_commands++] = word;
    }
    return n_commands;
}

static pid_t start(char **command, int in, int out)
{
    pid_t child = fork();
    if (child != 0)
        return child;
    if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0)
        execvp(command[0], command);
    fprintf(stderr, "%s: %s\n", command[0], strerror(errno));
    _exit(STATUS_NOT_RUN);
}

/* 0, or -1 when a command could not be started; all of them are through then. */
static int run(char ***commands, int n_commands)
{
    int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    int n_good = 0;
    for (int i = 0; i < n_commands; i++) {
        int ends[2] = {-1, null};
        if (i + 1 < n_commands && pipe2(ends, O_CLOEXEC) != 0)
            break;
        n_good += start(commands[i], in, ends[1]) > 0;
        close(in);
        close(ends[1]);
        in = ends[0];
    }
    int status;
    int n_running = n_good;
    while (n_running > 0) {
        if (wait(&status) < 0)
            continue;
        n_running--;
        n_good -= !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    }
    return n_good == n_commands ? 0 : -1;
}

int main(int argc, char **argv)
{
    char **commands[MAX_COMMANDS];
    const int n_commands = argc > 1 ? split(argv + 1, commands) : 0;
    if (n_commands == 0) {
        fprintf(stderr, "usage: %s COMMAND [ARGUMENT ...] [-- COMMAND [ARGUMENT ...]]\n", argv[0]);
        return 2;
    }
    struct measure measure;
    measure_begin(&measure);
    if (run(commands, n_commands) != 0) {
        fputs("a command failed\n", stderr);
        return 1;
    }
    return measure_end_children(&measure);
}
