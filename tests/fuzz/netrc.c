/* SPDX-License-Identifier: Apache-2.0 */
/* A netrc file, and an entry of it. */
#include "fuzz.h"

#include "login/netrc.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
    g_autoptr (XnNetrc) netrc = xn_netrc_parse ((const char *)data, size);
    const XnNetrcEntry *entry = xn_netrc_find (netrc, "xnat.example.com", 443, NULL);
    FUZZ_CHECK (entry == NULL || netrc->entries->len > 0);
    entry = xn_netrc_find (netrc, "xnat.example.com", 8443, "jane");
    FUZZ_CHECK (entry == NULL || entry->login == NULL || g_str_equal (entry->login, "jane"));
    return 0;
}
