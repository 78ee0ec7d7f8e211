/* SPDX-License-Identifier: Apache-2.0 */
/* Which names of files XNAT can be made to keep as they are. */
#pragma once

#include "put/upload.h"

/** Whether the file can be stored under its name, and found again. Errors: USAGE, with what to do. Thread: any. */
gboolean xn_file_name_check (const XnSending *sending, GError **error);
