/* SPDX-License-Identifier: Apache-2.0 */
/* Item documents, good and bad, split at every byte. */
#include "base/error.h"
#include "json/items.h"

#include <string.h>

static const char *const FIELDS[] = {"number", "URI", NULL};

/* Writes an item as "number=URI;", '-' for a missing one. */
static gboolean
write_item (const char *const *values, gpointer data, GError **error)
{
    g_string_append_printf (data, "%s=%s;", values[0] != NULL ? values[0] : "-", values[1] != NULL ? values[1] : "-");
    if (g_strcmp0 (values[0], "stop") != 0)
        return TRUE;
    xn_error_set (error, XN_ERROR_NOT_FOUND, "stopped by the item");
    return FALSE;
}

static char *
read_split (const char *text, gsize split, GError **error)
{
    const gsize size = strlen (text);
    g_autoptr (GString) out = g_string_new (NULL);
    g_autoptr (XnItems) items = xn_items_new (FIELDS, write_item, out);
    g_autofree guint8 *first = g_memdup2 (text, split), *rest = g_memdup2 (text + split, size - split);
    if (!xn_items_feed (items, first, split, error) || !xn_items_feed (items, rest, size - split, error) ||
        !xn_items_finish (items, error))
        return NULL;
    return g_string_free (g_steal_pointer (&out), FALSE);
}

#define LEAF(number, uri) \
    "{\"data_fields\":{\"label\":\"R\",\"number\":" number ",\"uri\":\"" uri "\"},\"children\":[]}"

static void
test_good (void)
{
    static const struct {
        const char *text, *wanted;
    } CASES[] = {
        {"{\"items\":[]}", ""},
        {"{\"items\":[" LEAF ("17", "/a") "]}", "17=/a;"},
        /* An item's own fields may stand before or after its children. */
        {"{\"items\":[{\"meta\":{\"number\":1},\"data_fields\":{\"ID\":\"E\"},\"children\":[{\"field\":\"scans/"
         "scan\",\"items\":["
         "{\"children\":[{\"items\":[" LEAF ("17", "/a") "," LEAF (
             "\"18\"", "/b") "],\"field\":\"file\"}],"
                             "\"data_fields\":{\"ID\":\"1\",\"URI\":null}}]}]}]}",
         "-=-;17=/a;18=/b;-=;"},
        /* Only what stands among the fields counts, and of equal keys the first. */
        {"{\"items\":[{\"number\":5,\"data_fields\":{\"number\":1,\"number\":2,\"odd\":{\"URI\":\"/"
         "no\",\"data_fields\":{\"number\""
         ":3}},\"URI\":\"/yes\"}}]}",
         "1=/yes;"},
        {"{\"items\":[{\"data_fields\":7},{\"data_fields\":[{\"number\":1}]}]}", ""},
    };
    for (gsize i = 0; i < G_N_ELEMENTS (CASES); i++) {
        for (gsize split = 0; split <= strlen (CASES[i].text); split++) {
            g_autoptr (GError) error = NULL;
            g_autofree char *found = read_split (CASES[i].text, split, &error);
            g_assert_no_error (error);
            g_assert_cmpstr (found, ==, CASES[i].wanted);
        }
    }
}

static void
test_bad (void)
{
    static const struct {
        const char *text;
        XnErrorKind kind;
        const char *words;
    } CASES[] = {
        {"", XN_ERROR_SERVER, "cut off"},
        {"{\"items\":[", XN_ERROR_SERVER, "cut off"},
        {"<html>", XN_ERROR_SERVER, "no JSON"},
        {"{\"ResultSet\":{\"Result\":[]}}", XN_ERROR_SERVER, "no item document"},
        {"{\"items\":[" LEAF ("\"stop\"", "/a") "]}", XN_ERROR_NOT_FOUND, "stopped"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS (CASES); i++) {
        for (gsize split = 0; split <= strlen (CASES[i].text); split++) {
            g_autoptr (GError) error = NULL;
            g_autofree char *found = read_split (CASES[i].text, split, &error);
            g_assert_null (found);
            g_assert_true (xn_error_is (error, CASES[i].kind));
            g_assert_nonnull (strstr (error->message, CASES[i].words));
        }
    }
}

static void
test_limits (void)
{
    g_autoptr (GString) deep = g_string_new ("{\"items\":");
    for (guint i = 0; i < 64; i++)
        g_string_append_c (deep, '[');
    g_autoptr (GError) error = NULL;
    g_assert_null (read_split (deep->str, 0, &error));
    g_assert_nonnull (strstr (error->message, "deeper than 64"));
    g_clear_error (&error);

    g_autofree char *value = g_strnfill (1024 * 1024 + 1, 'x');
    g_autofree char *large = g_strdup_printf ("{\"items\":[{\"data_fields\":{\"odd\":\"%s\"}}]}", value);
    g_assert_null (read_split (large, 100, &error));
    g_assert_nonnull (strstr (error->message, "more than 1 MiB"));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/items/good", test_good);
    g_test_add_func ("/items/bad", test_bad);
    g_test_add_func ("/items/limits", test_limits);
    return g_test_run ();
}
