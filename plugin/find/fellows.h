/* SPDX-License-Identifier: Apache-2.0 */
/* Experiments that are looked for together: one question tells of all of them, as XNAT takes several values of a filter. */
#pragma once

#include "xnat/url.h"

typedef struct XnFellows XnFellows;

XnFellows *xn_fellows_new (void);
void xn_fellows_free (XnFellows *fellows);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnFellows, xn_fellows_free)

/** Notes that the experiment of @url will be looked for, if it can be looked for by a filter. Thread: one at a time, until the
 *  first is asked for. */
void xn_fellows_add (XnFellows *fellows, const XnUrl *url);

/** The filter, "ID=XNAT_E1,XNAT_E2", that asks for the experiment of @url and others of its project: (transfer none). NULL: it
 *  was not noted. Thread: any. */
const char *xn_fellows_filter (const XnFellows *fellows, const XnUrl *url);
