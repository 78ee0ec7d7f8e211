/* SPDX-License-Identifier: Apache-2.0 */
/* The home directory, without a word where there is none. */
#include "base/home.h"

#include <pwd.h>
#include <unistd.h>

/* A passwd entry has a few short texts. */
#define ENTRY_SIZE (16 * 1024)

char *
xn_home_directory (const char *home)
{
    if (home != NULL && *home != '\0')
        return g_strdup (home);
    struct passwd entry, *found = NULL;
    g_autofree char *texts = g_malloc (ENTRY_SIZE);
    if (getpwuid_r (geteuid (), &entry, texts, ENTRY_SIZE, &found) != 0 || found == NULL)
        return NULL;
    return entry.pw_dir != NULL && *entry.pw_dir != '\0' ? g_strdup (entry.pw_dir) : NULL;
}
