/* SPDX-License-Identifier: Apache-2.0 */
/* Judging values: as they are, with wildcards, as dates. */
#include "filters.h"

#include <stdio.h>
#include <string.h>

static gboolean
like (const char *pattern, const char *text)
{
    for (; *pattern; pattern++) {
        if (*pattern == '%' || *pattern == '*') {
            for (const char *rest = text;; rest++) {
                if (like (pattern + 1, rest))
                    return TRUE;
                if (!*rest)
                    return FALSE;
            }
        }
        if (!*text || (*pattern != '_' && g_ascii_tolower (*pattern) != g_ascii_tolower (*text)))
            return FALSE;
        text++;
    }
    return *text == '\0';
}

/* Wildcards at the ends are dropped, the rest may stand anywhere. */
static gboolean
contains (const char *pattern, const char *text)
{
    g_autofree char *middle = g_strdup (pattern);
    g_autofree char *wrapped = NULL;
    char *from = middle + strspn (middle, "*%");
    gsize len = strlen (from);

    while (len > 0 && strchr ("*%", from[len - 1]))
        from[--len] = '\0';
    wrapped = g_strdup_printf ("%%%s%%", from);
    return like (wrapped, text);
}

/* MM/DD/YYYY as ISO, or NULL. */
static char *
iso_date (const char *text)
{
    guint month;
    guint day;
    guint year;
    char rest;

    if (sscanf (text, "%2u/%2u/%4u%c", &month, &day, &year, &rest) != 3)
        return NULL;
    return g_strdup_printf ("%04u-%02u-%02u", year, month, day);
}

static gboolean
date_fits (const char *wanted, const char *value)
{
    g_auto (GStrv) ends = g_strsplit (wanted, "-", 2);
    g_autofree char *first = iso_date (ends[0]);
    g_autofree char *last = ends[0] && ends[1] ? iso_date (ends[1]) : g_strdup (first);

    return first && last && strcmp (value, first) >= 0 && strcmp (value, last) <= 0;
}

static gboolean
value_fits (const Filter *filter, const char *value)
{
    char **wanted = filter->wanted;
    gboolean date = g_ascii_strcasecmp (filter->column.field, "date") == 0;

    for (guint i = 0; value && wanted[i]; i++) {
        if (date                        ? date_fits (wanted[i], value)
            : strpbrk (wanted[i], "*%") ? contains (wanted[i], value)
                                        : strcmp (wanted[i], value) == 0)
            return TRUE;
    }
    return FALSE;
}

/* Goes on as long as a row does not fit. */
static gboolean
row_fails (gconstpointer const *objects, gpointer data)
{
    const GArray *filters = data;

    for (guint i = 0; i < filters->len; i++) {
        const Filter *filter = &g_array_index (filters, Filter, i);

        if (!value_fits (filter, column_value (&filter->column, objects)))
            return TRUE;
    }
    return FALSE;
}

gboolean
filters_fit (const GArray *filters, const GArray *joins, const Node *root)
{
    return filters->len == 0 || !joins_each (joins, root, row_fails, (gpointer)filters);
}
