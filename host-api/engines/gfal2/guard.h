/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file guard.h
 * Keeps `gfal-rm -r` above a resource from removing what is below. It removes from the bottom up, and would meet the place that
 * is not removed when the files are gone. Of gfal2's tools no other one removes below what it has listed; programs of others
 * may, and are left alone. Thread-safe.
 */
#ifndef GFAL_XNAT_GUARD_H
#define GFAL_XNAT_GUARD_H

#include <gfal_plugins_api.h>
#include <glib.h>

/** Notes that a place above resources was listed, if one of gfal2's tools did so. */
void guard_listed (gfal2_context_t context, const char *url);

/** Whether `url` may be removed. @return FALSE with an error (EPERM) if it is below such a place. */
gboolean guard_allows (gfal2_context_t context, const char *url, GError **error);

/** Forgets what was noted for a context, which ends. */
void guard_forget (gfal2_context_t context);

#endif /* GFAL_XNAT_GUARD_H */
