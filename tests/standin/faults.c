/* SPDX-License-Identifier: Apache-2.0 */
/* Faults that tests order: which request they meet, how often, and what they do to it. */
#include "app.h"

#include <string.h>
#include <yajl/yajl_tree.h>

typedef struct Fault {
    char *method;    /* NULL: any */
    GRegex *path;    /* NULL: any; searched in the target with its query */
    GRegex *without; /* NULL, or targets that it leaves alone */
    gint64 count;    /* times left, -1: always */
    gint64 skip;     /* first requests that pass */
    gint64 status;   /* 0: answer as usual */
    char *body;      /* kind of the answer's body */
    char *message;
    char *location;
    gint64 retry_after; /* -1: none */
    gint64 delay_ms;
    gint64 zip_members;
    gint64 shift_range;
    gint64 false_range;
    gboolean no_total;
    gboolean lose_result;
    gboolean reset;
    gboolean expire; /* all sessions are lost just before */
    gboolean hold;   /* the request waits until it is let go */
    WireFault wire;
    gint64 hits; /* requests that it met so far */
    char *first; /* method and target of the first of them */
} Fault;

/* Nobody holds a request for longer: the test that would let it go is gone. */
#define HOLD_MAX_US (60 * G_USEC_PER_SEC)

static GMutex lock;
static GCond let_go;
static GPtrArray *faults;
static gint64 restart_until_us;
static gint64 held; /* requests that wait */

static void
fault_free (gpointer data)
{
    Fault *fault = data;

    g_free (fault->method);
    g_clear_pointer (&fault->path, g_regex_unref);
    g_clear_pointer (&fault->without, g_regex_unref);
    g_free (fault->body);
    g_free (fault->message);
    g_free (fault->location);
    g_free (fault->first);
    g_free (fault);
}

static char *
text_of (yajl_val tree, const char *name)
{
    const char *path[] = {name, NULL};
    yajl_val value = yajl_tree_get (tree, path, yajl_t_string);

    return value ? g_strdup (YAJL_GET_STRING (value)) : NULL;
}

static gint64
number_of (yajl_val tree, const char *name, gint64 otherwise)
{
    const char *path[] = {name, NULL};
    yajl_val value = yajl_tree_get (tree, path, yajl_t_any);

    if (value && YAJL_IS_INTEGER (value))
        return YAJL_GET_INTEGER (value);
    if (value && YAJL_IS_DOUBLE (value))
        return (gint64)YAJL_GET_DOUBLE (value);
    return value && YAJL_IS_TRUE (value) ? 1 : otherwise;
}

/* Tests make spelling mistakes; an unknown member would be a fault that never comes. */
static const char *
check_members (yajl_val tree)
{
    static const char *const known[] = {"method",      "path",        "without",       "count",       "skip",
                                        "status",      "body",        "message",       "location",    "retry_after",
                                        "delay_ms",    "zip_members", "lose_result",   "close_after", "corrupt_at",
                                        "stall_after", "stall_ms",    "request_after", "reset",       "expire",
                                        "hold",        "head_after",  "say_length",    "bad_chunk",   "drip_bytes",
                                        "drip_ms",     "no_http",     "no_end",        "shift_range", "false_range",
                                        "no_total",    NULL};

    for (gsize i = 0; i < YAJL_GET_OBJECT (tree)->len; i++) {
        if (!g_strv_contains (known, YAJL_GET_OBJECT (tree)->keys[i]))
            return "unknown member in the fault";
    }
    return NULL;
}

static void
wire_parse (yajl_val tree, WireFault *wire)
{
    wire->close_after = number_of (tree, "close_after", -1);
    wire->corrupt_at = number_of (tree, "corrupt_at", -1);
    wire->stall_after = number_of (tree, "stall_after", -1);
    wire->stall_ms = (guint)number_of (tree, "stall_ms", 0);
    wire->request_after = number_of (tree, "request_after", -1);
    wire->head_after = number_of (tree, "head_after", -1);
    wire->say_length = number_of (tree, "say_length", -1);
    wire->bad_chunk = number_of (tree, "bad_chunk", -1);
    wire->drip_bytes = number_of (tree, "drip_bytes", 0);
    wire->drip_ms = (guint)number_of (tree, "drip_ms", 0);
    wire->no_http = number_of (tree, "no_http", 0) != 0;
    wire->no_end = number_of (tree, "no_end", 0) != 0;
}

