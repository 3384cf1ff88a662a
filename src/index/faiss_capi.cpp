// The functions of FAISS's C API that kin calls, over the C++ library: Debian and Ubuntu ship the headers of the C API
// but no library with its functions. Declared by FAISS's own headers, so that an installed libfaiss_c takes this file's
// place. Errors as there: 0 or a FaissErrorCode, the message by faiss_get_last_error.

#include <faiss/Clustering.h>
#include <faiss/IndexFlat.h>
#include <faiss/c_api/Clustering_c.h>
#include <faiss/c_api/IndexFlat_c.h>
#include <faiss/c_api/Index_c.h>
#include <faiss/c_api/error_c.h>
#include <faiss/c_api/index_io_c.h>
#include <faiss/c_api/utils/distances_c.h>
#include <faiss/impl/FaissException.h>
#include <faiss/index_io.h>
#include <faiss/utils/distances.h>

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

int faiss_Index_search(const FaissIndex *index, idx_t n, const float *x, idx_t k, float *distances, idx_t *labels)
{
    return guarded([=] { unwrap(index)->search(n, x, k, distances, labels); });
}

void faiss_Index_free(FaissIndex *index)
{
    delete unwrap(index);
}

int faiss_IndexFlatIP_new_with(FaissIndexFlatIP **p_index, idx_t d)
{
    return guarded([=] { *p_index = reinterpret_cast<FaissIndexFlatIP *>(wrap(new faiss::IndexFlatIP(d))); });
}

int faiss_write_index(const FaissIndex *idx, FILE *f)
{
    return guarded([=] { faiss::write_index(unwrap(idx), f); });
}

int faiss_read_index(FILE *f, int io_flags, FaissIndex **p_out)
{
    return guarded([=] { *p_out = wrap(faiss::read_index(f, io_flags)); });
}

void faiss_ClusteringParameters_init(FaissClusteringParameters *params)
{
    const faiss::ClusteringParameters defaults;
    params->niter = defaults.niter;
    params->nredo = defaults.nredo;
    params->verbose = defaults.verbose;
    params->spherical = defaults.spherical;
    params->int_centroids = defaults.int_centroids;
    params->update_index = defaults.update_index;
    params->frozen_centroids = defaults.frozen_centroids;
    params->min_points_per_centroid = defaults.min_points_per_centroid;
    params->max_points_per_centroid = defaults.max_points_per_centroid;
    params->seed = defaults.seed;
    params->decode_block_size = defaults.decode_block_size;
}

int faiss_Clustering_new_with_params(FaissClustering **p_clustering, int d, int k, const FaissClusteringParameters *cp)
{
    return guarded([=] {
        faiss::ClusteringParameters own;
        own.niter = cp->niter;
        own.nredo = cp->nredo;
        own.verbose = cp->verbose != 0;
        own.spherical = cp->spherical != 0;
        own.int_centroids = cp->int_centroids != 0;
        own.update_index = cp->update_index != 0;
        own.frozen_centroids = cp->frozen_centroids != 0;
        own.min_points_per_centroid = cp->min_points_per_centroid;
        own.max_points_per_centroid = cp->max_points_per_centroid;
        own.seed = cp->seed;
        own.decode_block_size = cp->decode_block_size;
        *p_clustering = reinterpret_cast<FaissClustering *>(new faiss::Clustering(d, k, own));
    });
}

int faiss_Clustering_train(FaissClustering *clustering, idx_t n, const float *x, FaissIndex *index)
{
    return guarded([=] { reinterpret_cast<faiss::Clustering *>(clustering)->train(n, x, *unwrap(index)); });
}

void faiss_Clustering_free(FaissClustering *clustering)
{
    delete reinterpret_cast<faiss::Clustering *>(clustering);
}

void faiss_set_distance_compute_blas_threshold(int value)
{
    faiss::distance_compute_blas_threshold = value;
}
}
