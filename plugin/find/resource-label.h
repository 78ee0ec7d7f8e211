/* SPDX-License-Identifier: Apache-2.0 */
/* What the label of a resource can be used for: to name it in a URL of ours, or in a REST path of XNAT. */
#pragma once

#include "find/item.h"

/** Whether a URL with @label (nullable) as its resource is read back as just this label: it is there, and no pattern. */
gboolean xn_resource_label_is_clear (const char *label);

/** Whether @label (nullable) names its resource in a REST path as well: XNAT does not decode it there, splits it at commas,
 *  takes digits for an ID and NULL for no label. */
gboolean xn_resource_label_fits_path (const char *label);

/** Sets @by_number of each item whose label is missing, stands more than once at its parent, or is no plain name. */
void xn_resource_labels_mark_unclear (GPtrArray *resources);
