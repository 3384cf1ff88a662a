# Sourced by start.sh and test.sh: goes to the checkout, sets the machine up, and builds presets.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tools/setup.sh ${setup_options[@]+"${setup_options[@]}"}

if command -v ccache >/dev/null; then
    export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache
fi

# build_preset PRESET [TARGET]: configures and builds into build/PRESET. What CMake says while it
# configures is shown only when it fails.
build_preset()
{
    local preset=$1 target=${2:-all}
    local log=build/$preset/configure.log
    mkdir -p "build/$preset"
    if ! cmake --preset "$preset" >"$log" 2>&1; then
        cat "$log" >&2
        return 1
    fi
    cmake --build --preset "$preset" --target "$target"
}
