/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the plugin what is below a URL, as ls does, and takes the next segment of what it says. Must not know how the levels of
 * an archive are called: that the URLs of what is there tell. */
#include <string.h>
#include <unistd.h>

#include "complete-cache.h"
#include "complete-url.h"
#include "item.h"

#define MOST_ITEMS 10000
#define MOST_BYTES ((gsize)2 * 1024 * 1024)
#define LIMIT_US (G_GINT64_CONSTANT (10) * G_USEC_PER_SEC)
/* So that the next one is asked in any case, whatever was kept of this. */
#define NOTHING "-\n"

/* What no limit of time of a plugin is to be longer than here, as far as it has a setting of that name; and one try is enough. */
static const struct {
    const char *name, *value;
} limits[] = {{"connect_timeout", "3"}, {"answer_timeout", "5"}, {"stall_timeout", "5"}, {"retries", "0"}};

/* IOCall.cancelled */
static int
is_late (void *user_data)
{
    return g_get_monotonic_time () > *(const gint64 *)user_data;
}

/* How much of @url is scheme and server: up to the '/' behind it. */
static gsize
server_length (const char *url)
{
    const char *server = strstr (url, "://");

    return server != NULL ? (gsize)(server + 3 - url) + strcspn (server + 3, "/?#") : 0;
}

/* What a key must tell apart beside the URL: whose archive it is, seen with which login. */
static char *
make_key (const Options *options, const IOPlugin *plugin, const char *url, gsize length)
{
    static const char *const variables[] = {"HOME", "NETRC", "IOPLUG_PATH"};
    g_autoptr (GList) names = g_list_sort (g_hash_table_get_keys (options->settings), (GCompareFunc)strcmp);
    GString *key = g_string_new_len (url, (gssize)length);

    g_string_append_printf (key, "\n%s %s\n", plugin->name, plugin->version);
    for (const GList *name = names; name != NULL; name = name->next)
        g_string_append_printf (key, "%s=%s\n", (const char *)name->data,
                                (const char *)g_hash_table_lookup (options->settings, name->data));
    for (gsize i = 0; i < G_N_ELEMENTS (variables); i++) {
        const char *value = g_getenv (variables[i]);

        g_string_append_printf (key, "%s\n", value != NULL ? value : "");
    }
    return g_string_free (key, FALSE);
}

/* One line for each item: its name, encoded, with '/' if there may be more below; a tab; the path of its URL. */
static char *
describe_items (const IOResult *result)
{
    GString *text = g_string_new (NULL);

    for (size_t i = 0; i < result->n_items && i < MOST_ITEMS && text->len < MOST_BYTES; i++) {
        const IOItem *item = result->items[i];
        const char *path = item->value + server_length (item->value);
        g_autofree char *name = item->id != NULL ? g_uri_escape_string (item->id, NULL, FALSE) : g_strdup ("");

        if (name[0] != '\0' && strpbrk (path, "\t\n") == NULL)
            g_string_append_printf (text, "%s%s\t%.*s\n", name, item_is_container (item) ? "/" : "",
                                    (int)strcspn (path, "?"), path);
    }
    return g_string_free (text, FALSE);
}

/* Asks, and keeps what came of it. While it is asked, and for a minute after a failure, nobody asks that server again: a
 * login that is refused counts towards a lock. */
static char *
ask (int cache, const IOPlugin *plugin, const char *url, const char *key, const char *server_key)
{
    gint64 deadline = g_get_monotonic_time () + LIMIT_US;
    const IOCall call = {.struct_size = sizeof call, .user_data = &deadline, .cancelled = is_late};
    g_autofree char *text = NULL;
    IOResult *result;

    if (!complete_cache_claim (cache, server_key))
        return NULL;
    result = plugin->list_url (url, 0, &call);
    if (result != NULL && result->kind == IO_KIND_OK)
        text = describe_items (result);
    if (result != NULL && (result->kind == IO_KIND_OK || result->kind == IO_KIND_NOT_FOUND ||
                           result->kind == IO_KIND_AMBIGUOUS || result->kind == IO_KIND_USAGE)) {
        complete_cache_put (cache, key, text != NULL ? text : NOTHING);
        complete_cache_drop (cache, server_key);
    }
    plugin->free_result (result);
    return g_steal_pointer (&text);
}

static char *
look_below (Options *options, const IOPlugin *plugin, const char *url)
{
    g_autofree char *key = make_key (options, plugin, url, strlen (url));
    g_autofree char *server_key = make_key (options, plugin, url, server_length (url));
    g_autofree char *asked = NULL;
    char *text;
    int cache = complete_cache_open ();

    if (cache < 0)
        return NULL;
    text = complete_cache_get (cache, key);
    asked = text == NULL ? complete_cache_get (cache, server_key) : NULL;
    if (text == NULL && asked == NULL) {
        for (gsize i = 0; i < G_N_ELEMENTS (limits); i++)
            g_hash_table_insert (options->settings, g_strdup (limits[i].name), g_strdup (limits[i].value));
        text = ask (cache, plugin, url, key, server_key);
    }
    close (cache);
    return text;
}

