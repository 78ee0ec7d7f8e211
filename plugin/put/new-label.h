/* SPDX-License-Identifier: Apache-2.0 */
/* Which labels XNAT can be made to give a new resource, and how. Pure. */
#pragma once

#include <glib.h>

/** How a resource of a label is made. */
typedef enum {
    XN_LABEL_BY_PATH, /**< PUT to the path that ends in it, with no character encoded: XNAT would store the encoding */
    XN_LABEL_BY_QUERY, /**< POST that gives it in the query; XNAT makes no difference then whether it is there already, and
                            empties what is */
    XN_LABEL_BY_NOTHING,
} XnLabelWay;

/** How a resource labelled @label is made. @out_why: (nullable) (out) (transfer full) for BY_NOTHING, what in it forbids
 *  that; @out_instead: (nullable) (out) (transfer full) the nearest label that can be made. */
XnLabelWay xn_label_way (const char *label, char **out_why, char **out_instead);
