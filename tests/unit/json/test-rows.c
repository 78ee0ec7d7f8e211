/* SPDX-License-Identifier: Apache-2.0 */
/* Listings, good and bad, fed whole, split at every byte, and byte by byte. */
#include "../rounds.h"
#include "base/error.h"
#include "json/rows.h"

#include <string.h>

static const char *const columns[] = {"ID", "label", "xnat:imagescandata/type|type", "size", NULL};

/* Writes a row as "value;value;\n", '-' for a missing one. */
static gboolean
write_row (const char *const *values, gpointer data, GError **error)
{
    GString *out = data;
    for (guint i = 0; columns[i] != NULL; i++)
        g_string_append_printf (out, "%s;", values[i] != NULL ? values[i] : "-");
    g_string_append_c (out, '\n');
    if (values[0] == NULL || strcmp (values[0], "stop") != 0)
        return TRUE;
    xn_error_set (error, XN_ERROR_NOT_FOUND, "stopped by the row");
    return FALSE;
}

/* Reads @text in pieces: up to @first bytes, then @step bytes at a time. The rows, or NULL with an error. */
static char *
read_pieces (const char *text, gsize size, gsize first, gsize step, GError **error)
{
    g_autoptr (GString) out = g_string_new (NULL);
    g_autoptr (XnRows) rows = xn_rows_new (columns, write_row, out);
    gsize at = 0;
    while (at < size) {
        gsize length = MIN (at == 0 ? first : step, size - at);
        /* A copy of exactly this piece, so that a memory checker sees any read beyond it. */
        g_autofree guint8 *piece = g_memdup2 (text + at, length);
        if (!xn_rows_feed (rows, piece, length, error))
            return NULL;
        at += length;
    }
    if (!xn_rows_finish (rows, error))
        return NULL;
    guint64 count = 0;
    for (const char *p = out->str; *p != '\0'; p++)
        count += p[0] == ';' && p[1] == '\n';
    g_assert_cmpuint (xn_rows_count (rows), ==, count);
    return g_string_free (g_steal_pointer (&out), FALSE);
}

static void
check_good (const char *text, const char *wanted)
{
    gsize size = strlen (text);
    for (gsize first = 1; first <= size + 1; first++) {
        g_autoptr (GError) error = NULL;
        gsize step = first == size + 1 ? 1 : size;
        g_autofree char *found = read_pieces (text, size, first == size + 1 ? 1 : first, step, &error);
        g_assert_no_error (error);
        g_assert_cmpstr (found, ==, wanted);
    }
}

#define LIST(rows) "{\"ResultSet\":{\"Result\":[" rows "]}}"

static void
test_good (void)
{
    const struct {
        const char *text, *wanted;
    } cases[] = {
        {LIST (""), ""},
        {" \r\n" LIST ("") "\n ", ""},
        {LIST ("{}"), "-;-;-;-;\n"},
        {LIST ("{\"ID\":\"1\",\"label\":\"L\",\"type\":\"T\",\"size\":\"5\"}"), "1;L;T;5;\n"},
        {LIST ("{\"ID\":\"1\"},{\"label\":\"2\"},{\"ID\":\"\"}"), "1;-;-;-;\n-;2;-;-;\n;-;-;-;\n"},
        /* Keys in any case, any order from row to row, and other spellings. */
        {LIST ("{\"id\":\"1\",\"Label\":\"a\"},{\"LABEL\":\"b\",\"ID\":\"2\"},{\"x\":\"0\",\"ID\":\"3\",\"label\":"
               "\"c\"}"),
         "1;a;-;-;\n2;b;-;-;\n3;c;-;-;\n"},
        {LIST ("{\"Type\":\"a\"},{\"xnat:imageScanData/type\":\"b\"}"), "-;-;a;-;\n-;-;b;-;\n"},
        {LIST ("{\"type\":\"a\",\"xnat:imagescandata/type\":\"b\"},{\"xnat:imagescandata/type\":\"c\",\"type\":\"d\"}"),
         "-;-;b;-;\n-;-;c;-;\n"},
        {LIST ("{\"ID\":\"1\",\"ID\":\"2\",\"id\":\"3\"}"), "1;-;-;-;\n"},
        /* Values of every kind. */
        {LIST ("{\"ID\":12,\"label\":null,\"type\":true,\"size\":-1.50e3}"), "12;;true;-1.50e3;\n"},
        {LIST ("{\"ID\":false,\"size\":123456789012345678901234567890}"),
         "false;-;-;123456789012345678901234567890;\n"},
        {LIST ("{\"ID\":{\"ID\":\"x\",\"a\":[{\"label\":\"y\"}]},\"label\":[1,[2]],\"size\":\"3\"}"), ";;-;3;\n"},
        {LIST ("{\"ID\":\"a\\\"\\\\\\/\\n\\u00e9\\ud83d\\ude00\",\"label\":\"\xC3\xA9\"}"),
         "a\"\\/\n\xC3\xA9\xF0\x9F\x98\x80;\xC3\xA9;-;-;\n"},
        {LIST ("{\"ID\":\"\xE9t\xE9\"}"), "\xEF\xBF\xBDt\xEF\xBF\xBD;-;-;-;\n"},
        {LIST ("{\"ID\":\"A &amp; B\"}"), "A &amp; B;-;-;-;\n"},
        /* The members around the rows. */
        {"{\"ResultSet\":{\"totalRecords\":\"1\",\"title\":\"t\",\"Columns\":[{\"key\":\"ID\",\"ID\":\"no\"}],"
         "\"Result\":[{\"ID\":\"1\"}],\"x\":{\"Result\":[{\"ID\":\"no\"}]}}}",
         "1;-;-;-;\n"},
        {"{\"a\":{\"Result\":[{\"ID\":\"no\"}]},\"b\":[[[{\"ID\":\"no\"}]]],\"ResultSet\":{\"Result\":[{\"ID\":\"1\"}]}"
         ","
         "\"c\":{\"Result\":[{\"ID\":\"no\"}]}}",
         "1;-;-;-;\n"},
        {"{\"ResultSet\":{\"Result\":[{\"ID\":\"1\"}],\"totalRecords\":1,\"more\":[{\"ID\":\"no\"}]}}", "1;-;-;-;\n"},
    };
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
        check_good (cases[i].text, cases[i].wanted);
}

