/* SPDX-License-Identifier: Apache-2.0 */
/* The path of a URL: prefix, levels and their selectors, the file inside the resource; and the rules which levels may
 * follow each other. */
#include "xnat/url-private.h"

#include "base/error.h"

#include <string.h>

typedef struct {
    const char *start;
    gsize length;
} Segment;

typedef struct {
    XnUrl *url;
    const Segment *segments;
    guint n;
    guint next;          /* the segment to be read */
    gboolean have_level; /* one was read: */
    XnLevel last;
    gboolean have_way; /* "out" was read */
} Reader;

#define LEVELS "projects, subjects, experiments, one of scans, assessors and reconstructions, then resources"

static gboolean
segment_is (const Segment *segment, const char *text)
{
    return segment->length == strlen (text) && memcmp (segment->start, text, segment->length) == 0;
}

/* Order of the levels; those of one rank exclude each other. */
static int
rank (XnLevel level)
{
    switch (level) {
    case XN_LEVEL_PROJECT:
    case XN_LEVEL_SUBJECT:
    case XN_LEVEL_EXPERIMENT:
        return (int)level;
    case XN_LEVEL_SCAN:
    case XN_LEVEL_ASSESSOR:
    case XN_LEVEL_RECONSTRUCTION:
        return 3;
    default:
        return 4;
    }
}

static gboolean
is_dots (const char *name)
{
    return strcmp (name, ".") == 0 || strcmp (name, "..") == 0;
}

/* "after 'projects/P'" or "after '/data/'": where the reader is. */
static char *
place (const Reader *reader)
{
    if (!reader->have_level)
        return g_strdup ("after /data/");
    g_autofree char *quoted = xn_url_quote (reader->url->selector[reader->last], -1);
    return g_strdup_printf ("after %s %s", xn_level_name (reader->last), quoted);
}

static gboolean
unknown_level (const Reader *reader, const Segment *segment, GError **error)
{
    g_autofree char *where = place (reader);
    if (segment->length == 0) {
        xn_error_set (error, XN_ERROR_USAGE, "empty path segment ('//') %s in the URL: remove one '/'", where);
        return FALSE;
    }
    g_autofree char *name = g_ascii_strdown (segment->start, (gssize)segment->length);
    g_autofree char *quoted = xn_url_quote (segment->start, (gssize)segment->length);
    const char *hint = NULL;
    for (guint i = 0; i < XN_N_LEVELS && hint == NULL; i++)
        if (strcmp (name, xn_level_name ((XnLevel)i)) == 0 || strcmp (name, xn_level_plural ((XnLevel)i)) == 0)
            hint = xn_level_plural ((XnLevel)i);
    if (hint != NULL)
        xn_error_set (error, XN_ERROR_USAGE, "unknown level %s %s: write '%s' (the levels are " LEVELS ")", quoted,
                      where, hint);
    else
        xn_error_set (error, XN_ERROR_USAGE, "unknown level %s %s: the levels are " LEVELS, quoted, where);
    return FALSE;
}

/* Whether @level may stand where the reader is. */
static gboolean
check_order (const Reader *reader, XnLevel level, GError **error)
{
    const char *plural = xn_level_plural (level);
    char *const *selector = reader->url->selector;
    const char *last = reader->have_level ? xn_level_plural (reader->last) : NULL;

    if (selector[level] != NULL)
        xn_error_set (error, XN_ERROR_USAGE, "the level '%s' stands twice in the URL", plural);
    else if (last != NULL && rank (level) == rank (reader->last))
        xn_error_set (error, XN_ERROR_USAGE,
                      "the levels '%s' and '%s' cannot stand in one URL: name a scan, an assessor or a reconstruction",
                      last, plural);
    else if (last != NULL && rank (level) < rank (reader->last))
        xn_error_set (error, XN_ERROR_USAGE, "the level '%s' stands after '%s': the order is " LEVELS, plural, last);
    else if (rank (level) == 3 && selector[XN_LEVEL_EXPERIMENT] == NULL)
        xn_error_set (error, XN_ERROR_USAGE, "the level '%s' needs an experiment before it: .../experiments/E/%s/...",
                      plural, plural);
    else if (level == XN_LEVEL_EXPERIMENT && last != NULL && selector[XN_LEVEL_PROJECT] == NULL)
        xn_error_set (
            error, XN_ERROR_USAGE,
            "the level 'experiments' cannot follow 'subjects' without a project: name the project as well, or "
            "leave the subject out");
    else if (level == XN_LEVEL_RESOURCE && last == NULL)
        xn_error_set (error, XN_ERROR_USAGE,
                      "the level 'resources' needs a project, a subject or an experiment before it");
    else
        return TRUE;
    return FALSE;
}

