/* SPDX-License-Identifier: Apache-2.0 */
/* The name of a zip member as it was stored: found where it stands, and not looked for everywhere. */
#include "archive/tail.h"

#include <string.h>

/* A local header with @name and no more. */
static void
append_header (GByteArray *bytes, const char *name)
{
    guint8 header[30] = {'P', 'K', 3, 4};
    header[26] = (guint8)strlen (name);
    g_byte_array_append (bytes, header, sizeof header);
    g_byte_array_append (bytes, (const guint8 *)name, (guint)strlen (name));
}

/* What is told for "wanted" behind @before headers of other names. */
static char *
name_behind (guint before)
{
    g_autoptr (GByteArray) bytes = g_byte_array_new ();
    XnTail *tail = xn_tail_new ();
    for (guint i = 0; i < before; i++)
        append_header (bytes, "other");
    append_header (bytes, "wanted");
    xn_tail_show (tail, bytes->data, bytes->len);
    char *name = xn_tail_zip_name (tail, 0, "wanted");
    xn_tail_free (tail);
    return name;
}

static void
test_name (void)
{
    g_autofree char *at_once = name_behind (0);
    g_autofree char *behind_one = name_behind (1);
    g_assert_cmpstr (at_once, ==, "wanted");
    g_assert_cmpstr (behind_one, ==, "wanted");
}

/* An archive whose members claim other names than their headers hold would make each of them cost a look at all of what is
 * kept. */
static void
test_bounded (void)
{
    g_autofree char *far = name_behind (10);
    g_assert_null (far);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/tail/name", test_name);
    g_test_add_func ("/tail/bounded", test_bounded);
    return g_test_run ();
}