static const char *
fault_parse (yajl_val tree, Fault *fault)
{
    g_autofree char *path = text_of (tree, "path");
    g_autofree char *without = text_of (tree, "without");

    fault->method = text_of (tree, "method");
    fault->body = text_of (tree, "body");
    fault->message = text_of (tree, "message");
    fault->location = text_of (tree, "location");
    fault->count = number_of (tree, "count", 1);
    fault->skip = number_of (tree, "skip", 0);
    fault->status = number_of (tree, "status", 0);
    fault->retry_after = number_of (tree, "retry_after", -1);
    fault->delay_ms = number_of (tree, "delay_ms", 0);
    fault->zip_members = number_of (tree, "zip_members", 0);
    fault->shift_range = number_of (tree, "shift_range", 0);
    fault->false_range = number_of (tree, "false_range", 0);
    fault->no_total = number_of (tree, "no_total", 0) != 0;
    fault->lose_result = number_of (tree, "lose_result", 0) != 0;
    fault->reset = number_of (tree, "reset", 0) != 0;
    fault->expire = number_of (tree, "expire", 0) != 0;
    fault->hold = number_of (tree, "hold", 0) != 0;
    wire_parse (tree, &fault->wire);
    if (path && !(fault->path = g_regex_new (path, 0, 0, NULL)))
        return "bad expression in path";
    if (without && !(fault->without = g_regex_new (without, 0, 0, NULL)))
        return "bad expression in without";
    return check_members (tree);
}

const char *
fault_add (const char *json)
{
    yajl_val tree = yajl_tree_parse (json, NULL, 0);
    Fault *fault;
    const char *wrong;

    if (!tree || !YAJL_IS_OBJECT (tree)) {
        yajl_tree_free (tree);
        return "a fault is a JSON object";
    }
    fault = g_new0 (Fault, 1);
    wrong = fault_parse (tree, fault);
    yajl_tree_free (tree);
    if (wrong) {
        fault_free (fault);
        return wrong;
    }
    g_mutex_lock (&lock);
    if (!faults)
        faults = g_ptr_array_new_with_free_func (fault_free);
    g_ptr_array_add (faults, fault);
    g_mutex_unlock (&lock);
    return NULL;
}

void
fault_clear (void)
{
    g_mutex_lock (&lock);
    if (faults)
        g_ptr_array_set_size (faults, 0);
    restart_until_us = 0;
    g_mutex_unlock (&lock);
}

char *
fault_json (void)
{
    GString *out = g_string_new ("{");

    g_mutex_lock (&lock);
    json_member_int (out, "held", held);
    g_string_append (out, ",\"hits\":[");
    for (guint i = 0; faults && i < faults->len; i++)
        g_string_append_printf (out, "%s%" G_GINT64_FORMAT, i > 0 ? "," : "",
                                ((Fault *)g_ptr_array_index (faults, i))->hits);
    g_string_append (out, "],\"first\":[");
    for (guint i = 0; faults && i < faults->len; i++) {
        const Fault *fault = g_ptr_array_index (faults, i);

        g_string_append (out, i > 0 ? "," : "");
        json_string (out, fault->first ? fault->first : "");
    }
    g_mutex_unlock (&lock);
    g_string_append (out, "]}");
    return g_string_free (out, FALSE);
}

void
fault_let_go (void)
{
    g_mutex_lock (&lock);
    held = 0;
    g_cond_broadcast (&let_go);
    g_mutex_unlock (&lock);
}

/* Keeps a request back until somebody lets it go. */
static void
hold_back (void)
{
    gint64 until = g_get_monotonic_time () + HOLD_MAX_US;

    g_mutex_lock (&lock);
    held++;
    while (held > 0 && g_cond_wait_until (&let_go, &lock, until))
        ;
    g_mutex_unlock (&lock);
}

