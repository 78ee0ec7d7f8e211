/* SPDX-License-Identifier: Apache-2.0 */
/* Spooling and cutting multipart bodies. Must not know the archive. */
#include "multipart.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static gboolean
spool_body (Request *req, const char *spool)
{
    g_autofree guint8 *buffer = g_malloc (HTTP_BUFFER);
    int fd = open (spool, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    gssize n = -1;

    if (fd < 0)
        return FALSE;
    while ((n = request_read (req, buffer, HTTP_BUFFER)) > 0) {
        if (write (fd, buffer, (gsize)n) != n)
            break;
    }
    close (fd);
    return n == 0;
}

static char *
boundary_of (const char *type)
{
    const char *at = strstr (type, "boundary=");
    g_autofree char *value = NULL;

    if (!at)
        return NULL;
    at += strlen ("boundary=");
    value = *at == '"' ? g_strndup (at + 1, strcspn (at + 1, "\"")) : g_strndup (at, strcspn (at, "; "));
    return g_strconcat ("--", value, NULL);
}

/* The base name in `filename="..."` of a part's head, NULL for a plain field. */
static const char *
part_name (const char *head, gsize len)
{
    g_autofree char *text = g_strndup (head, len);
    char *at = strstr (text, "filename=\"");
    char *end;
    char *slash;

    if (!at)
        return NULL;
    at += strlen ("filename=\"");
    end = strchr (at, '"');
    if (end)
        *end = '\0';
    slash = MAX (strrchr (at, '/'), strrchr (at, '\\'));
    return g_intern_string (slash ? slash + 1 : at);
}

static void
cut (const char *data, gsize size, const char *boundary, GArray *parts)
{
    g_autofree char *inner = g_strconcat ("\r\n", boundary, NULL);
    const char *end = data + size;
    const char *at = memmem (data, size, boundary, strlen (boundary));

    while (at) {
        const char *head = at + strlen (boundary) + 2;
        const char *body = head < end ? memmem (head, (gsize)(end - head), "\r\n\r\n", 4) : NULL;
        const char *next;
        Part part;

        if (!body)
            return;
        body += 4;
        /* An empty part's end may begin with the line break that ends its head. */
        next = memmem (body - 2, (gsize)(end - body + 2), inner, strlen (inner));
        if (!next)
            return;
        part.name = (char *)part_name (head, (gsize)(body - head));
        part.offset = body - data;
        part.size = next > body ? (gsize)(next - body) : 0;
        if (part.name)
            g_array_append_val (parts, part);
        at = next + 2;
    }
}

GArray *
multipart_read (Request *req, const char *type, const char *spool)
{
    g_autofree char *boundary = boundary_of (type);
    g_autoptr (GMappedFile) map = NULL;
    GArray *parts;

    if (!boundary || !spool_body (req, spool))
        return NULL;
    map = g_mapped_file_new (spool, FALSE, NULL);
    if (!map)
        return NULL;
    parts = g_array_new (FALSE, FALSE, sizeof (Part));
    if (g_mapped_file_get_contents (map))
        cut (g_mapped_file_get_contents (map), g_mapped_file_get_length (map), boundary, parts);
    return parts;
}
