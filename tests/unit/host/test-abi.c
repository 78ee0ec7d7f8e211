/* SPDX-License-Identifier: Apache-2.0 */
/* The layout of the public structs: what an old binary was built with must stay where it is. */
#include <glib.h>

#include "ioplugin.h"

#define WORDS(n) ((gsize)(n) * sizeof (void *))

static void
test_version (void)
{
    g_assert_cmpuint (IOPLUGIN_ABI_MAJOR, ==, 1);
    g_assert_cmpuint (IOPLUGIN_ABI_MINOR, ==, 2);
    g_assert_cmpstr (IOPLUGIN_ENTRY_SYMBOL, ==, "ioplugin_entry");
}

static void
test_enums (void)
{
    g_assert_cmpint (IO_KIND_OK, ==, 0);
    g_assert_cmpint (IO_KIND_USAGE, ==, 1);
    g_assert_cmpint (IO_KIND_NOT_FOUND, ==, 2);
    g_assert_cmpint (IO_KIND_AMBIGUOUS, ==, 3);
    g_assert_cmpint (IO_KIND_AUTH, ==, 4);
    g_assert_cmpint (IO_KIND_CONFLICT, ==, 5);
    g_assert_cmpint (IO_KIND_NETWORK, ==, 6);
    g_assert_cmpint (IO_KIND_SERVER, ==, 7);
    g_assert_cmpint (IO_KIND_INTEGRITY, ==, 8);
    g_assert_cmpint (IO_KIND_IO, ==, 9);
    g_assert_cmpint (IO_KIND_CANCELLED, ==, 10);
    g_assert_cmpint (IO_FINDING_OK, ==, 0);
    g_assert_cmpint (IO_FINDING_WARNING, ==, 1);
    g_assert_cmpint (IO_FINDING_FAILED, ==, 2);
    g_assert_cmpint (IO_FINDING_SKIPPED, ==, 3);
    g_assert_cmpint (IO_LOG_ERROR, ==, 0);
    g_assert_cmpint (IO_LOG_DEBUG, ==, 3);
    g_assert_cmpint (IO_PHASE_RESOLVE, ==, 0);
    g_assert_cmpint (IO_PHASE_DONE, ==, 4);
    g_assert_cmpint (IO_ACTION_CREATE, ==, 0);
    g_assert_cmpint (IO_ACTION_REMOVE, ==, 8);
}

/* The three leading fields, which even a host of another major reads. */
static void
test_leading_fields (void)
{
    g_assert_cmpuint (offsetof (IOHost, abi_major), ==, 0);
    g_assert_cmpuint (offsetof (IOHost, abi_minor), ==, 4);
    g_assert_cmpuint (offsetof (IOHost, struct_size), ==, 8);
    g_assert_cmpuint (offsetof (IOPlugin, abi_major), ==, 0);
    g_assert_cmpuint (offsetof (IOPlugin, abi_minor), ==, 4);
    g_assert_cmpuint (offsetof (IOPlugin, struct_size), ==, 8);
}

static void
test_tables (void)
{
    const gsize head = 8 + sizeof (size_t);

    g_assert_cmpuint (offsetof (IOHost, user_data), ==, head);
    g_assert_cmpuint (offsetof (IOHost, log), ==, head + WORDS (1));
    g_assert_cmpuint (offsetof (IOHost, log_wanted), ==, head + WORDS (2));
    g_assert_cmpuint (offsetof (IOHost, setting), ==, head + WORDS (3));
    g_assert_cmpuint (sizeof (IOHost), ==, head + WORDS (4));
    g_assert_cmpuint (offsetof (IOPlugin, name), ==, head);
    g_assert_cmpuint (offsetof (IOPlugin, version), ==, head + WORDS (1));
    g_assert_cmpuint (offsetof (IOPlugin, schemes), ==, head + WORDS (2));
    g_assert_cmpuint (offsetof (IOPlugin, fetch_url), ==, head + WORDS (3));
    g_assert_cmpuint (offsetof (IOPlugin, put_url), ==, head + WORDS (4));
    g_assert_cmpuint (offsetof (IOPlugin, expand_url), ==, head + WORDS (5));
    g_assert_cmpuint (offsetof (IOPlugin, free_result), ==, head + WORDS (6));
    g_assert_cmpuint (offsetof (IOPlugin, cleanup), ==, head + WORDS (7));
    g_assert_cmpuint (offsetof (IOPlugin, settings), ==, head + WORDS (8));
    g_assert_cmpuint (offsetof (IOPlugin, stat_url), ==, head + WORDS (9));
    g_assert_cmpuint (offsetof (IOPlugin, list_url), ==, head + WORDS (10));
    g_assert_cmpuint (offsetof (IOPlugin, remove_url), ==, head + WORDS (11));
    g_assert_cmpuint (offsetof (IOPlugin, check_url), ==, head + WORDS (12));
    g_assert_cmpuint (offsetof (IOPlugin, read_url), ==, head + WORDS (13));
    g_assert_cmpuint (offsetof (IOPlugin, fetch_many), ==, head + WORDS (14));
    g_assert_cmpuint (offsetof (IOPlugin, expand_each), ==, head + WORDS (15));
    g_assert_cmpuint (offsetof (IOPlugin, plan_fetch), ==, head + WORDS (16));
    g_assert_cmpuint (offsetof (IOPlugin, plan_put), ==, head + WORDS (17));
    g_assert_cmpuint (offsetof (IOPlugin, plan_remove), ==, head + WORDS (18));
    g_assert_cmpuint (offsetof (IOPlugin, diagnose_url), ==, head + WORDS (19));
    g_assert_cmpuint (sizeof (IOPlugin), ==, head + WORDS (20));
}

