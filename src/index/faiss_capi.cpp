// The functions of FAISS's C API that kin calls, over the C++ library: Debian and Ubuntu ship the headers of the C API
// but no library with its functions. Declared by FAISS's own headers, so that an installed libfaiss_c takes this file's
// place. Errors as there: 0 or a FaissErrorCode, the message by faiss_get_last_error.

#include <faiss/IndexFlat.h>
#include <faiss/c_api/IndexFlat_c.h>
#include <faiss/c_api/Index_c.h>
#include <faiss/c_api/error_c.h>
#include <faiss/c_api/index_io_c.h>
#include <faiss/impl/FaissException.h>
#include <faiss/index_io.h>

#include <string>

namespace
{
thread_local std::string last_error;

int remember(int code, const char *what) noexcept
{
    try {
        last_error = what;
    } catch (...) {
        last_error.clear();
    }
    return code;
}

// No exception may pass into C.
template <typename Work>
int guarded(Work work) noexcept
{
    try {
        work();
        return OK;
    } catch (const faiss::FaissException &e) {
        return remember(FAISS_EXCEPT, e.what());
    } catch (const std::exception &e) {
        return remember(STD_EXCEPT, e.what());
    } catch (...) {
        return remember(UNKNOWN_EXCEPT, "unknown error");
    }
}

faiss::Index *unwrap(FaissIndex *index)
{
    return reinterpret_cast<faiss::Index *>(index);
}

const faiss::Index *unwrap(const FaissIndex *index)
{
    return reinterpret_cast<const faiss::Index *>(index);
}

FaissIndex *wrap(faiss::Index *index)
{
    return reinterpret_cast<FaissIndex *>(index);
}
} // namespace

extern "C" {

const char *faiss_get_last_error()
{
    return last_error.c_str();
}

int faiss_Index_d(const FaissIndex *index)
{
    return unwrap(index)->d;
}

idx_t faiss_Index_ntotal(const FaissIndex *index)
{
    return unwrap(index)->ntotal;
}

FaissMetricType faiss_Index_metric_type(const FaissIndex *index)
{
    return static_cast<FaissMetricType>(unwrap(index)->metric_type);
}

int faiss_Index_add(FaissIndex *index, idx_t n, const float *x)
{
    return guarded([=] { unwrap(index)->add(n, x); });
}

void faiss_Index_free(FaissIndex *index)
{
    delete unwrap(index);
}

int faiss_IndexFlatIP_new_with(FaissIndexFlatIP **p_index, idx_t d)
{
    return guarded([=] { *p_index = reinterpret_cast<FaissIndexFlatIP *>(wrap(new faiss::IndexFlatIP(d))); });
}

FaissIndexFlat *faiss_IndexFlat_cast(FaissIndex *index)
{
    return reinterpret_cast<FaissIndexFlat *>(dynamic_cast<faiss::IndexFlat *>(unwrap(index)));
}

void faiss_IndexFlat_xb(FaissIndexFlat *index, float **p_xb, size_t *p_size)
{
    auto *flat = reinterpret_cast<faiss::IndexFlat *>(index);
    *p_xb = flat->get_xb();
    *p_size = flat->codes.size() / sizeof(float);
}

int faiss_write_index(const FaissIndex *idx, FILE *f)
{
    return guarded([=] { faiss::write_index(unwrap(idx), f); });
}

int faiss_read_index(FILE *f, int io_flags, FaissIndex **p_out)
{
    return guarded([=] { *p_out = wrap(faiss::read_index(f, io_flags)); });
}
}
