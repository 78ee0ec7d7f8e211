/* SPDX-License-Identifier: Apache-2.0 */
/* The query of a URL: options of a data URL, variables of a search. Values that are no level names, booleans or
 * selectors are never repeated in a message. */
#include "xnat/url-private.h"

#include "base/error.h"
#include "base/log.h"
#include "host/nearest.h"
#include "xnat/match.h"

#include <stdio.h>
#include <string.h>

#define SEARCH_VARIABLES                                                                                             \
    "projects, subjects, experiments, scans, assessors, resources, files, types, quality, descriptions, dates, id, " \
    "label, insecure, verify, regex"

/* Reads the value of a boolean option. */
static gboolean
read_boolean (const char *name, const char *text, gboolean *value, GError **error)
{
    if (g_ascii_strcasecmp (text, "true") == 0 || strcmp (text, "1") == 0) {
        *value = TRUE;
        return TRUE;
    }
    if (g_ascii_strcasecmp (text, "false") == 0 || strcmp (text, "0") == 0) {
        *value = FALSE;
        return TRUE;
    }
    g_autofree char *quoted = xn_url_quote (text, -1);
    xn_error_set (error, XN_ERROR_USAGE, "the value %s of the option '%s' is no boolean: write true, 1, false or 0",
                  quoted, name);
    return FALSE;
}

/* An option that is true or false. */
typedef struct {
    const char *name;
    gboolean of_search; /* a search knows it, too */
    gsize value, given; /* where in XnUrl they are; 0: whether it is given does not matter */
} Switch;

static const Switch SWITCHES[] = {
    {"overwrite", FALSE, G_STRUCT_OFFSET (XnUrl, overwrite), 0},
    {"regex", TRUE, G_STRUCT_OFFSET (XnUrl, regex), 0},
    {"insecure", TRUE, G_STRUCT_OFFSET (XnUrl, insecure), G_STRUCT_OFFSET (XnUrl, insecure_given)},
    {"verify", TRUE, G_STRUCT_OFFSET (XnUrl, server.verify), G_STRUCT_OFFSET (XnUrl, verify_given)},
};

/* @known: FALSE if @name is none of the switches of such a URL. */
static gboolean
read_switch (XnUrl *url, const char *name, const char *value, gboolean *known, GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS (SWITCHES); i++) {
        const Switch *one = &SWITCHES[i];
        if (strcmp (name, one->name) != 0 || (url->is_search && !one->of_search))
            continue;
        *known = TRUE;
        if (one->given != 0)
            G_STRUCT_MEMBER (gboolean, url, one->given) = TRUE;
        return read_boolean (name, value, &G_STRUCT_MEMBER (gboolean, url, one->value), error);
    }
    *known = FALSE;
    return TRUE;
}

/* "scan_type", or as in old URLs "scans_type": (transfer full). */
static char *
type_option (XnLevel level, gboolean plural)
{
    return g_strconcat (plural ? xn_level_plural (level) : xn_level_name (level), "_type", NULL);
}

/* The level whose type the option @name gives; FALSE if it gives none. */
static gboolean
type_level (const char *name, XnLevel *level)
{
    for (guint i = 2 * XN_LEVEL_SUBJECT; i < 2 * XN_N_LEVELS; i++) {
        g_autofree char *option = type_option ((XnLevel)(i / 2), i % 2 == 1);
        *level = (XnLevel)(i / 2);
        if (strcmp (name, option) == 0)
            return TRUE;
    }
    return FALSE;
}

static void
warn_of_option (const char *name)
{
    g_autofree char *quoted = xn_url_quote (name, -1);
    g_autoptr (GPtrArray) known = g_ptr_array_new_with_free_func (g_free);
    for (gsize i = 0; i < G_N_ELEMENTS (SWITCHES); i++)
        g_ptr_array_add (known, g_strdup (SWITCHES[i].name));
    for (guint i = 2 * XN_LEVEL_SUBJECT; i < 2 * XN_N_LEVELS; i++)
        g_ptr_array_add (known, type_option ((XnLevel)(i / 2), i % 2 == 1));
    g_ptr_array_add (known, NULL);
    const char *nearest = io_nearest_word (name, (const char *const *)known->pdata);
    xn_log (XN_LOG_WARNING, "unknown option %s of a data URL is ignored%s%s%s", quoted, nearest != NULL ? "; is '" : "",
            nearest != NULL ? nearest : "", nearest != NULL ? "' meant?" : "");
}

