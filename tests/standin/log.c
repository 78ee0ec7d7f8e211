/* SPDX-License-Identifier: Apache-2.0 */
/* The request log that tests look at. */
#include "app.h"

#include <stdio.h>
#include <string.h>

static GMutex lock;
static GPtrArray *lines;
static FILE *log_file;
static GCond over;
static guint under_way;

/* More than this many lines are kept in the file only. */
#define LINES_MAX 200000
/* An answer reaches its client a moment before its line is written; who asks at once is kept waiting so long. */
#define PATIENCE_US 250000

void
log_open (const char *file)
{
    lines = g_ptr_array_new_with_free_func (g_free);
    if (file)
        log_file = fopen (file, "ae");
}

static char *
log_line (const Ctx *ctx, int status)
{
    const Request *req = ctx->req;
    const char *agent = request_header (req, "User-Agent");
    const char *range = request_header (req, "Range");
    const char *type = request_header (req, "Content-Type");
    const char *forwarded = request_header (req, "X-Forwarded-For");
    GString *out = g_string_new ("{");

    json_member_int (out, "time_us", req->started_us);
    json_member_int (out, "took_us", g_get_real_time () - req->started_us);
    json_member (out, "method", req->method);
    json_member (out, "path", req->target);
    json_member (out, "auth", ctx->auth_kind ? ctx->auth_kind : "none");
    json_member (out, "user", ctx->user ? ctx->user->name : "guest");
    json_member (out, "session", ctx->session);
    json_member_int (out, "connection", (gint64)req->connection);
    json_member (out, "agent", agent ? agent : "");
    if (range)
        json_member (out, "range", range);
    if (type)
        json_member (out, "type", type);
    if (forwarded)
        json_member (out, "forwarded", forwarded);
    json_member_int (out, "length", req->length);
    json_member_int (out, "bytes_in", req->received);
    json_member_int (out, "bytes_out", req->sent);
    json_member_int (out, "status", status);
    g_string_append_c (out, '}');
    return g_string_free (out, FALSE);
}

void
log_begin (void)
{
    g_mutex_lock (&lock);
    under_way++;
    g_mutex_unlock (&lock);
}

void
log_end (const Ctx *ctx, int status)
{
    char *line = log_line (ctx, status);

    g_mutex_lock (&lock);
    under_way--;
    g_cond_broadcast (&over);
    if (log_file) {
        fprintf (log_file, "%s\n", line);
        fflush (log_file);
    }
    if (lines->len < LINES_MAX)
        g_ptr_array_add (lines, line);
    else
        g_free (line);
    g_mutex_unlock (&lock);
}

/* Waits for the lines of answers that have been sent. The lock is held. */
static void
wait_for_lines (void)
{
    gint64 until = g_get_monotonic_time () + PATIENCE_US;

    while (under_way > 0 && g_cond_wait_until (&over, &lock, until))
        ;
}

char *
log_json (void)
{
    GString *out = g_string_new ("[");

    g_mutex_lock (&lock);
    wait_for_lines ();
    for (guint i = 0; i < lines->len; i++)
        g_string_append_printf (out, "%s%s", i > 0 ? ",\n" : "", (const char *)g_ptr_array_index (lines, i));
    g_mutex_unlock (&lock);
    g_string_append_c (out, ']');
    return g_string_free (out, FALSE);
}

void
log_clear (void)
{
    g_mutex_lock (&lock);
    wait_for_lines ();
    g_ptr_array_set_size (lines, 0);
    g_mutex_unlock (&lock);
}
