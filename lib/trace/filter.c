/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libpcap compiles (pcap_compile() is reentrant since 1.8); what comes out is translated (bpf.h).
 * What cannot be translated, which is the loops of "protochain", libpcap's bpf_filter() runs.
 *
 * An expression means something else on each link layer, so there is one program per link type,
 * made when the first packet of that type comes. A program is never changed once it can be seen:
 *
 *   [program]  publish_program() releases the pointer, find_program() acquires it.
 *
 * The optimiser refuses an expression that can never match on a link layer ("arp" on raw IP). Met
 * in a trace that is no mistake, for another interface of the same capture may have ARP; so such an
 * expression is compiled without optimiser, and matches nothing. Only filter_check() calls one that
 * can never match on Ethernet a mistake ("ip and arp").
 */
#include "lib/trace/filter.h"

#include <limits.h>
#include <pcap/pcap.h>
#include <pthread.h>
#include <stdbool.h>

#include <libtrace/error.h>

#include "lib/base/atomics.h"
#include "lib/base/memory.h"
#include "lib/packet/linktypes.h"
#include "lib/trace/bpf.h"

#define FILTER_SNAPLEN 262144
#define ATM_CELL_BYTES 4u

/** What came of compiling for one link type, or of bytecode. */
struct program {
    struct filter_program usual; /* usual.code all zero: libpcap runs `source` */
    struct bpf_program source;   /* bf_len 0: it failed */
    uint32_t n_skipped;          /* bytes in front of those that it sees */
    bool is_usual;               /* `usual` is all there is to it */
    bool is_bytecode;            /* the filter's: code and source are shared */
    struct error error;          /* when it failed: why */
};

struct libtrace_filter_t {
    atomic_uint refs;
    char *text;              /* NULL: bytecode */
    struct program bytecode; /* its bf_insns are ours */
    pthread_mutex_t compile_lock;
    _Atomic(struct program *) programs[LINKTYPE_MAX]; /* by link type [program] */
};

static libtrace_filter_t *create(void)
{
    libtrace_filter_t *filter = mem_alloc_zeroed(1, sizeof(*filter));
    if (!filter)
        return NULL;
    pthread_mutex_init(&filter->compile_lock, NULL);
    store_relaxed(&filter->refs, 1u);
    return filter;
}

static void destroy(libtrace_filter_t *filter)
{
    for (size_t i = 0; i < ARRAY_LEN(filter->programs); i++) {
        struct program *program = load_relaxed(&filter->programs[i]);
        if (program && !program->is_bytecode) {
            bpf_code_free(&program->usual.code);
            pcap_freecode(&program->source);
        }
        mem_free(program);
    }
    pthread_mutex_destroy(&filter->compile_lock);
    bpf_code_free(&filter->bytecode.usual.code);
    mem_free(filter->bytecode.source.bf_insns);
    mem_free(filter->text);
    mem_free(filter);
}

libtrace_filter_t *trace_create_filter(const char *filterstring)
{
    libtrace_filter_t *filter = filterstring ? create() : NULL;
    if (!filter)
        return NULL;
    filter->text = mem_copy_string(filterstring);
    if (!filter->text)
        filter_release(&filter);
    return filter;
}

/* Takes the instructions over, or the reason why they are wrong. 0, or -1 when memory is short. */
static int take_bytecode(struct program *program, const struct bpf_insn *code, unsigned int n)
{
    program->is_bytecode = true;
    if (bpf_check(code, n, &program->error) != 0)
        return 0;
    program->source.bf_insns = mem_copy(code, (uint64_t)n * sizeof(*code));
    program->source.bf_len = n;
    return program->source.bf_insns ? bpf_translate(code, n, &program->usual.code) : -1;
}

libtrace_filter_t *trace_create_filter_from_bytecode(void *bf_insns, unsigned int bf_len)
{
    libtrace_filter_t *filter = bf_insns && bf_len > 0 ? create() : NULL;
    if (filter && take_bytecode(&filter->bytecode, bf_insns, bf_len) != 0)
        filter_release(&filter);
    return filter;
}

void trace_destroy_filter(libtrace_filter_t *filter)
{
    filter_release(&filter);
}

