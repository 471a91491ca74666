/* Hides which bytes are a character: Unicode's table 3-7, and surrogates. */
#include "utf8.h"

#include <stdint.h>

size_t utf8_length(const unsigned char *text, size_t size, bool *is_surrogate_out)
{
    static const struct {
        unsigned char mask, lead, second_min, second_max;
        uint8_t length;
    } forms[] = {{0xff, 0xe0, 0xa0, 0xbf, 3}, {0xf0, 0xe0, 0x80, 0xbf, 3}, {0xff, 0xf0, 0x90, 0xbf, 4},
                 {0xff, 0xf4, 0x80, 0x8f, 4}, {0xfc, 0xf0, 0x80, 0xbf, 4}, {0xe0, 0xc0, 0x80, 0xbf, 2}};
    *is_surrogate_out = false;
    if (text[0] < 0x80 || text[0] == 0xc0 || text[0] == 0xc1)
        return text[0] < 0x80;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if ((text[0] & forms[i].mask) != forms[i].lead)
            continue;
        if (size < forms[i].length || text[1] < forms[i].second_min || text[1] > forms[i].second_max)
            return 0;
        for (size_t j = 2; j < forms[i].length; j++)
            if ((text[j] & 0xc0) != 0x80)
                return 0;
        *is_surrogate_out = text[0] == 0xed && text[1] >= 0xa0;
        return forms[i].length;
    }
    return 0;
}

uint32_t utf8_decode(const unsigned char *text, size_t length)
{
    static const unsigned char lead_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t character = text[0] & lead_bits[length];
    for (size_t i = 1; i < length; i++)
        character = character << 6 | (text[i] & 0x3fu);
    return character;
}