/* @text must fail however it is cut. */
static void
check_bad (const char *text, gsize size, int kind, gboolean retryable, const char *words)
{
    const gsize steps[] = {MAX (size, 1), 1, 7};
    for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
        g_autoptr (GError) error = NULL;
        g_autofree char *found = read_pieces (text, size, steps[i], steps[i], &error);
        g_assert_null (found);
        g_test_message ("%s", error->message);
        g_assert_error (error, XN_ERROR, kind);
        g_assert_nonnull (strstr (error->message, words));
        g_assert_null (strchr (error->message, '\n'));
        g_assert_cmpint (xn_error_is_retryable (error), ==, retryable);
    }
}

static void
test_bad (void)
{
    const struct {
        const char *text, *words;
        int kind;
        gboolean retryable;
    } cases[] = {
        {"", "empty answer", XN_ERROR_SERVER, FALSE},
        {" \n", "empty answer", XN_ERROR_SERVER, FALSE},
        {"{\"items\":[{\"children\":[]}]}", "item document", XN_ERROR_SERVER, FALSE},
        {"{}", "no ResultSet", XN_ERROR_SERVER, FALSE},
        {"{\"ResultSet\":null}", "no ResultSet", XN_ERROR_SERVER, FALSE},
        {"{\"ResultSet\":[]}", "no ResultSet", XN_ERROR_SERVER, FALSE},
        {"{\"duplicates\":[\"a\"]}", "no ResultSet", XN_ERROR_SERVER, FALSE},
        {"12", "no ResultSet", XN_ERROR_SERVER, FALSE},
        {"\"text\"", "no ResultSet", XN_ERROR_SERVER, FALSE},
        {"[]", "JSON array", XN_ERROR_SERVER, FALSE},
        {"{\"ResultSet\":{}}", "no Result", XN_ERROR_SERVER, FALSE},
        {"{\"ResultSet\":{\"Result\":{}}}", "no Result", XN_ERROR_SERVER, FALSE},
        {"{\"ResultSet\":{\"Result\":null}}", "no Result", XN_ERROR_SERVER, FALSE},
        {LIST ("\"row\""), "no object", XN_ERROR_SERVER, FALSE},
        {LIST ("[]"), "no object", XN_ERROR_SERVER, FALSE},
        {LIST ("{\"ID\":\"a\\u0000b\"}"), "NUL", XN_ERROR_INTEGRITY, FALSE},
        {LIST ("{\"ID\":\"stop\"}"), "stopped by the row", XN_ERROR_NOT_FOUND, FALSE},
        {LIST ("{\"ID\":\"1\"}") "{}", "no JSON", XN_ERROR_SERVER, TRUE},
        {LIST ("{\"ID\":\"1\"}") " x", "no JSON", XN_ERROR_SERVER, TRUE},
        {LIST ("{\"ID\":\"1\",}"), "no JSON", XN_ERROR_SERVER, TRUE},
        {LIST ("{\"ID\":\"a\nb\"}"), "no JSON", XN_ERROR_SERVER, TRUE},
        {"<html>\n<body>login", "HTML", XN_ERROR_SERVER, TRUE},
        {" <?xml version=\"1.0\"?>", "XML", XN_ERROR_SERVER, TRUE},
        {"Unauthorised", "no JSON", XN_ERROR_SERVER, TRUE},
    };
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
        check_bad (cases[i].text, strlen (cases[i].text), cases[i].kind, cases[i].retryable, cases[i].words);
}

