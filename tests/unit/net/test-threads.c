/* SPDX-License-Identifier: Apache-2.0 */
/* Tests with many threads: the limit of each group, its order, and urgent requests. */
#include "../rounds.h"
#include "common.h"

#include "base/sync.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 64

typedef struct {
    Bench *bench;
    const char *path;
    atomic_uint failures;
} Work;

static void *
meet (void *data)
{
    Work *work = (Work *)data;
    g_autoptr (GError) error = NULL;
    g_autoptr (XnTransfer) transfer = bench_get (work->bench, work->path, &error);
    g_autofree char *text = transfer != NULL ? bench_text (transfer, &error) : NULL;
    if (g_strcmp0 (text, "hello") != 0)
        atomic_fetch_add (&work->failures, 1);
    return NULL;
}

/* Every thread downloads, uploads, and cuts off. */
static void *
mix (void *data)
{
    Work *work = (Work *)data;
    for (gsize i = rounds (3, 1); i > 0; i--) {
        XnTransfer *get = bench_get (work->bench, "/chunked/700001", NULL);
        if (get == NULL || bench_drain (get, NULL) != 700001)
            atomic_fetch_add (&work->failures, 1);
        xn_transfer_free (get);
        XnTransfer *put = bench_put (work->bench, "PUT", "/hello", 300001, NULL);
        g_autofree char *text = put != NULL ? bench_text (put, NULL) : NULL;
        if (g_strcmp0 (text, "hello") != 0)
            atomic_fetch_add (&work->failures, 1);
        xn_transfer_free (put);
        XnTransfer *cut = bench_get (work->bench, "/big/5000000", NULL);
        if (cut == NULL)
            atomic_fetch_add (&work->failures, 1);
        xn_transfer_free (cut);
    }
    return NULL;
}

static void
run_all (Bench *bench, void *(*function) (void *), const char *path)
{
    pthread_t threads[THREADS];
    Work work = {.bench = bench, .path = path};
    for (guint i = 0; i < THREADS; i++)
        g_assert_true (xn_thread_start (&threads[i], function, &work));
    for (guint i = 0; i < THREADS; i++)
        pthread_join (threads[i], NULL);
    g_assert_cmpuint (atomic_load (&work.failures), ==, 0);
}

static void
test_limit (void)
{
    g_autoptr (Bench) bench = bench_new (5);
    run_all (bench, meet, "/together/5");
    g_assert_cmpuint (scenario_most_at_once (bench->scenario), ==, 5);
    g_assert_cmpuint (scenario_requests (bench->scenario), ==, THREADS);
    g_assert_cmpuint (scenario_connections (bench->scenario), ==, 5);
}

static void
test_all_at_once (void)
{
    g_autoptr (Bench) bench = bench_new (THREADS);
    run_all (bench, meet, "/together/64");
    g_assert_cmpuint (scenario_requests (bench->scenario), ==, THREADS);
    g_assert_cmpuint (scenario_most_at_once (bench->scenario), ==, THREADS);
}

static void
test_mix (void)
{
    g_autoptr (Bench) bench = bench_new (16);
    run_all (bench, mix, NULL);
}

static void
test_urgent (void)
{
    g_autoptr (Bench) bench = bench_new (1);
    g_autoptr (GError) error = NULL;
    g_autoptr (XnTransfer) holder = bench_get (bench, "/stall", &error);
    g_assert_no_error (error);
    g_autofree char *url = scenario_url (bench->scenario, "/hello");
    XnRequest request = bench_request ("GET", url);
    request.urgent = TRUE;
    g_autoptr (XnTransfer) urgent = xn_transfer_start (bench->engine, &request, bench->op, &error);
    g_assert_no_error (error);
    /* Neither does another server's request wait. */
    request.urgent = FALSE;
    request.group = "other";
    g_autoptr (XnTransfer) other = xn_transfer_start (bench->engine, &request, bench->op, &error);
    g_assert_no_error (error);
}

/* A transfer whose body has arrived holds no place even if nobody has read it. */
static void
test_received (void)
{
    g_autoptr (Bench) bench = bench_new (1);
    g_autoptr (GError) error = NULL;
    g_autoptr (XnTransfer) first = bench_get (bench, "/big/100000", &error);
    g_autoptr (XnTransfer) second = bench_get (bench, "/big/100000", &error);
    g_assert_no_error (error);
    g_assert_cmpint (bench_drain (second, &error), ==, 100000);
    g_assert_cmpint (bench_drain (first, &error), ==, 100000);
}