/* The segments of a path, decoded; without empty ones. */
static GPtrArray *
split_path (const char *path, gsize length)
{
    g_autofree char *copy = g_strndup (path, length);
    g_auto (GStrv) parts = g_strsplit (copy, "/", -1);
    GPtrArray *segments = g_ptr_array_new_with_free_func (g_free);

    for (char **part = parts; *part != NULL; part++) {
        char *decoded = **part != '\0' ? g_uri_unescape_string (*part, NULL) : NULL;

        if (decoded != NULL)
            g_ptr_array_add (segments, decoded);
    }
    return segments;
}

/* What follows @base on the way to the item of @line: its name, if it is the next, else a step towards it. */
static char *
next_segment (const GPtrArray *base, const char *line)
{
    const char *tab = strchr (line, '\t');
    g_autoptr (GPtrArray) path = tab != NULL ? split_path (tab + 1, strlen (tab + 1)) : NULL;
    const char *step;
    g_autofree char *encoded = NULL;

    if (path == NULL || path->len < 2)
        return NULL;
    step = path->pdata[base->len == 0 ? 0 : path->len - 2];
    if (base->len > 0 && g_str_equal (base->pdata[base->len - 1], step))
        return g_strndup (line, (gsize)(tab - line));
    encoded = g_uri_escape_string (step, NULL, FALSE);
    return g_strconcat (encoded, "/", NULL);
}

/* The step to a level that a list does not show, as what is on the way to it stands there; NULL mostly. (transfer full) */
static char *
also_below (const IOPlugin *plugin, const char *url)
{
    IOResult *checked = plugin->check_url != NULL ? plugin->check_url (url, NULL) : NULL;
    gboolean is_read = checked != NULL && checked->kind == IO_KIND_OK && checked->n_items > 0;
    const char *name = is_read ? item_attribute (checked->items[0], "also_below") : NULL;
    char *step = name != NULL ? g_strconcat (name, "/", NULL) : NULL;

    plugin->free_result (checked);
    return step;
}

static gboolean
begins_with (const char *segment, const char *partial)
{
    g_autofree char *whole = g_uri_unescape_string (segment, NULL);
    g_autofree char *begin = g_uri_unescape_string (partial, NULL);

    return whole != NULL && begin != NULL && g_str_has_prefix (whole, begin);
}

/* @url, with all encoded that could start, end or change a command: what was in quotes may be put back without them.
 * (transfer full) */
static char *
make_plain (const char *url)
{
    GString *plain = g_string_new (NULL);

    for (const char *c = url; *c != '\0'; c++)
        if (g_ascii_isalnum (*c) || strchr ("-._~%:/@[]+,=*", *c) != NULL)
            g_string_append_c (plain, *c);
        else
            g_string_append_printf (plain, "%%%02X", (guchar)*c);
    return g_string_free (plain, FALSE);
}

/* Offers @segment (transfer full) (nullable) behind @plain if it is what @partial begins, once. */
static void
add_segment (char *segment, const char *plain, const char *partial, GHashTable *seen, GPtrArray *out)
{
    if (segment != NULL && g_hash_table_add (seen, segment) && begins_with (segment, partial))
        g_ptr_array_add (out, g_strconcat (plain, segment, NULL));
}

static void
add_archive (Options *options, const IOPlugin *plugin, const char *word, GPtrArray *out)
{
    gsize server = server_length (word);
    const char *slash = strrchr (word + server, '/');
    gsize above = slash != NULL ? (gsize)(slash + 1 - word) : 0;
    g_autofree char *base = g_strndup (word, above);
    g_autofree char *plain = make_plain (base);
    g_autofree char *text = NULL;
    g_autoptr (GPtrArray) segments = NULL;
    g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    g_auto (GStrv) lines = NULL;

    if (above == 0 || strpbrk (word, "?#") != NULL || plugin->list_url == NULL)
        return;
    text = look_below (options, plugin, base);
    lines = g_strsplit (text != NULL ? text : "", "\n", -1);
    segments = split_path (base + server, above - server);
    for (char **line = lines; *line != NULL; line++)
        add_segment (next_segment (segments, *line), plain, word + above, seen, out);
    if (g_hash_table_size (seen) > 0)
        add_segment (also_below (plugin, base), plain, word + above, seen, out);
}

GPtrArray *
complete_url (Options *options, const IOPluginHost *host, const char *word)
{
    GPtrArray *out = g_ptr_array_new_with_free_func (g_free);
    const IOPlugin *plugin = io_host_find (host, word, NULL);

    if (plugin != NULL) {
        add_archive (options, plugin, word, out);
        return out;
    }
    for (size_t i = 0; i < io_host_count (host); i++)
        for (const char *const *scheme = io_host_plugin (host, i)->schemes; *scheme != NULL; scheme++) {
            g_autofree char *begin = g_strconcat (*scheme, "://", NULL);

            if (g_str_has_prefix (begin, word))
                g_ptr_array_add (out, g_steal_pointer (&begin));
        }
    return out;
}
