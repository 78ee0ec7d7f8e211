/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that hold a secret. */
#include "base/secret.h"

#include <string.h>

void
xn_secret_free (char *secret)
{
    if (secret == NULL)
        return;
    explicit_bzero (secret, strlen (secret));
    g_free (secret);
}
