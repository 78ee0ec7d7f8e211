/* SPDX-License-Identifier: Apache-2.0 */
/* The stand-in's options, and the way of each request from the socket to the part that answers. */
#include "app.h"

#include <glib/gstdio.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

App app;

typedef struct Options {
    gint port;
    char *port_file;
    char *bind;
    char *tls_cert;
    char *tls_key;
    char *root;
    char *archive;
    char *sample;
    char *log;
} Options;

static gboolean
set_option (const char *name, const char *value, gpointer data, GError **error)
{
    /* A switch without a value is one that is turned on. */
    if (settings_set (&app.settings, name + strspn (name, "-"), value ? value : "true"))
        return TRUE;
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s: bad value %s", name, value ? value : "");
    return FALSE;
}

#define SWITCH(name, flags, text)                                                  \
    {                                                                              \
        name, 0, flags, G_OPTION_ARG_CALLBACK, (gpointer)set_option, text, "VALUE" \
    }

static gboolean
parse_options (Options *options, int *argc, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"port", 0, 0, G_OPTION_ARG_INT, &options->port, "port to listen on, 0: any", "N"},
        {"port-file", 0, 0, G_OPTION_ARG_FILENAME, &options->port_file, "file for the address", "FILE"},
        {"bind", 0, 0, G_OPTION_ARG_STRING, &options->bind, "address to listen on", "ADDR"},
        {"tls-cert", 0, 0, G_OPTION_ARG_FILENAME, &options->tls_cert, "certificate (PEM)", "FILE"},
        {"tls-key", 0, 0, G_OPTION_ARG_FILENAME, &options->tls_key, "key (PEM)", "FILE"},
        {"root", 0, 0, G_OPTION_ARG_FILENAME, &options->root, "directory for the files' bytes", "DIR"},
        {"archive", 0, 0, G_OPTION_ARG_FILENAME, &options->archive, "archive to load (JSON)", "FILE"},
        {"sample", 0, 0, G_OPTION_ARG_STRING, &options->sample, "archive to generate", "SPEC"},
        {"log", 0, 0, G_OPTION_ARG_FILENAME, &options->log, "request log", "FILE"},
        SWITCH ("prefix", 0, "context path"),
        SWITCH ("version", 0, "1.7, 1.8 or 1.9"),
        SWITCH ("require-login", 0, "closed site"),
        SWITCH ("session-timeout", 0, "seconds"),
        SWITCH ("max-sessions", 0, "of one user"),
        SWITCH ("max-failed-logins", 0, "until the lock"),
        SWITCH ("checksums", 0, "digests are kept"),
        SWITCH ("ranges", 0, "ranges of single files"),
        SWITCH ("site-url", 0, "what the site thinks to be called"),
        SWITCH ("secure-cookies", G_OPTION_FLAG_OPTIONAL_ARG, "Secure on the session's cookie"),
        SWITCH ("sticky-cookie", 0, "a balancer's cookie that must come back"),
        SWITCH ("plain-expiration", G_OPTION_FLAG_OPTIONAL_ARG, "the newer form of the expiration cookie"),
        SWITCH ("https-port", 0, "requests in clear are sent there; loop: to themselves"),
        SWITCH ("configured", 0, "the site has been set up"),
        SWITCH ("paging", 0, "limit and offset are known"),
        SWITCH ("shuffle", 0, "rows in another order each time"),
        SWITCH ("jvm-route", 0, "the node's name behind session IDs, at most 6 characters"),
        SWITCH ("bulk", 0, "the joined query: true, false, 504, missing-key or no-numbers"),
        SWITCH ("keep-alive-ms", 0, "how long a connection may be idle"),
        SWITCH ("create-race-ms", 0, "between looking for a resource and making it"),
        SWITCH ("latency-ms", 0, "before the first byte"),
        SWITCH ("login-ms", 0, "judging a password"),
        SWITCH ("write-ms", 0, "each change of the archive"),
        SWITCH ("catalog-us-per-file", 0, "parsing a catalog"),
        SWITCH ("list-us-per-file", 0, "a row of a list of files, besides"),
        SWITCH ("archive-us-per-file", 0, "before the first byte of an archive, besides"),
        SWITCH ("bulk-ms", 0, "a query of sessions, whatever it finds"),
        SWITCH ("bulk-us-per-row", 0, "making a table"),
        SWITCH ("bulk-us-per-number", 0, "a row with numbers of resources, besides"),
        SWITCH ("disk-mb-per-s", 0, "reading for checksums"),
        SWITCH ("archive-mb-per-s", 0, "packing without compression"),
        SWITCH ("deflate-mb-per-s", 0, "packing with it"),
        SWITCH ("connection-mb-per-s", 0, "what one connection carries"),
        {NULL},
    };
    g_autoptr (GOptionContext) context = g_option_context_new ("- an XNAT to test against");

    g_option_context_add_main_entries (context, entries, NULL);
    return g_option_context_parse (context, argc, argv, error);
}

