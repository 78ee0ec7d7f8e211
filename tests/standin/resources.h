/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file resources.h
 * Making resources, which is what an upload does too when there is none yet.
 */
#pragma once

#include "target.h"

/**
 * Between these two a request looks for a resource and makes it. Requests of one session do that side by side, those of
 * different sessions one after another.
 */
void creation_begin (Ctx *ctx);
void creation_end (void);

/**
 * The time between having looked and making. Where the site is set to have such a time (create-race-ms) the archive's
 * write lock, which the caller has, is given back for so long: what was not there may be there afterwards, twice.
 */
void creation_pause (Ctx *ctx);

/** Makes a resource because something is uploaded into it. Needs the write lock. */
Resource *resource_make (Ctx *ctx, Node *parent, char way, const char *label);

/** Takes over what a request says of a resource: format, content, description, tags. Needs the write lock. */
void resource_describe (Ctx *ctx, Resource *resource);
