/* Clocks and random bytes that come from the host, asked of a broker that a test plays. */
#include "cordon/broker_message.h"
#include "sealed/broker.h"
#include "sealed/clock.h"
#include "sealed/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static int64_t host_wall_ns, host_monotonic_ns;
static unsigned questions;
static unsigned char next_random;

static bool asks(const unsigned char *request, size_t size, const char *name)
{
    return size > 4 + strlen(name) - 1 && memcmp(request + 4, name, strlen(name)) == 0;
}

static int64_t play(void *request, size_t size, void *reply, size_t room)
{
    cordon_broker_writer writer;
    questions++;
    cordon_broker_start(&writer, reply, room);
    cordon_broker_put_integer(&writer, 0);
    if (asks(request, size, "clock.read")) {
        cordon_broker_put_integer(&writer, host_wall_ns);
        cordon_broker_put_integer(&writer, host_monotonic_ns);
    } else {
        assert_true(asks(request, size, "random.bytes"));
        unsigned char *bytes = cordon_broker_reserve(&writer, 1024);
        for (int i = 0; i < 1024; i++)
            bytes[i] = next_random++;
    }
    assert_true(cordon_broker_finish(&writer));
    return (int64_t)writer.size;
}

static int begin(void **state)
{
    (void)state;
    sealed_clock_restart();
    sealed_clock_set_mode(SEALED_CLOCK_STEPPING, 0);
    sealed_random_set_source(SEALED_RANDOM_OF_SEED);
    sealed_broker_set(play);
    questions = 0;
    return 0;
}

static void real_clock_shows_the_hosts_time(void **state)
{
    (void)state;
    uint64_t before = sealed_clock_peek_ns();
    host_wall_ns = 5000000000;
    host_monotonic_ns = 700;
    sealed_clock_set_mode(SEALED_CLOCK_REAL, 0);

    assert_int_equal(sealed_clock_now_ns(), 5000000000);
    assert_int_equal(sealed_clock_monotonic_ns(), before);
    host_wall_ns -= 1000000000; /* somebody set the host's clock back */
    host_monotonic_ns += 30;
    assert_int_equal(sealed_clock_now_ns(), 4000000000);
    assert_int_equal(sealed_clock_monotonic_ns(), before + 30);
    assert_int_equal(questions, 4);
}

static void real_clock_never_goes_back_for_deadlines(void **state)
{
    (void)state;
    host_wall_ns = 5000;
    host_monotonic_ns = 1000;
    sealed_clock_set_mode(SEALED_CLOCK_REAL, 0);
    uint64_t start = sealed_clock_monotonic_ns();

    sealed_clock_wait_until_ns(start + 500);
    host_monotonic_ns += 400;
    assert_int_equal(sealed_clock_monotonic_ns(), start + 500);
    host_monotonic_ns += 400;
    assert_int_equal(sealed_clock_monotonic_ns(), start + 800);
}

static void real_clock_is_not_asked_for_file_times_nor_moved_by_work(void **state)
{
    (void)state;
    host_wall_ns = 9000;
    sealed_clock_set_mode(SEALED_CLOCK_REAL, 0);
    assert_int_equal(sealed_clock_now_ns(), 9000);

    sealed_clock_run_ns(1000000);
    host_wall_ns = 10000;
    assert_int_equal(sealed_clock_coarse_ns(), 9000);
    assert_int_equal(questions, 1);
    assert_int_equal(sealed_clock_now_ns(), 10000);
}

static void stepping_clock_asks_nobody(void **state)
{
    (void)state;
    uint64_t first = sealed_clock_now_ns();
    assert_int_equal(sealed_clock_now_ns(), first + SEALED_CLOCK_STEP_NS);
    sealed_clock_set_mode(SEALED_CLOCK_STEPPING, 77);
    assert_int_equal(sealed_clock_now_ns(), first + SEALED_CLOCK_STEP_NS + 77);
    assert_int_equal(questions, 0);
}

static void fixed_clock_stands_while_deadlines_pass(void **state)
{
    (void)state;
    sealed_clock_set_mode(SEALED_CLOCK_FIXED, 0);
    sealed_clock_set_wall_ns(123456789);
    uint64_t monotonic = sealed_clock_monotonic_ns();

    assert_int_equal(sealed_clock_now_ns(), 123456789);
    sealed_clock_wait_until_ns(monotonic + 1000000);
    assert_int_equal(sealed_clock_now_ns(), 123456789);
    assert_true(sealed_clock_monotonic_ns() > monotonic + 1000000);
    assert_int_equal(questions, 0);
}

static void random_bytes_of_the_host_come_in_blocks_and_once(void **state)
{
    (void)state;
    unsigned char bytes[1500];
    next_random = 0;
    sealed_random_set_source(SEALED_RANDOM_OF_HOST);

    sealed_random_bytes(bytes, 10);
    sealed_random_bytes(bytes + 10, sizeof bytes - 10);
    for (size_t i = 0; i < sizeof bytes; i++)
        assert_int_equal(bytes[i], (unsigned char)i);
    assert_int_equal(questions, 2);
}

static void random_bytes_of_the_seed_ask_nobody(void **state)
{
    (void)state;
    unsigned char first[32], second[32], seed[SEALED_RANDOM_SEED_BYTES] = {1};
    sealed_random_seed(seed);
    sealed_random_bytes(first, sizeof first);
    sealed_random_seed(seed);
    sealed_random_set_source(SEALED_RANDOM_OF_HOST);
    sealed_broker_set(NULL); /* nobody can be asked: before a program runs */
    sealed_random_bytes(second, sizeof second);
    assert_memory_equal(first, second, sizeof first);
    assert_int_equal(questions, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(real_clock_shows_the_hosts_time, begin),
        cmocka_unit_test_setup(real_clock_never_goes_back_for_deadlines, begin),
        cmocka_unit_test_setup(real_clock_is_not_asked_for_file_times_nor_moved_by_work, begin),
        cmocka_unit_test_setup(stepping_clock_asks_nobody, begin),
        cmocka_unit_test_setup(fixed_clock_stands_while_deadlines_pass, begin),
        cmocka_unit_test_setup(random_bytes_of_the_host_come_in_blocks_and_once, begin),
        cmocka_unit_test_setup(random_bytes_of_the_seed_ask_nobody, begin),
    };
    return cmocka_run_group_tests_name("grants", tests, NULL, NULL);
}
