/* SPDX-License-Identifier: Apache-2.0 */
/* Scoped clean-up of curl's objects. */
#pragma once

#include <curl/curl.h>
#include <glib.h>

typedef char XnCurlText;
typedef struct curl_slist XnCurlList;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CURLU, curl_url_cleanup)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnCurlText, curl_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnCurlList, curl_slist_free_all)
