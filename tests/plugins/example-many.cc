// SPDX-License-Identifier: Apache-2.0
// A host in C++. example-many PLUGIN SEARCH-URL DESTINATION fetches all that a search finds at once, each into a directory of
// its own there: ID~1, ID~2, and so on.
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <ioplug/host.h>

struct Closing {
    void operator() (IOPluginHost *host) const { io_host_free (host); }
};

// A result that is given back by itself to the plugin that made it; a failure is an exception.
class Result {
  public:
    Result (const IOPlugin *plugin, IOResult *result) : result (result, plugin->free_result)
    {
        if (result->kind != IO_KIND_OK)
            throw std::runtime_error (result->message);
    }
    const IOResult *operator->() const { return result.get (); }

  private:
    std::unique_ptr<IOResult, void (*) (IOResult *)> result;
};

static void
finished (void *data, size_t index, const IOResult *outcome)
{
    const auto &urls = *static_cast<std::vector<std::string> *> (data);

    if (outcome->kind == IO_KIND_OK)
        std::cout << outcome->items[0]->value << std::endl;
    else
        std::cerr << urls[index] << ": " << outcome->message << std::endl;
}

static void
fetch_all (const IOPlugin *plugin, const char *url, const std::string &destination)
{
    std::vector<std::string> urls, places;
    std::vector<IOFetch> fetches;
    const Result found (plugin, plugin->expand_url (url, nullptr));

    for (size_t i = 0; i < found->n_items; i++) {
        const IOItem *item = found->items[i];
        std::string id = item->id ? item->id : "";

        for (char &character : id)    // what a label may hold, and a file name may not
            if (character == '/')
                character = '_';
        urls.push_back (item->value);
        places.push_back (destination + "/" + id + "~" + std::to_string (i + 1) + "/");
    }
    for (size_t i = 0; i < urls.size (); i++)
        fetches.push_back ({urls[i].c_str (), places[i].c_str ()});
    Result (plugin, plugin->fetch_many (fetches.data (), fetches.size (), finished, &urls, nullptr));
}

int
main (int argc, char **argv)
try {
    IOHostError error = {"out of memory"};
    const std::unique_ptr<IOPluginHost, Closing> host (io_host_new (nullptr));

    if (argc != 4)
        throw std::runtime_error ("usage: example-many PLUGIN SEARCH-URL DESTINATION");
    if (!host || !io_host_load (host.get (), argv[1], &error))
        throw std::runtime_error (error.message);
    const IOPlugin *plugin = io_host_find (host.get (), argv[2], &error);
    if (!plugin)
        throw std::runtime_error (error.message);
    if (!plugin->fetch_many)
        throw std::runtime_error (std::string (plugin->name) + " is too old for this");
    fetch_all (plugin, argv[2], argv[3]);
    return 0;
} catch (const std::exception &mistake) {
    std::cerr << mistake.what () << std::endl;
    return 1;
}
