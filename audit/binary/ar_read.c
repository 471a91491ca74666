/* Hides how an archive of objects (ar) is laid out, with the long names of System V and BSD. */
#include <stdlib.h>
#include <string.h>

#include "findings.h"

enum { MAGIC_BYTES = 8, HEADER_BYTES = 60, NAME_BYTES = 16, SIZE_AT = 48, SIZE_DIGITS = 10, NAME_BYTES_MAX = 1024 };

typedef struct member {
    const unsigned char *header, *content;
    size_t size;
} member;

/* Decimal digits with blanks behind. False if there is anything else. */
static bool read_decimal(const unsigned char *text, size_t length, uint64_t *number_out)
{
    size_t digits = 0;
    *number_out = 0;
    while (digits < length && text[digits] >= '0' && text[digits] <= '9')
        *number_out = *number_out * 10 + (uint64_t)(text[digits++] - '0');
    for (size_t i = digits; i < length; i++)
        if (text[i] != ' ')
            return false;
    return digits > 0;
}

static bool read_member(const binary_input *input, size_t at, member *member_out)
{
    uint64_t size;
    if (input->size - at < HEADER_BYTES || memcmp(input->bytes + at + HEADER_BYTES - 2, "`\n", 2) != 0 ||
        !read_decimal(input->bytes + at + SIZE_AT, SIZE_DIGITS, &size) || size > input->size - at - HEADER_BYTES)
        return false;
    *member_out = (member){input->bytes + at, input->bytes + at + HEADER_BYTES, (size_t)size};
    return true;
}

static bool is_named(const member *member, const char *name)
{
    size_t length = strlen(name);
    return memcmp(member->header, name, length) == 0 && member->header[length] == ' ';
}

/* Copies until any byte of `ends`. False if it does not end in time. */
static bool copy_name(const unsigned char *from, size_t length, const char *ends, char name_out[NAME_BYTES_MAX])
{
    size_t used = 0;
    while (used < length && used < NAME_BYTES_MAX - 1 && from[used] != '\0' && strchr(ends, from[used]) == NULL) {
        name_out[used] = (char)from[used];
        used++;
    }
    name_out[used] = '\0';
    return used > 0 && used < NAME_BYTES_MAX - 1;
}

/* A long name is "/offset" into the table of long names, or "#1/length" and lies before the content. */
static bool name_member(member *member, const struct member *names, char name_out[NAME_BYTES_MAX])
{
    uint64_t number;
    if (member->header[0] == '/' && read_decimal(member->header + 1, NAME_BYTES - 1, &number))
        return number < names->size &&
               copy_name(names->content + number, names->size - (size_t)number, "\n", name_out) &&
               (name_out[strlen(name_out) - 1] != '/' || (name_out[strlen(name_out) - 1] = '\0', name_out[0] != '\0'));
    if (memcmp(member->header, "#1/", 3) == 0) {
        if (!read_decimal(member->header + 3, NAME_BYTES - 3, &number) || number > member->size ||
            !copy_name(member->content, (size_t)number, "", name_out))
            return false;
        member->content += number;
        member->size -= (size_t)number;
        return true;
    }
    return copy_name(member->header, NAME_BYTES, "/ ", name_out);
}

binary_verdict binary_read_ar(const binary_input *input)
{
    member names = {0}, member;
    char name[NAME_BYTES_MAX];
    if (memcmp(input->bytes, "!<thin>\n", MAGIC_BYTES) == 0)
        return binary_complain(input, "it is a thin archive: its objects are other files, name those");
    for (size_t at = MAGIC_BYTES; at < input->size;) {
        if (!read_member(input, at, &member))
            return binary_complain(input, "its member at byte %zu is damaged or cut off", at);
        size_t used = HEADER_BYTES + member.size;
        at = input->size - at - used <= (used & 1) ? input->size : at + used + (used & 1);
        if (is_named(&member, "//"))
            names = member;
        /* Tables of symbols, which linkers make anew. */
        if (is_named(&member, "//") || is_named(&member, "/") || is_named(&member, "/SYM64/"))
            continue;
        if (!name_member(&member, &names, name))
            return binary_complain(input, "it has a member with a damaged name");
        if (binary_read_member(input, name, member.content, member.size) == BINARY_BAD)
            return BINARY_BAD;
    }
    return BINARY_READ;
}
