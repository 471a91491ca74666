/* Hides from tests of sockets how one gets an address on the loopback interface that nobody else uses. */
#ifndef TESTS_SUPPORT_LOOPBACK_H
#define TESTS_SUPPORT_LOOPBACK_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "support/test_host.h"

static inline struct sockaddr_in loopback(uint16_t port)
{
    return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

/* A fresh socket on a free port; it waits at most ten seconds for anything, so that a broken test ends, too. The caller closes it. */
static inline void bound_socket(int type, int *fd_out, struct sockaddr_in *address_out)
{
    socklen_t size = sizeof *address_out;
    struct timeval patience = { 10, 0 };
    *address_out = loopback(0);
    *fd_out = socket(AF_INET, type, 0);
    assert_true(*fd_out >= 0);
    assert_int_equal(setsockopt(*fd_out, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    assert_int_equal(bind(*fd_out, (struct sockaddr *)address_out, sizeof *address_out), 0);
    assert_int_equal(getsockname(*fd_out, (struct sockaddr *)address_out, &size), 0);
}

#endif
