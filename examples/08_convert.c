/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Converts a capture: reads whatever the library reads and writes it as the second URI says.
 *
 *     08_convert capture.erf.gz pcapng:capture.pcapng.zst
 *
 * The output's name tells the format, in front of the colon, and by its end how to compress it.
 * A file that is there already is not written over. Reading can fail, and so can writing, at the latest when the last bytes go out of the buffers and
 * the file is closed: all of that is asked for, so that who reads "complete" can rely on it.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <libtrace.h>
#include <string.h>
#include <sys/stat.h>

struct counts {
    uint64_t n_written;
    uint64_t n_left_out; /* for which the output's format has no place */
};

/* Returns 0 when everything that can be read was written, else -1 with the error in one of the two. */
static int copy(libtrace_t *input, libtrace_out_t *output, struct counts *counts)
{
    libtrace_packet_t *packet = trace_create_packet();
    int result;
    while ((result = trace_read_packet(input, packet)) > 0) {
        const int n_bytes = trace_write_packet(output, packet);
        if (n_bytes < 0)
            break;
        if (n_bytes > 0)
            counts->n_written++;
        else /* what is no packet: descriptions of interfaces, for example */
            counts->n_left_out++;
    }
    trace_destroy_packet(packet);

    /* What was read before an error is written as well. Closing tells what destroying cannot. */
    const int closed = trace_close_output(output);
    return result == 0 && closed == 0 ? 0 : -1;
}

/*
 * What is there already stays as it is: it may be the input itself, under any of its names, and opening
 * it for writing would empty it. So the file has to be a new one (O_EXCL), unless it is a device or a
 * pipe, which open(2) would refuse as well and which cannot be emptied.
 */
static int keep_what_is_there(libtrace_out_t *output, const char *uri)
{
    const char *where = strchr(uri, ':'); /* in an output's URI it ends the format's name */
    struct stat there;
    int flags = O_WRONLY | O_CREAT | O_EXCL;
    if (where && stat(where + 1, &there) == 0 && !S_ISREG(there.st_mode))
        flags = O_WRONLY;
    return trace_config_output(output, TRACE_OPTION_OUTPUT_FILEFLAGS, &flags);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s INPUT FORMAT:OUTPUT\n", argv[0]);
        return 2;
    }
    /* The input first: if it cannot be read, no output is made. */
    libtrace_t *input = trace_create(argv[1]);
    libtrace_out_t *output = trace_create_output(argv[2]);
    struct counts counts = {0};
    int result = -1;
    if (!trace_is_err(input) && !trace_is_err_output(output) && trace_start(input) == 0 &&
        keep_what_is_there(output, argv[2]) == 0 && trace_start_output(output) == 0)
        result = copy(input, output, &counts);

    if (trace_is_err(input))
        trace_perror(input, "cannot read all");
    if (trace_is_err_output(output))
        trace_perror_output(output, "cannot write all");
    fprintf(stderr, "%" PRIu64 " packets written, %" PRIu64 " other records left out: %s\n",
            counts.n_written, counts.n_left_out, result == 0 ? "complete" : "NOT COMPLETE");

    trace_destroy(input);
    trace_destroy_output(output);
    return result != 0;
}
