/* SPDX-License-Identifier: Apache-2.0 */
/* A client of one server that does what its standard input says, one line a command, and answers with one line each:
 * "ok" or "KIND: MESSAGE". So a test can change the server between two calls. Log lines go to standard error.
 *
 *     client-shell [NAME=VALUE...] URL
 *     json PATH    file PATH    archive PATH    put PATH TEXT    few PATH    none PATH
 *     many N PATH       N threads ask at once: the answers' counts
 *     confirm PATH      asks, then confirms: "ours" or "lost"
 *     early PATH        asks with a login that may still be unchecked; settle: whose that answer was
 *     ahead N PATH      N threads ask at once, while the login is checked: the answers' counts, and how many were given out
 *     hold MS           keeps the session alive so long
 *     base              the base URL
 *     fork PATH         a child of its own engine asks; then its answer
 */
#include "base/error.h"
#include "base/log.h"
#include "server/client.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static XnEngine *engine;
static XnClients *clients;
static const char *url_text;
static char **setting_texts;
static guint n_setting_texts;

static void
log_line (gpointer data, XnLogLevel level, const char *message)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};
    fprintf (stderr, "%s: %s\n", names[level], message);
}

static const char *
get_setting (gpointer data, const char *name)
{
    for (guint i = 0; i < n_setting_texts; i++) {
        const gsize length = strlen (name);
        if (strncmp (setting_texts[i], name, length) == 0 && setting_texts[i][length] == '=')
            return setting_texts[i] + length + 1;
    }
    return NULL;
}

static void
answer (const GError *error)
{
    static const char *const kinds[] = {"ok",      "usage",  "not-found", "ambiguous", "auth",     "conflict",
                                        "network", "server", "integrity", "io",        "cancelled"};
    if (error == NULL)
        printf ("ok\n");
    else
        printf ("%s: %s\n", kinds[error->code], error->message);
    fflush (stdout);
}

typedef struct {
    const char *text;
    gsize at;
} Body;

static gssize
give_body (gpointer data, guint8 *buffer, gsize size, GError **error)
{
    Body *body = (Body *)data;
    const gsize count = MIN (size, strlen (body->text) - body->at);
    memcpy (buffer, body->text + body->at, count);
    body->at += count;
    return (gssize)count;
}

static gboolean
rewind_body (gpointer data, GError **error)
{
    ((Body *)data)->at = 0;
    return TRUE;
}

/* A listing is whatever begins with a brace. */
static gint given_out; /* (atomic) answers that were handed to who asked */

static gboolean
consume_json (const XnAnswer *given, gpointer data, GError **error)
{
    const guint8 *bytes;
    g_atomic_int_inc (&given_out);
    gssize count = xn_transfer_next (given->transfer, &bytes, error);
    if (count < 0)
        return FALSE;
    if (count == 0 || bytes[0] != '{') {
        xn_error_set (error, XN_ERROR_SERVER, "no listing");
        return FALSE;
    }
    while (count > 0)
        count = xn_transfer_next (given->transfer, &bytes, error);
    return count == 0;
}

static XnClient *
get_client (XnOp *op, GError **error)
{
    g_autoptr (XnUrl) url = xn_url_parse (url_text, error);
    return url != NULL ? xn_clients_get (clients, &url->server, op, error) : NULL;
}

static XnOp *
new_op (GError **error)
{
    XnSettings *settings = xn_settings_new (get_setting, NULL, error);
    return settings != NULL ? xn_op_new (settings, NULL, NULL, NULL) : NULL;
}

/* When an early answer was asked for, as xn_client_confirm() takes it. */
static guint early_since;

/* Whose the early answer was: "ours" or "lost". */
static void
settle (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (XnOp) op = new_op (&error);
    XnClient *client = op != NULL ? get_client (op, &error) : NULL;
    gboolean lost = FALSE;
    if (client == NULL || (!xn_client_confirm (client, early_since, op, &lost, &error) && !lost)) {
        answer (error);
        return;
    }
    printf ("%s\n", lost ? "lost" : "ours");
    fflush (stdout);
}

static gboolean
ask (const char *how, const char *path, const char *text, GError **error)
{
    g_autoptr (XnOp) op = new_op (error);
    XnClient *client = op != NULL ? get_client (op, error) : NULL;
    if (client == NULL)
        return FALSE;
    const gboolean listing = g_str_equal (how, "json") || g_str_equal (how, "few") || g_str_equal (how, "none") ||
                             g_str_equal (how, "ahead");
    Body body = {.text = text};
    g_auto (GStrv) parts = g_strsplit (path, "?", 2);
    XnCall call = {.method = "GET", .path = parts[0], .query = parts[1], .what = "asking"};
    call.expect = listing ? XN_EXPECT_JSON : g_str_equal (how, "archive") ? XN_EXPECT_ARCHIVE : XN_EXPECT_FILE;
    call.retry = g_str_equal (how, "few") ? XN_RETRY_FEW : g_str_equal (how, "none") ? XN_RETRY_NONE : XN_RETRY_READ;
    if (listing)
        call.consume = consume_json;
    if (g_str_equal (how, "early")) {
        call.expect = XN_EXPECT_JSON;
        call.retry = XN_RETRY_NONE;
        call.consume = consume_json;
        call.early = TRUE;
        early_since = xn_client_generation (client);
    }
    call.ahead = g_str_equal (how, "ahead");
    if (g_str_equal (how, "put")) {
        call.method = "PUT";
        call.expect = XN_EXPECT_WRITE;
        call.retry = XN_RETRY_NONE;
        call.content_type = "application/octet-stream";
        call.body = give_body;
        call.rewind_body = rewind_body;
        call.body_data = &body;
        call.body_length = (gint64)strlen (text);
    }
    return xn_client_call (client, &call, op, error);
}

