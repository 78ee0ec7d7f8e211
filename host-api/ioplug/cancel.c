/* SPDX-License-Identifier: Apache-2.0 */
/* Signals become a flag. The handler does nothing that is not safe in a handler. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "cancel.h"

/* Lock-free, so that the handler may touch it; both are only ever raised. */
static volatile int signal_seen;
static volatile int stop;

static void
on_signal (int number)
{
    if (__atomic_exchange_n (&signal_seen, number, __ATOMIC_SEQ_CST) != 0)
        _exit (128 + number);
    __atomic_store_n (&stop, 1, __ATOMIC_SEQ_CST);
}

/* The signals that ask for an end. */
static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

/* Who started the command may have ignored a signal for it: nohup, or a shell for its background jobs. */
static gboolean
is_ignored (int number)
{
    struct sigaction action;

    return sigaction (number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

void
cancel_install (void)
{
    /* No SA_RESTART: a read that waits for a list is to end. */
    struct sigaction action = {.sa_handler = on_signal};

    sigemptyset (&action.sa_mask);
    for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
        if (!is_ignored (numbers[i]))
            sigaction (numbers[i], &action, NULL);
    action.sa_handler = SIG_IGN;
    sigaction (SIGPIPE, &action, NULL);
    sigaction (SIGXFSZ, &action, NULL);
}

void
cancel_request (void)
{
    __atomic_store_n (&stop, 1, __ATOMIC_SEQ_CST);
}

gboolean
cancel_requested (void)
{
    return __atomic_load_n (&stop, __ATOMIC_SEQ_CST) != 0;
}

int
cancel_signal (void)
{
    return __atomic_load_n (&signal_seen, __ATOMIC_SEQ_CST);
}

static sigset_t
all_numbers (void)
{
    sigset_t set;

    sigemptyset (&set);
    for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
        sigaddset (&set, numbers[i]);
    return set;
}

void
cancel_block_signals (gboolean blocked)
{
    sigset_t set = all_numbers ();

    pthread_sigmask (blocked ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

/* A signal between the look at the flag and the wait would be lost on it: they come only within. */
gboolean
cancel_wait_readable (int fd)
{
    struct pollfd wanted = {.fd = fd, .events = POLLIN};
    sigset_t set = all_numbers (), before;

    pthread_sigmask (SIG_BLOCK, &set, &before);
    while (!cancel_requested () && ppoll (&wanted, 1, NULL, &before) < 0 && errno == EINTR)
        ;
    pthread_sigmask (SIG_SETMASK, &before, NULL);
    return !cancel_requested ();
}
