/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of TLS: whom it trusts and what it says when it does not. */
#include "common.h"

#include "base/error.h"

#include <glib/gstdio.h>
#include <microhttpd.h>
#include <string.h>

typedef struct {
    char *directory, *certificate_file;
    struct MHD_Daemon *daemon;
    guint16 port;
} Server;

static enum MHD_Result
answer (void *data, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
        const char *upload, size_t *upload_size, void **state)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer (5, (void *)(gsize) "hello", MHD_RESPMEM_PERSISTENT);
    const enum MHD_Result result = MHD_queue_response (connection, 200, response);
    MHD_destroy_response (response);
    return result;
}

/* A server with a certificate of its own for @name. */
static Server *
server_start (const char *name)
{
    Server *server = g_new0 (Server, 1);
    server->directory = g_dir_make_tmp ("net-tls-XXXXXX", NULL);
    server->certificate_file = g_build_filename (server->directory, "certificate.pem", NULL);
    g_autofree char *key_file = g_build_filename (server->directory, "key.pem", NULL);
    g_autofree char *names = g_strdup_printf ("subjectAltName=%s", name);
    const char *command[] = {"openssl",
                             "req",
                             "-x509",
                             "-newkey",
                             "ec",
                             "-pkeyopt",
                             "ec_paramgen_curve:P-256",
                             "-nodes",
                             "-days",
                             "2",
                             "-subj",
                             "/CN=own",
                             "-addext",
                             names,
                             "-keyout",
                             key_file,
                             "-out",
                             server->certificate_file,
                             NULL};
    int status = -1;
    g_autofree char *output = NULL;
    g_assert_true (
        g_spawn_sync (NULL, (char **)command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, &output, &status, NULL));
    g_assert_cmpint (status, ==, 0);
    g_autofree char *key = NULL;
    g_autofree char *certificate = NULL;
    g_assert_true (g_file_get_contents (key_file, &key, NULL, NULL));
    g_assert_true (g_file_get_contents (server->certificate_file, &certificate, NULL, NULL));
    server->daemon =
        MHD_start_daemon (MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_TLS, 0, NULL, NULL, answer, NULL,
                          MHD_OPTION_HTTPS_MEM_KEY, key, MHD_OPTION_HTTPS_MEM_CERT, certificate, MHD_OPTION_END);
    g_assert_nonnull (server->daemon);
    server->port = MHD_get_daemon_info (server->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    g_unlink (key_file);
    return server;
}

static void
server_stop (Server *server)
{
    MHD_stop_daemon (server->daemon);
    g_unlink (server->certificate_file);
    g_rmdir (server->directory);
    g_free (server->certificate_file);
    g_free (server->directory);
    g_free (server);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Server, server_stop)

static XnTransfer *
get (Bench *bench, Server *server, gboolean verify, const char *ca_file, GError **error)
{
    g_autofree char *url = g_strdup_printf ("https://127.0.0.1:%u/", server->port);
    XnRequest request = bench_request ("GET", url);
    request.verify = verify;
    request.ca_file = ca_file;
    return xn_transfer_start (bench->engine, &request, bench->op, error);
}

static void
test_untrusted (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_autoptr (Server) server = server_start ("IP:127.0.0.1");
    g_autoptr (GError) error = NULL;
    g_assert_null (get (bench, server, TRUE, NULL, &error));
    g_autofree char *words = g_strdup_printf ("the certificate of 127.0.0.1:%u is not trusted", server->port);
    bench_assert_network (error, FALSE, FALSE, words);
    g_assert_nonnull (strstr (error->message, "ca_file"));
    g_assert_nonnull (strstr (error->message, "verify=false"));
}

static void
test_trusted (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_autoptr (Server) server = server_start ("IP:127.0.0.1");
    g_autoptr (GError) error = NULL;
    g_autoptr (XnTransfer) transfer = get (bench, server, TRUE, server->certificate_file, &error);
    g_assert_no_error (error);
    g_autofree char *text = bench_text (transfer, &error);
    g_assert_cmpstr (text, ==, "hello");
    /* The trusted connection is not lent to a request that trusts others. */
    g_assert_null (get (bench, server, TRUE, NULL, &error));
    bench_assert_network (error, FALSE, FALSE, "is not trusted");
}

/* As curl's command: the variables count where the setting says nothing. */
static void
test_trusted_by_environment (void)
{
    static const char *const names[] = {"SSL_CERT_FILE", "CURL_CA_BUNDLE"};
    for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
        g_autoptr (Bench) bench = bench_new (8);
        g_autoptr (Server) server = server_start ("IP:127.0.0.1");
        g_autoptr (GError) error = NULL;
        g_setenv (names[i], server->certificate_file, TRUE);
        g_autoptr (XnTransfer) transfer = get (bench, server, TRUE, NULL, &error);
        g_assert_no_error (error);
        g_assert_null (get (bench, server, TRUE, "/nonexistent.pem", &error));
        g_unsetenv (names[i]);
    }
}

static void
test_wrong_name (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_autoptr (Server) server = server_start ("DNS:elsewhere.example.org");
    g_autoptr (GError) error = NULL;
    g_assert_null (get (bench, server, TRUE, server->certificate_file, &error));
    bench_assert_network (error, FALSE, FALSE, "no alternative certificate subject name matches");
}

static void
test_unchecked (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_autoptr (Server) server = server_start ("DNS:elsewhere.example.org");
    g_autoptr (GError) error = NULL;
    g_autoptr (XnTransfer) transfer = get (bench, server, FALSE, NULL, &error);
    g_assert_no_error (error);
    g_autofree char *text = bench_text (transfer, &error);
    g_assert_cmpstr (text, ==, "hello");
}

static void
test_no_ca_file (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_autoptr (Server) server = server_start ("IP:127.0.0.1");
    g_autoptr (GError) error = NULL;
    g_assert_null (get (bench, server, TRUE, "/nonexistent.pem", &error));
    bench_assert_network (error, FALSE, FALSE, "/nonexistent.pem");
}

/* A server that speaks in clear on that port. */
static void
test_no_tls (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_autofree char *url = g_strdup_printf ("https://127.0.0.1:%u/garbage", scenario_port (bench->scenario));
    g_autoptr (GError) error = NULL;
    XnRequest request = bench_request ("GET", url);
    request.connect_timeout_ms = 500;
    g_assert_null (xn_transfer_start (bench->engine, &request, bench->op, &error));
    /* It waits for the end of a request that it does not understand. */
    bench_assert_network (error, TRUE, FALSE, "no connection to 127.0.0.1:");
}

int
main (int argc, char **argv)
{
    static const char *const others[] = {"CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"};
    g_test_init (&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS (others); i++)
        g_unsetenv (others[i]);
    g_test_add_func ("/net/tls/untrusted", test_untrusted);
    g_test_add_func ("/net/tls/trusted", test_trusted);
    g_test_add_func ("/net/tls/trusted-by-environment", test_trusted_by_environment);
    g_test_add_func ("/net/tls/wrong-name", test_wrong_name);
    g_test_add_func ("/net/tls/unchecked", test_unchecked);
    g_test_add_func ("/net/tls/no-ca-file", test_no_ca_file);
    g_test_add_func ("/net/tls/no-tls", test_no_tls);
    return g_test_run ();
}
