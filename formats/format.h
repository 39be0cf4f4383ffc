/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The backend contract: all that the author of a capture format or live source needs to know.
 *
 * A backend is one const `struct format`, listed in formats/registry.c. Operations that it lacks
 * are left out of its tables by pointing at the format_no_...() functions, so that no entry is ever
 * NULL.
 *
 * A trace flows in blocks. For every block k of a stream the library calls, in this order:
 *
 *   load(stream, block, k)   bytes in, ahead of time, on any thread and for many blocks at once. Only
 *                            a positional source can do that; others leave the block empty. A guess:
 *                            it records no error, for mark looks at what is there and loads again.
 *   mark(stream, block, k)   in order of k, one at a time ("under the token"): finds the whole
 *                            records that start in this block and stores their offsets. It may drop
 *                            what was loaded and load again. It looks through about one block's
 *                            bytes at a time, whatever is in them: in between the library looks
 *                            whether it is to stop.
 *   describe(block, ...)     pure; any thread, many at once; any number of times.
 *   release(stream, block)   a block that had records is no longer read (rings of a kernel take it
 *                            back); packets that were kept may still refer to it.
 *
 * Outcomes: negative is broken, with the text in input->error, recorded once, naming the file and
 * the offset. Zero and above are enum mark_outcome. END and errors are found at mark only, with no
 * records in that block: whatever came before has been delivered by then.
 */
#ifndef WEIR_FORMATS_FORMAT_H
#define WEIR_FORMATS_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libtrace.h>

#include "lib/base/error.h"
#include "lib/packet/block.h"
#include "lib/packet/fact.h"
#include "lib/packet/record.h"

enum format_flags {
    FORMAT_INPUT = 1,
    FORMAT_OUTPUT = 2,
    FORMAT_LIVE = 4,   /* packets come as they happen */
    FORMAT_QUEUES = 8, /* each worker can have a stream of its own */
    FORMAT_SEEK = 16,
    FORMAT_META = 32,     /* has records that are not packets */
    FORMAT_ERF_TIME = 64, /* a record's header starts with its time as ERF has it, little-endian */
    FORMAT_MAGIC = 128,   /* probe_bytes is certain of each file that it reads, and of no other */
};

enum probe_answer { PROBE_NO, PROBE_LIKELY, PROBE_CERTAIN };

enum mark_outcome {
    MARK_END = 0,     /* the stream is over; no records in this block */
    MARK_RECORDS = 1, /* block->n_records >= 1 */
    MARK_AGAIN = 2,   /* nothing yet: wait for stream->wait_fd, then mark again */
    MARK_NOTHING = 3, /* no records in what there was: mark again */
};

enum option_type { OPTION_FLAG, OPTION_NUMBER, OPTION_TEXT };

/** One row of a backend's options: URI parsing, trace_help() and the documentation come from it. */
struct format_option {
    const char *name;
    enum option_type type;
    int64_t min, max;
    const char *help; /* one line */
};

/** What the user asked for; fields that a backend cannot honour are refused by its `configure`. */
struct input_settings {
    size_t snaplen; /* bytes, 0: no limit; the library cuts as well */
    bool is_promiscuous;
    bool discards_meta;
};

struct preview;

/** One opened input. Owned by its trace. */
struct input {
    const struct format *format;
    const char *where; /* the URI's body */

    /* What a pipe's format was found out by, or NULL. Formats with probe_bytes hand it to their
     * reader when they open (block_reader_adopt()), or its bytes are lost. */
    struct preview *preview;

    struct input_settings settings;
    size_t block_bytes;   /* wanted size of a block */
    bool guesses_records; /* load() may mark records where it takes them to be: block->guess */
    struct error *error;  /* where texts are recorded; calls that may record are serialised */
    void *state;          /* the backend's own, from open to close */

    /* Becomes true when the reading is to end, for a mark that cannot return in between: it gives
     * MARK_AGAIN then, and need not work any more. Any thread; or NULL. */
    const _Atomic bool *is_stopping;
};

