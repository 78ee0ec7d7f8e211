/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file types.h
 * The xsi:types that the stand-in knows, how they derive from each other, and the fields that they have.
 */
#pragma once

#include <glib.h>

typedef struct Type {
    const char *name;     /**< as `xnat:mrSessionData` */
    const char *base;     /**< the type it extends, NULL at the top */
    gboolean abstract_;   /**< no item can have it */
    const char *fields;   /**< its own fields (not the base's), comma-separated paths; none of which it has several */
    const char *singular; /**< how the site calls one; NULL: not by any name */
    const char *plural;
} Type;

/** @return the type of that name in any case, or NULL. */
const Type *type_find (const char *name);

/** @return the type at a place in the list, NULL after the last. */
const Type *type_at (guint index);

/** @return whether @p name is @p base or derives from it; both in any case; FALSE for NULLs. */
gboolean type_is (const char *name, const char *base);

/** The same, quick, for an interned name. */
gboolean xsi_is (const char *interned, const Type *base);

/** @return whether the type or one that it derives from has the field (any case, `[...]` conditions left out). */
gboolean type_has_field (const Type *type, const char *field);