/* XNAT's own "out" (and "in") behind an assessor or a reconstruction: what came out of it, which is also what is there without
 * that word. *@out_skipped: it was there. */
static gboolean
skip_way (Reader *reader, gboolean *out_skipped, GError **error)
{
    const Segment *name = &reader->segments[reader->next];
    const gboolean has_ways =
        reader->have_level && (reader->last == XN_LEVEL_ASSESSOR || reader->last == XN_LEVEL_RECONSTRUCTION);
    *out_skipped = has_ways && !reader->have_way && segment_is (name, "out");
    if (*out_skipped) {
        reader->have_way = TRUE;
        reader->next++;
    }
    if (!has_ways || !segment_is (name, "in"))
        return TRUE;
    g_autofree char *where = place (reader);
    xn_error_set (
        error, XN_ERROR_USAGE,
        "'in' %s in the URL: what went into it cannot be reached, only what came out of it; leave 'in' out for "
        "that",
        where);
    return FALSE;
}

/* Reads "LEVEL/SELECTOR". */
static gboolean
read_level (Reader *reader, GError **error)
{
    XnUrl *url = reader->url;
    const Segment *name = &reader->segments[reader->next];
    XnLevel level;
    if (segment_is (name, "files")) {
        xn_error_set (error, XN_ERROR_USAGE,
                      "no level 'resources' before 'files' in the URL: write .../resources/NAME/files/PATH");
        return FALSE;
    }
    if (!xn_level_from_plural (name->start, name->length, &level))
        return unknown_level (reader, name, error);
    if (!check_order (reader, level, error))
        return FALSE;

    const Segment *value = reader->next + 1 < reader->n ? name + 1 : NULL;
    const gboolean ends_here = value == NULL || (value->length == 0 && reader->next + 2 == reader->n);
    if (ends_here && url->may_list && (reader->have_level || level == XN_LEVEL_PROJECT)) {
        url->listed = level;
        reader->next = reader->n;
        return TRUE;
    }
    if (value == NULL || value->length == 0) {
        xn_error_set (error, XN_ERROR_USAGE, "nothing stands after the level '%s' in the URL: write %s/NAME",
                      xn_level_plural (level), xn_level_plural (level));
        return FALSE;
    }
    g_autofree char *selector = xn_url_decode (url, value->start, value->length, FALSE, error);
    if (selector == NULL)
        return FALSE;
    if (is_dots (selector)) {
        xn_error_set (error, XN_ERROR_USAGE, "'%s' cannot stand after the level '%s' in the URL", selector,
                      xn_level_plural (level));
        return FALSE;
    }
    url->selector[level] = g_steal_pointer (&selector);
    reader->have_level = TRUE;
    reader->last = level;
    reader->next += 2;
    return TRUE;
}

/* An encoded '/' separates as well, so a decoded segment is looked at in its pieces. */
static gboolean
check_file_segment (const XnUrl *url, const Segment *segment, const char *decoded, GError **error)
{
    g_auto (GStrv) pieces = g_strsplit (decoded, "/", -1);
    if (pieces[0] == NULL) {
        xn_error_set (error, XN_ERROR_USAGE, "empty segment ('//') in the file's path, at character %ld of the URL",
                      xn_url_position (url, segment->start));
        return FALSE;
    }
    for (char **piece = pieces; *piece != NULL; piece++) {
        if (**piece == '\0') {
            xn_error_set (error, XN_ERROR_USAGE,
                          "encoded '/' (%%2F) without a name beside it in the file's path, at character %ld of the URL",
                          xn_url_position (url, segment->start));
            return FALSE;
        }
        if (is_dots (*piece)) {
            xn_error_set (error, XN_ERROR_USAGE,
                          "'%s' in the file's path, at character %ld of the URL: write the path from the top of the "
                          "resource",
                          *piece, xn_url_position (url, segment->start));
            return FALSE;
        }
    }
    return TRUE;
}