/* What the servlet container's firewall refuses, before anybody is asked who they are. */
static gboolean
firewall (Ctx *ctx)
{
    static const char *const refused[] = {";", "%3b", "%25", "%2e", "//", "/./", "/../", NULL};
    g_autofree char *lower = g_ascii_strdown (ctx->req->path, -1);

    if (strstr (lower, "%2f") || strstr (lower, "%5c")) {
        page_tomcat (ctx, 400, NULL);
        return FALSE;
    }
    for (guint i = 0; refused[i]; i++) {
        if (strstr (lower, refused[i])) {
            page_error (ctx);
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
channel (Ctx *ctx)
{
    const char *port = app.settings.https_port;
    const char *host = request_header (ctx->req, "Host");
    g_autofree char *target = NULL;
    g_autofree char *name = NULL;

    if (!port || ctx->req->secure)
        return TRUE;
    name = host ? g_strndup (host, strcspn (host, ":")) : g_strdup ("127.0.0.1");
    target = strcmp (port, "loop") == 0 ? g_strdup (ctx->req->target)
                                        : g_strdup_printf ("https://%s:%s%s", name, port, ctx->req->target);
    page_redirect (ctx, 302, target);
    return FALSE;
}

static void
serve_app_page (Ctx *ctx)
{
    if (strcmp (ctx->path, "/app/template/Login.vm") == 0)
        page_login (ctx);
    else
        reply_text (ctx->reply, 200, "text/html;charset=UTF-8",
                    "<!DOCTYPE html>\n<html><head><title>XNAT</title></head><body></body></html>\n");
}

static void
dispatch (Ctx *ctx)
{
    const char *path = ctx->path;
    gboolean data = g_str_has_prefix (path, "/data/") || strcmp (path, "/data") == 0;
    gboolean rest = g_str_has_prefix (path, "/REST/") || strcmp (path, "/REST") == 0;

    if (data || rest) {
        reply_header (ctx->reply, "Server", "Noelios-Restlet-Engine/1.1.10");
        reply_header (ctx->reply, "Vary", "Accept, Accept-Charset, Accept-Encoding, Accept-Language");
        if (!services_handle (ctx, path + 5))
            data_handle (ctx, path + 5);
        /* Said of every answer, whether ranges make sense with it or not. */
        if (app.settings.ranges && !ctx->thrown)
            reply_header (ctx->reply, "Accept-Ranges", "bytes");
        range_filter (ctx);
    } else if (g_str_has_prefix (path, "/xapi/")) {
        xapi_handle (ctx, path + 5);
    } else {
        serve_app_page (ctx);
    }
}

static gboolean
strip_prefix (Ctx *ctx)
{
    gsize len = strlen (app.settings.prefix);
    const char *path = ctx->req->path;

    if (strncmp (path, app.settings.prefix, len) != 0 || (path[len] != '/' && path[len] != '\0')) {
        page_tomcat (ctx, 404, path);
        return FALSE;
    }
    ctx->path = path[len] ? path + len : "/";
    return TRUE;
}

static void
judge (Ctx *ctx)
{
    reply_header (ctx->reply, "X-Frame-Options", "SAMEORIGIN");
    auth_note (ctx);
    ctx->work_us += (gint64)app.settings.latency_ms * 1000;
    if (!fault_apply (ctx) || !strip_prefix (ctx) || !firewall (ctx) || !channel (ctx))
        return;
    if (auth_check (ctx))
        dispatch (ctx);
    auth_cookies (ctx);
    if (ctx->lose_result)
        page_proxy (ctx, 504);
}

static void
handle (Request *req, Reply *reply, gpointer data)
{
    Ctx *ctx = g_new0 (Ctx, 1);

    *ctx = (Ctx){.archive = app.archive, .req = req, .reply = reply, .path = req->path};
    if (control_handle (ctx)) {
        g_free (ctx);
        return;
    }
    req->context = ctx;
    log_begin ();
    judge (ctx);
    /* The session's clock has been running since the request came in. */
    cost_us (ctx->work_us);
}

static void
done (Request *req, const Reply *reply, gpointer data)
{
    Ctx *ctx = req->context;

    if (!ctx)
        return;
    log_end (ctx, reply->drop ? 0 : reply->status);
    g_free (ctx);
}

static gboolean
fill_archive (const Options *options, GError **error)
{
    g_autofree char *root = options->root ? g_strdup (options->root) : g_dir_make_tmp ("standin-XXXXXX", error);

    if (!root)
        return FALSE;
    g_mkdir_with_parents (root, 0700);
    app.archive = archive_new (root);
    if (options->archive)
        return archive_load_json (app.archive, options->archive, error);
    return sample_archive (app.archive, options->sample, error);
}

static gboolean
announce (const Options *options, GError **error)
{
    g_autofree char *line = g_strconcat (app.origin, app.settings.prefix, "\n", NULL);

    fputs (line, stdout);
    fflush (stdout);
    return !options->port_file || g_file_set_contents (options->port_file, line, -1, error);
}

static gboolean
start (const Options *options, GError **error)
{
    HttpConfig config = {.bind = options->bind ? options->bind : "127.0.0.1",
                         .port = (guint16)options->port,
                         .tls_cert = options->tls_cert,
                         .tls_key = options->tls_key,
                         .idle_ms = &app.settings.keep_alive_ms,
                         .mb_per_s = &app.settings.connection_mb_per_s,
                         .handler = handle,
                         .done = done};
    gboolean six = strchr (config.bind, ':') != NULL;
    g_autofree char *origin = NULL;

    log_open (options->log);
    auth_init ();
    routes_init ();
    app.tls = options->tls_cert != NULL;
    app.origin = "";
    if (!fill_archive (options, error) || !http_server_start (&config, &app.port, error))
        return FALSE;
    origin = g_strdup_printf ("http%s://%s%s%s:%u", app.tls ? "s" : "", six ? "[" : "", config.bind, six ? "]" : "",
                              app.port);
    app.origin = S (origin);
    return announce (options, error);
}

int
main (int argc, char **argv)
{
    Options options = {0};
    g_autoptr (GError) error = NULL;
    sigset_t ends;
    int got;

    /* Names in a tar are written by libarchive in the locale's characters. */
    setlocale (LC_CTYPE, "C.UTF-8");
    signal (SIGPIPE, SIG_IGN);
    sigemptyset (&ends);
    sigaddset (&ends, SIGTERM);
    sigaddset (&ends, SIGINT);
    pthread_sigmask (SIG_BLOCK, &ends, NULL);
    settings_init (&app.settings);
    if (!parse_options (&options, &argc, &argv, &error) || !start (&options, &error)) {
        fprintf (stderr, "standin: %s\n", error ? error->message : "cannot start");
        return EXIT_FAILURE;
    }
    sigwait (&ends, &got);
    return EXIT_SUCCESS;
}