static void *
ask_in_thread (void *path)
{
    GError *error = NULL;
    ask ("json", (const char *)path, "", &error);
    return error;
}

static void *
ask_ahead_in_thread (void *path)
{
    GError *error = NULL;
    ask ("ahead", (const char *)path, "", &error);
    return error;
}

static void
many (guint count, const char *path, void *(*run) (void *))
{
    g_autofree pthread_t *threads = g_new (pthread_t, count);
    guint good = 0, bad = 0;
    g_atomic_int_set (&given_out, 0);
    for (guint i = 0; i < count; i++)
        pthread_create (&threads[i], NULL, run, (void *)path);
    for (guint i = 0; i < count; i++) {
        void *error = NULL;
        pthread_join (threads[i], &error);
        good += error == NULL;
        bad += error != NULL;
        if (error != NULL)
            g_error_free ((GError *)error);
    }
    if (run == ask_ahead_in_thread)
        printf ("%u good, %u bad, %d given out\n", good, bad, g_atomic_int_get (&given_out));
    else
        printf ("%u good, %u bad\n", good, bad);
    fflush (stdout);
}

static void
confirm (const char *path)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (XnOp) op = new_op (&error);
    XnClient *client = op != NULL ? get_client (op, &error) : NULL;
    const guint since = client != NULL ? xn_client_generation (client) : 0;
    gboolean lost = FALSE;
    if (client == NULL || !ask ("json", path, "", &error) ||
        (!xn_client_confirm (client, since, op, &lost, &error) && !lost)) {
        answer (error);
        return;
    }
    printf ("%s\n", lost ? "lost" : "ours");
    fflush (stdout);
}

static void
hold (guint ms)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (XnOp) op = new_op (&error);
    XnClient *client = op != NULL ? get_client (op, &error) : NULL;
    if (client != NULL) {
        xn_client_hold (client);
        g_usleep (ms * 1000);
        xn_client_release (client);
    }
    answer (error);
}

static void
ask_in_child (const char *path)
{
    fflush (stdout);
    const pid_t child = fork ();
    if (child == 0) {
        g_autoptr (GError) error = NULL;
        xn_clients_abandon (clients);
        xn_engine_abandon (engine);
        engine = xn_engine_new ();
        clients = xn_clients_new (engine);
        ask ("json", path, "", &error);
        xn_clients_free (clients);
        xn_engine_free (engine);
        answer (error);
        _exit (0);
    }
    waitpid (child, NULL, 0);
}

static void
obey (char *line)
{
    g_auto (GStrv) words = g_strsplit (g_strchomp (line), " ", 3);
    const guint count = g_strv_length (words);
    g_autoptr (GError) error = NULL;
    if (count == 3 && g_str_equal (words[0], "many"))
        many ((guint)atoi (words[1]), words[2], ask_in_thread);
    else if (count == 3 && g_str_equal (words[0], "ahead"))
        many ((guint)atoi (words[1]), words[2], ask_ahead_in_thread);
    else if (count == 2 && g_str_equal (words[0], "confirm"))
        confirm (words[1]);
    else if (count == 1 && g_str_equal (words[0], "settle"))
        settle ();
    else if (count == 2 && g_str_equal (words[0], "hold"))
        hold ((guint)atoi (words[1]));
    else if (count == 2 && g_str_equal (words[0], "fork"))
        ask_in_child (words[1]);
    else if (count == 1 && g_str_equal (words[0], "base")) {
        g_autoptr (XnOp) op = new_op (&error);
        XnClient *client = op != NULL ? get_client (op, &error) : NULL;
        if (client == NULL)
            answer (error);
        else
            printf ("%s\n", xn_client_base (client));
        fflush (stdout);
    } else {
        ask (words[0], count > 1 ? words[1] : "", count > 2 ? words[2] : "", &error);
        answer (error);
    }
}

int
main (int argc, char **argv)
{
    g_autofree char *line = NULL;
    size_t size = 0;
    if (argc < 2)
        return 2;
    url_text = argv[argc - 1];
    setting_texts = argv + 1;
    n_setting_texts = (guint)argc - 2;
    static const XnLogSink sink = {.log = log_line};
    xn_log_use (&sink);
    engine = xn_engine_new ();
    clients = xn_clients_new (engine);
    while (getline (&line, &size, stdin) > 0)
        obey (line);
    xn_clients_free (clients);
    xn_engine_free (engine);
    return 0;
}