void
fault_restart (guint seconds)
{
    g_mutex_lock (&lock);
    restart_until_us = g_get_monotonic_time () + (gint64)seconds * G_USEC_PER_SEC;
    g_mutex_unlock (&lock);
    sessions_expire (NULL, FALSE);
}

static gboolean
fits (Fault *fault, const Request *req)
{
    if (fault->count == 0 || (fault->method && strcmp (fault->method, req->method) != 0))
        return FALSE;
    if (fault->path && !g_regex_match (fault->path, req->target, 0, NULL))
        return FALSE;
    if (fault->without && g_regex_match (fault->without, req->target, 0, NULL))
        return FALSE;
    if (fault->skip > 0) {
        fault->skip--;
        return FALSE;
    }
    if (fault->count > 0)
        fault->count--;
    if (fault->hits++ == 0)
        fault->first = g_strconcat (req->method, " ", req->target, NULL);
    return TRUE;
}

static void
answer (Ctx *ctx, const Fault *fault, const char *kind)
{
    int status = (int)fault->status;

    if (fault->location)
        page_redirect (ctx, status, fault->location);
    else if (strcmp (kind, "tomcat") == 0)
        page_tomcat (ctx, status, fault->message);
    else if (strcmp (kind, "tomcat-404") == 0)
        page_tomcat (ctx, 404, "/data");
    else if (strcmp (kind, "nginx") == 0)
        page_proxy (ctx, status);
    else if (strcmp (kind, "html200") == 0)
        page_html200 (ctx);
    else if (strcmp (kind, "login-page") == 0)
        page_login (ctx);
    else if (strcmp (kind, "empty") == 0)
        reply_text (ctx->reply, status, NULL, "");
    else if (strcmp (kind, "raw") == 0)
        reply_text (ctx->reply, status, "application/json", fault->message ? fault->message : "");
    else
        page_status (ctx, status, fault->message);
}

static const char *
body_kind (const Fault *fault)
{
    if (fault->body)
        return fault->body;
    return fault->status == 502 || fault->status == 503 || fault->status == 504 ? "nginx" : "status-page";
}

/* @return FALSE when answered. */
static gboolean
apply (Ctx *ctx, const Fault *fault)
{
    const char *kind = body_kind (fault);
    gboolean answers = fault->status != 0 || fault->body;

    if (fault->hold)
        hold_back ();
    if (fault->expire)
        sessions_expire (NULL, FALSE);
    ctx->work_us += fault->delay_ms * 1000;
    ctx->req->fault = fault->wire;
    ctx->zip_members = (guint)fault->zip_members;
    ctx->shift_range = fault->shift_range;
    ctx->false_range = fault->false_range;
    ctx->no_total = fault->no_total;
    ctx->lose_result = fault->lose_result;
    if (fault->reset)
        ctx->reply->drop = TRUE;
    if (answers)
        answer (ctx, fault, kind);
    if (fault->retry_after >= 0) {
        g_autofree char *seconds = g_strdup_printf ("%d", (int)fault->retry_after);

        reply_header (ctx->reply, "Retry-After", seconds);
    }
    return !answers && !fault->reset;
}

gboolean
fault_apply (Ctx *ctx)
{
    Fault hit = {0};
    gboolean found = FALSE;
    gboolean starting;

    g_mutex_lock (&lock);
    starting = restart_until_us > g_get_monotonic_time ();
    for (guint i = 0; faults && i < faults->len && !found; i++) {
        Fault *fault = g_ptr_array_index (faults, i);

        found = fits (fault, ctx->req);
        if (found) {
            hit = *fault;
            hit.body = fault->body ? request_strdup (ctx->req, fault->body) : NULL;
            hit.message = fault->message ? request_strdup (ctx->req, fault->message) : NULL;
            hit.location = fault->location ? request_strdup (ctx->req, fault->location) : NULL;
        }
    }
    g_mutex_unlock (&lock);
    if (starting) {
        page_tomcat (ctx, 404, ctx->req->path);
        return FALSE;
    }
    return !found || apply (ctx, &hit);
}
