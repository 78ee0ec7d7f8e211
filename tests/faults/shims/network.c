/* SPDX-License-Identifier: Apache-2.0 */
/* Stands before the C library (LD_PRELOAD): a network of which parts fail, so and so often in a process. A value is the
 * number of the error, a colon, and how often (-1: always).
 *
 *   NETWORK_CONNECT  connecting to a server; an errno
 *   NETWORK_LOOKUP   finding the address of a name that is none itself; an EAI_ number. Names that are found are this
 *                    machine's.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef int (*Lookup) (const char *, const char *, const struct addrinfo *, struct addrinfo **);

static atomic_long connects, lookups;

/* The number that a call is to fail with, or 0. */
static int
fault_of (const char *name, atomic_long *calls)
{
    const char *value = getenv (name), *colon = value != NULL ? strchr (value, ':') : NULL;
    if (colon == NULL)
        return 0;
    const long times = atol (colon + 1);
    return times < 0 || atomic_fetch_add (calls, 1) < times ? atoi (value) : 0;
}

int
connect (int fd, const struct sockaddr *address, socklen_t size)
{
    const int fault = address->sa_family == AF_INET ? fault_of ("NETWORK_CONNECT", &connects) : 0;
    if (fault == 0)
        return (int)syscall (SYS_connect, fd, address, size);
    errno = fault;
    return -1;
}

int
getaddrinfo (const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **found)
{
    unsigned char address[sizeof (struct in6_addr)];
    const Lookup next = (Lookup)dlsym (RTLD_NEXT, "getaddrinfo");
    if (node == NULL || inet_pton (AF_INET, node, address) == 1 || inet_pton (AF_INET6, node, address) == 1)
        return next (node, service, hints, found);
    const int fault = fault_of ("NETWORK_LOOKUP", &lookups);
    return fault != 0 ? fault : next ("127.0.0.1", service, hints, found);
}
