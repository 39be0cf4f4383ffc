/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule 14 of the engine: the holder of the token marks for those who sleep.
 */
#include "tests/parallel/stage.h"

static struct {
    _Atomic int marker_of[1000]; /* worker that marked a block, + 1 */
    _Atomic uint64_t held;       /* the block whose marking waited for a sleeper; 0: none yet */
} now;

/*
 * The holder of the token waits in mark until the owner of the next block, loaded, is asleep. It waits in a block of
 * its own: were it marking for a sleeper already, nobody would be left to claim the next one.
 */
static void mark_when_next_sleeps(void *argument, uint64_t number)
{
    (void)argument;
    const struct parallel *parallel = parallel_started(scene.stage->trace);
    const struct ring *ring = &parallel->ring;
    uint32_t marker = (uint32_t)id_of(thread_current());
    if (number < 1000)
        store_relaxed(&now.marker_of[number], (int)marker + 1);
    if (number < 2 || load_relaxed(&now.held) ||
        load_acquire(&ring_slot(ring, number)->owner) != marker)
        return;
    store_relaxed(&now.held, number);
    const struct slot *next = ring_slot(ring, number + 1);
    AWAIT(load_acquire(&next->stage) == slot_stage(number + 1, SLOT_LOADED));
    AWAIT(thread_sleeps(&parallel->workers[load_acquire(&next->owner)]));
}

static void help_a_sleeper(int hasher)
{
    struct stage *stage = stage_create_for(count_packet_once, 10);
    stage->mock->is_positional = true;
    stage->mock->on_mark = mark_when_next_sleeps;
    mock_add_records(stage->mock, 1000);
    stage_run(stage, hasher, "perpkt_threads=2");
    uint64_t held = load_relaxed(&now.held);
    assert_in_range(held, 2, 99);
    assert_int_equal(load_relaxed(&now.marker_of[held + 1]), load_relaxed(&now.marker_of[held]));
    expect_delivered(0, 1000, true);
    stage_end(stage);
}

static void rule_14_token_holder_marks_for_sleepers(void **state)
{
    (void)state;
    help_a_sleeper(HASHER_BALANCE);
    help_a_sleeper(HASHER_BIDIRECTIONAL);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        PARALLEL_TEST(rule_14_token_holder_marks_for_sleepers),
    };
    scene_include(&now, sizeof(now));
    choose_tests(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