/* Both spellings of one option may stand in a URL, as in old ones, if they say the same. */
static gboolean
read_type (XnUrl *url, XnLevel level, const char *name, const char *value, GError **error)
{
    if (*value == '\0') {
        xn_error_set (error, XN_ERROR_USAGE, "the option '%s' has no value: write an xsi:type, or leave it out", name);
        return FALSE;
    }
    if (url->type[level] != NULL && strcmp (url->type[level], value) != 0) {
        xn_error_set (error, XN_ERROR_USAGE,
                      "the option '%s_type' stands twice in the URL, once as '%s_type', and with two values",
                      xn_level_name (level), xn_level_plural (level));
        return FALSE;
    }
    if (url->type[level] == NULL)
        url->type[level] = g_strdup (value);
    return TRUE;
}

static gboolean
read_data_option (XnUrl *url, const char *name, const char *value, GError **error)
{
    XnLevel level;
    if (type_level (name, &level))
        return read_type (url, level, name, value, error);
    if (strcmp (name, "id") == 0 || strcmp (name, "label") == 0)
        return TRUE;
    warn_of_option (name);
    return TRUE;
}

/* Reads the list of levels that `id` holds. */
static gboolean
read_ids (XnUrl *url, const char *value, GError **error)
{
    static const char valid[] = "project, subject, experiment, scan, assessor, resource";
    g_auto (GStrv) names = g_strsplit (value, ",", -1);
    for (char **name = names; *name != NULL; name++) {
        guint level = 0;
        g_strstrip (*name);
        while (level < XN_N_LEVELS && strcmp (*name, xn_level_name ((XnLevel)level)) != 0)
            level++;
        if (level == XN_N_LEVELS || level == XN_LEVEL_RECONSTRUCTION) {
            g_autofree char *quoted = xn_url_quote (*name, -1);
            xn_error_set (error, XN_ERROR_USAGE, "%s in the search variable 'id' is no level: write some of %s", quoted,
                          valid);
            return FALSE;
        }
        for (guint i = 0; i < url->n_id_levels; i++) {
            if (url->id_level[i] != (XnLevel)level)
                continue;
            xn_error_set (error, XN_ERROR_USAGE, "the search variable 'id' names the level '%s' twice", *name);
            return FALSE;
        }
        url->id_level[url->n_id_levels++] = (XnLevel)level;
    }
    if (url->n_id_levels > 0)
        return TRUE;
    xn_error_set (error, XN_ERROR_USAGE, "the search variable 'id' has no value: write some of %s", valid);
    return FALSE;
}

static gboolean
unknown_variable (const char *name, GError **error)
{
    g_autofree char *quoted = xn_url_quote (name, -1);
    g_autofree char *plural = g_strconcat (name, "s", NULL);
    XnLevel level;
    const gboolean is_level =
        xn_level_from_plural (plural, strlen (plural), &level) && level != XN_LEVEL_RECONSTRUCTION;
    static const char *const OTHERS[] = {"files", "types", "descriptions", "dates", NULL};
    g_auto (GStrv) known = g_strsplit (SEARCH_VARIABLES, ", ", -1);
    const char *nearest = io_nearest_word (name, (const char *const *)known);
    if (!is_level && !g_strv_contains (OTHERS, plural) && nearest != NULL)
        xn_error_set (error, XN_ERROR_USAGE,
                      "unknown search variable %s; is '%s' meant? (the variables are " SEARCH_VARIABLES ")", quoted,
                      nearest);
    else if (is_level || g_strv_contains (OTHERS, plural))
        xn_error_set (error, XN_ERROR_USAGE,
                      "unknown search variable %s: write '%s' (the variables are " SEARCH_VARIABLES ")", quoted,
                      plural);
    else
        xn_error_set (error, XN_ERROR_USAGE, "unknown search variable %s: the variables are " SEARCH_VARIABLES, quoted);
    return FALSE;
}

