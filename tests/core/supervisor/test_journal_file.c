/* Journals without a sandbox: what was sealed is read again as it was, a last entry that was cut off is left out, everything else is refused with its offset; and what a replay finds in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "journal_canonical.h"
#include "journal_replay.h"
#include "value_pack.h"

static const journal_key no_key = {NULL, 0}, key = {(const unsigned char *)"a key of sixteen", 16}, other_key = {(const unsigned char *)"another key, 16.", 16};
static const unsigned char answer[] = {0x92, 0xc3, 0x2a}; /* [true, 42] */

static journal_entry call(uint32_t execution, const char *name, const char *arguments, bool has_answer)
{
    return (journal_entry){.kind = JOURNAL_CALL, .execution = execution, .name = name, .name_size = strlen(name), .arguments = (const unsigned char *)arguments,
                           .arguments_size = strlen(arguments), .has_answer = has_answer, .answer = answer, .answer_size = has_answer ? sizeof answer : 0};
}

static journal_entry answer_to(uint32_t execution, uint32_t number)
{
    return (journal_entry){.kind = JOURNAL_ANSWER, .execution = execution, .call = number, .has_answer = true, .answer = answer, .answer_size = sizeof answer};
}

static bytes make(journal_key sealed_with, const journal_entry *entries, size_t count)
{
    static const unsigned char identity[JOURNAL_IDENTITY_BYTES] = "one of a kind...";
    unsigned char header[JOURNAL_HEADER_BYTES], seal[JOURNAL_SEAL_BYTES];
    bytes made = {0};
    assert_true(journal_header_make(sealed_with, identity, header));
    bytes_add(&made, header, sizeof header);
    memcpy(seal, header + sizeof header - sizeof seal, sizeof seal);
    for (size_t i = 0; i < count; i++)
        journal_entry_add(&made, sealed_with, seal, &entries[i]);
    assert_false(made.failed);
    return made;
}

static bytes copy_of(const bytes *from, size_t size)
{
    bytes copy = {0};
    bytes_add(&copy, from->data, size);
    return copy;
}

/* Three entries: a call with its answer, one without, and the answer to that. */
static bytes three(journal_key sealed_with)
{
    const journal_entry entries[] = {call(1, "first", "AB", true), call(1, "second", "", false), answer_to(1, 1)};
    return make(sealed_with, entries, 3);
}

static void refused(bytes data, journal_key opened_with, const char *said)
{
    cordon_error error = {0};
    journal_contents contents;
    assert_int_equal(journal_contents_read(&contents, opened_with, &data, "j", &error), CORDON_JOURNAL_REFUSED);
    if (strstr(error.message, said) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error.message, said);
    assert_null(contents.data.data);
    assert_null(data.data);
}

static journal_contents opened(bytes data, journal_key opened_with)
{
    cordon_error error;
    journal_contents contents;
    if (journal_contents_read(&contents, opened_with, &data, "j", &error) != CORDON_OK)
        fail_msg("%s", error.message);
    return contents;
}

/* ---- The file ---- */

static void contents_are_read_as_they_were_sealed(void **state)
{
    (void)state;
    const journal_key keys[] = {no_key, key};
    for (size_t i = 0; i < 2; i++) {
        bytes data = three(keys[i]);
        size_t size = data.size;
        journal_contents contents = opened(data, keys[i]);
        const journal_entry *first = &contents.records[0].entry;

        assert_int_equal(contents.count, 3);
        assert_int_equal(contents.whole_bytes, size);
        assert_int_equal(contents.cut_bytes, 0);
        assert_memory_equal(first->name, "first", first->name_size);
        assert_memory_equal(first->arguments, "AB", first->arguments_size);
        assert_memory_equal(first->answer, answer, sizeof answer);
        assert_int_equal(contents.records[0].answered_by, 0);
        assert_int_equal(contents.records[1].answered_by, 2);
        journal_contents_release(&contents);
    }
}

/* Every length that a writer which died can have left: the entries before stand. */
static void contents_leave_out_an_entry_that_is_cut_off(void **state)
{
    (void)state;
    bytes data = three(key);
    size_t ends[4] = {JOURNAL_HEADER_BYTES}, count = 0;
    for (size_t i = 1; i < 4; i++)
        ends[i] = ends[i - 1] + JOURNAL_FRONT_BYTES + frame_get_u32(data.data + ends[i - 1]) + JOURNAL_SEAL_BYTES;
    assert_int_equal(ends[3], data.size);
    for (size_t size = JOURNAL_HEADER_BYTES; size <= data.size; size++) {
        count += count < 3 && size == ends[count + 1];
        journal_contents contents = opened(copy_of(&data, size), key);
        assert_int_equal(contents.count, count);
        assert_int_equal(contents.whole_bytes, ends[count]);
        assert_int_equal(contents.cut_bytes, size - ends[count]);
        journal_contents_release(&contents);
    }
    bytes zeros = copy_of(&data, data.size); /* room that a machine's end left without its bytes */
    static const unsigned char room[100] = {0};
    bytes_add(&zeros, room, sizeof room);
    journal_contents contents = opened(zeros, key);
    assert_int_equal(contents.count, 3);
    assert_int_equal(contents.cut_bytes, sizeof room);
    journal_contents_release(&contents);
    bytes_release(&data);
}