/* Reads what follows the resource: nothing, or "files" and a path. */
static gboolean
read_files (Reader *reader, GError **error)
{
    XnUrl *url = reader->url;
    const Segment *segment = &reader->segments[reader->next];
    guint left = reader->n - reader->next;
    if (left == 0 || (left == 1 && segment->length == 0))
        return TRUE;
    if (!segment_is (segment, "files")) {
        g_autofree char *quoted = xn_url_quote (segment->start, (gssize)segment->length);
        g_autofree char *where = place (reader);
        XnLevel level;
        if (xn_level_from_plural (segment->start, segment->length, &level))
            return check_order (reader, level, error);
        xn_error_set (error, XN_ERROR_USAGE, "%s %s in the URL: only 'files' and a path may follow, files/PATH", quoted,
                      where);
        return FALSE;
    }
    url->has_files = TRUE;

    g_autoptr (GString) path = g_string_new (NULL);
    for (guint i = 1; i < left; i++) {
        if (i == left - 1 && segment[i].length == 0) {
            url->path_is_directory = TRUE;
            break;
        }
        g_autofree char *decoded = xn_url_decode (url, segment[i].start, segment[i].length, FALSE, error);
        if (decoded == NULL || !check_file_segment (url, &segment[i], decoded, error))
            return FALSE;
        if (path->len > 0)
            g_string_append_c (path, '/');
        g_string_append (path, decoded);
    }
    if (path->len > 0)
        url->path = g_string_free (g_steal_pointer (&path), FALSE);
    else
        url->path_is_directory = TRUE;
    return TRUE;
}

static gboolean
read_levels (Reader *reader, GError **error)
{
    while (reader->next < reader->n && !(reader->have_level && reader->last == XN_LEVEL_RESOURCE)) {
        gboolean trailing_slash = reader->next == reader->n - 1 && reader->segments[reader->next].length == 0;
        gboolean skipped;
        if (trailing_slash)
            break;
        if (!skip_way (reader, &skipped, error) || (!skipped && !read_level (reader, error)))
            return FALSE;
    }
    if (reader->have_level && reader->last == XN_LEVEL_RESOURCE)
        return read_files (reader, error);
    const char *query = strchr (reader->url->text, '?');
    const gboolean odd_query = reader->have_level && query != NULL && strchr (query, '/') != NULL;
    if (reader->url->any_level && !odd_query)
        return TRUE;
    if (odd_query)
        xn_error_set (
            error, XN_ERROR_USAGE,
            "no level 'resources' before the '?' at character %ld of the URL, where the options begin: write a "
            "'?' of a pattern as %%3F",
            xn_url_position (reader->url, query));
    else if (reader->have_level)
        xn_error_set (error, XN_ERROR_USAGE, "no level 'resources' in the URL: add /resources/NAME after '%s'",
                      xn_level_plural (reader->last));
    else
        xn_error_set (error, XN_ERROR_USAGE, "no level after /data/ in the URL: the levels are " LEVELS);
    return FALSE;
}

/* Canonical prefix from the first @count segments. */
static gboolean
read_prefix (XnUrl *url, const Segment *segments, guint count, GError **error)
{
    g_autoptr (GString) prefix = g_string_new (NULL);
    for (guint i = 0; i < count; i++) {
        if (url->server.login == NULL && memchr (segments[i].start, '@', segments[i].length) != NULL) {
            xn_error_set (error, XN_ERROR_USAGE,
                          "'@' behind the first '/' of the URL: a login stands before the host with its '/' written as "
                          "%%2F, and a password has no place in a URL");
            return FALSE;
        }
        g_autofree char *name = xn_url_decode (url, segments[i].start, segments[i].length, FALSE, error);
        if (name == NULL)
            return FALSE;
        if (*name == '\0' || is_dots (name)) {
            xn_error_set (error, XN_ERROR_USAGE,
                          "empty, '.' or '..' segment at character %ld of the URL, before /data/ or /search: remove it",
                          xn_url_position (url, segments[i].start));
            return FALSE;
        }
        g_autofree char *encoded = xn_encode_segment (name);
        g_string_append_printf (prefix, "/%s", encoded);
    }
    /* Or it would be read as the end of a login. */
    g_string_replace (prefix, "@", "%40", 0);
    url->server.prefix = g_string_free (g_steal_pointer (&prefix), FALSE);
    return TRUE;
}

/* The index of the "data" behind which the levels stand; @n if there is none. @strict: a level must follow. */
static guint
find_data (const Segment *segments, guint n, gboolean strict)
{
    for (guint i = 0; i < n; i++) {
        XnLevel level;
        if (!segment_is (&segments[i], "data"))
            continue;
        guint next = i + 1 < n && segment_is (&segments[i + 1], "archive") ? i + 2 : i + 1;
        if (!strict || (next < n && xn_level_from_plural (segments[next].start, segments[next].length, &level)))
            return i;
    }
    return n;
}

/* The index of the "app" with which the path of a web page begins; @n if there is none, or it is a data URL's. */
static guint
find_page (const Segment *segments, guint n)
{
    if (find_data (segments, n, TRUE) < n)
        return n;
    for (guint i = 0; i + 1 < n; i++)
        if (segment_is (&segments[i], "app") &&
            (segment_is (&segments[i + 1], "action") || segment_is (&segments[i + 1], "template") ||
             segment_is (&segments[i + 1], "screen")))
            return i;
    return n;
}

