/* SPDX-License-Identifier: Apache-2.0 */
/* What levels resolve to, remembered for a minute: tables of the listings above the files. Concurrent calls for the same
 * listing share one request. */
#pragma once

#include "find/listing.h"

typedef struct XnListingCache XnListingCache;

XnListingCache *xn_listing_cache_new (void);
void xn_listing_cache_free (XnListingCache *listings);

/**
 * The table of a listing, from memory if it was asked for at or after @not_before_us (monotonic) and is not a minute
 * old, else from the server.
 * @out_asked_us: (nullable) when the server was asked for it (monotonic)
 * Returns: (transfer full) the table, or NULL with an error. Thread: any.
 */
XnTable *xn_listing_cache_get (XnListingCache *listings, XnClient *client, const XnListing *listing,
                               gint64 not_before_us, gint64 *out_asked_us, XnOp *op, GError **error);

/** FALSE the first time within a minute that @name is asked about with @detail, or again with the same @detail; TRUE when
 *  another detail came before: a hint that many of one kind will follow. */
gboolean xn_listing_cache_once (XnListingCache *listings, XnClient *client, const char *name, const char *detail);

/** Remembers for good what a server was seen to be like: @trait is one of the caller's words. */
void xn_listing_cache_note_trait (XnListingCache *listings, XnClient *client, const char *trait);
/** Whether that was noted. */
gboolean xn_listing_cache_has_trait (XnListingCache *listings, XnClient *client, const char *trait);

/** Forgets all listings of a server: something was created. */
void xn_listing_cache_forget (XnListingCache *listings, XnClient *client);
