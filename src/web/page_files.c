/* The page. */
#include "web/page_files.h"
#include "web/web_private.h"

#include "base/file.h"

#include <string.h>

static const char *type_of(const char *name)
{
    static const char *const types[][2] = { { ".html", "text/html; charset=utf-8" },
                                            { ".css", "text/css; charset=utf-8" },
                                            { ".js", "text/javascript; charset=utf-8" },
                                            { ".svg", "image/svg+xml" } };
    const char *extension = kin_path_extension(name);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i][0], extension) == 0)
            return types[i][1];
    return "application/octet-stream";
}

int kin_web__page(web_request *request, kin_error *err)
{
    const char *name = request->rest ? request->rest : "index.html";
    for (const kin_web_page_file *file = kin_web__page_files; file->name; file++)
        if (strcmp(file->name, name) == 0) {
            request->answer.type = type_of(name);
            request->answer.constant = file->bytes;
            request->answer.size = *file->size;
            return KIN_OK;
        }
    return kin_fail(err, KIN_E_NOTFOUND, "there is nothing at this address");
}
