/* A limit that the host named ends the sandbox with its name, figure and maximum; one that nobody named, or that is met
 * while the guest does not run, leaves the ordinary answer. */
#include "sealed/limit.h"

#include "cordon/exit_code.h"
#include "sealed/fatal.h"
#include "sealed/heap.h"
#include "support/fake_gate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MIB (1024ul * 1024ul)

static void expect(void (*act)(void), int exit_code, const char *output)
{
    struct fake_gate_ending ending = fake_gate_run_in_child(act);

    assert_string_equal(ending.output, output);
    assert_int_equal(ending.exit_code, exit_code);
}

/* --- refusals --- */

static void refuse_unnamed(void)
{
    sealed_limits_begin();
    sealed_limit_refused(CORDON_LIMIT_FS_BYTES, 300);
}

static void refuse_taken_back(void)
{
    sealed_limit_set(CORDON_LIMIT_FS_BYTES, 200);
    sealed_limit_set(CORDON_LIMIT_FS_BYTES, CORDON_LIMIT_NONE);
    refuse_unnamed();
}

static void refuse_before_guest(void)
{
    sealed_limit_set(CORDON_LIMIT_FS_BYTES, 200);
    sealed_limit_refused(CORDON_LIMIT_FS_BYTES, 300);
}

static void refuse_after_guest(void)
{
    sealed_limit_set(CORDON_LIMIT_FS_BYTES, 200);
    sealed_limits_begin();
    sealed_limits_end();
    sealed_limit_refused(CORDON_LIMIT_FS_BYTES, 300);
}

static void refuse_named(void)
{
    sealed_limit_set(CORDON_LIMIT_FS_BYTES, 200);
    refuse_unnamed();
}

static void only_a_named_limit_ends_the_sandbox(void **state)
{
    (void)state;
    expect(refuse_unnamed, 0, "");
    expect(refuse_taken_back, 0, "");
    expect(refuse_before_guest, 0, "");
    expect(refuse_after_guest, 0, "");
    expect(refuse_named, CORDON_EXIT_LIMIT, "cordon: a limit was reached: fs-bytes, 300 of 200 bytes\n");
}

/* --- how the host is told --- */

static void report(enum cordon_limit limit, uint64_t figure, uint64_t maximum, const char *where)
{
    char text[100];
    int length = snprintf(text, sizeof text, "%s %llu %llu [%s]", sealed_limit_name(limit), (unsigned long long)figure,
                          (unsigned long long)maximum, where);

    fake_gate_write(text, (unsigned long)length);
    sealed_limit_refused(CORDON_LIMIT_FS_BYTES, 1000); /* while reporting nothing trips */
}

static void say_where(char *buffer, size_t size_bytes)
{
    snprintf(buffer, size_bytes, "program.py:7");
}

static void say_leave(int exit_code)
{
    (void)exit_code;
    fake_gate_write("leaving", 7);
}

static void refuse_reported(void)
{
    sealed_limit_set_report(report);
    sealed_limit_set_where(say_where);
    sealed_exit_set_leave(say_leave);
    refuse_named();
}

static void refuse_located(void)
{
    sealed_limit_set_where(say_where);
    refuse_named();
}

static void report_is_the_last_word(void **state)
{
    (void)state;
    expect(refuse_reported, CORDON_EXIT_LIMIT, "fs-bytes 300 200 [program.py:7]");
    expect(refuse_located, CORDON_EXIT_LIMIT,
           "cordon: a limit was reached: fs-bytes, 300 of 200 bytes, at program.py:7\n");
}

/* --- fuel --- */

static void burn(unsigned units)
{
    for (unsigned i = 0; i < units; i++)
        if (--sealed_fuel_left < 0)
            sealed_fuel_exhausted();
}

static void burn_all_but_none(void)
{
    sealed_limit_set(CORDON_LIMIT_FUEL, 1000);
    sealed_limits_begin();
    burn(1000);
    sealed_limits_end();
    burn(1000);
    sealed_limits_begin(); /* each execution has its own */
    burn(1000);
}

static void burn_one_more(void)
{
    burn_all_but_none();
    burn(1);
}

static void fuel_is_there_to_the_last_unit(void **state)
{
    (void)state;
    expect(burn_all_but_none, 0, "");
    expect(burn_one_more, CORDON_EXIT_LIMIT,
           "cordon: a limit was reached: fuel, 1001 of 1000 calls and backward jumps\n");
}

