/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/parallel/mailbox.h"

#include <sched.h>
#include <unistd.h>

#include "lib/base/threads.h"
#include "tests/support/test.h"

static libtrace_message_t message_of(int code, uint64_t n)
{
    return (libtrace_message_t){.code = code, .data = {.uint64 = n}};
}

static int send_to(struct mailbox *mailbox, int code, uint64_t n)
{
    const libtrace_message_t message = message_of(code, n);
    return mailbox_send(mailbox, &message);
}

static void test_first_in_first_out(void **state)
{
    (void)state;
    struct mailbox mailbox;
    libtrace_message_t message;
    mailbox_init(&mailbox);
    assert_int_equal(mailbox_count(&mailbox), 0);
    assert_false(mailbox_take(&mailbox, &message));
    for (int i = 0; i < 100; i++) {
        assert_int_equal(send_to(&mailbox, 1000 + i, (uint64_t)i), i + 1);
        assert_int_equal(mailbox_count(&mailbox), i + 1);
    }
    for (int i = 0; i < 100; i++) {
        assert_true(mailbox_take(&mailbox, &message));
        assert_int_equal(message.code, 1000 + i);
        assert_int_equal(message.data.uint64, i);
        assert_int_equal(mailbox_count(&mailbox), 99 - i);
    }
    assert_false(mailbox_take(&mailbox, &message));
    mailbox_destroy(&mailbox);
}

static void test_closed(void **state)
{
    (void)state;
    struct mailbox mailbox;
    libtrace_message_t message;
    mailbox_init(&mailbox);
    assert_int_equal(send_to(&mailbox, 1000, 1), 1);
    mailbox_close(&mailbox);
    assert_int_equal(send_to(&mailbox, 1000, 2), -1);
    assert_int_equal(mailbox_count(&mailbox), 1);
    assert_true(mailbox_take(&mailbox, &message));
    assert_int_equal(message.data.uint64, 1);
    assert_false(mailbox_take(&mailbox, &message));
    assert_int_equal(mailbox_count(&mailbox), 0);
    mailbox_destroy(&mailbox);
}

static void test_what_is_left_is_dropped(void **state)
{
    (void)state;
    struct mailbox mailbox;
    mailbox_init(&mailbox);
    for (int i = 0; i < 10; i++)
        send_to(&mailbox, 1000, 0);
    mailbox_destroy(&mailbox);
}

/* Many senders: each one's messages keep their order, and a send that is not refused says how many
 * wait. */

enum { N_SENDERS = 4, N_EACH = 20000 };

struct post_office {
    struct mailbox mailbox;
    atomic_int n_sending;
    atomic_int n_wrong;
    _Atomic uint64_t n_accepted;
    bool runs_until_closed;
    bool waits_until_empty; /* before the next message: the taker is as close behind as can be */
};

struct sender {
    struct post_office *office;
    int code;
};

static void *send_many(void *argument)
{
    const struct sender *sender = argument;
    struct post_office *office = sender->office;
    uint64_t i = 0;
    int n = 0;
    while (office->runs_until_closed ? n >= 0 : i < N_EACH && load_relaxed(&office->n_wrong) == 0) {
        n = send_to(&office->mailbox, sender->code, i);
        if (n > 0)
            i++;
        else if (n == 0 || !office->runs_until_closed)
            fetch_add_relaxed(&office->n_wrong, 1);
        while (office->waits_until_empty && mailbox_count(&office->mailbox) > 0)
            sched_yield();
    }
    /* once refused, always refused */
    if (office->runs_until_closed && send_to(&office->mailbox, sender->code, i) != -1)
        fetch_add_relaxed(&office->n_wrong, 1);
    fetch_add_relaxed(&office->n_accepted, i);
    fetch_sub_release(&office->n_sending, 1);
    return NULL;
}

static void start_senders(struct post_office *office, struct sender *senders, pthread_t *threads)
{
    mailbox_init(&office->mailbox);
    store_relaxed(&office->n_sending, N_SENDERS);
    for (int i = 0; i < N_SENDERS; i++) {
        senders[i] = (struct sender){office, i};
        assert_int_equal(thread_start(&threads[i], "sender", send_many, &senders[i]), 0);
    }
}

static void join_senders(struct post_office *office, pthread_t *threads)
{
    for (int i = 0; i < N_SENDERS; i++)
        thread_join(threads[i]);
    assert_int_equal(load_relaxed(&office->n_wrong), 0);
}

