/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the kinds of failure. */
#include "kinds.h"

#define EXIT_PLUGIN 11
/* As for an interrupt: what a cancelled operation ends with when no signal was the cause. */
#define EXIT_CANCELLED 130

typedef struct {
    int kind;
    int exit_code;
    const char *name;
} KindRow;

static const KindRow rows[] = {
    {IO_KIND_SERVER, 8, "server"},        {IO_KIND_OK, 0, "ok"},
    {IO_KIND_USAGE, 2, "usage"},          {IO_KIND_NOT_FOUND, 3, "not-found"},
    {IO_KIND_AMBIGUOUS, 4, "ambiguous"},  {IO_KIND_AUTH, 5, "auth"},
    {IO_KIND_CONFLICT, 6, "conflict"},    {IO_KIND_NETWORK, 7, "network"},
    {IO_KIND_INTEGRITY, 9, "integrity"},  {IO_KIND_IO, 10, "io"},
    {KIND_PLUGIN, EXIT_PLUGIN, "plugin"}, {IO_KIND_CANCELLED, EXIT_CANCELLED, "cancelled"},
};

GQuark
ioplug_error_quark (void)
{
    return g_quark_from_static_string ("ioplug-error");
}

static const KindRow *
row_of (int kind)
{
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
        if (rows[i].kind == kind)
            return &rows[i];
    return &rows[0];
}

const char *
kind_name (int kind)
{
    return row_of (kind)->name;
}

int
kind_exit_code (int kind)
{
    return row_of (kind)->exit_code;
}
