/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libpcap compiles (pcap_compile() is reentrant since 1.8); its bpf_filter() runs what came out.
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

#define FILTER_SNAPLEN 262144
#define ATM_CELL_BYTES 4u

/** What came of compiling for one link type. */
struct program {
    struct bpf_program code; /* of libpcap; bf_len 0: it failed */
    struct error error;      /* then: why */
};

struct libtrace_filter_t {
    atomic_uint refs;
    char *text;                  /* NULL: bytecode */
    struct bpf_program bytecode; /* bf_insns is ours */
    bool is_valid;               /* bytecode only */
    pthread_mutex_t compile_lock;
    _Atomic(struct program *) programs[LINKTYPE_MAX]; /* by link type [program] */
};

/* What bpf_filter() knows. On anything else it aborts the process, and bpf_validate() lets it pass.
 */
static const uint16_t instructions[] = {
    BPF_LD | BPF_W | BPF_ABS,
    BPF_LD | BPF_H | BPF_ABS,
    BPF_LD | BPF_B | BPF_ABS,
    BPF_LD | BPF_W | BPF_IND,
    BPF_LD | BPF_H | BPF_IND,
    BPF_LD | BPF_B | BPF_IND,
    BPF_LD | BPF_W | BPF_LEN,
    BPF_LD | BPF_IMM,
    BPF_LD | BPF_MEM,
    BPF_LDX | BPF_W | BPF_LEN,
    BPF_LDX | BPF_B | BPF_MSH,
    BPF_LDX | BPF_IMM,
    BPF_LDX | BPF_MEM,
    BPF_ST,
    BPF_STX,
    BPF_ALU | BPF_ADD | BPF_K,
    BPF_ALU | BPF_ADD | BPF_X,
    BPF_ALU | BPF_SUB | BPF_K,
    BPF_ALU | BPF_SUB | BPF_X,
    BPF_ALU | BPF_MUL | BPF_K,
    BPF_ALU | BPF_MUL | BPF_X,
    BPF_ALU | BPF_DIV | BPF_K,
    BPF_ALU | BPF_DIV | BPF_X,
    BPF_ALU | BPF_MOD | BPF_K,
    BPF_ALU | BPF_MOD | BPF_X,
    BPF_ALU | BPF_OR | BPF_K,
    BPF_ALU | BPF_OR | BPF_X,
    BPF_ALU | BPF_AND | BPF_K,
    BPF_ALU | BPF_AND | BPF_X,
    BPF_ALU | BPF_XOR | BPF_K,
    BPF_ALU | BPF_XOR | BPF_X,
    BPF_ALU | BPF_LSH | BPF_K,
    BPF_ALU | BPF_LSH | BPF_X,
    BPF_ALU | BPF_RSH | BPF_K,
    BPF_ALU | BPF_RSH | BPF_X,
    BPF_ALU | BPF_NEG,
    BPF_JMP | BPF_JA,
    BPF_JMP | BPF_JEQ | BPF_K,
    BPF_JMP | BPF_JEQ | BPF_X,
    BPF_JMP | BPF_JGT | BPF_K,
    BPF_JMP | BPF_JGT | BPF_X,
    BPF_JMP | BPF_JGE | BPF_K,
    BPF_JMP | BPF_JGE | BPF_X,
    BPF_JMP | BPF_JSET | BPF_K,
    BPF_JMP | BPF_JSET | BPF_X,
    BPF_RET | BPF_K,
    BPF_RET | BPF_A,
    BPF_MISC | BPF_TAX,
    BPF_MISC | BPF_TXA,
};

static bool is_instruction(uint16_t code)
{
    for (size_t i = 0; i < ARRAY_LEN(instructions); i++)
        if (instructions[i] == code)
            return true;
    return false;
}

static bool is_valid(const struct bpf_program *program)
{
    for (unsigned int i = 0; i < program->bf_len; i++)
        if (!is_instruction(program->bf_insns[i].code))
            return false;
    return program->bf_len <= INT_MAX && bpf_validate(program->bf_insns, (int)program->bf_len);
}

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
        if (program)
            pcap_freecode(&program->code);
        mem_free(program);
    }
    pthread_mutex_destroy(&filter->compile_lock);
    mem_free(filter->bytecode.bf_insns);
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

