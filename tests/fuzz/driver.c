/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a target over the files of its corpus, as an ordinary test: driver DIRECTORY. */
#include "fuzz.h"

int
main (int argc, char **argv)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GDir) directory = g_dir_open (argc > 1 ? argv[1] : ".", 0, &error);
    guint n = 0;
    for (const char *name; directory != NULL && (name = g_dir_read_name (directory)) != NULL; n++) {
        g_autofree char *path = g_build_filename (argv[1], name, NULL);
        g_autofree char *bytes = NULL;
        gsize size = 0;
        if (!g_file_get_contents (path, &bytes, &size, &error))
            break;
        LLVMFuzzerTestOneInput ((const guint8 *)bytes, size);
    }
    if (error != NULL)
        g_printerr ("%s\n", error->message);
    return error == NULL && n > 0 ? 0 : 1;
}
