/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of where the certificates of authorities are looked for. */
#include "net/internal.h"

#include <glib/gstdio.h>

static const char *const VARIABLES[] = {"CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"};

/* Two systems' bundles, and a directory. */
typedef struct {
    char *directory, *first, *second;
    const char *bundles[3];
    XnAuthorities built_in; /* that are not there */
} Machine;

static void
machine_begin (Machine *machine, gconstpointer data)
{
    machine->directory = g_dir_make_tmp ("net-authorities-XXXXXX", NULL);
    g_assert_nonnull (machine->directory);
    machine->first = g_build_filename (machine->directory, "first.pem", NULL);
    machine->second = g_build_filename (machine->directory, "second.pem", NULL);
    machine->bundles[0] = machine->first;
    machine->bundles[1] = machine->second;
    machine->built_in = (XnAuthorities){"/nonexistent/bundle.pem", "/nonexistent/hashed"};
}

static void
machine_end (Machine *machine, gconstpointer data)
{
    for (guint i = 0; i < G_N_ELEMENTS (VARIABLES); i++)
        g_unsetenv (VARIABLES[i]);
    g_unlink (machine->first);
    g_unlink (machine->second);
    g_assert_cmpint (g_rmdir (machine->directory), ==, 0);
    g_free (machine->first);
    g_free (machine->second);
    g_free (machine->directory);
}

static void
write_bundle (const char *path)
{
    g_assert_true (g_file_set_contents (path, "certificates", -1, NULL));
}

static void
assert_chosen (const Machine *machine, const char *setting, const char *file, const char *directory)
{
    const XnAuthorities chosen = xn_authorities_choose (setting, &machine->built_in, machine->bundles);
    g_assert_cmpstr (chosen.file, ==, file);
    g_assert_cmpstr (chosen.directory, ==, directory);
}

static void
test_built_in (Machine *machine, gconstpointer data)
{
    write_bundle (machine->first);
    write_bundle (machine->second);
    machine->built_in = (XnAuthorities){machine->second, machine->directory};
    assert_chosen (machine, NULL, machine->second, machine->directory);
}

/* On another system than libcurl was built for. */
static void
test_known_places (Machine *machine, gconstpointer data)
{
    write_bundle (machine->second);
    assert_chosen (machine, NULL, machine->second, NULL);
    write_bundle (machine->first);
    assert_chosen (machine, NULL, machine->first, NULL);
}

/* curl refuses a bundle that is not there, whatever the directory holds. */
static void
test_directory_alone (Machine *machine, gconstpointer data)
{
    machine->built_in.directory = machine->directory;
    assert_chosen (machine, NULL, NULL, machine->directory);
}

/* The error names a place. */
static void
test_nothing_there (Machine *machine, gconstpointer data)
{
    assert_chosen (machine, NULL, "/nonexistent/bundle.pem", NULL);
}

static void
test_variables (Machine *machine, gconstpointer data)
{
    write_bundle (machine->first);
    g_setenv ("SSL_CERT_DIR", "/named/hashed", TRUE);
    assert_chosen (machine, NULL, machine->first, "/named/hashed");
    g_setenv ("SSL_CERT_FILE", "/named/openssl.pem", TRUE);
    assert_chosen (machine, NULL, "/named/openssl.pem", NULL);
    machine->built_in.directory = machine->directory;
    assert_chosen (machine, NULL, "/named/openssl.pem", machine->directory);
    g_setenv ("CURL_CA_BUNDLE", "/named/curl.pem", TRUE);
    assert_chosen (machine, NULL, "/named/curl.pem", machine->directory);
}

static void
test_empty_variables (Machine *machine, gconstpointer data)
{
    write_bundle (machine->first);
    for (guint i = 0; i < G_N_ELEMENTS (VARIABLES); i++)
        g_setenv (VARIABLES[i], "", TRUE);
    assert_chosen (machine, NULL, machine->first, NULL);
}

/* Instead of the system's: none of it is trusted beside. */
static void
test_setting (Machine *machine, gconstpointer data)
{
    write_bundle (machine->first);
    machine->built_in = (XnAuthorities){machine->first, machine->directory};
    for (guint i = 0; i < G_N_ELEMENTS (VARIABLES); i++)
        g_setenv (VARIABLES[i], "/named", TRUE);
    assert_chosen (machine, "/set.pem", "/set.pem", NULL);
}

int
main (int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run) (Machine *machine, gconstpointer data);
    } cases[] = {
        {"/net/authorities/built-in", test_built_in},
        {"/net/authorities/known-places", test_known_places},
        {"/net/authorities/directory-alone", test_directory_alone},
        {"/net/authorities/nothing-there", test_nothing_there},
        {"/net/authorities/variables", test_variables},
        {"/net/authorities/empty-variables", test_empty_variables},
        {"/net/authorities/setting", test_setting},
    };
    g_test_init (&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS (VARIABLES); i++)
        g_unsetenv (VARIABLES[i]);
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
        g_test_add (cases[i].name, Machine, NULL, machine_begin, cases[i].run, machine_end);
    return g_test_run ();
}