void filter_retain(libtrace_filter_t *filter)
{
    fetch_add_relaxed(&filter->refs, 1u);
}

void filter_release(libtrace_filter_t **filter)
{
    libtrace_filter_t *mine = *filter;
    *filter = NULL;
    if (mine && fetch_sub_acq_rel(&mine->refs, 1u) == 1)
        destroy(mine);
}

/* 0, or -1 with libpcap's own text. */
static int compile(const char *text, int dlt, bool is_optimised, struct bpf_program *code,
                   struct error *error)
{
    pcap_t *pcap = pcap_open_dead(dlt, FILTER_SNAPLEN);
    if (!pcap)
        return error_set(error, TRACE_ERR_OUT_OF_MEMORY, "no memory to compile the filter");
    int outcome = pcap_compile(pcap, code, text, is_optimised, PCAP_NETMASK_UNKNOWN);
    if (outcome != 0) {
        code->bf_len = 0;
        code->bf_insns = NULL;
        error_set(error, TRACE_ERR_BAD_FILTER, "filter \"%s\": %s", text, pcap_geterr(pcap));
    }
    pcap_close(pcap);
    return outcome == 0 ? 0 : -1;
}

static COLD int fail_link_type(libtrace_linktype_t link_type, struct error *error)
{
    char text[LINKTYPE_TEXT_BYTES];
    linktype_describe(link_type, -1, text);
    return error_set(error, TRACE_ERR_NO_CONVERSION, "packets of link type %s cannot be filtered",
                     text);
}

/* The number that libpcap knows the link type by; also of types that files do not have. */
static int dlt_of(libtrace_linktype_t link_type)
{
    switch (link_type) {
    case TRACE_TYPE_ATM: /* behind its cell header */
        return DLT_ATM_RFC1483;
    case TRACE_TYPE_80211_PRISM:
        return DLT_PRISM_HEADER;
    case TRACE_TYPE_XDP:
        return DLT_EN10MB;
    default:
        return linktype_to_dlt(link_type);
    }
}

static void compile_text(struct program *program, const char *text, libtrace_linktype_t link_type)
{
    const int dlt = dlt_of(link_type);
    if (dlt < 0) {
        fail_link_type(link_type, &program->error);
        return;
    }
    if (compile(text, dlt, true, &program->source, &program->error) != 0 &&
        compile(text, dlt, false, &program->source, NULL) != 0)
        return;
    if (link_type == TRACE_TYPE_ATM)
        program->n_skipped = ATM_CELL_BYTES;
    if (bpf_check(program->source.bf_insns, program->source.bf_len, NULL) == 0)
        bpf_translate(program->source.bf_insns, program->source.bf_len, &program->usual.code);
}

static struct program *make_program(const libtrace_filter_t *filter, libtrace_linktype_t link_type)
{
    struct program *program = mem_alloc_zeroed(1, sizeof(*program));
    if (!program)
        return NULL;
    if (filter->text)
        compile_text(program, filter->text, link_type);
    else
        *program = filter->bytecode;
    const bool has_fcs_at_times =
        link_type == TRACE_TYPE_80211_RADIO || link_type == TRACE_TYPE_LINUX_SLL;
    if (link_type == TRACE_TYPE_ETH)
        program->usual.n_fcs = LINKTYPE_FCS_BYTES;
    program->is_usual = program->usual.code.ops && program->n_skipped == 0 && !has_fcs_at_times;
    return program;
}

/* The program for a link type, made now if it is the first packet of that type; NULL when memory is
 * short. */
static COLD const struct program *publish_program(libtrace_filter_t *filter,
                                                  libtrace_linktype_t link_type)
{
    _Atomic(struct program *) *place = &filter->programs[link_type];
    pthread_mutex_lock(&filter->compile_lock);
    struct program *program = load_relaxed(place);
    if (!program) {
        program = make_program(filter, link_type);
        store_release(place, program); /* [program] */
    }
    pthread_mutex_unlock(&filter->compile_lock);
    return program;
}

/* The program that was made for a link type; NULL: there is none yet. */
static const struct program *find_program(libtrace_filter_t *filter, libtrace_linktype_t link_type)
{
    return load_acquire(&filter->programs[link_type]); /* [program] */
}

