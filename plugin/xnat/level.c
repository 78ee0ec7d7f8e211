/* SPDX-License-Identifier: Apache-2.0 */
/* The names of the levels, and of what else a search may select by. */
#include "xnat/url-private.h"

#include <string.h>

static const struct {
    const char *name, *plural;
} names[XN_N_LEVELS] = {
    [XN_LEVEL_PROJECT] = {"project", "projects"},
    [XN_LEVEL_SUBJECT] = {"subject", "subjects"},
    [XN_LEVEL_EXPERIMENT] = {"experiment", "experiments"},
    [XN_LEVEL_SCAN] = {"scan", "scans"},
    [XN_LEVEL_ASSESSOR] = {"assessor", "assessors"},
    [XN_LEVEL_RECONSTRUCTION] = {"reconstruction", "reconstructions"},
    [XN_LEVEL_RESOURCE] = {"resource", "resources"},
};

const char *
xn_level_name (XnLevel level)
{
    return (guint)level < XN_N_LEVELS ? names[level].name : "level";
}

const char *
xn_level_plural (XnLevel level)
{
    return (guint)level < XN_N_LEVELS ? names[level].plural : "levels";
}

const char *
xn_also_name (XnAlso also)
{
    static const char *const NAMES[XN_N_ALSO] = {
        [XN_ALSO_TYPE] = "types", [XN_ALSO_QUALITY] = "quality", [XN_ALSO_DESCRIPTION] = "descriptions"};
    return NAMES[also];
}

gboolean
xn_level_from_plural (const char *name, gsize length, XnLevel *level)
{
    for (guint i = 0; i < XN_N_LEVELS; i++) {
        if (strlen (names[i].plural) != length || memcmp (names[i].plural, name, length) != 0)
            continue;
        *level = (XnLevel)i;
        return TRUE;
    }
    return FALSE;
}