static void
test_calls_and_results (void)
{
    const IOProgress *progress = NULL;

    g_assert_cmpuint (offsetof (IOCall, user_data), ==, WORDS (1));
    g_assert_cmpuint (offsetof (IOCall, progress), ==, WORDS (2));
    g_assert_cmpuint (offsetof (IOCall, cancelled), ==, WORDS (3));
    g_assert_cmpuint (offsetof (IOCall, stop), ==, WORDS (4));
    g_assert_cmpuint (offsetof (IOCall, setting), ==, WORDS (5));
    g_assert_cmpuint (sizeof (IOCall), ==, WORDS (6));
    g_assert_cmpuint (offsetof (IOFetch, destination), ==, WORDS (1));
    g_assert_cmpuint (sizeof (IOFetch), ==, WORDS (2));
    g_assert_cmpuint (offsetof (IOStep, action), ==, WORDS (1));
    g_assert_cmpuint (offsetof (IOStep, bytes), ==, WORDS (1) + 8);
    g_assert_cmpuint (offsetof (IOStep, url), ==, WORDS (1) + 16);
    g_assert_cmpuint (offsetof (IOStep, path), ==, WORDS (2) + 16);
    g_assert_cmpuint (offsetof (IOStep, type), ==, WORDS (3) + 16);
    g_assert_cmpuint (sizeof (IOStep), ==, WORDS (4) + 16);
    g_assert_cmpuint (offsetof (IOProgress, operation), ==, 8);
    g_assert_cmpuint (offsetof (IOProgress, phase), ==, 16);
    g_assert_cmpuint (offsetof (IOProgress, bytes_done), ==, 24);
    g_assert_cmpuint (offsetof (IOProgress, bytes_total), ==, 32);
    g_assert_cmpuint (offsetof (IOProgress, files_done), ==, 40);
    g_assert_cmpuint (offsetof (IOProgress, files_total), ==, 48);
    g_assert_cmpuint (offsetof (IOProgress, bytes_kept), ==, 56);
    g_assert_cmpuint (offsetof (IOProgress, files_kept), ==, 64);
    g_assert_cmpuint (offsetof (IOProgress, files_replaced), ==, 72);
    g_assert_cmpuint (offsetof (IOProgress, urls_known), ==, 80);
    g_assert_cmpuint (offsetof (IOProgress, wait_ms), ==, 88);
    g_assert_cmpuint (offsetof (IOProgress, wait_try), ==, 92);
    g_assert_cmpuint (offsetof (IOProgress, wait_tries), ==, 96);
    g_assert_cmpuint (sizeof *progress, ==, 104);
    g_assert_cmpuint (offsetof (IOItem, value), ==, WORDS (1));
    g_assert_cmpuint (offsetof (IOItem, attributes), ==, WORDS (2));
    g_assert_cmpuint (sizeof (IOItem), ==, WORDS (3));
    g_assert_cmpuint (offsetof (IOResult, kind), ==, WORDS (1));
    g_assert_cmpuint (offsetof (IOResult, n_items), ==, WORDS (2));
    g_assert_cmpuint (offsetof (IOResult, items), ==, WORDS (3));
    g_assert_cmpuint (offsetof (IOResult, message), ==, WORDS (4));
    g_assert_cmpuint (offsetof (IOResult, http_status), ==, WORDS (5));
    g_assert_cmpuint (offsetof (IOResult, server_words), ==, WORDS (6));
    g_assert_cmpuint (sizeof (IOResult), ==, WORDS (7));
    g_assert_cmpuint (offsetof (IOFinding, step), ==, WORDS (1));
    g_assert_cmpuint (offsetof (IOFinding, state), ==, WORDS (2));
    g_assert_cmpuint (offsetof (IOFinding, text), ==, WORDS (3));
    g_assert_cmpuint (offsetof (IOFinding, advice), ==, WORDS (4));
    g_assert_cmpuint (offsetof (IOFinding, kind), ==, WORDS (5));
    g_assert_cmpuint (sizeof (IOFinding), ==, WORDS (6));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/abi/version", test_version);
    g_test_add_func ("/abi/enums", test_enums);
    g_test_add_func ("/abi/leading-fields", test_leading_fields);
    g_test_add_func ("/abi/tables", test_tables);
    g_test_add_func ("/abi/calls-and-results", test_calls_and_results);
    return g_test_run ();
}