static void fuel_used_is_that_of_the_guest(void **state)
{
    (void)state;
    burn(5);
    sealed_limits_begin();
    assert_int_equal(sealed_fuel_used(), 0);
    burn(7);
    assert_int_equal(sealed_fuel_used(), 7);
    sealed_limits_end();
    burn(11);
    assert_int_equal(sealed_fuel_used(), 7);
    sealed_limits_begin();
    assert_int_equal(sealed_fuel_used(), 0);
    sealed_limits_end();
}

/* --- recursion --- */

static void recurse_named(void)
{
    sealed_limit_set(CORDON_LIMIT_RECURSION, 5000);
    sealed_recursion_exhausted(sealed_recursion_max + 1);
}

static void recurse_unnamed(void)
{
    sealed_recursion_exhausted(77);
}

static void recursion_tells_its_depth(void **state)
{
    (void)state;
    expect(recurse_named, CORDON_EXIT_LIMIT, "cordon: a limit was reached: recursion, 5001 of 5000 frames (or bytes of C stack)\n");
    expect(recurse_unnamed, CORDON_EXIT_LIMIT, "cordon: a limit was reached: recursion, 77 of 77 frames (or bytes of C stack)\n");
}

/* --- memory --- */

static void start_memory(void)
{
    sealed_heap_limit_set(16 * MIB);
    sealed_limit_set(CORDON_LIMIT_MEMORY, 16 * MIB);
    sealed_limits_begin();
}

static void say_if(int is_so, const char *text)
{
    if (is_so)
        fake_gate_write(text, strlen(text));
}

static void ask_for_more_than_there_ever_is(void)
{
    start_memory();
    say_if(sealed_allocate(16 * MIB) == NULL, "one ");
    say_if(sealed_allocate((size_t)-1) == NULL, "two ");
    say_if(sealed_allocate_zeroed(1ul << 40, 1ul << 40) == NULL, "three ");
    say_if(sealed_allocate_aligned(4096, 1ul << 40) == NULL, "four ");
    say_if(sealed_reallocate(sealed_allocate(10), 1ul << 40) == NULL, "five");
}

static void grow(void)
{
    start_memory();
    for (;;)
        sealed_allocate(MIB - 8);
}

static void grow_in_place(void)
{
    void *block = NULL;

    start_memory();
    sealed_allocate(8 * MIB);
    for (size_t size = 2 * MIB; size < 16 * MIB; size += 2 * MIB)
        block = sealed_reallocate(block, size - 8);
}

static void grow_while_the_guest_rests(void)
{
    start_memory();
    sealed_limits_end();
    for (int count = 0; count < 32; count++)
        if (!sealed_allocate(MIB - 8)) {
            fake_gate_write("null", 4);
            return;
        }
}

static void memory_in_use_is_a_limit_and_a_hopeless_request_an_error(void **state)
{
    (void)state;
    expect(ask_for_more_than_there_ever_is, 0, "one two three four five");
    expect(grow, CORDON_EXIT_LIMIT, "cordon: a limit was reached: memory, 16777216 of 16777216 bytes\n");
    expect(grow_in_place, CORDON_EXIT_LIMIT, "cordon: a limit was reached: memory, 23068688 of 16777216 bytes\n");
    expect(grow_while_the_guest_rests, 0, "null");
}

static void peak_can_be_restarted(void **state)
{
    struct sealed_heap_figures figures;
    void *small, *large;

    (void)state;
    small = sealed_allocate(1000);
    large = sealed_allocate(2 * MIB);
    sealed_release(large);
    sealed_heap_figures(&figures);
    assert_true(figures.peak_bytes > 2 * MIB);

    sealed_heap_peak_restart();
    sealed_heap_figures(&figures);
    assert_int_equal(figures.peak_bytes, figures.current_bytes);
    sealed_release(small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_named_limit_ends_the_sandbox),
        cmocka_unit_test(report_is_the_last_word),
        cmocka_unit_test(fuel_is_there_to_the_last_unit),
        cmocka_unit_test(fuel_used_is_that_of_the_guest),
        cmocka_unit_test(recursion_tells_its_depth),
        cmocka_unit_test(memory_in_use_is_a_limit_and_a_hopeless_request_an_error),
        cmocka_unit_test(peak_can_be_restarted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
