/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to the stand-in, each on a connection of its own. */
#include "control.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static guint16 port;

void
control_init (const char *url)
{
    port = (guint16)atoi (strrchr (url, ':') + 1);
}

static int
connect_to_server (void)
{
    const struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons (port), .sin_addr.s_addr = htonl (INADDR_LOOPBACK)};
    const int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect (fd, (const struct sockaddr *)&to, sizeof to) != 0)
        g_error ("the server cannot be reached: %s", g_strerror (errno));
    return fd;
}

char *
control (const char *method, const char *what, const char *body)
{
    const int fd = connect_to_server ();
    g_autoptr (GString) got = g_string_new (NULL);
    g_autofree char *text = g_strdup_printf (
        "%s /_standin/%s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s", method,
        what, body != NULL ? strlen (body) : 0, body != NULL ? body : "");
    char buffer[65536];
    ssize_t n = send (fd, text, strlen (text), MSG_NOSIGNAL);
    while (n > 0 && (n = recv (fd, buffer, sizeof buffer, 0)) > 0)
        g_string_append_len (got, buffer, n);
    close (fd);
    const char *end = strstr (got->str, "\r\n\r\n");
    if (!g_str_has_prefix (got->str, "HTTP/1.1 200") || end == NULL)
        g_error ("%s %s: %s", method, what, got->str);
    return g_strdup (end + strlen ("\r\n\r\n"));
}

static void
stored_free (gpointer data)
{
    Stored *stored = data;
    g_free (stored->resource);
    g_free (stored->path);
    g_free (stored->md5);
    g_free (stored->place);
    g_free (stored);
}

GPtrArray *
control_store (const char *label, guint *n_resources)
{
    GPtrArray *found = g_ptr_array_new_with_free_func (stored_free);
    g_autofree char *what = g_strdup_printf ("store?label=%s", label);
    g_autofree char *text = control ("GET", what, NULL);
    g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
    *n_resources = 0;
    for (guint i = 0; lines[i] != NULL && lines[i][0] != '\0'; i++) {
        g_auto (GStrv) cells = g_strsplit (lines[i], "\t", -1);
        if (g_strv_length (cells) != 5) {
            (*n_resources)++;
            continue;
        }
        Stored *stored = g_new (Stored, 1);
        *stored = (Stored){.resource = g_strdup (cells[0]),
                           .path = g_strdup (cells[1]),
                           .size = g_ascii_strtoll (cells[2], NULL, 10),
                           .md5 = g_strdup (cells[3]),
                           .place = g_strdup (cells[4])};
        g_ptr_array_add (found, stored);
    }
    return found;
}

guint
control_sessions (const char *user)
{
    g_autofree char *text = control ("GET", "sessions", NULL);
    g_autofree char *mark = g_strdup_printf ("\"user\":\"%s\"", user);
    guint count = 0;
    for (const char *at = text; (at = strstr (at, mark)) != NULL; at += strlen (mark))
        count++;
    return count;
}

void
control_wait_until_quiet (void)
{
    for (;;) {
        g_autofree char *number = control ("GET", "connections", NULL);
        if (strcmp (number, "0") == 0)
            return;
        g_usleep (10000);
    }
}