libtrace_filter_t *trace_create_filter_from_bytecode(void *bf_insns, unsigned int bf_len)
{
    libtrace_filter_t *filter = bf_insns && bf_len > 0 ? create() : NULL;
    if (!filter)
        return NULL;
    filter->bytecode.bf_len = bf_len;
    filter->bytecode.bf_insns = mem_copy(bf_insns, (uint64_t)bf_len * sizeof(struct bpf_insn));
    if (!filter->bytecode.bf_insns) {
        filter_release(&filter);
        return NULL;
    }
    filter->is_valid = is_valid(&filter->bytecode);
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

static COLD int fail_bytecode(struct error *error)
{
    return error_set(error, TRACE_ERR_BAD_FILTER, "filter: the bytecode is not valid");
}

static COLD int fail_link_type(libtrace_linktype_t link_type, struct error *error)
{
    return error_set(error, TRACE_ERR_NO_CONVERSION, "packets of link type %d cannot be filtered",
                     (int)link_type);
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

/* The program for a link type, compiled now if it is the first packet of that type; NULL when
 * memory is short. */
static COLD struct program *publish_program(libtrace_filter_t *filter,
                                            libtrace_linktype_t link_type)
{
    _Atomic(struct program *) *place = &filter->programs[link_type];
    pthread_mutex_lock(&filter->compile_lock);
    struct program *program = load_relaxed(place);
    if (!program && (program = mem_alloc_zeroed(1, sizeof(*program)))) {
        int dlt = dlt_of(link_type);
        if (dlt < 0)
            fail_link_type(link_type, &program->error);
        else if (compile(filter->text, dlt, true, &program->code, &program->error) != 0)
            (void)compile(filter->text, dlt, false, &program->code, NULL);
        store_release(place, program); /* [program] */
    }
    pthread_mutex_unlock(&filter->compile_lock);
    return program;
}

static inline HOT struct program *find_program(libtrace_filter_t *filter,
                                               libtrace_linktype_t link_type)
{
    struct program *program = load_acquire(&filter->programs[link_type]); /* [program] */
    return LIKELY(program != NULL) ? program : publish_program(filter, link_type);
}

static COLD int fail_program(const struct program *program, struct error *error)
{
    if (!program)
        return error_set(error, TRACE_ERR_OUT_OF_MEMORY, "no memory to compile the filter");
    return error_set(error, program->error.code, "%s", program->error.text);
}

/* The instructions for packets of a link type; NULL with the reason in *error. */
static inline HOT const struct bpf_insn *find_code(libtrace_filter_t *filter,
                                                   libtrace_linktype_t link_type,
                                                   struct error *error)
{
    if (UNLIKELY(!filter->text)) {
        if (!filter->is_valid)
            fail_bytecode(error);
        return filter->is_valid ? filter->bytecode.bf_insns : NULL;
    }
    if (UNLIKELY(link_type <= 0 || link_type >= LINKTYPE_MAX)) {
        fail_link_type(link_type, error);
        return NULL;
    }
    const struct program *program = find_program(filter, link_type);
    if (UNLIKELY(!program || program->code.bf_len == 0)) {
        fail_program(program, error);
        return NULL;
    }
    return program->code.bf_insns;
}

HOT int filter_match(libtrace_filter_t *filter, libtrace_linktype_t link_type,
                     const uint8_t *payload, uint32_t capture_length, uint32_t wire_length,
                     struct error *error)
{
    if (UNLIKELY(linktype_is_meta(link_type)))
        return 1;
    const struct bpf_insn *code = find_code(filter, link_type, error);
    if (UNLIKELY(!code))
        return -1;

    /* libpcap never sees a frame check sequence, neither counted nor captured. */
    uint32_t skipped = 0;
    uint32_t fcs = linktype_fcs_bytes(link_type, payload, capture_length);
    uint32_t wire = wire_length > fcs ? wire_length - fcs : 0;
    uint32_t captured = capture_length;
    if (captured > wire)
        captured -= captured - wire < fcs ? captured - wire : fcs;
    if (UNLIKELY(link_type == TRACE_TYPE_ATM && filter->text))
        skipped = ATM_CELL_BYTES;
    if (UNLIKELY(!payload || captured <= skipped))
        return 0;
    wire = wire > skipped ? wire - skipped : 0;
    unsigned int result = bpf_filter(code, payload + skipped, wire, captured - skipped);
    return result < INT_MAX ? (int)result : INT_MAX;
}

int filter_check(libtrace_filter_t *filter, struct error *error)
{
    /* Each has words of its own, such as wlan, ifname and inbound. */
    static const libtrace_linktype_t tried[] = {TRACE_TYPE_ETH, TRACE_TYPE_NONE,
                                                TRACE_TYPE_80211_RADIO, TRACE_TYPE_LINUX_SLL,
                                                TRACE_TYPE_PFLOG};
    if (!filter->text)
        return filter->is_valid ? 0 : fail_bytecode(error);
    for (size_t i = 0; i < ARRAY_LEN(tried); i++) {
        const struct program *program = find_program(filter, tried[i]);
        if (program && !error_is_set(&program->error))
            return 0;
        if (!program || program->code.bf_len > 0)
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
