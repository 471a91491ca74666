/* Hides which signals there are for a guest, which are those of Linux, and what each says about a program that raised it. */
#include "guest_signal.h"

#include <stddef.h>

#include "cordon/protocol.h"

static const struct guest_signal {
    const char *name;
    bool is_crash;
} signals[] = {
    [1] = {"SIGHUP", false},   [2] = {"SIGINT", false},     [3] = {"SIGQUIT", true},  [4] = {"SIGILL", true},   [5] = {"SIGTRAP", true},  [6] = {"SIGABRT", true},
    [7] = {"SIGBUS", true},    [8] = {"SIGFPE", true},      [9] = {"SIGKILL", false}, [10] = {"SIGUSR1", false}, [11] = {"SIGSEGV", true}, [12] = {"SIGUSR2", false},
    [13] = {"SIGPIPE", false}, [14] = {"SIGALRM", false},   [15] = {"SIGTERM", false}, [16] = {"SIGSTKFLT", false}, [19] = {"SIGSTOP", false}, [20] = {"SIGTSTP", false},
    [21] = {"SIGTTIN", false}, [22] = {"SIGTTOU", false},   [24] = {"SIGXCPU", true}, [25] = {"SIGXFSZ", true}, [26] = {"SIGVTALRM", false}, [27] = {"SIGPROF", false},
    [29] = {"SIGIO", false},   [30] = {"SIGPWR", false},    [31] = {"SIGSYS", true},
};

static const struct guest_signal *find(int number)
{
    bool is_known = number > 0 && number < (int)(sizeof signals / sizeof *signals) && signals[number].name != NULL;
    return is_known ? &signals[number] : NULL;
}

const char *guest_signal_name(int number)
{
    const struct guest_signal *found = find(number);
    return found != NULL ? found->name : "a signal";
}

bool guest_signal_is_crash(int number)
{
    const struct guest_signal *found = find(number);
    return found != NULL && found->is_crash;
}

bool guest_signal_decode(uint32_t said, int *exit_code_out, int *signal_out)
{
    uint32_t number = said >> 8;
    *exit_code_out = (int)(said & 0xff);
    *signal_out = (int)number;
    return number == 0 || (number <= CORDON_EXIT_SIGNAL_MAX && said == CORDON_EXIT_CODE_OF_SIGNAL(number));
}