/* Takes what is there, but no more than `most`; each sender's messages come in order. */
static uint64_t take_messages(struct post_office *office, uint64_t *next, uint64_t most)
{
    uint64_t n = 0;
    libtrace_message_t message;
    while (n < most && mailbox_take(&office->mailbox, &message)) {
        assert_in_range(message.code, 0, N_SENDERS - 1);
        assert_int_equal(message.data.uint64, next[message.code]++);
        n++;
    }
    return n;
}

static void run_many_senders(bool waits_until_empty)
{
    struct post_office office = {.waits_until_empty = waits_until_empty};
    struct sender senders[N_SENDERS];
    pthread_t threads[N_SENDERS];
    uint64_t next[N_SENDERS] = {0};
    uint64_t n_taken = 0;
    start_senders(&office, senders, threads);
    while (load_acquire(&office.n_sending) > 0)
        n_taken += take_messages(&office, next, UINT64_MAX);
    join_senders(&office, threads);
    n_taken += take_messages(&office, next, UINT64_MAX);
    assert_int_equal(n_taken, (uint64_t)N_SENDERS * N_EACH);
    assert_int_equal(mailbox_count(&office.mailbox), 0);
    mailbox_destroy(&office.mailbox);
}

static void test_many_senders(void **state)
{
    (void)state;
    run_many_senders(false);
}

static void test_taker_is_close_behind(void **state)
{
    (void)state;
    run_many_senders(true);
}

static void test_close_is_exact(void **state)
{
    (void)state;
    uint64_t random = test_seed();
    for (int round = 0; round < 200; round++) {
        struct post_office office = {.runs_until_closed = true};
        struct sender senders[N_SENDERS];
        pthread_t threads[N_SENDERS];
        uint64_t next[N_SENDERS] = {0};
        uint64_t n_taken = 0;
        start_senders(&office, senders, threads);
        const uint64_t n_before = test_random(&random) % 500;
        while (n_taken < n_before)
            n_taken += take_messages(&office, next, n_before - n_taken);
        mailbox_close(&office.mailbox);
        /* everything that was accepted is there now, whatever the senders still do */
        n_taken += take_messages(&office, next, UINT64_MAX);
        join_senders(&office, threads);
        assert_int_equal(load_relaxed(&office.n_accepted), n_taken);
        assert_int_equal(mailbox_count(&office.mailbox), 0);
        mailbox_destroy(&office.mailbox);
    }
}

struct taker {
    struct post_office *office;
    uint64_t n_taken, sum;
};

static void *take_many(void *argument)
{
    struct taker *taker = argument;
    libtrace_message_t message;
    for (;;) {
        const bool is_last = load_acquire(&taker->office->n_sending) == 0;
        while (mailbox_take(&taker->office->mailbox, &message)) {
            taker->n_taken++;
            taker->sum += message.data.uint64;
        }
        if (is_last)
            return NULL;
        sched_yield();
    }
}

static void test_several_takers(void **state)
{
    (void)state;
    struct post_office office = {.runs_until_closed = false};
    struct sender senders[N_SENDERS];
    pthread_t threads[N_SENDERS], taking[2];
    struct taker takers[2] = {{.office = &office}, {.office = &office}};
    start_senders(&office, senders, threads);
    for (int i = 0; i < 2; i++)
        assert_int_equal(thread_start(&taking[i], "taker", take_many, &takers[i]), 0);
    join_senders(&office, threads);
    for (int i = 0; i < 2; i++)
        thread_join(taking[i]);
    assert_int_equal(takers[0].n_taken + takers[1].n_taken, (uint64_t)N_SENDERS * N_EACH);
    assert_int_equal(takers[0].sum + takers[1].sum,
                     (uint64_t)N_SENDERS * N_EACH * (N_EACH - 1) / 2);
    mailbox_destroy(&office.mailbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_in_first_out),      cmocka_unit_test(test_closed),
        cmocka_unit_test(test_what_is_left_is_dropped), cmocka_unit_test(test_many_senders),
        cmocka_unit_test(test_taker_is_close_behind),   cmocka_unit_test(test_close_is_exact),
        cmocka_unit_test(test_several_takers),
    };
    alarm(120); /* a deadlock is a failure */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
