# Sourced by the scripts beside it: where the repository is, what the build needs, how it is built.

caller=$PWD
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$repository"

packages=(
    libavcodec-dev libavfilter-dev libavformat-dev libavutil-dev libswscale-dev libswresample-dev libzimg-dev
    libheif-dev libtiff-dev liblcms2-dev libwebp-dev
    libopenblas-dev pkg-config ffmpeg git
)

# One set of flags for every script but `install`, so that they share one build. The check makes an import that a target
# does not declare an error; without it the layers of ARCHITECTURE.md would be a matter of good will.
release_flags=(-c release --explicit-target-dependency-import-check error)
build_flags=("${release_flags[@]}" -Xswiftc -enable-testing)

fail() {
    printf '%s: %s\n' "$(basename "$0")" "$1" >&2
    exit "${2:-1}"
}

# Installs those Debian packages that are missing, and nothing where none is.
install_packages() {
    local missing=() package
    for package in "${packages[@]}"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    command -v apt-get >/dev/null || fail "needs these packages, and there is no apt-get to install them: ${missing[*]}"
    local root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "needs these packages; install them as root: apt-get install ${missing[*]}"
        root=(sudo)
    fi
    printf 'installing %s\n' "${missing[*]}" >&2
    "${root[@]}" apt-get update -qq
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

# A path as the caller of the script meant it, who may have stood in another folder.
absolute() {
    case $1 in
    /*) printf '%s\n' "$1" ;;
    *) printf '%s\n' "$caller/$1" ;;
    esac
}

# Swift itself is not in Debian. The packages that the program is built with ask for 6.2.
need_swift() {
    local toolchain="https://www.swift.org/install/linux has the toolchain for Debian 12" version
    command -v swift >/dev/null || fail "needs Swift 6.2 or newer on the PATH: $toolchain" 69
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1 || true)
    if [ -n "$version" ] && [ "$(printf '%s\n' 6.2 "$version" | sort -V | head -n 1)" != 6.2 ]; then
        fail "needs Swift 6.2 or newer, and this is $version: $toolchain" 69
    fi
}