static void
test_item_document_facts (void)
{
    static const char text[] = "{\"items\":[]}";
    g_autoptr (GError) error = NULL;
    g_assert_null (read_pieces (text, sizeof text - 1, 3, 3, &error));
    g_assert_cmpstr (xn_error_facts (error)->server_words, ==, "item document");
}

/* A cell's bytes are looked at eight at a time: what is odd is found at each place, in cells of each length. */
static void
test_odd_bytes (void)
{
    for (gsize length = 1; length <= 26; length++) {
        for (gsize at = 0; at < length; at++) {
            g_autofree char *before = g_strnfill (at, '\x7f'), *after = g_strnfill (length - at - 1, '!');
            g_autofree char *whole = g_strdup_printf (LIST ("{\"ID\":\"%s\xC3\xA9%s\"}"), before, after);
            g_autofree char *whole_row = g_strdup_printf ("%s\xC3\xA9%s;-;-;-;\n", before, after);
            g_autofree char *broken = g_strdup_printf (LIST ("{\"ID\":\"%s\x80%s\"}"), before, after);
            g_autofree char *repaired = g_strdup_printf ("%s\xEF\xBF\xBD%s;-;-;-;\n", before, after);
            g_autofree char *nul = g_strdup_printf (LIST ("{\"ID\":\"%s\\u0000%s\"}"), before, after);
            check_good (whole, whole_row);
            check_good (broken, repaired);
            check_bad (nul, strlen (nul), XN_ERROR_INTEGRITY, FALSE, "NUL");
        }
    }
}

