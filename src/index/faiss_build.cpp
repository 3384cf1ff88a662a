// How the FAISS that kin runs on was compiled; its C API does not tell.

#include "index/faiss_build.h"

#include <faiss/utils/utils.h>

#include <string>

const char *kin_index__faiss_build()
{
    static const std::string text = [] {
        try {
            std::string options = faiss::get_compile_options();
            while (!options.empty() && options.back() == ' ')
                options.pop_back();
            return options;
        } catch (...) {
            return std::string();
        }
    }();
    return text.c_str();
}