/* Each byte of it, each of its bits in turn: none can be changed unseen, not even in a length, which would look like a cut. */
static void contents_refuse_every_changed_byte(void **state)
{
    (void)state;
    const journal_key keys[] = {no_key, key};
    for (size_t k = 0; k < 2; k++) {
        bytes data = three(keys[k]);
        for (size_t i = 0; i < data.size; i++) {
            bytes changed = copy_of(&data, data.size);
            changed.data[i] ^= (unsigned char)(1u << (i % 8));
            refused(changed, keys[k], "is refused at offset ");
        }
        bytes_release(&data);
    }
}

static void contents_refuse_other_keys(void **state)
{
    (void)state;
    refused(three(key), other_key, "the key is another");
    refused(three(key), no_key, "sealed with a key, and none was given");
    refused(three(no_key), key, "has no seal, and a key was given");
}

static void contents_refuse_what_is_no_journal(void **state)
{
    (void)state;
    bytes data = three(no_key), newer = copy_of(&data, data.size), empty = {0};
    refused(empty, no_key, "it is no journal");
    refused(copy_of(&data, JOURNAL_HEADER_BYTES - 1), no_key, "header is cut off");
    newer.data[8] = 2;
    refused(newer, no_key, "a newer version");
    bytes_release(&data);
}

/* An entry with a seal of its own, but from another place or another journal. */
static void contents_refuse_entries_that_were_moved(void **state)
{
    (void)state;
    const journal_entry same[] = {call(1, "same", "", true), call(1, "same", "", true), call(1, "same", "", true)};
    bytes data = make(key, same, 3), moved = copy_of(&data, JOURNAL_HEADER_BYTES), missing = copy_of(&data, JOURNAL_HEADER_BYTES);
    size_t size = (data.size - JOURNAL_HEADER_BYTES) / 3;
    const unsigned char *first = data.data + JOURNAL_HEADER_BYTES;
    bytes_add(&moved, first + size, size);
    bytes_add(&moved, first, size);
    refused(moved, key, "is refused at offset 64: its length is not as it was sealed");
    bytes_add(&missing, first, size);
    bytes_add(&missing, first + 2 * size, size);
    char said[64];
    snprintf(said, sizeof said, "is refused at offset %zu", JOURNAL_HEADER_BYTES + size);
    refused(missing, key, said);
    bytes_release(&data);
}