/* The same, made if need be; NULL with the reason in *error. */
static const struct program *get_program(libtrace_filter_t *filter, libtrace_linktype_t link_type,
                                         struct error *error)
{
    if (link_type <= 0 || link_type >= LINKTYPE_MAX) {
        if (!filter->text)
            return &filter->bytecode;
        fail_link_type(link_type, error);
        return NULL;
    }
    const struct program *program = find_program(filter, link_type);
    if (!program)
        program = publish_program(filter, link_type);
    if (!program)
        error_set(error, TRACE_ERR_OUT_OF_MEMORY, "no memory to compile the filter");
    return program;
}

static COLD int fail_program(const struct program *program, struct error *error)
{
    return error_set(error, program->error.code, "%s", program->error.text);
}

const struct filter_program *filter_find(libtrace_filter_t *filter, libtrace_linktype_t link_type)
{
    if (linktype_is_meta(link_type))
        return NULL;
    const struct program *program = get_program(filter, link_type, NULL);
    return program && program->is_usual ? &program->usual : NULL;
}

/* For programs that are not usual. */
static int run(const struct program *program, const uint8_t *bytes, uint32_t captured,
               uint32_t wire, uint32_t n_fcs)
{
    const uint32_t n_skipped = program->n_skipped;
    filter_take_fcs_off(n_fcs, &captured, &wire);
    if (!bytes || captured <= n_skipped)
        return 0;
    bytes += n_skipped;
    captured -= n_skipped;
    wire = wire > n_skipped ? wire - n_skipped : 0;
    const uint32_t result = program->usual.code.ops
                                ? bpf_run(program->usual.code.ops, bytes, captured, wire)
                                : bpf_filter(program->source.bf_insns, bytes, wire, captured);
    return result < INT_MAX ? (int)result : INT_MAX;
}

int filter_match(libtrace_filter_t *filter, libtrace_linktype_t link_type, const uint8_t *payload,
                 uint32_t capture_length, uint32_t wire_length, struct error *error)
{
    if (linktype_is_meta(link_type))
        return 1;
    const struct program *program = get_program(filter, link_type, error);
    if (!program)
        return -1;
    if (program->source.bf_len == 0)
        return fail_program(program, error);
    return run(program, payload, capture_length, wire_length,
               linktype_fcs_bytes(link_type, payload, capture_length));
}

int filter_match_record(libtrace_filter_t *filter, const struct block *block,
                        const struct record *record, struct error *error)
{
    const bool has_data = !(record->flags & RECORD_NO_DATA);
    return filter_match(filter, block->kinds[record->kind].link_type,
                        has_data ? block->data + record->offset + record->framing : NULL,
                        has_data ? record->capture : 0, record->wire, error);
}

int filter_check(libtrace_filter_t *filter, struct error *error)
{
    /* Each has words of its own, such as wlan, ifname and inbound. */
    static const libtrace_linktype_t tried[] = {TRACE_TYPE_ETH, TRACE_TYPE_NONE,
                                                TRACE_TYPE_80211_RADIO, TRACE_TYPE_LINUX_SLL,
                                                TRACE_TYPE_PFLOG};
    if (!filter->text)
        return filter->bytecode.source.bf_len > 0 ? 0 : fail_program(&filter->bytecode, error);
    for (size_t i = 0; i < ARRAY_LEN(tried); i++) {
        const struct program *program = get_program(filter, tried[i], error);
        if (!program)
            return -1;
        if (!error_is_set(&program->error))
            return 0;
        if (program->source.bf_len > 0)
            break; /* understood, and can never match */
    }
    return fail_program(find_program(filter, TRACE_TYPE_ETH), error);
}

int trace_apply_filter(libtrace_filter_t *filter, const libtrace_packet_t *packet)
{
    if (!packet)
        return TRACE_ERR_NULL_PACKET;
    if (!filter)
        return -1;
    if (!packet->format)
        return 0;
    return filter_match(filter, packet->cached.link_type, packet->payload,
                        packet->cached.capture_length, packet->cached.wire_length, NULL);
}