/* How many sockets of this process are connected to @port. */
static guint
connections_to (guint16 port)
{
    guint count = 0;
    for (int fd = 0; fd < 1024; fd++) {
        struct sockaddr_in peer;
        socklen_t size = sizeof peer;
        if (getpeername (fd, (struct sockaddr *)&peer, &size) == 0 && peer.sin_family == AF_INET &&
            ntohs (peer.sin_port) == port)
            count++;
    }
    return count;
}

/* A child lets go of its parent's connections; the parent goes on with them. */
static void
test_fork (void)
{
    g_autoptr (Bench) bench = bench_new (4);
    g_autoptr (GError) error = NULL;
    g_autoptr (XnTransfer) idle = bench_get (bench, "/hello", &error);
    g_autofree char *text = bench_text (idle, &error);
    g_autoptr (XnTransfer) running = bench_get (bench, "/big/5000000", &error);
    g_assert_no_error (error);
    const guint16 port = scenario_port (bench->scenario);
    g_assert_cmpuint (connections_to (port), >=, 1);
    const pid_t child = fork ();
    if (child == 0) {
        const guint before = connections_to (port);
        xn_engine_abandon (bench->engine);
        const char *verdict = before >= 1 && connections_to (port) == 0 ? "true" : "false";
        execlp (verdict, verdict, (char *)NULL); /* what the parent holds is no leak of the child's */
        _exit (127);
    }
    int status = -1;
    g_assert_cmpint (waitpid (child, &status, 0), ==, child);
    g_assert_cmpint (status, ==, 0);
    g_assert_cmpint (bench_drain (running, &error), ==, 5000000);
    g_autoptr (XnTransfer) later = bench_get (bench, "/hello", &error);
    g_autofree char *again = bench_text (later, &error);
    g_assert_cmpstr (again, ==, "hello");
}

static void *
ask_once (void *data)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (XnTransfer) transfer = bench_get (data, "/hello", &error);
    g_assert_no_error (error);
    return data;
}

/* While it is held, around a fork, the engine's thread does nothing that takes a lock. */
static void
test_hold (void)
{
    g_autoptr (Bench) bench = bench_new (4);
    pthread_t thread;
    void *result = NULL;
    struct timespec soon;
    ask_once (bench);
    xn_engine_hold (bench->engine);
    g_assert_cmpint (pthread_create (&thread, NULL, ask_once, bench), ==, 0);
    g_assert_cmpint (clock_gettime (CLOCK_REALTIME, &soon), ==, 0);
    soon.tv_sec++;
    g_assert_cmpint (pthread_timedjoin_np (thread, &result, &soon), ==, ETIMEDOUT);
    xn_engine_let_go (bench->engine);
    g_assert_cmpint (pthread_join (thread, &result), ==, 0);
    g_assert_true (result == bench);
}

static void
on_pipe (int number)
{
}

typedef struct {
    atomic_bool stop;
    guint changes;
} Watch;

/* Whoever looks sees the host's own handler. */
static void *
watch (void *data)
{
    Watch *seen = (Watch *)data;
    while (!atomic_load (&seen->stop)) {
        struct sigaction action;
        sigaction (SIGPIPE, NULL, &action);
        seen->changes += action.sa_handler != on_pipe;
    }
    return NULL;
}

/* The handler of SIGPIPE is the host's, also while connections are closed. */
static void
test_pipe_handler (void)
{
    struct sigaction usual, own = {.sa_handler = on_pipe};
    g_assert_cmpint (sigaction (SIGPIPE, &own, &usual), ==, 0);
    Watch seen = {.changes = 0};
    pthread_t thread;
    g_assert_true (xn_thread_start (&thread, watch, &seen));
    for (guint i = 0; i < 40; i++) {
        g_autoptr (Bench) bench = bench_new (8);
        XnTransfer *transfers[8];
        for (guint j = 0; j < G_N_ELEMENTS (transfers); j++)
            transfers[j] = bench_get (bench, "/hello", NULL);
        for (guint j = 0; j < G_N_ELEMENTS (transfers); j++)
            xn_transfer_free (transfers[j]);
    }
    atomic_store (&seen.stop, true);
    pthread_join (thread, NULL);
    g_assert_cmpint (sigaction (SIGPIPE, &usual, NULL), ==, 0);
    g_assert_cmpuint (seen.changes, ==, 0);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/net/threads/limit", test_limit);
    g_test_add_func ("/net/threads/all-at-once", test_all_at_once);
    g_test_add_func ("/net/threads/mix", test_mix);
    g_test_add_func ("/net/threads/urgent", test_urgent);
    g_test_add_func ("/net/threads/received", test_received);
    g_test_add_func ("/net/threads/fork", test_fork);
    g_test_add_func ("/net/threads/hold", test_hold);
    g_test_add_func ("/net/threads/pipe-handler", test_pipe_handler);
    return g_test_run ();
}
