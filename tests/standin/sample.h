/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file sample.h
 * What the makers of sample archives share.
 */
#pragma once

#include "model.h"

/** Adds a resource whose files are generated when they are asked for; DICOM, or NIFTI under any other label. */
Resource *sample_resource (Archive *archive, Node *parent, char way, const char *label, guint files, gint64 size);

/** Gives the sample's users their roles. */
void sample_members (Node *project);

/** Builds the demonstration archive. */
void sample_demo (Archive *archive);
