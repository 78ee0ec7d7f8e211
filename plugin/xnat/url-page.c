/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of XNAT's web pages, as a browser shows them: "/app/action/DisplayItemAction/search_element/TYPE/search_field/
 * TYPE.ID/search_value/ID/project/P" in any order, "/app/template/XDATScreen_report_TYPE.vm/...", or the same as a query.
 * They name an item by its type and ID, and so by a data URL. */
#include "xnat/url-private.h"

#include "base/error.h"

#include <string.h>

/* The value of @name in the page's path of @length bytes at @path, or in the query behind it; NULL if it has none.
 * (transfer full) */
static char *
page_parameter (const XnUrl *url, const char *path, gsize length, const char *name)
{
    const char *end = path + length;
    const gsize name_length = strlen (name);
    for (const char *p = path, *slash; p < end && (slash = memchr (p, '/', (gsize)(end - p))) != NULL; p = slash + 1) {
        if ((gsize)(slash - p) != name_length || memcmp (p, name, name_length) != 0)
            continue;
        const char *next = memchr (slash + 1, '/', (gsize)(end - slash - 1));
        return xn_url_decode (url, slash + 1, (gsize)((next != NULL ? next : end) - slash - 1), FALSE, NULL);
    }
    for (const char *p = *end == '?' ? end + 1 : NULL; p != NULL && *p != '\0';) {
        const gsize pair = strcspn (p, "&");
        if (pair > name_length && p[name_length] == '=' && memcmp (p, name, name_length) == 0)
            return xn_url_decode (url, p + name_length + 1, pair - name_length - 1, TRUE, NULL);
        p += pair + (p[pair] == '&' ? 1 : 0);
    }
    return NULL;
}

static gboolean
is_type_of_assessors (const char *type)
{
    return g_str_has_suffix (type, "AssessorData") || g_str_has_suffix (type, "AssessmentData") ||
           g_str_has_suffix (type, "roiCollectionData");
}

/* The data URL of the item of that @type and ID; NULL if there is none. (transfer full) */
static char *
page_data_url (const XnUrl *url, const char *type, const char *id, const char *project)
{
    g_autoptr (XnUrl) data = xn_url_new_like (url);
    if (g_str_has_suffix (type, "ScanData"))
        return NULL;
    if (g_str_equal (type, "xnat:projectData")) {
        data->selector[XN_LEVEL_PROJECT] = g_strdup (id);
        return xn_url_print (data, FALSE);
    }
    if (project != NULL && *project != '\0')
        data->selector[XN_LEVEL_PROJECT] = g_strdup (project);
    if (g_str_equal (type, "xnat:subjectData")) {
        data->selector[XN_LEVEL_SUBJECT] = g_strdup (id);
    } else if (is_type_of_assessors (type)) {
        /* The page does not tell which session it is an assessor of. */
        if (data->selector[XN_LEVEL_PROJECT] == NULL)
            return NULL;
        data->selector[XN_LEVEL_EXPERIMENT] = g_strdup ("*");
        data->selector[XN_LEVEL_ASSESSOR] = g_strdup (id);
    } else {
        data->selector[XN_LEVEL_EXPERIMENT] = g_strdup (id);
    }
    return xn_url_print (data, FALSE);
}

void
xn_url_set_is_page (const XnUrl *url, const char *path, gsize length, GError **error)
{
    g_autofree char *type = page_parameter (url, path, length, "search_element");
    g_autofree char *id = page_parameter (url, path, length, "search_value");
    g_autofree char *project = page_parameter (url, path, length, "project");
    const gboolean names_item = type != NULL && id != NULL && *id != '\0';
    g_autofree char *data = names_item ? page_data_url (url, type, id, project) : NULL;
    if (data != NULL)
        xn_error_set (error, XN_ERROR_USAGE,
                      "the URL is the address of a web page: the data of what it shows are at %s", data);
    else if (names_item && is_type_of_assessors (type))
        xn_error_set (error, XN_ERROR_USAGE,
                      "the URL is the address of a web page, which does not tell the session of assessor %s: write "
                      "/data/experiments/SESSION/assessors/%s",
                      id, id);
    else
        xn_error_set (error, XN_ERROR_USAGE,
                      "the URL is the address of a web page that does not tell where its data are: write "
                      "/data/projects/P/subjects/S/experiments/E and so on");
}
