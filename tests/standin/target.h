/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file target.h
 * What a resource or file route addresses: the parent that it falls back to, and the resources below it.
 */
#pragma once

#include "routes.h"

/** One resource as a listing shows it. */
typedef struct Listed {
    Resource *resource;
    const char *category;
    const char *cat_id;
    const char *cat_desc;
    gboolean elsewhere; /**< named by its number, and not one of the parents' */
} Listed;

typedef struct Target {
    const Node *project; /**< of the URL, or the owner's; NULL in short routes that lead nowhere */
    Node *parent;        /**< the object that was found: deepest, or what the search fell back to; NULL: none */
    GPtrArray *sessions; /**< on the way to the parents */
    GPtrArray *parents;  /**< all that were named (comma lists, ALL, types) */
    gboolean fell_back;  /**< something below was named and not found */
    gboolean by_number;  /**< the resource was named by a number that is one */
    GArray *listed;      /**< of Listed */
    char way;            /**< as in the route */
} Target;

/**
 * Finds it. Needs a lock.
 * @return FALSE when the request is answered: the project or, for writes, exactly one parent is not there, or a number
 * is no resource's.
 */
gboolean target_find (Ctx *ctx, const Route *route, Target *target);

/** @return the first of the resources that is the parent's own, NULL when there is none. Needs a lock. */
Resource *target_own (const Target *target);

/** Gives back the lists. */
void target_clear (Target *target);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Target, target_clear)

/** `/data/experiments/E/scans/4/resources/17`: where a resource is. @return owned by the caller. */
char *resource_uri (const Resource *resource);

/**
 * The same as a list of files says it: the one resource that was asked for is where the request's path says, several
 * are where they are.
 */
char *listed_uri (const Route *route, const Target *target, const Listed *listed);
