/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of HTTP/2 against a real server, nginx: that it is used, that a slow reader holds up nobody, and that bodies go
 * both ways. */
#include "../rounds.h"
#include "common.h"

#include "base/error.h"

#include <arpa/inet.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Usually more than all buffers on the way hold. */
static gint64 large_size;

typedef struct {
    char *directory;
    guint16 port;
    GPid pid;
} Server;

static const char configuration[] =
    "daemon off; master_process off; pid %1$s/pid; error_log %1$s/log;\n"
    "events { worker_connections 64; }\n"
    "http { access_log off; send_timeout 600; client_max_body_size 0; client_body_temp_path %1$s/body; proxy_temp_path "
    "%1$s/proxy;\n"
    "fastcgi_temp_path %1$s/fastcgi; uwsgi_temp_path %1$s/uwsgi; scgi_temp_path %1$s/scgi;\n"
    "server { listen 127.0.0.1:%2$u ssl http2; ssl_certificate %1$s/certificate.pem; ssl_certificate_key "
    "%1$s/key.pem;\n"
    "add_header X-Protocol $server_protocol always; root %1$s;\n"
    "location /put/ { dav_methods PUT; create_full_put_path on; }\n"
    "location /refuse { return 401 no; } } }\n";

static guint16
free_port (void)
{
    const int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    g_assert_cmpint (bind (fd, (struct sockaddr *)&address, sizeof address), ==, 0);
    g_assert_cmpint (getsockname (fd, (struct sockaddr *)&address, &size), ==, 0);
    close (fd);
    return ntohs (address.sin_port);
}

static void
write_files (Server *server)
{
    g_autofree char *script =
        g_strdup_printf ("cd '%s' && exec openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
                         "-subj /CN=own -keyout key.pem -out certificate.pem",
                         server->directory);
    const char *command[] = {"sh", "-c", script, NULL};
    g_autofree char *output = NULL;
    int status = -1;
    g_assert_true (
        g_spawn_sync (NULL, (char **)command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, &output, &status, NULL));
    g_assert_cmpint (status, ==, 0);
    g_autofree guint8 *bytes = g_malloc ((gsize)large_size);
    for (gint64 i = 0; i < large_size; i++)
        bytes[i] = scenario_byte (i);
    g_autofree char *large = g_build_filename (server->directory, "large", NULL);
    g_autofree char *small = g_build_filename (server->directory, "small", NULL);
    g_autofree char *conf = g_build_filename (server->directory, "conf", NULL);
    g_autofree char *text = g_strdup_printf (configuration, server->directory, server->port);
    g_assert_true (g_file_set_contents (large, (const char *)bytes, large_size, NULL));
    g_assert_true (g_file_set_contents (small, "hello", 5, NULL));
    g_assert_true (g_file_set_contents (conf, text, -1, NULL));
}

static XnTransfer *
request_path (Bench *bench, Server *server, const char *method, const char *path, gint64 body_length, GError **error)
{
    g_autofree char *url = g_strdup_printf ("https://127.0.0.1:%u%s", server->port, path);
    gint64 offset = 0;
    XnRequest request = bench_request (method, url);
    request.verify = FALSE;
    if (body_length >= 0) {
        request.body = bench_body;
        request.body_data = &offset;
        request.body_length = body_length;
    }
    return xn_transfer_start (bench->engine, &request, bench->op, error);
}

static Server *
server_start (Bench *bench)
{
    g_autofree char *program = g_find_program_in_path ("nginx");
    if (program == NULL)
        return NULL;
    Server *server = g_new0 (Server, 1);
    server->directory = g_dir_make_tmp ("net-http2-XXXXXX", NULL);
    server->port = free_port ();
    write_files (server);
    g_autofree char *conf = g_build_filename (server->directory, "conf", NULL);
    const char *command[] = {program, "-c", conf, "-p", server->directory, NULL};
    g_assert_true (
        g_spawn_async (NULL, (char **)command, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &server->pid, NULL));
    for (guint i = 0;; i++) {
        g_autoptr (GError) error = NULL;
        g_autoptr (XnTransfer) transfer = request_path (bench, server, "GET", "/small", -1, &error);
        if (transfer != NULL)
            return server;
        if (i == 200)
            g_error ("nginx does not start: %s", error->message);
        g_usleep (50 * 1000);
    }
}

static void
server_stop (Server *server)
{
    if (server == NULL)
        return;
    kill (server->pid, SIGKILL);
    waitpid (server->pid, NULL, 0);
    const char *command[] = {"rm", "-rf", server->directory, NULL};
    g_spawn_sync (NULL, (char **)command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    g_free (server->directory);
    g_free (server);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Server, server_stop)

static void
check_slow_reader (Bench *bench, Server *server)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (XnTransfer) unread = request_path (bench, server, "GET", "/large", -1, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (xn_transfer_header (unread, "x-protocol"), ==, "HTTP/2.0");
    g_usleep (300 * 1000);
    for (guint i = 0; i < 3; i++) {
        g_autoptr (XnTransfer) large = request_path (bench, server, "GET", "/large", -1, &error);
        g_assert_no_error (error);
        g_assert_cmpint (bench_drain (large, &error), ==, large_size);
        g_assert_no_error (error);
    }
    g_assert_cmpint (bench_drain (unread, &error), ==, large_size);
    g_assert_no_error (error);
}

static void
check_uploads (Bench *bench, Server *server)
{
    const gint64 sizes[] = {0, 1, 100000, large_size};
    for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
        g_autoptr (GError) error = NULL;
        g_autofree char *path = g_strdup_printf ("/put/%u", i);
        g_autoptr (XnTransfer) put = request_path (bench, server, "PUT", path, sizes[i], &error);
        g_assert_no_error (error);
        g_assert_cmpint (xn_transfer_status (put), ==, 201);
        g_assert_cmpint (bench_drain (put, &error), ==, 0);
        g_autoptr (XnTransfer) get = request_path (bench, server, "GET", path, -1, &error);
        g_assert_no_error (error);
        g_assert_cmpint (bench_drain (get, &error), ==, sizes[i]);
    }
}

static void
check_refusal (Bench *bench, Server *server)
{
    g_autoptr (GError) error = NULL;
    const guint64 before = xn_op_counts (bench->op).bytes_wire;
    g_autoptr (XnTransfer) refused = request_path (bench, server, "PUT", "/refuse", 2000000000, &error);
    g_assert_no_error (error);
    g_assert_cmpint (xn_transfer_status (refused), ==, 401);
    g_autofree char *text = bench_text (refused, &error);
    g_assert_cmpstr (text, ==, "no");
    g_assert_cmpuint (xn_op_counts (bench->op).bytes_wire - before, <, 500000000);
}

static void
test_http2 (void)
{
    g_autoptr (Bench) bench = bench_new (8);
    g_autoptr (Server) server = server_start (bench);
    if (server == NULL) {
        g_test_fail_printf ("there is no nginx: install nginx-light");
        return;
    }
    check_slow_reader (bench, server);
    check_uploads (bench, server);
    check_refusal (bench, server);
    check_slow_reader (bench, server);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    large_size = (gint64)rounds (40 * 1024 * 1024, 8 * 1024 * 1024);
    g_test_add_func ("/net/http2/nginx", test_http2);
    return g_test_run ();
}
