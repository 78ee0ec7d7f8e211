/* SPDX-License-Identifier: Apache-2.0 */
/* Signals become a flag. The handler does nothing that is not safe in a handler. */
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

void
cancel_install (void)
{
    /* No SA_RESTART: a read that waits for a list is to end. */
    struct sigaction action = {.sa_handler = on_signal};

    sigemptyset (&action.sa_mask);
    sigaction (SIGINT, &action, NULL);
    sigaction (SIGTERM, &action, NULL);
    action.sa_handler = SIG_IGN;
    sigaction (SIGPIPE, &action, NULL);
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

void
cancel_block_signals (gboolean blocked)
{
    sigset_t set;

    sigemptyset (&set);
    sigaddset (&set, SIGINT);
    sigaddset (&set, SIGTERM);
    pthread_sigmask (blocked ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}