/** One ordered sequence of blocks of an input. Formats without FORMAT_QUEUES have one. */
struct stream {
    struct input *input;
    unsigned queue;
    bool is_positional; /* load() works, in parallel and ahead of the token */
    int wait_fd;        /* poll()ed for input after MARK_AGAIN; valid until the next mark */
    void *state;

    /* For trace_get_progress(), which reads them on any thread */
    _Atomic uint64_t bytes_done;  /* of the input as stored; written under the token */
    _Atomic uint64_t bytes_total; /* 0 when unknown; written by start */
};

/** Where an output's packets go. Owned by its libtrace_out_t. One thread at a time. */
struct output {
    const struct format *format;
    const char *where;
    int compress_level; /* 0..9, -1: not asked for */
    int compress_type;  /* trace_option_compresstype_t */
    int file_flags;     /* of open(2) */
    struct error *error;
    void *state;
};

struct input_operations {
    /** Checks and prepares; opens nothing that the user would notice. 0 or -1. */
    int (*open)(struct input *input);
    /** Fills *stream and makes it deliver, or go on after a pause. 0 or -1. */
    int (*start)(struct input *input, struct stream *stream);
    /** Stops delivering; what was not marked comes after the next start. 0 or -1. */
    int (*pause)(struct input *input, struct stream *stream);
    /** Undoes open, whatever happened in between. */
    void (*close)(struct input *input);
    /** 0 when the option is honoured from the next start on, 1 when the library should see to it,
     * -1. */
    int (*configure)(struct input *input, trace_option_t option, const void *value);
    /** Adds what only the backend knows (received, dropped, ...), setting the valid bits. Any
     * thread. */
    void (*statistics)(struct input *input, libtrace_stat_t *statistics);
    /** Goes to the first record at or after that ERF time. Only between reads. 0 or -1. */
    int (*seek)(struct input *input, struct stream *stream, uint64_t erf_time);
};

struct stream_operations {
    void (*load)(struct stream *stream, struct block *block, uint64_t number);
    int (*mark)(struct stream *stream, struct block *block, uint64_t number);
    void (*release)(struct stream *stream, struct block *block);
};

struct record_operations {
    /** Describes records first .. first + n - 1 of a marked block into out[0 .. n - 1]. Returns
     *  records_are_alike() of them, which many backends know without looking. */
    bool (*describe)(const struct block *block, uint32_t first, uint32_t n, struct record *out);
    libtrace_direction_t (*get_direction)(const libtrace_packet_t *packet);
    libtrace_direction_t (*set_direction)(libtrace_packet_t *packet,
                                          libtrace_direction_t direction);
    /** Describes a record of `size` bytes at packet->header that did not come from a stream
     *  (trace_prepare_packet()), filling lengths, time and payload. 0 or -1. */
    int (*prepare)(libtrace_packet_t *packet, size_t size, struct error *error);
    /** Shortens the record's own idea of its capture length to `length`. 0 or -1 when it cannot. */
    int (*set_capture_length)(libtrace_packet_t *packet, size_t length);
    /** Shows what a meta record says, fact by fact; nothing of other records. Any thread. */
    void (*visit_facts)(const libtrace_packet_t *packet, fact_visitor *visit, void *argument);
};

struct output_operations {
    int (*open)(struct output *output);
    /** Opens the file. 0 or -1. */
    int (*start)(struct output *output);
    /** Bytes written, 0 when the packet has no place in this format, -1. The packet is not changed.
     */
    int (*write)(struct output *output, const libtrace_packet_t *packet);
    int (*flush)(struct output *output);
    /** Reports what could not be written; frees everything in any case. 0 or -1. */
    int (*close)(struct output *output);
};

struct format {
    const char *name;
    const char *const *aliases; /* NULL-terminated */
    const char *help;           /* one line */
    enum base_format_t id;
    unsigned flags;                      /* enum format_flags */
    const struct format_option *options; /* ends with name NULL */

    /** Does this body (an interface's name, a path) belong to this format? Nothing is opened. */
    enum probe_answer (*probe_name)(const char *where);
    /** Do these first bytes of the (decompressed) input? */
    enum probe_answer (*probe_bytes)(const uint8_t *bytes, size_t n);

    struct input_operations input;
    struct stream_operations stream;
    struct record_operations record;
    struct output_operations output;
};

