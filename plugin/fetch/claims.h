/* SPDX-License-Identifier: Apache-2.0 */
/* Which of many fetches goes where: one path is for one of them. Pure, but for a look at what is there. */
#pragma once

#include <glib.h>

typedef struct XnClaims XnClaims;

XnClaims *xn_claims_new (void);
void xn_claims_free (XnClaims *claims);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnClaims, xn_claims_free)

/**
 * Claims for @owner what its fetch to @destination will write: @name in it, or there, or (NULL) a tree. Anything that it has
 * claimed before is given up.
 * Errors: CONFLICT if that is another's, or a file would stand in another's tree, or beside a file of another one's. Thread: any.
 */
gboolean xn_claims_take (XnClaims *claims, guint owner, const char *destination, const char *name, GError **error);
