/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a list and names its entries. Must not fetch anything. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cancel.h"
#include "kinds.h"
#include "list.h"

/* What is left of a longer name, for a number may follow. */
#define CUT_NAME 200
#define NUMBER_ROOM 20
#define DIGEST_LENGTH 16
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

static void
entry_free (gpointer data)
{
    ListEntry *entry = data;

    g_free (entry->id);
    g_free (entry->url);
    g_free (entry->name);
    g_free (entry->reason);
    g_free (entry);
}

GPtrArray *
list_new (void)
{
    return g_ptr_array_new_with_free_func (entry_free);
}

static ListEntry *
entry_new (void)
{
    ListEntry *entry = g_new0 (ListEntry, 1);

    entry->bytes = -1;
    return entry;
}

void
list_add (GPtrArray *entries, const char *id, const char *url)
{
    ListEntry *entry = entry_new ();

    entry->id = g_strdup (id);
    entry->url = g_strdup (url);
    g_ptr_array_add (entries, entry);
}

static gboolean
read_all (int fd, GString *text)
{
    g_autofree char *buffer = g_malloc (65536);
    gssize count;

    while (cancel_wait_readable (fd)) {
        count = read (fd, buffer, 65536);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return count == 0;
        g_string_append_len (text, buffer, count);
    }
    errno = EINTR;
    return FALSE;
}

GString *
list_read (const char *file, GError **error)
{
    gboolean standard_input = strcmp (file, "-") == 0;
    GString *text = g_string_new (NULL);
    int fd = standard_input ? STDIN_FILENO : open (file, O_RDONLY | O_CLOEXEC);
    gboolean complete = fd >= 0 && read_all (fd, text);
    int reason = errno;

    if (fd >= 0 && !standard_input)
        close (fd);
    if (complete)
        return text;
    g_string_free (text, TRUE);
    g_set_error (error, IOPLUG_ERROR, cancel_requested () ? IO_KIND_CANCELLED : IO_KIND_IO,
                 "cannot read the list %s: %s", standard_input ? "on standard input" : file, g_strerror (reason));
    return NULL;
}

/* Cuts a name where a character ends; what tells it from others that begin alike is a digest. */
static void
shorten_name (GString *name, const char *id, gsize longest)
{
    g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, id, -1);
    gsize length = MIN (CUT_NAME, longest - NUMBER_ROOM) - DIGEST_LENGTH - 1;

    while (length > 0 && ((guchar)name->str[length] & 0xc0) == 0x80)
        length--;
    g_string_truncate (name, length);
    g_string_append_printf (name, "~%.*s", DIGEST_LENGTH, digest);
}

char *
list_encode_name (const char *id, gsize longest)
{
    GString *name;

    if (strcmp (id, ".") == 0)
        return g_strdup ("%2E");
    if (strcmp (id, "..") == 0)
        return g_strdup ("%2E%2E");
    name = g_string_new (NULL);
    for (const guchar *p = (const guchar *)id; *p != '\0'; p++) {
        if (*p == '/' || *p < 0x20 || *p == 0x7f)
            g_string_append_printf (name, "%%%02X", *p);
        else
            g_string_append_c (name, (char)*p);
    }
    if (name->len > longest)
        shorten_name (name, id, longest);
    return g_string_free (name, FALSE);
}

static void
refuse (ListEntry *entry, int kind, const char *reason)
{
    g_free (entry->reason);
    entry->reason = g_strdup (reason);
    entry->kind = kind;
}

/* The name that a single file would get in the destination itself: the last segment of the URL's path. NULL if the
 * URL names no file. */
static char *
bare_name (const char *url)
{
    gsize length = strcspn (url, "?#");
    const char *slash = g_strrstr_len (url, (gssize)length, "/");

    if (slash == NULL || slash + 1 == url + length)
        return NULL;
    return g_uri_unescape_segment (slash + 1, url + length, "/");
}

/* An unfinished fetch into NAME waits in NAME.partial, which therefore is taken as well. */
gboolean
list_take_name (GHashTable *taken, const char *name)
{
    g_autofree char *partial = g_strconcat (name, ".partial", NULL);

    if (g_hash_table_contains (taken, name) || g_hash_table_contains (taken, partial))
        return FALSE;
    g_hash_table_add (taken, g_strdup (name));
    g_hash_table_add (taken, g_steal_pointer (&partial));
    return TRUE;
}

