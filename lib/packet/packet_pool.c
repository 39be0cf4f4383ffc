/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way home of a kept packet is a stack that any thread pushes on and the owner empties at once:
 * with no single pop there is no ABA problem.
 */
#include "lib/packet/packet.h"

#include "lib/base/atomics.h"
#include "lib/base/memory.h"

/* So that the owner does not take the line from those who give packets back for each of them. */
#define LENT_AT_ONCE 1024u

struct packet_pool {
    libtrace_packet_t *idle; /* the owner's */
    unsigned n_unlent;       /* the owner's: references for packets that it will lend */

    /* any thread */
    CACHE_ALIGNED _Atomic(libtrace_packet_t *) returned;
    atomic_uint refs; /* creator: 1 and the n_unlent; each packet that is lent: 1 */
};

struct packet_pool *packet_pool_create(void)
{
    struct packet_pool *pool = mem_alloc_aligned(CACHE_LINE_BYTES, sizeof(*pool));
    if (!pool)
        return NULL;
    pool->idle = NULL;
    pool->n_unlent = 0;
    store_relaxed(&pool->returned, NULL);
    store_relaxed(&pool->refs, 1u);
    return pool;
}

static void destroy_list(libtrace_packet_t *list)
{
    while (list) {
        libtrace_packet_t *packet = list;
        list = packet->next;
        packet_destroy(packet);
    }
}

static void drop(struct packet_pool *pool, unsigned n)
{
    if (fetch_sub_acq_rel(&pool->refs, n) != n)
        return;
    destroy_list(pool->idle);
    destroy_list(load_acquire(&pool->returned));
    mem_free(pool);
}

void packet_pool_release(struct packet_pool **pool)
{
    struct packet_pool *mine = *pool;
    *pool = NULL;
    if (mine)
        drop(mine, 1 + mine->n_unlent);
}

libtrace_packet_t *packet_pool_take(struct packet_pool *pool)
{
    if (!pool->idle && load_relaxed(&pool->returned))
        pool->idle = exchange(&pool->returned, NULL);
    libtrace_packet_t *packet = pool->idle;
    if (!packet)
        return packet_create();
    pool->idle = packet->next;
    packet->next = NULL;
    return packet;
}

void packet_pool_put(struct packet_pool *pool, libtrace_packet_t *packet)
{
    struct packet_pool *home = packet->home; /* holds the reference of a packet that was lent */
    packet->home = NULL;
    packet_clear(packet);
    packet->next = pool->idle;
    pool->idle = packet;
    if (home)
        drop(home, 1);
}

void packet_pool_lend(struct packet_pool *pool, libtrace_packet_t *packet)
{
    if (pool->n_unlent == 0) {
        fetch_add_relaxed(&pool->refs, LENT_AT_ONCE);
        pool->n_unlent = LENT_AT_ONCE;
    }
    pool->n_unlent--;
    packet->home = pool;
    /* pairs with the exchange in packet_free(): whoever comes second sees all of it */
    if (__atomic_exchange_n(&packet->custody, PACKET_OWNED, __ATOMIC_ACQ_REL) == PACKET_FREED_EARLY)
        packet_pool_put(pool, packet);
}

/* Clears the packet and pushes it on its pool's stack. */
static void send_home(libtrace_packet_t *packet)
{
    struct packet_pool *home = packet->home;
    packet->home = NULL;
    packet_clear(packet);
    libtrace_packet_t *head = load_relaxed(&home->returned);
    do {
        packet->next = head;
    } while (!compare_exchange(&home->returned, &head, packet));
    drop(home, 1);
}

void packet_free(libtrace_packet_t *packet)
{
    packet->is_changed = 1; /* should a callback give it back all the same */
    /* pairs with the exchange in packet_pool_lend() */
    if (__atomic_exchange_n(&packet->custody, PACKET_FREED_EARLY, __ATOMIC_ACQ_REL) ==
        PACKET_IN_HAND)
        return;
    if (packet->home)
        send_home(packet);
    else
        packet_destroy(packet);
}
