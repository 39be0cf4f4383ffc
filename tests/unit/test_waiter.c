/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/parallel/waiter.h"

#include <dirent.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lib/base/threads.h"
#include "lib/base/time.h"
#include "tests/support/test.h"

static int count_fds(void)
{
    int n = 0;
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    while (readdir(folder))
        n++;
    closedir(folder);
    return n;
}

static void test_post_before_sleep(void **state)
{
    (void)state;
    struct waiter waiter;
    waiter_init(&waiter);
    const uint32_t value = waiter_prepare(&waiter, WAITER_IN_FUTEX);
    waiter_post(&waiter);
    waiter_sleep(&waiter, value, -1);
    assert_int_equal(load_relaxed(&waiter.sleep), WAITER_AWAKE);
    assert_int_not_equal(load_relaxed(&waiter.event), value);
    waiter_destroy(&waiter);
}

static void test_nudge_is_for_sleepers(void **state)
{
    (void)state;
    struct waiter waiter;
    waiter_init(&waiter);
    const uint32_t before = load_relaxed(&waiter.event);
    waiter_nudge(&waiter);
    assert_int_equal(load_relaxed(&waiter.event), before);
    waiter_post(&waiter);
    assert_int_not_equal(load_relaxed(&waiter.event), before);

    const uint32_t value = waiter_prepare(&waiter, WAITER_IN_FUTEX);
    waiter_nudge(&waiter);
    assert_int_not_equal(load_relaxed(&waiter.event), value);
    waiter_sleep(&waiter, value, -1);
    waiter_prepare(&waiter, WAITER_IN_FUTEX);
    waiter_cancel(&waiter);
    assert_int_equal(load_relaxed(&waiter.sleep), WAITER_AWAKE);
    waiter_destroy(&waiter);
}

static void test_timeouts(void **state)
{
    (void)state;
    struct waiter waiter;
    waiter_init(&waiter);
    assert_int_equal(waiter_open_fd(&waiter), 0);
    const int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

    int64_t start_ns = time_monotonic_ns();
    waiter_sleep(&waiter, waiter_prepare(&waiter, WAITER_IN_FUTEX), 5 * NS_PER_MS);
    assert_true(time_monotonic_ns() - start_ns >= 5 * NS_PER_MS);

    start_ns = time_monotonic_ns();
    const uint32_t value = waiter_prepare(&waiter, WAITER_IN_POLL);
    assert_int_equal(waiter_poll(&waiter, value, fd, 5 * NS_PER_MS - 1), 0);
    assert_true(time_monotonic_ns() - start_ns >= 5 * NS_PER_MS - 1);
    assert_int_equal(load_relaxed(&waiter.sleep), WAITER_AWAKE);
    close(fd);
    waiter_destroy(&waiter);
}

static void test_poll(void **state)
{
    (void)state;
    const int n_fds = count_fds();
    struct waiter waiter;
    waiter_init(&waiter);
    assert_int_equal(waiter_open_fd(&waiter), 0);
    assert_int_equal(waiter_open_fd(&waiter), 0);
    assert_int_equal(count_fds(), n_fds + 1);
    const int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

    /* woken, with nothing to read: before and while the eventfd is looked at */
    uint32_t value = waiter_prepare(&waiter, WAITER_IN_POLL);
    waiter_post(&waiter);
    assert_int_equal(waiter_poll(&waiter, value, fd, -1), 0);

    /* that wake-up is not owed any more, or ends one poll too early, but not more than one */
    value = waiter_prepare(&waiter, WAITER_IN_POLL);
    assert_int_equal(waiter_poll(&waiter, value, fd, 0), 0);
    const int64_t start_ns = time_monotonic_ns();
    value = waiter_prepare(&waiter, WAITER_IN_POLL);
    assert_int_equal(waiter_poll(&waiter, value, fd, 5 * NS_PER_MS), 0);
    assert_true(time_monotonic_ns() - start_ns >= 5 * NS_PER_MS);

    const uint64_t one = 1;
    assert_int_equal(write(fd, &one, sizeof(one)), sizeof(one));
    value = waiter_prepare(&waiter, WAITER_IN_POLL);
    assert_int_equal(waiter_poll(&waiter, value, fd, -1), 1);
    close(fd);
    waiter_destroy(&waiter);
    assert_int_equal(count_fds(), n_fds);
}

