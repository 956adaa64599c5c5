# Sourced by each finding: its folder, its packages, its verdict.

set -euo pipefail
export LC_ALL=C
# A processor's kernels are a finding's own to choose, whatever the machine has chosen before.
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE OPENBLAS_NUM_THREADS OMP_NUM_THREADS

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Ends the finding: this machine cannot show it.
cannot() {
    printf 'cannot be shown here: %s\n' "$1" >&2
    exit 77
}

# Ends the finding: what it says is no longer so.
changed() {
    printf 'CHANGED: %s\n' "$1" >&2
    exit 1
}

# expect WHAT WANTED SEEN: the two are equal, or the finding has changed.
expect() {
    printf '  %s: %s\n' "$1" "$3"
    [ "$3" = "$2" ] || changed "$1 was $2"
}

# The number of different lines.
kinds() {
    sort -u | wc -l
}

# Puts the programs and libraries of a folder of unpacked packages before the machine's own.
prefer() {
    local root=$1 folders
    folders=$(find "$root" -name '*.so*' -printf '%h\n' | sort -u | paste -sd :)
    export PATH=$root/usr/bin:$root/usr/sbin:$PATH
    export LD_LIBRARY_PATH=$folders${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
}

# debian PACKAGE=VERSION...: what is installed in another version, or not at all, is unpacked in the folder with what it
# depends on. Nothing is installed on the machine.
debian() {
    local wanted=() package has
    for package in "$@"; do
        printf '  Debian: %s\n' "$package"
        has=$(dpkg-query -W -f='${Version}' "${package%%=*}" 2>"$work/dpkg.log" || true)
        [ "$has" = "${package#*=}" ] || wanted+=("$package")
    done
    [ ${#wanted[@]} -gt 0 ] || return 0
    command -v apt-get >"$work/apt.path" || cannot "it needs Debian 12's ${wanted[*]}"
    mkdir -p "$work/archives" "$work/root"
    chmod 777 "$work" "$work/archives"
    apt-get -s --no-install-recommends install "${wanted[@]}" >"$work/plan" 2>"$work/apt.log" ||
        cannot "apt-get has no ${wanted[*]} (apt-get update may bring it)"
    # The C library stays the machine's: the loader that starts every program belongs to it.
    awk '$1 == "Inst" && $2 !~ /^libc(6|-bin)/ { match($0, /\([^ ]+/)
        print $2 "=" substr($0, RSTART + 1, RLENGTH - 1) }' "$work/plan" >"$work/names"
    (cd "$work/archives" && xargs apt-get -qq download <"$work/names") 2>"$work/apt.log" ||
        cannot "apt-get could not download ${wanted[*]}"
    for package in "$work"/archives/*.deb; do dpkg -x "$package" "$work/root"; done
    prefer "$work/root"
}

# Where an unpacked or installed package has put a file, given by its path from the root.
file_of() {
    local path
    for path in "$work/root$1" "$1"; do
        [ ! -e "$path" ] || { printf '%s\n' "$path" && return; }
    done
    cannot "there is no $1"
}

# pypi FOLDER PACKAGE==VERSION...: a virtual environment, made in the temporary folder. Its python is FOLDER/bin/python.
pypi() {
    local folder=$work/$1
    shift
    printf '  PyPI: %s\n' "$@"
    python3 -m venv "$folder" >"$work/venv.log" 2>&1 || cannot "python3 -m venv fails"
    "$folder/bin/pip" install --quiet --no-cache-dir --only-binary :all: "$@" >"$work/pip.log" 2>&1 ||
        cannot "pip cannot install $*"
}

# Whether the processor has a feature, by its name in /proc/cpuinfo.
processor_has() {
    grep -m 1 '^flags' /proc/cpuinfo | grep -qw "$1"
}

# The version that an ffmpeg states.
version_of() {
    "$1" -version | awk 'NR == 1 { print $1, $3 }'
}

# The ffmpeg of PyPI's imageio-ffmpeg, in an environment that `pypi` has made.
packaged_ffmpeg() {
    "$work/$1/bin/python" -c 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())'
}
