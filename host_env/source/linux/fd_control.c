/* Hides from the table of descriptors that ioctl and fcntl reach more than the descriptor: a terminal's input, the network's configuration, other processes. */
#include "fd_control.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <signal.h>
#include <sys/ioctl.h>

/* Newer than some libc's headers, or known to the kernel's alone. */
enum { TCGETS2_REQUEST = 0x802c542a, TIOCGPTN_REQUEST = 0x80045430, F_SETSIG_COMMAND = 10, F_SETOWN_EX_COMMAND = 15 };

enum { TERMINAL_REQUESTS = 'T', SOCKET_REQUESTS = 0x89, WIRELESS_REQUESTS = 0x8b, INTERFACES_FIRST = 0x890b /* SIOCADDRT: those before are about the socket */ };

static bool is_one_of(unsigned long request, const unsigned long *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == request) return true;
    return false;
}
#define IS_ONE_OF(request, list) is_one_of((request), (list), sizeof(list) / sizeof(list)[0])

/* Of a terminal's requests, those that ask, or are about the descriptor. The others change the terminal, or are its input (TIOCSTI). */
static bool is_about_terminal(unsigned long request)
{
    static const unsigned long asking[] = { TCGETS, TCGETA, TCGETS2_REQUEST, TIOCGWINSZ, TIOCGPGRP, TIOCGSID, TIOCOUTQ, TIOCMGET, TIOCGETD, TIOCGPTN_REQUEST,
                                            FIONREAD, FIONBIO, FIONCLEX, FIOCLEX, FIOASYNC, FIOQSIZE };
    return (request >> 8 & 0xff) == TERMINAL_REQUESTS && !IS_ONE_OF(request, asking);
}

/* Of the requests that any socket takes, those that tell about interfaces. The others change them, routes and tables of neighbours. */
static bool asks_about_interfaces(unsigned long request)
{
    static const unsigned long asking[] = { SIOCGIFNAME, SIOCGIFCONF, SIOCGIFFLAGS, SIOCGIFADDR, SIOCGIFDSTADDR, SIOCGIFBRDADDR, SIOCGIFNETMASK, SIOCGIFMETRIC, SIOCGIFMEM, SIOCGIFMTU,
                                            SIOCGIFENCAP, SIOCGIFHWADDR, SIOCGIFSLAVE, SIOCGIFINDEX, SIOCGIFPFLAGS, SIOCGIFCOUNT, SIOCGIFTXQLEN, SIOCGMIIPHY, SIOCGIFMAP, SIOCGARP, SIOCGRARP };
    return IS_ONE_OF(request, asking);
}

static bool ask_as(host_call *call, host_capability capability)
{
    call->access.capability = capability;
    return host_call_permitted(call) && host_call_permitted_also(call, HOST_CAPABILITY_FD_USE);
}

bool fd_request_permitted(host_call *call, unsigned long long_request)
{
    uint32_t request = (uint32_t)long_request; /* the kernel drops the rest */
    if (is_about_terminal(request)) return ask_as(call, HOST_CAPABILITY_TTY);
    uint32_t kind = request >> 8;
    if (kind != SOCKET_REQUESTS && kind != WIRELESS_REQUESTS) return host_call_permitted(call);
    if (request == FIOSETOWN || request == SIOCSPGRP) {
        host_call_number(call, "signal", SIGIO);
        return ask_as(call, HOST_CAPABILITY_PROCESS_SIGNAL);
    }
    if (request < INTERFACES_FIRST) return host_call_permitted(call);
    if (asks_about_interfaces(request)) return ask_as(call, HOST_CAPABILITY_SYSTEM_INFO);
    host_call_address(call, "address", "netlink:"); /* the kernel's other way to the same */
    return ask_as(call, HOST_CAPABILITY_NET_CONNECT);
}

/* Whoever owns a descriptor gets a signal when something can be read, and F_SETSIG says which: SIGKILL will do. */
bool fd_command_permitted(host_call *call, int command, int64_t argument)
{
    bool names_owner = command == F_SETOWN || command == F_SETOWN_EX_COMMAND;
    if (!names_owner && (command != F_SETSIG_COMMAND || argument == 0)) return host_call_permitted(call);
    host_call_number(call, "signal", names_owner ? SIGIO : argument);
    return ask_as(call, HOST_CAPABILITY_PROCESS_SIGNAL);
}