/* Sealed as they should be, by somebody who has the key or needs none, and still not believed. */
static void contents_refuse_entries_that_make_no_sense(void **state)
{
    (void)state;
    static const unsigned char no_answer[] = {0x92, 0xc3}, numbers[] = {7, 0, 0, 0}, first[] = {0, 0, 0, 0};
    const struct {
        journal_entry entries[3];
        size_t count;
        const char *said;
    } cases[] = {
        {{call(0, "f", "", true)}, 1, "no execution"},
        {{answer_to(1, 0)}, 1, "answers what was not called"},
        {{call(1, "f", "", true), answer_to(1, 0)}, 2, "or was answered before"},
        {{call(1, "f", "", false), answer_to(2, 0)}, 2, "answers what was not called"},
        {{call(1, "\xff", "", true)}, 1, "other than UTF-8"},
        {{{.kind = JOURNAL_CALL, .execution = 1, .name = "f", .name_size = 1, .has_answer = true, .answer = no_answer, .answer_size = sizeof no_answer}}, 1, "an answer that is none"},
        {{{.kind = (journal_kind)9, .execution = 1}}, 1, "its kind is unknown"},
        {{{.kind = JOURNAL_DROPPED, .execution = 1, .dropped = numbers, .dropped_count = 1}}, 1, "drops what is not there"},
        {{call(1, "f", "", true), {.kind = JOURNAL_DROPPED, .execution = 1, .dropped = first, .dropped_count = 1}, {.kind = JOURNAL_DROPPED, .execution = 1, .dropped = first, .dropped_count = 1}}, 3,
         "or was dropped before"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refused(make(key, cases[i].entries, cases[i].count), key, cases[i].said);
}

/* ---- The one form of arguments ---- */

static bytes canonical(cordon_value *value)
{
    bytes made = {0};
    journal_canonical_add(&made, value);
    assert_false(made.failed);
    cordon_value_destroy(value);
    return made;
}

static cordon_value *pair(const char *one, int64_t first, const char *two, int64_t second)
{
    cordon_value *dict = cordon_value_dict(), *inner = cordon_value_set();
    assert_true(cordon_value_dict_set(dict, one, cordon_value_int(first)));
    assert_true(cordon_value_dict_set(dict, two, cordon_value_int(second)));
    assert_true(cordon_value_append(inner, cordon_value_int(first < second ? 1 : 300)) && cordon_value_append(inner, cordon_value_int(first < second ? 300 : 1)));
    assert_true(cordon_value_dict_set(dict, "z", inner));
    return dict;
}

static void canonical_form_knows_no_order_where_python_knows_none(void **state)
{
    (void)state;
    bytes one = canonical(pair("a", 1, "bb", 2)), other = canonical(pair("bb", 2, "a", 1)), different = canonical(pair("a", 2, "bb", 1));

    assert_int_equal(one.size, other.size);
    assert_memory_equal(one.data, other.data, one.size);
    assert_memory_not_equal(one.data, different.data, one.size);
    static const unsigned char expected[] = {0x83, 0xa1, 'a', 1, 0xa1, 'z', 0xc7, 5, 4, 0x92, 1, 0xcd, 1, 44, 0xa2, 'b', 'b', 2};
    assert_int_equal(one.size, sizeof expected);
    assert_memory_equal(one.data, expected, sizeof expected);
    bytes_release(&one);
    bytes_release(&other);
    bytes_release(&different);
}

/* ---- Replay ---- */

static uint32_t find(journal_replay *replay, uint32_t execution, const char *name, const char *arguments)
{
    bytes given = {.data = (unsigned char *)(uintptr_t)arguments, .size = strlen(arguments)};
    return journal_replay_find(replay, execution, name, strlen(name), &given);
}

static journal_replay replay_of(const journal_entry *entries, size_t count)
{
    journal_replay replay;
    journal_contents contents = opened(make(key, entries, count), key);
    assert_true(journal_replay_open(&replay, &contents));
    return replay;
}

static void replay_matches_by_name_and_arguments_in_order_of_recording(void **state)
{
    (void)state;
    const journal_entry entries[] = {call(1, "f", "x", true), call(1, "f", "y", true), call(1, "f", "x", true), call(2, "f", "x", true)};
    journal_replay replay = replay_of(entries, 4);

    assert_int_equal(find(&replay, 1, "f", "y"), 1);
    assert_int_equal(find(&replay, 1, "f", "x"), 0);
    assert_int_equal(find(&replay, 1, "g", "x"), JOURNAL_NOTHING);
    assert_int_equal(find(&replay, 1, "f", "z"), JOURNAL_NOTHING);
    assert_int_equal(journal_replay_unused(&replay, 1), 2);
    assert_int_equal(find(&replay, 1, "f", "x"), 2);
    assert_int_equal(find(&replay, 1, "f", "x"), JOURNAL_NOTHING);
    assert_int_equal(journal_replay_unused(&replay, 1), JOURNAL_NOTHING);
    assert_int_equal(journal_replay_unused(&replay, 0), 3);
    assert_int_equal(find(&replay, 2, "f", "x"), 3);
    assert_int_equal(journal_replay_unused(&replay, 0), JOURNAL_NOTHING);
    journal_replay_release(&replay);
}

static void replay_answers_in_the_order_of_the_recording(void **state)
{
    (void)state;
    const journal_entry passed = {.kind = JOURNAL_PASSED, .execution = 1, .count = 2};
    const journal_entry entries[] = {call(1, "a", "", false), call(1, "b", "", false), call(1, "c", "", false), answer_to(1, 2), passed, answer_to(1, 0)};
    journal_replay replay = replay_of(entries, 6);
    replay_due due;
    for (uint32_t i = 0; i < 3; i++) { /* made again in another order */
        static const char *const names[] = {"b", "a", "c"};
        uint32_t record = find(&replay, 1, names[i], "");
        if (journal_replay_is_answered(&replay, record))
            assert_true(journal_replay_expect(&replay, record, 10 + i));
        else
            assert_string_equal(names[i], "b");
    }

    assert_int_equal(journal_replay_next(&replay, 1, JOURNAL_WAIT_TIMED, &due), REPLAY_ANSWER);
    assert_int_equal(due.call, 12);
    assert_int_equal(journal_replay_next(&replay, 1, JOURNAL_WAIT_TIMED, &due), REPLAY_TIME_PASSES);
    assert_int_equal(journal_replay_next(&replay, 1, JOURNAL_WAIT_TIMED, &due), REPLAY_TIME_PASSES);
    assert_int_equal(journal_replay_next(&replay, 1, JOURNAL_WAIT_TIMED, &due), REPLAY_ANSWER);
    assert_int_equal(due.call, 11);
    assert_int_equal(journal_replay_next(&replay, 1, JOURNAL_WAIT_TIMED, &due), REPLAY_NOTHING);
    journal_replay_release(&replay);
}

/* Waits of no length are counted for themselves, and neither kind stands for the other. */
static void replay_looks_in_vain_as_often(void **state)
{
    (void)state;
    const journal_entry passed = {.kind = JOURNAL_PASSED, .execution = 1, .count = 1}, looked = {.kind = JOURNAL_LOOKED, .execution = 1, .count = 2};
    const journal_entry later = {.kind = JOURNAL_LOOKED, .execution = 2, .count = 1};
    const journal_entry entries[] = {call(1, "a", "", false), looked, passed, answer_to(1, 0), later};
    journal_replay replay = replay_of(entries, 5);
    replay_due due;
    assert_true(journal_replay_expect(&replay, find(&replay, 1, "a", ""), 10));

    assert_int_equal(journal_replay_next(&replay, 1, JOURNAL_WAIT_LOOK, &due), REPLAY_TIME_PASSES);
    assert_int_equal(journal_replay_next(&replay, 1, JOURNAL_WAIT_TIMED, &due), REPLAY_TIME_PASSES);
    assert_int_equal(journal_replay_next(&replay, 1, JOURNAL_WAIT_LOOK, &due), REPLAY_TIME_PASSES);
    assert_int_equal(journal_replay_next(&replay, 1, JOURNAL_WAIT_LOOK, &due), REPLAY_ANSWER);
    assert_int_equal(due.call, 10);
    assert_int_equal(journal_replay_next(&replay, 1, JOURNAL_WAIT_LOOK, &due), REPLAY_NOTHING);
    assert_int_equal(journal_replay_next(&replay, 2, JOURNAL_WAIT_ENDLESS, &due), REPLAY_NOTHING);
    assert_int_equal(journal_replay_next(&replay, 2, JOURNAL_WAIT_LOOK, &due), REPLAY_TIME_PASSES);
    journal_replay_release(&replay);

    replay = replay_of(entries, 4); /* a wait without an end gets its answer at once, whatever was in vain */
    assert_true(journal_replay_expect(&replay, find(&replay, 1, "a", ""), 11));
    assert_int_equal(journal_replay_next(&replay, 1, JOURNAL_WAIT_ENDLESS, &due), REPLAY_ANSWER);
    journal_replay_release(&replay);
}

static void replay_does_not_see_what_was_dropped(void **state)
{
    (void)state;
    bytes numbers = {0};
    const journal_entry before[] = {call(1, "a", "", true), call(1, "b", "", true), call(2, "c", "", false)};
    journal_replay replay = replay_of(before, 3);
    assert_int_equal(find(&replay, 1, "a", ""), 0);
    journal_replay_drop(&replay, &numbers);
    assert_int_equal(numbers.size, 8);
    assert_int_equal(journal_replay_unused(&replay, 0), JOURNAL_NOTHING);
    journal_replay_release(&replay);

    const journal_entry after[] = {before[0], before[1], before[2], {.kind = JOURNAL_DROPPED, .execution = 1, .dropped = numbers.data, .dropped_count = 2}, call(1, "b", "", true)};
    replay = replay_of(after, 5);
    assert_int_equal(find(&replay, 1, "b", ""), 4);
    assert_int_equal(find(&replay, 2, "c", ""), JOURNAL_NOTHING);
    assert_int_equal(find(&replay, 1, "a", ""), 0);
    bytes_release(&numbers);
    journal_replay_release(&replay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contents_are_read_as_they_were_sealed),
        cmocka_unit_test(contents_leave_out_an_entry_that_is_cut_off),
        cmocka_unit_test(contents_refuse_every_changed_byte),
        cmocka_unit_test(contents_refuse_other_keys),
        cmocka_unit_test(contents_refuse_what_is_no_journal),
        cmocka_unit_test(contents_refuse_entries_that_were_moved),
        cmocka_unit_test(contents_refuse_entries_that_make_no_sense),
        cmocka_unit_test(canonical_form_knows_no_order_where_python_knows_none),
        cmocka_unit_test(replay_matches_by_name_and_arguments_in_order_of_recording),
        cmocka_unit_test(replay_answers_in_the_order_of_the_recording),
        cmocka_unit_test(replay_looks_in_vain_as_often),
        cmocka_unit_test(replay_does_not_see_what_was_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
