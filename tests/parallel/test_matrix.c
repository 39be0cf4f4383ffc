/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The engine in many combinations of settings, chosen so that every two settings meet.
 *
 * WEIR_TEST_SEED repeats a run, WEIR_SCENARIO=n plays only its n-th scenario, as often as
 * WEIR_ROUNDS says, and WEIR_SCENARIOS tells how many there are.
 */
#include "lib/base/time.h"
#include "tests/parallel/play.h"

#define N_SCENARIOS  (HAS_SANITIZER ? 500u : 2500u)
#define MOST_SECONDS (HAS_SANITIZER ? 40 : 25)

static size_t number_from(const char *variable, size_t otherwise)
{
    const char *text = getenv(variable);
    return text ? strtoul(text, NULL, 10) : otherwise;
}

static uint64_t seed;
static struct scenario *scenarios;
static size_t n_scenarios;
static size_t playing; /* what a failure is about */

static void play(const struct scenario *scenario)
{
    char text[256];
    scenario_print(scenario, text, sizeof(text));
    watchdog_describe("WEIR_TEST_SEED=%llu WEIR_SCENARIO=%zu: %s", (unsigned long long)seed,
                      playing, text);
    watchdog_pat();
    struct play *play = play_create(scenario);
    play_run(play);
    play_destroy(play);
}

static void play_all(void)
{
    const int64_t until_ns = time_monotonic_ns() + MOST_SECONDS * NS_PER_S;
    for (playing = 0; playing < n_scenarios && time_monotonic_ns() < until_ns; playing++)
        play(&scenarios[playing]);
    printf("%zu of %zu scenarios played\n", playing, n_scenarios);
}

static void play_often(size_t index, size_t n_rounds)
{
    playing = index;
    for (size_t i = 0; i < n_rounds; i++)
        play(&scenarios[index]);
}

static void test_matrix(void **state)
{
    (void)state;
    const size_t only = number_from("WEIR_SCENARIO", SIZE_MAX);
    n_scenarios = number_from("WEIR_SCENARIOS", N_SCENARIOS);
    seed = test_seed();
    scenarios = calloc(n_scenarios, sizeof(*scenarios));
    assert_non_null(scenarios);
    assert_int_equal(scenario_choose(seed, scenarios, n_scenarios), 0);
    if (only < n_scenarios)
        play_often(only, number_from("WEIR_ROUNDS", 1));
    else
        play_all();
}

static int tell_scenario(void **state)
{
    char text[256];
    if (playing < n_scenarios) {
        scenario_print(&scenarios[playing], text, sizeof(text));
        printf("played: WEIR_TEST_SEED=%llu WEIR_SCENARIO=%zu: %s\n", (unsigned long long)seed,
               playing, text);
    }
    free(scenarios);
    scenarios = NULL;
    return watchdog_teardown(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_matrix, watchdog_setup, tell_scenario),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