/* `last_number` remembers how far each name was counted, so that a thousand equal ids are not counted a thousand
 * times from the start. */
static char *
free_name (GHashTable *taken, GHashTable *last_number, const char *id, gsize longest)
{
    g_autofree char *name = list_encode_name (id, longest);
    g_autofree char *base = NULL;
    guint number = GPOINTER_TO_UINT (g_hash_table_lookup (last_number, name));
    g_autofree char *numbered = NULL;

    if (number == 0 && list_take_name (taken, name)) {
        g_hash_table_insert (last_number, g_strdup (name), GUINT_TO_POINTER (1));
        return g_steal_pointer (&name);
    }
    number = MAX (number, 1);
    /* The number must fit, too. */
    base = strlen (name) + NUMBER_ROOM > longest ? list_encode_name (id, longest - NUMBER_ROOM) : g_strdup (name);
    do {
        g_free (numbered);
        numbered = g_strdup_printf ("%s~%u", base, ++number);
    } while (!list_take_name (taken, numbered));
    g_hash_table_insert (last_number, g_strdup (name), GUINT_TO_POINTER (number));
    return g_steal_pointer (&numbered);
}

void
list_name (GPtrArray *entries, gsize longest)
{
    g_autoptr (GHashTable) taken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr (GHashTable) last_number = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < entries->len; i++) {
        ListEntry *entry = entries->pdata[i];
        g_autofree char *bare = NULL;
        g_autofree char *reason = NULL;

        if (entry->reason != NULL)
            continue;
        if (entry->id[0] != '\0') {
            entry->name = free_name (taken, last_number, entry->id, longest);
            continue;
        }
        bare = bare_name (entry->url);
        if (bare == NULL || list_take_name (taken, bare))
            continue;
        reason = g_strdup_printf ("an earlier entry goes to '%s' in the destination, too; give the lines ids", bare);
        refuse (entry, IO_KIND_CONFLICT, reason);
    }
}

static ListEntry *
parse_line (const char *line, gsize length, guint number)
{
    ListEntry *entry = entry_new ();
    const char *tab = memchr (line, '\t', length);
    gsize id_length = tab != NULL ? (gsize)(tab - line) : 0;
    gsize url_start = tab != NULL ? id_length + 1 : 0;
    g_autofree char *reason = NULL;

    entry->id = g_strndup (line, id_length);
    entry->url = g_strndup (line + url_start, length - url_start);
    if (memchr (line, '\0', length) != NULL)
        reason = g_strdup_printf ("line %u of the list holds a NUL byte", number);
    else if (entry->url[0] == '\0')
        reason = g_strdup_printf ("line %u of the list has no URL", number);
    if (reason != NULL)
        refuse (entry, IO_KIND_USAGE, reason);
    return entry;
}

static gboolean
is_blank (const char *line, gsize length)
{
    for (gsize i = 0; i < length; i++)
        if (!g_ascii_isspace (line[i]))
            return FALSE;
    return TRUE;
}

GPtrArray *
list_parse (const char *text, gsize length, gsize longest)
{
    GPtrArray *entries = list_new ();
    const char *end = text + length;
    guint number = 0;

    /* Editors on Windows write one. */
    if (length >= strlen (BYTE_ORDER_MARK) && memcmp (text, BYTE_ORDER_MARK, strlen (BYTE_ORDER_MARK)) == 0)
        text += strlen (BYTE_ORDER_MARK);
    while (text < end) {
        const char *newline = memchr (text, '\n', (gsize)(end - text));
        const char *line_end = newline != NULL ? newline : end;
        gsize line_length = (gsize)(line_end - text);

        number++;
        if (line_length > 0 && text[line_length - 1] == '\r')
            line_length--;
        if (!is_blank (text, line_length))
            g_ptr_array_add (entries, parse_line (text, line_length, number));
        text = line_end + 1;
    }
    list_name (entries, longest);
    return entries;
}