static void test_hang_up_is_input(void **state)
{
    (void)state;
    int fds[2];
    struct waiter waiter;
    waiter_init(&waiter);
    assert_int_equal(waiter_open_fd(&waiter), 0);
    assert_int_equal(pipe(fds), 0);
    close(fds[1]);
    const uint32_t value = waiter_prepare(&waiter, WAITER_IN_POLL);
    assert_int_equal(waiter_poll(&waiter, value, fds[0], -1), 1);
    close(fds[0]);
    waiter_destroy(&waiter);
}

static void test_one_waker_is_enough(void **state)
{
    (void)state;
    struct waiter waiter;
    waiter_init(&waiter);
    waiter_begin(&waiter);
    waiter_set_cpus(1);
    const uint32_t value = waiter_prepare(&waiter, WAITER_DOZING);
    assert_true(waiter_is_asleep(&waiter));
    waiter_nudge(&waiter);
    assert_false(waiter_is_asleep(&waiter)); /* though it has not run yet */
    waiter_nudge(&waiter);
    assert_int_equal(load_relaxed(&waiter.event), value + 1);
    waiter_post(&waiter);
    waiter_sleep(&waiter, value, -1);
    assert_int_equal(load_relaxed(&waiter.sleep), WAITER_AWAKE);
    assert_true(waiter_may_spin()); /* it is counted once */
    assert_false(waiter_has_free_cpu());

    waiter_prepare(&waiter, WAITER_IN_FUTEX);
    waiter_nudge(&waiter);
    waiter_cancel(&waiter);
    assert_true(waiter_may_spin());
    assert_false(waiter_has_free_cpu());
    waiter_end(&waiter);
    assert_true(waiter_has_free_cpu());
    waiter_destroy(&waiter);
}

static void test_who_wants_slots(void **state)
{
    (void)state;
    static const struct {
        enum waiter_sleep how;
        bool wants_slots;
    } cases[] = {{WAITER_ASIDE, false},
                 {WAITER_DOZING, true},
                 {WAITER_IN_FUTEX, true},
                 {WAITER_IN_POLL, true}};
    struct waiter waiter;
    waiter_init(&waiter);
    assert_false(waiter_wants_slots(&waiter));
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        waiter_prepare(&waiter, cases[i].how);
        assert_true(waiter_is_asleep(&waiter));
        assert_int_equal(waiter_wants_slots(&waiter), cases[i].wants_slots);
        waiter_cancel(&waiter);
    }
    waiter_destroy(&waiter);
}

static void test_busy_threads(void **state)
{
    (void)state;
    struct waiter first, second;
    waiter_init(&first);
    waiter_init(&second);
    waiter_set_cpus(1);
    waiter_begin(&first);
    assert_true(waiter_may_spin());
    waiter_begin(&second);
    assert_false(waiter_may_spin());
    waiter_set_cpus(2);
    assert_true(waiter_may_spin());
    waiter_set_cpus(1);
    waiter_sleep(&second, waiter_prepare(&second, WAITER_IN_FUTEX), 0);
    assert_false(waiter_may_spin());
    waiter_end(&second);
    waiter_end(&second);
    assert_true(waiter_may_spin());
    waiter_end(&first);
    waiter_destroy(&first);
    waiter_destroy(&second);
}

/*
 * No wake-up is lost: wakers make work, one piece at a time, and each waits until the owner has
 * taken it before it makes the next. A lost wake-up leaves everybody asleep for ever.
 */

enum { N_WAKERS = 3 };

enum wake_up { BY_POST, BY_NUDGE };

struct desk {
    struct waiter waiter;
    enum waiter_sleep how;
    enum wake_up by;
    int n_rounds;
    int fd; /* that never has input */
    CACHE_ALIGNED _Atomic uint64_t n_made[N_WAKERS], n_taken[N_WAKERS];
    atomic_int n_left;
};

struct waker {
    struct desk *desk;
    int index;
};