static void
no_start (const Segment *segments, guint n, GError **error)
{
    for (guint i = 0; i < n; i++) {
        if (!segment_is (&segments[i], "REST"))
            continue;
        xn_error_set (error, XN_ERROR_USAGE, "the URL goes through /REST/: write /data/ instead");
        return;
    }
    xn_error_set (error, XN_ERROR_USAGE,
                  "neither /data/ nor /search in the URL: write HOST/data/archive/projects/... or "
                  "HOST/search?projects=...");
}

/* How many segments are the prefix, if the path names the server itself, with or without "/data[/archive]" at its end; more
 * than there are if it does not. */
static guint
server_prefix (const Segment *segments, guint n)
{
    guint end = n > 0 && segments[n - 1].length == 0 ? n - 1 : n;
    if (end > 1 && segment_is (&segments[end - 1], "archive") && segment_is (&segments[end - 2], "data"))
        end -= 2;
    else if (end > 0 && segment_is (&segments[end - 1], "data"))
        end--;
    else if (find_data (segments, n, FALSE) < n)
        return n + 1;
    return end;
}

/* Reads the path of a URL that names the server itself. A level's name before "/data" is one whose "/data" was forgotten. */
static gboolean
read_server (XnUrl *url, const Segment *segments, guint n, guint end, GError **error)
{
    XnLevel level;
    if (!read_prefix (url, segments, end, error))
        return FALSE;
    g_auto (GStrv) names = g_strsplit (url->server.prefix, "/", -1);
    for (char **name = names; *name != NULL; name++) {
        if (!g_str_equal (*name, "REST") && !g_str_equal (*name, "files") &&
            !xn_level_from_plural (*name, strlen (*name), &level))
            continue;
        no_start (segments, n, error);
        return FALSE;
    }
    return TRUE;
}

/* What stands between the '/' of a path: (transfer full) (element-type Segment) */
static GArray *
split_path (const char *start, gsize length)
{
    GArray *array = g_array_new (FALSE, FALSE, sizeof (Segment));
    for (const char *p = start, *end = start + length; p < end;) {
        const char *begin = p + 1;
        const char *slash = memchr (begin, '/', (gsize)(end - begin));
        p = slash != NULL ? slash : end;
        Segment segment = {begin, (gsize)(p - begin)};
        g_array_append_val (array, segment);
    }
    return array;
}

gboolean
xn_url_path_is_page (const char *start, gsize length)
{
    g_autoptr (GArray) segments = split_path (start, length);
    return find_page ((const Segment *)(gpointer)segments->data, segments->len) < segments->len;
}

gboolean
xn_url_read_path (XnUrl *url, const char *start, gsize length, gboolean has_query, GError **error)
{
    g_autoptr (GArray) array = split_path (start, length);
    const Segment *segments = (const Segment *)(gpointer)array->data;
    guint n = array->len;

    guint data = find_data (segments, n, TRUE);
    guint page = find_page (segments, n);
    if (page < n) {
        if (read_prefix (url, segments, page, error))
            xn_url_set_is_page (url, segments[page].start, (gsize)(start + length - segments[page].start), error);
        return FALSE;
    }
    guint any_data = find_data (segments, n, FALSE);
    guint search = n > 0 && segments[n - 1].length == 0 ? n - 1 : n; /* the number of segments up to "/search" */
    gboolean ends_in_search = search > 0 && segment_is (&segments[search - 1], "search");
    if (data == n && ends_in_search && (any_data == n || has_query)) {
        if (any_data < n &&
            (any_data + 2 == search || (any_data + 3 == search && segment_is (&segments[any_data + 1], "archive")))) {
            xn_error_set (error, XN_ERROR_USAGE,
                          "a search stands beside /data/, not below it: write HOST/search?projects=...");
            return FALSE;
        }
        url->is_search = TRUE;
        return read_prefix (url, segments, search - 1, error);
    }
    if (data == n && url->any_level && server_prefix (segments, n) <= n)
        return read_server (url, segments, n, server_prefix (segments, n), error);
    if (data == n)
        data = any_data;
    if (data == n) {
        no_start (segments, n, error);
        return FALSE;
    }
    if (!read_prefix (url, segments, data, error))
        return FALSE;
    guint first = data + 1 < n && segment_is (&segments[data + 1], "archive") ? data + 2 : data + 1;
    Reader reader = {.url = url, .segments = segments, .n = n, .next = first};
    return read_levels (&reader, error);
}
