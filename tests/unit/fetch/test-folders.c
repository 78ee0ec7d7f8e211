/* SPDX-License-Identifier: Apache-2.0 */
/* Directories of which everything is to be brought. */
#include "fetch/folders.h"
#include "find/catalog.h"

/* Files, of which those with a '-' in front are there, and the directories that are found. */
typedef struct {
    const char *files[10];
    const char *found;
} Row;

static const Row ROWS[] = {
    {{"x", "y"}, ""},
    {{"a/1", "a/2"}, "a"},
    {{"a/1", "-a/2"}, ""},
    {{"-a/1", "a/2", "b/1", "b/2"}, "b"},
    {{"a/1", "b/1", "b/2"}, "b"}, /* too few */
    {{"a/p/1", "a/p/2", "a/q/1"}, "a"},
    {{"a/p/1", "a/p/2", "-a/q/1", "a/r/1", "a/r/2"}, "a/p a/r"},
    {{"-a/1", "a/p/1", "a/p/2"}, "a/p"},
    {{"a/p/1", "a/p/2", "-a/z"}, "a/p"},
    /* '-' comes before '/', and letters after it. */
    {{"a-b/1", "a-b/2", "-a/1", "ab/1", "ab/2"}, "a-b ab"},
    {{"a/1", "a/2", "b", "c/1", "c/2"}, "a c"},
    {{NULL}, ""},
};

static void
test_found (void)
{
    for (guint i = 0; i < G_N_ELEMENTS (ROWS); i++) {
        XnEntry files[G_N_ELEMENTS (ROWS[i].files)];
        gboolean missing[G_N_ELEMENTS (ROWS[i].files)];
        g_autoptr (GPtrArray) entries = g_ptr_array_new ();
        for (guint n = 0; n < G_N_ELEMENTS (files) && ROWS[i].files[n] != NULL; n++) {
            missing[n] = ROWS[i].files[n][0] != '-';
            files[n] = (XnEntry){.path = (char *)ROWS[i].files[n] + !missing[n]};
            g_ptr_array_add (entries, &files[n]);
        }
        g_autoptr (GPtrArray) found = xn_folders_find (entries, missing, 2);
        g_ptr_array_add (found, NULL);
        g_autofree char *names = g_strjoinv (" ", (char **)found->pdata);
        g_assert_cmpstr (names, ==, ROWS[i].found);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/fetch/folders/found", test_found);
    return g_test_run ();
}
