/* Hides from the socket functions which options and control messages name addresses to bind to, connect to or pass through, so that no
 * policy would see them: SCTP's own connect and bind, and source routes. */
#include <netinet/in.h>

#include "posix/net_internal.h"

enum { LEVEL_SCTP = 132, SCTP_FIRST_ADDRESS_OPTION = 100, SCTP_LAST_ADDRESS_OPTION = 111, ANY_LAST = 0x7fffffff };

typedef struct hidden_row {
    int level, first, last;
} hidden_row;

static const hidden_row options[] = {
    { LEVEL_SCTP, SCTP_FIRST_ADDRESS_OPTION, SCTP_LAST_ADDRESS_OPTION }, /* bindx, connectx, and their kin */
    { IPPROTO_IP, IP_OPTIONS, IP_OPTIONS },                              /* loose and strict source route */
    { IPPROTO_IPV6, IPV6_RTHDR, IPV6_RTHDR },                            /* routing header */
    { IPPROTO_IPV6, IPV6_2292RTHDR, IPV6_2292PKTOPTIONS },
};

static const hidden_row messages[] = {
    { LEVEL_SCTP, 0, ANY_LAST },
    { IPPROTO_IP, IP_RETOPTS, IP_RETOPTS },
    { IPPROTO_IPV6, IPV6_RTHDR, IPV6_RTHDR },
    { IPPROTO_IPV6, IPV6_2292RTHDR, IPV6_2292PKTOPTIONS },
};

static bool is_listed(const hidden_row *rows, size_t count, int level, int number)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].level == level && number >= rows[i].first && number <= rows[i].last) return true;
    return false;
}

bool net_option_hides_addresses(int level, int option)
{
    return is_listed(options, sizeof options / sizeof options[0], level, option);
}

bool net_message_hides_addresses(struct msghdr *header)
{
    for (struct cmsghdr *control = CMSG_FIRSTHDR(header); control != NULL; control = CMSG_NXTHDR(header, control))
        if (is_listed(messages, sizeof messages / sizeof messages[0], control->cmsg_level, control->cmsg_type)) return true;
    return false;
}