/* A day of a range, as @length bytes at @text; *@out_day stays NULL if there is none. */
static gboolean
read_day (const char *text, gsize length, char **out_day)
{
    guint year, month, day;
    int end = 0;
    g_autofree char *copy = g_strndup (text, length);
    if (length == 0)
        return TRUE;
    /* NOLINTBEGIN(cert-err34-c): the widths bound the numbers */
    const gboolean is_date = length == strlen ("YYYY-MM-DD") && strspn (copy, "0123456789-") == length &&
                             sscanf (copy, "%4u-%2u-%2u%n", &year, &month, &day, &end) == 3 && (gsize)end == length &&
                             month <= 12 && day <= 31 && year <= G_MAXUINT16 &&
                             g_date_valid_dmy ((GDateDay)day, (GDateMonth)month, (GDateYear)year);
    /* NOLINTEND(cert-err34-c) */
    if (is_date)
        *out_day = g_steal_pointer (&copy);
    return is_date;
}

static gboolean
read_dates (XnUrl *url, const char *value, GError **error)
{
    const char *dots = strstr (value, "..");
    const gboolean is_range = dots != NULL && read_day (value, (gsize)(dots - value), &url->date_from) &&
                              read_day (dots + 2, strlen (dots + 2), &url->date_to) &&
                              (url->date_from != NULL || url->date_to != NULL);
    if (!is_range) {
        g_autofree char *quoted = xn_url_quote (value, -1);
        xn_error_set (error, XN_ERROR_USAGE,
                      "the value %s of the search variable 'dates' is no range: write FROM..TO, as in "
                      "2024-01-01..2024-06-30; either may be left out",
                      quoted);
        return FALSE;
    }
    if (url->date_from == NULL || url->date_to == NULL || strcmp (url->date_from, url->date_to) <= 0)
        return TRUE;
    xn_error_set (error, XN_ERROR_USAGE, "the search variable 'dates' ends on %s, before it begins on %s", url->date_to,
                  url->date_from);
    return FALSE;
}

/* Where the selector of that name is kept; NULL if there is no such variable. */
static char **
search_selector (XnUrl *url, const char *name)
{
    XnLevel level = XN_N_LEVELS;
    if (strcmp (name, "files") == 0)
        return &url->files;
    for (guint i = 0; i < XN_N_ALSO; i++)
        if (strcmp (name, xn_also_name ((XnAlso)i)) == 0)
            return &url->also[i];
    const gboolean is_level = xn_level_from_plural (name, strlen (name), &level) && level != XN_LEVEL_RECONSTRUCTION;
    return is_level ? &url->selector[level] : NULL;
}

static gboolean
read_search_variable (XnUrl *url, const char *name, const char *value, GError **error)
{
    if (strcmp (name, "label") == 0)
        return read_boolean (name, value, &url->label, error);
    if (strcmp (name, "id") == 0)
        return read_ids (url, value, error);
    const gboolean is_dates = strcmp (name, "dates") == 0;
    char **selector = search_selector (url, name);
    if (selector == NULL && !is_dates)
        return unknown_variable (name, error);
    if (*value == '\0') {
        xn_error_set (error, XN_ERROR_USAGE, "the search variable '%s' has no value: leave it out to find all", name);
        return FALSE;
    }
    if (is_dates)
        return read_dates (url, value, error);
    *selector = g_strdup (value);
    return TRUE;
}

/* Rules between the variables of a search, and its defaults. */
static gboolean
finish_search (XnUrl *url, GError **error)
{
    gboolean assessors = url->selector[XN_LEVEL_ASSESSOR] != NULL;
    if (assessors && url->selector[XN_LEVEL_SCAN] != NULL) {
        xn_error_set (error, XN_ERROR_USAGE,
                      "the search variables 'scans' and 'assessors' cannot stand together: search one, then the other");
        return FALSE;
    }
    if (assessors && (url->also[XN_ALSO_QUALITY] != NULL || url->also[XN_ALSO_DESCRIPTION] != NULL)) {
        xn_error_set (error, XN_ERROR_USAGE,
                      "the search variables 'quality' and 'descriptions' select scans, and assessors have neither: "
                      "leave them out, or 'assessors'");
        return FALSE;
    }
    for (guint i = 0; i < url->n_id_levels; i++) {
        if (url->id_level[i] == XN_LEVEL_SCAN && assessors) {
            xn_error_set (error, XN_ERROR_USAGE, "id=scan in a search of assessors: write id=assessor");
            return FALSE;
        }
        if (url->id_level[i] == XN_LEVEL_ASSESSOR && !assessors) {
            xn_error_set (error, XN_ERROR_USAGE,
                          "id=assessor in a search of scans: add assessors=NAME (assessors=* for all)");
            return FALSE;
        }
    }
    if (url->n_id_levels == 0)
        url->id_level[url->n_id_levels++] = XN_LEVEL_EXPERIMENT;
    return TRUE;
}

