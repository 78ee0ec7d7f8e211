/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file filters.h
 * Conditions on columns. They choose roots: one passes when one of its rows fits, and then all its rows are shown.
 */
#pragma once

#include "columns.h"

typedef struct Filter {
    Column column;
    char **wanted; /**< the values, escaped as XML; any of them will do */
} Filter;

/** @return whether a root has a row, of the filters' own joins, that all filters (of Filter) fit. */
gboolean filters_fit (const GArray *filters, const GArray *joins, const Node *root);