/* The texts of a row outgrow what there is room for at first. */
static void
test_long_cells (void)
{
    g_autofree char *one = g_strnfill (900, 'x'), *two = g_strnfill (5000, 'y');
    g_autofree char *text =
        g_strdup_printf (LIST ("{\"ID\":\"%s\",\"label\":\"%s\",\"size\":\"\x80%s\"}"), one, two, two);
    g_autofree char *wanted = g_strdup_printf ("%s;%s;-;\xEF\xBF\xBD%s;\n", one, two, two);
    g_autoptr (GError) error = NULL;
    g_autofree char *found = read_pieces (text, strlen (text), 100, 777, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (found, ==, wanted);
}

/* Every beginning of a listing is cut off, and nothing else. */
static void
test_cut_off (void)
{
    static const char text[] = LIST ("{\"ID\":\"1\",\"label\":null},{\"ID\":22}");
    for (gsize size = 1; size < sizeof text - 1; size++)
        check_bad (text, size, XN_ERROR_SERVER, TRUE, "cut off");
}

/* An error stays: what is fed later is not read. */
static void
test_error_stays (void)
{
    g_autoptr (GString) out = g_string_new (NULL);
    g_autoptr (XnRows) rows = xn_rows_new (columns, write_row, out);
    g_autoptr (GError) first = NULL, second = NULL, third = NULL;
    static const char text[] = LIST ("{\"ID\":\"stop\"},{\"ID\":\"2\"}");
    g_assert_false (xn_rows_feed (rows, (const guint8 *)text, sizeof text - 1, &first));
    g_assert_false (xn_rows_feed (rows, (const guint8 *)"[]", 2, &second));
    g_assert_false (xn_rows_finish (rows, &third));
    g_assert_cmpstr (second->message, ==, first->message);
    g_assert_cmpstr (third->message, ==, first->message);
    g_assert_cmpuint (xn_rows_count (rows), ==, 1);
    g_assert_false (xn_rows_finish (rows, NULL));
}

static void
test_depth (void)
{
    for (int deep = 63; deep <= 65; deep++) {
        /* The document itself is one level. */
        g_autoptr (GString) text = g_string_new ("{\"a\":");
        for (int i = 1; i < deep; i++)
            g_string_append_c (text, '[');
        for (int i = 1; i < deep; i++)
            g_string_append_c (text, ']');
        g_string_append (text, ",\"ResultSet\":{\"Result\":[]}}");
        g_autoptr (GError) error = NULL;
        g_autofree char *found = read_pieces (text->str, text->len, text->len, 1, &error);
        if (deep <= 64)
            g_assert_no_error (error);
        else
            check_bad (text->str, text->len, XN_ERROR_SERVER, FALSE, "nested deeper");
    }
    /* Endless nesting costs no stack and little memory. */
    g_autofree char *endless = g_strnfill (1000000, '[');
    g_autofree char *text = g_strconcat ("{\"a\":", endless, NULL);
    check_bad (text, strlen (text), XN_ERROR_SERVER, FALSE, "nested deeper");
}

static void
test_long_values (void)
{
    enum { CAP = 1024 * 1024 };
    const gsize step = rounds (1000, 100000);
    for (gsize length = CAP - 1; length <= CAP + 1; length++) {
        g_autofree char *value = g_strnfill (length, 'a');
        g_autofree char *wanted = g_strdup_printf ("{\"ResultSet\":{\"Result\":[{\"ID\":\"%s\"}]}}", value);
        g_autofree char *unwanted = g_strdup_printf ("{\"x\":\"%s\",\"ResultSet\":{\"Result\":[]}}", value);
        g_autofree char *key = g_strdup_printf ("{\"ResultSet\":{\"Result\":[{\"%s\":1}]}}", value);
        const char *const texts[] = {wanted, unwanted, key};
        for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
            g_autoptr (GError) error = NULL;
            g_autofree char *found = read_pieces (texts[i], strlen (texts[i]), step, step, &error);
            g_assert_cmpint (found != NULL, ==, length <= CAP);
            if (found == NULL)
                g_assert_true (xn_error_is (error, XN_ERROR_SERVER) && strstr (error->message, "1 MiB") != NULL);
        }
        g_autoptr (GError) error = NULL;
        g_autofree char *found = read_pieces (wanted, strlen (wanted), step, step, &error);
        if (found != NULL)
            g_assert_cmpuint (strlen (found), ==, length + strlen (";-;-;-;\n"));
    }

    /* A value that never ends is given up, long before memory is. */
    g_autoptr (XnRows) rows = xn_rows_new (columns, write_row, NULL);
    g_autoptr (GError) error = NULL;
    g_autofree char *piece = g_strnfill (CAP, 'a');
    guint fed = 0;
    g_assert_true (xn_rows_feed (rows, (const guint8 *)"{\"x\":\"", 6, &error));
    while (fed < 100 && xn_rows_feed (rows, (const guint8 *)piece, CAP, &error))
        fed++;
    g_assert_error (error, XN_ERROR, XN_ERROR_SERVER);
    g_assert_cmpuint (fed, <, 10);
}

/* More keys in a row than are remembered, in changing order. */
static void
test_many_keys (void)
{
    g_autoptr (GString) text = g_string_new ("{\"ResultSet\":{\"Result\":[");
    g_autoptr (GString) wanted = g_string_new (NULL);
    for (int row = 0; row < 40; row++) {
        g_string_append (text, row > 0 ? ",{" : "{");
        for (int key = 0; key < 150; key++) {
            if (key == row * 7 % 150)
                g_string_append_printf (text, "\"ID\":\"%d\",", row);
            g_string_append_printf (text, "\"key%d\":\"x\",", (key + row) % 150);
        }
        g_string_append_printf (text, "\"label\":\"L%d\"}", row);
        g_string_append_printf (wanted, "%d;L%d;-;-;\n", row, row);
    }
    g_string_append (text, "]}}");
    g_autoptr (GError) error = NULL;
    g_autofree char *found = read_pieces (text->str, text->len, 11, 11, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (found, ==, wanted->str);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/rows/good", test_good);
    g_test_add_func ("/rows/bad", test_bad);
    g_test_add_func ("/rows/odd-bytes", test_odd_bytes);
    g_test_add_func ("/rows/long-cells", test_long_cells);
    g_test_add_func ("/rows/item-document-facts", test_item_document_facts);
    g_test_add_func ("/rows/cut-off", test_cut_off);
    g_test_add_func ("/rows/error-stays", test_error_stays);
    g_test_add_func ("/rows/depth", test_depth);
    g_test_add_func ("/rows/long-values", test_long_values);
    g_test_add_func ("/rows/many-keys", test_many_keys);
    return g_test_run ();
}
