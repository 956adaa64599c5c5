# Sourced by `install` and `package` behind common.sh: builds the program that runs without Swift and lays it out.

# The Swift runtime goes into the program, so that it runs where no toolchain is. A build folder of its own: the other
# scripts' build is linked otherwise.
static_flags=("${release_flags[@]}" --static-swift-stdlib --scratch-path .build-install)

# Sets `built`, the program's folder, and `manual`, one with the manual that goes with the script.
build_static() {
    need_swift
    install_packages
    swift build "${static_flags[@]}" --product stylevideo >&2
    built=$(swift build "${static_flags[@]}" --show-bin-path)
    ! ldd "$built/stylevideo" | grep -q libswift || fail "Swift's libraries, which were to be linked in, are not"
    manual=$(mktemp -d)
    trap 'rm -rf "$manual"' EXIT
    "$built/stylevideo" --generate-manual >"$manual/stylevideo.1"
}

# lay_out ROOT ZSH: a tree as below a prefix; ZSH is where zsh looks for completions there.
lay_out() {
    local root=$1 zsh=$2
    mkdir -p "$root/bin" "$root/share/stylevideo" "$root/share/man/man1"
    # Stripped of all names: 20 MB in place of 46. Nothing reads them where no Swift is, whose tool prints backtraces.
    install -s -m 755 "$built/stylevideo" "$root/bin/stylevideo"
    install -m 644 Sources/Weights/Resources/*.safetensors "$root/share/stylevideo/"
    install -m 644 "$manual/stylevideo.1" "$root/share/man/man1/stylevideo.1"
    completion bash "$root/share/bash-completion/completions/stylevideo"
    completion zsh "$root/share/zsh/$zsh/_stylevideo"
    completion fish "$root/share/fish/vendor_completions.d/stylevideo.fish"
}

# completion SHELL FILE
completion() {
    mkdir -p "$(dirname "$2")"
    # It is read by a shell, and never run by its first line.
    "$built/stylevideo" --generate-completion-script "$1" | sed '1{/^#!/d}' >"$2"
    chmod 644 "$2"
}

# Every path below a folder, folders with a slash behind them and before what is in them.
paths_below() { (cd "$1" && find . -mindepth 1 \( -type d -printf '%P/\n' -o -printf '%P\n' \) | LC_ALL=C sort); }