static gboolean
holds_pattern (const XnUrl *url, const char *selector)
{
    /* A dot alone makes no pattern: accession IDs may hold one. */
    return url->regex ? strpbrk (selector, "\\^$|?*+()[]{}") != NULL : xn_has_pattern_characters (selector);
}

void
xn_url_set_default_types (XnUrl *url)
{
    if (url->type[XN_LEVEL_SUBJECT] == NULL)
        url->type[XN_LEVEL_SUBJECT] = g_strdup ("xnat:subjectData");
    if (url->type[XN_LEVEL_RESOURCE] == NULL)
        url->type[XN_LEVEL_RESOURCE] = g_strdup ("xnat:resourceCatalog");
}

/* Without a project the server finds the first object by its accession ID alone. */
static gboolean
finish_data (XnUrl *url, GError **error)
{
    xn_url_set_default_types (url);
    if (url->selector[XN_LEVEL_PROJECT] != NULL)
        return TRUE;
    XnLevel first = url->selector[XN_LEVEL_SUBJECT] != NULL ? XN_LEVEL_SUBJECT : XN_LEVEL_EXPERIMENT;
    if (url->selector[first] == NULL || !holds_pattern (url, url->selector[first]))
        return TRUE;
    g_autofree char *quoted = xn_url_quote (url->selector[first], -1);
    xn_error_set (error, XN_ERROR_USAGE,
                  "the %s %s is a pattern, but the URL names no project: write projects/P before it, or the %s's "
                  "accession ID",
                  xn_level_name (first), quoted, xn_level_name (first));
    return FALSE;
}

static void
finish_server (XnUrl *url)
{
    XnServer *server = &url->server;
    gboolean plain_scheme = strcmp (server->scheme, "xnat") == 0;
    server->tls = xn_url_scheme_is_tls (server->scheme, url->insecure);
    if (!server->port_given)
        server->port = server->tls ? 443 : 80;

    if (plain_scheme)
        xn_log (XN_LOG_WARNING, "xnat:// is old: write xnat+%s:// instead%s", server->tls ? "https" : "http",
                url->insecure_given ? " and leave the option 'insecure' out" : "");
    else if (url->insecure_given && url->insecure == server->tls)
        xn_log (XN_LOG_WARNING, "the option 'insecure' has a meaning for xnat:// only and is ignored: %s:// stays %s",
                server->scheme, server->tls ? "encrypted" : "in clear");
    if (!server->verify)
        xn_log (XN_LOG_WARNING, "verify=false: the certificate of %s is not checked, so anybody can stand in for it",
                server->host);
}

static gboolean
read_option (XnUrl *url, const char *start, gsize length, GHashTable *seen, GError **error)
{
    const char *equals = memchr (start, '=', length);
    gsize name_length = equals != NULL ? (gsize)(equals - start) : length;
    gsize value_length = equals != NULL ? length - name_length - 1 : 0;
    g_autofree char *name = xn_url_decode (url, start, name_length, TRUE, error);
    if (name == NULL)
        return FALSE;
    g_autofree char *value = xn_url_decode (url, equals != NULL ? equals + 1 : start, value_length, TRUE, error);
    if (value == NULL)
        return FALSE;
    if (!g_hash_table_add (seen, g_strdup (name))) {
        g_autofree char *quoted = xn_url_quote (name, -1);
        xn_error_set (error, XN_ERROR_USAGE, "the option %s stands twice in the URL", quoted);
        return FALSE;
    }
    gboolean known = FALSE;
    if (!read_switch (url, name, value, &known, error))
        return FALSE;
    if (known)
        return TRUE;
    return url->is_search ? read_search_variable (url, name, value, error) : read_data_option (url, name, value, error);
}

gboolean
xn_url_read_options (XnUrl *url, const char *query, GError **error)
{
    g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    url->server.verify = TRUE;
    for (const char *p = query; p != NULL && *p != '\0';) {
        gsize length = strcspn (p, "&");
        if (length > 0 && !read_option (url, p, length, seen, error))
            return FALSE;
        p += length + (p[length] == '&' ? 1 : 0);
    }
    if (!(url->is_search ? finish_search (url, error) : finish_data (url, error)))
        return FALSE;
    finish_server (url);
    return TRUE;
}