static void *make_work(void *argument)
{
    const struct waker *waker = argument;
    struct desk *desk = waker->desk;
    for (int i = 0; i < desk->n_rounds; i++) {
        const uint64_t before = load_relaxed(&desk->n_made[waker->index]);
        store_release(&desk->n_made[waker->index], before + 1);
        if (desk->by == BY_NUDGE) {
            fence_seq_cst();
            waiter_nudge(&desk->waiter);
        } else {
            waiter_post(&desk->waiter);
        }
        while (load_acquire(&desk->n_taken[waker->index]) != before + 1)
            sched_yield();
    }
    fetch_sub_release(&desk->n_left, 1);
    waiter_post(&desk->waiter);
    return NULL;
}

static bool has_work(const struct desk *desk)
{
    for (int i = 0; i < N_WAKERS; i++) {
        if (load_acquire(&desk->n_made[i]) != load_relaxed(&desk->n_taken[i]))
            return true;
    }
    return load_acquire(&desk->n_left) == 0;
}

static void sleep_at(struct desk *desk)
{
    const uint32_t value = waiter_prepare(&desk->waiter, desk->how);
    if (has_work(desk))
        waiter_cancel(&desk->waiter);
    else if (desk->how == WAITER_IN_FUTEX)
        waiter_sleep(&desk->waiter, value, -1);
    else
        assert_int_equal(waiter_poll(&desk->waiter, value, desk->fd, -1), 0);
}

static void run_desk(enum waiter_sleep how, enum wake_up by)
{
    struct desk *desk = aligned_alloc(CACHE_LINE_BYTES, sizeof(*desk));
    assert_non_null(desk);
    *desk = (struct desk){.how = how, .by = by, .n_rounds = 5000, .fd = eventfd(0, EFD_CLOEXEC)};
    waiter_init(&desk->waiter);
    assert_int_equal(waiter_open_fd(&desk->waiter), 0);
    store_relaxed(&desk->n_left, N_WAKERS);
    struct waker wakers[N_WAKERS];
    pthread_t threads[N_WAKERS];
    for (int i = 0; i < N_WAKERS; i++) {
        wakers[i] = (struct waker){desk, i};
        assert_int_equal(thread_start(&threads[i], "waker", make_work, &wakers[i]), 0);
    }
    while (load_acquire(&desk->n_left) > 0) {
        sleep_at(desk);
        for (int i = 0; i < N_WAKERS; i++) {
            const uint64_t n_made = load_acquire(&desk->n_made[i]);
            store_release(&desk->n_taken[i], n_made);
        }
    }
    for (int i = 0; i < N_WAKERS; i++) {
        thread_join(threads[i]);
        assert_int_equal(load_relaxed(&desk->n_taken[i]), desk->n_rounds);
    }
    close(desk->fd);
    waiter_destroy(&desk->waiter);
    free(desk);
}

static void test_no_post_is_lost_in_futex(void **state)
{
    (void)state;
    run_desk(WAITER_IN_FUTEX, BY_POST);
}

static void test_no_nudge_is_lost_in_futex(void **state)
{
    (void)state;
    run_desk(WAITER_IN_FUTEX, BY_NUDGE);
}

static void test_no_post_is_lost_in_poll(void **state)
{
    (void)state;
    run_desk(WAITER_IN_POLL, BY_POST);
}

static void test_no_nudge_is_lost_in_poll(void **state)
{
    (void)state;
    run_desk(WAITER_IN_POLL, BY_NUDGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_post_before_sleep),
        cmocka_unit_test(test_nudge_is_for_sleepers),
        cmocka_unit_test(test_timeouts),
        cmocka_unit_test(test_poll),
        cmocka_unit_test(test_hang_up_is_input),
        cmocka_unit_test(test_one_waker_is_enough),
        cmocka_unit_test(test_who_wants_slots),
        cmocka_unit_test(test_busy_threads),
        cmocka_unit_test(test_no_post_is_lost_in_futex),
        cmocka_unit_test(test_no_nudge_is_lost_in_futex),
        cmocka_unit_test(test_no_post_is_lost_in_poll),
        cmocka_unit_test(test_no_nudge_is_lost_in_poll),
    };
    alarm(120); /* a lost wake-up is a failure */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