/** The format of that name or alias, whatever its case; NULL when there is none. */
const struct format *format_find(const char *name, size_t n);

/** Is that a format of libtrace, a live one, that is not there yet? Whatever its case. */
bool format_is_absent(const char *name, size_t n);

/** All formats, NULL-terminated, in the order in which they are probed. */
const struct format *const *format_list(void);

/** A list of names for messages. */
struct format_names {
    char text[256];
};

/** Lists the formats of `formats` that `is_wanted`: "pcapng, pcapfile". Returns `names->text`. */
const char *format_show_names(struct format_names *names, const struct format *const *formats,
                              bool (*is_wanted)(const struct format *format));

/** For format_show_names(): those that can be read, or written. */
bool format_is_input(const struct format *format);
bool format_is_output(const struct format *format);

/**
 * The one of these formats (NULL-terminated) that is surest that the first bytes of a file are its
 * own, and how sure. Of several the first. NULL when there is none.
 */
const struct format *format_recognise(const struct format *const *formats, const uint8_t *bytes,
                                      size_t n, enum probe_answer *answer);

/** How many bytes decide who is certain of a file. */
#define FORMAT_RIVAL_BYTES 64u

/** Another format that is certain of the first bytes, FORMAT_RIVAL_BYTES where the file has so many, of
 * a file that was said to be of `format`; NULL: none is. For formats whose own records might look like
 * anything. */
const struct format *format_find_rival(const struct format *format, const uint8_t *bytes, size_t n);

/** For probe_name: LIKELY if the first name in `where` ends in `suffix`, or in that and the suffix of
 * a compressed file: x.pcap, x.PCAP.gz. */
enum probe_answer format_probe_suffix(const char *where, const char *suffix);

struct format_look {
    char text[96];
};

/**
 * What a file may be that starts with these bytes, to stand behind "it starts with 0a0d0d0a" in the
 * message of a format that does not take it: " (it looks like a file for pcapng:)", or "". Returns
 * look->text.
 */
const char *format_show_look(struct format_look *look, const uint8_t *bytes, size_t n);

/* Operations that a backend does not have: they fail with TRACE_ERR_UNSUPPORTED or do nothing. */
enum probe_answer format_no_probe_name(const char *where);
enum probe_answer format_no_probe_bytes(const uint8_t *bytes, size_t n);
int format_no_open(struct input *input);
int format_no_start(struct input *input, struct stream *stream);
int format_no_pause(struct input *input, struct stream *stream);
void format_no_close(struct input *input);
int format_no_configure(struct input *input, trace_option_t option, const void *value);
void format_no_statistics(struct input *input, libtrace_stat_t *statistics);
int format_no_seek(struct input *input, struct stream *stream, uint64_t erf_time);
void format_no_load(struct stream *stream, struct block *block, uint64_t number);
int format_no_mark(struct stream *stream, struct block *block, uint64_t number);
void format_no_release(struct stream *stream, struct block *block);
bool format_no_describe(const struct block *block, uint32_t first, uint32_t n, struct record *out);
libtrace_direction_t format_no_get_direction(const libtrace_packet_t *packet);
libtrace_direction_t format_no_set_direction(libtrace_packet_t *packet,
                                             libtrace_direction_t direction);
int format_no_prepare(libtrace_packet_t *packet, size_t size, struct error *error);
/** For records that say no capture length, or say it for finding what comes behind the bytes: they
 *  stay as they are, only the packet is shorter. Meta records are not cut. */
int format_keep_capture_length_in_packet(libtrace_packet_t *packet, size_t length);
void format_no_visit_facts(const libtrace_packet_t *packet, fact_visitor *visit, void *argument);
int format_no_output_open(struct output *output);
int format_no_output_start(struct output *output);
int format_no_output_write(struct output *output, const libtrace_packet_t *packet);
int format_no_output_flush(struct output *output);
int format_no_output_close(struct output *output);

#define FORMAT_NO_OUTPUT                                                  \
    {                                                                     \
        .open = format_no_output_open, .start = format_no_output_start,   \
        .write = format_no_output_write, .flush = format_no_output_flush, \
        .close = format_no_output_close                                   \
    }

#endif
