/* SPDX-License-Identifier: Apache-2.0 */
/* Which scheme is meant, and what the plugin that has it says to the rest of the URL. Must not know what a scheme means: of
 * their names it knows only that "x+https" is https in the manner of x. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "hint.h"
#include "nearest.h"

/* Of the longer ones no more is looked at. */
#define MOST_SCHEMES 64
#define LONGEST_SCHEME 32

/* The schemes of all plugins, NULL-terminated. */
static void
collect_schemes (const IOPluginHost *host, const char *schemes[MOST_SCHEMES + 1])
{
    size_t n = 0;

    for (size_t i = 0; i < io_host_count (host); i++)
        for (const char *const *scheme = io_host_plugin (host, i)->schemes; *scheme != NULL && n < MOST_SCHEMES;
             scheme++)
            schemes[n++] = *scheme;
    schemes[n] = NULL;
}

/* The scheme that ends in "+SCHEME", or NULL. */
static const char *
in_the_manner_of (const char *const *schemes, const char *scheme)
{
    for (; *schemes != NULL; schemes++) {
        const char *plus = strrchr (*schemes, '+');

        if (plus != NULL && strcasecmp (plus + 1, scheme) == 0)
            return *schemes;
    }
    return NULL;
}

/* The scheme that ends in "+SCHEME" with the nearest SCHEME, or NULL. */
static const char *
nearly_in_the_manner_of (const char *const *schemes, const char *scheme)
{
    const char *manners[MOST_SCHEMES + 1];
    const char *nearest;
    size_t n = 0;

    for (size_t i = 0; schemes[i] != NULL; i++)
        if (strrchr (schemes[i], '+') != NULL)
            manners[n++] = strrchr (schemes[i], '+') + 1;
    manners[n] = NULL;
    nearest = io_nearest_word (scheme, manners);
    return nearest != NULL ? in_the_manner_of (schemes, nearest) : NULL;
}

/* The scheme that may be meant by the one of `length` bytes at `url`, or NULL. */
static const char *
meant_scheme (const IOPluginHost *host, const char *url, size_t length)
{
    const char *schemes[MOST_SCHEMES + 1];
    char scheme[LONGEST_SCHEME + 1];
    const char *meant;

    if (length > LONGEST_SCHEME)
        return NULL;
    for (size_t i = 0; i < length; i++) {
        scheme[i] = url[i];
        if (scheme[i] >= 'A' && scheme[i] <= 'Z')
            scheme[i] = (char)(scheme[i] - 'A' + 'a');
    }
    scheme[length] = '\0';
    collect_schemes (host, schemes);
    meant = in_the_manner_of (schemes, length > 0 ? scheme : "https");
    if (meant == NULL && length > 0)
        meant = io_nearest_word (scheme, schemes);
    return meant != NULL || length == 0 ? meant : nearly_in_the_manner_of (schemes, scheme);
}

/* Whether what was checked names more than a server; without a scheme any word may be one. */
static int
names_something (const IOResult *checked)
{
    const char *const *pair = checked->n_items == 1 ? checked->items[0]->attributes : NULL;

    for (; pair != NULL && pair[0] != NULL; pair += 2)
        if (strcmp (pair[0], "level") == 0)
            return strcmp (pair[1], "server") != 0;
    return checked->n_items == 1;
}

/* What to do about a URL that has no scheme. */
static void
hint_at_missing (const IOResult *checked, const char *url, char *text, size_t size)
{
    if (checked->kind == IO_KIND_OK && names_something (checked))
        snprintf (text, size, "; write %s", url);
}

static void
hint_at_wrong (const IOResult *checked, const char *url, const char *meant, char *text, size_t size)
{
    if (checked->kind == IO_KIND_OK)
        snprintf (text, size, "; write %s", url);
    else
        snprintf (text, size, "; with %s:// in its place: %s", meant,
                  checked->message != NULL ? checked->message : "the URL is not understood");
}

void
io_host_hint (const IOPluginHost *host, const char *url, size_t scheme_length, char *text, size_t size)
{
    const char *meant = meant_scheme (host, url, scheme_length);
    const IOPlugin *plugin;
    char *corrected;
    size_t length;

    text[0] = '\0';
    if (meant == NULL)
        return;
    if (scheme_length > 0)
        snprintf (text, size, "; is %s:// meant?", meant);
    length = strlen (meant) + strlen (url) + sizeof "://";
    corrected = malloc (length);
    if (corrected == NULL)
        return;
    snprintf (corrected, length, "%s%s%s", meant, scheme_length > 0 ? "" : "://", url + scheme_length);
    plugin = io_host_find (host, corrected, NULL);
    if (plugin != NULL && plugin->check_url != NULL) {
        IOResult *checked = plugin->check_url (corrected, NULL);

        /* What does not fit would be cut off, and then be another URL. */
        if (checked != NULL && strlen (corrected) + sizeof "; write " <= size) {
            if (scheme_length > 0)
                hint_at_wrong (checked, corrected, meant, text, size);
            else
                hint_at_missing (checked, corrected, text, size);
        }
        plugin->free_result (checked);
    }
    free (corrected);
}
