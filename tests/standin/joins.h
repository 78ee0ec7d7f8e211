/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file joins.h
 * What the rows of a query are made of: a root object, and what is joined to it. Where one object has several of a
 * kind, rows multiply; where it has none, the row has an empty place.
 */
#pragma once

#include "model.h"
#include "types.h"

/** How a joined object is found from the one that it starts at. */
typedef enum Link {
    LINK_ROOT,
    LINK_SELF, /**< the same object, where it is of the type */
    LINK_PROJECT,
    LINK_SUBJECT,
    LINK_SESSION, /**< what an assessor, a scan or a reconstruction belongs to */
    LINK_NONE,    /**< never anything */
    LINK_EXPERIMENTS,
    LINK_SCANS,
    LINK_ASSESSORS,
    LINK_RECONS,
    LINK_SHARES,
    LINK_RESOURCES, /**< those that are neither in nor out */
    LINK_OUT,
    LINK_IN
} Link;

/** One joined object. Links from LINK_SHARES on give a Share, then Resources; those before a Node. */
typedef struct Join {
    guint from; /**< place of the object where it starts, which comes earlier */
    Link link;
    const Type *type; /**< what is of another type is none */
    gboolean foreign; /**< named by a type of its own; the same objects by a path of the root are another join */
} Join;

/** @return joins with the root alone, at place 0. Owned by the caller. */
GArray *joins_new (const Type *root);

/**
 * Joins what a column's path speaks of.
 * @param joins of Join, the root at place 0. @param type the element that the path begins with.
 * @param field the path below it; what is left of it after the join, into @p rest.
 * @return the object's place, -1 when the database knows no such thing.
 */
int joins_add (GArray *joins, const Type *type, const char *field, const char **rest);

/** Called for one row: the objects by their places, NULL where a join found none. @return FALSE: no more rows. */
typedef gboolean (*JoinFunc) (gconstpointer const *objects, gpointer data);

/** Goes through all rows of one root. @return FALSE when @p func ended it. */
gboolean joins_each (const GArray *joins, const Node *root, JoinFunc func, gpointer data);

/** @return whether a join can give several objects, shares aside. */
gboolean joins_multiply (const GArray *joins);
