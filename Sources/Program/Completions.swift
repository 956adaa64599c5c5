import ArgumentParser

/// Scripts that complete a command line: the argument parser's, which knows commands only, taught that a line without
/// one is `paint`'s.
enum Completions {
    /// The shell that a command line asks for, where it asks for nothing else.
    static func shell(_ arguments: [String]) -> CompletionShell? {
        let flag = "--generate-completion-script"
        switch arguments.count {
        case 1 where arguments[0].hasPrefix(flag + "="):
            return CompletionShell(rawValue: String(arguments[0].dropFirst(flag.count + 1)))
        case 2 where arguments[0] == flag: return CompletionShell(rawValue: arguments[1])
        default: return nil
        }
    }

    static func script(for shell: CompletionShell) -> String {
        let script = StyleVideoCommand.completionScript(for: shell)
        return switch shell {
        case .bash: bash(script)
        case .zsh: zsh(script)
        case .fish: fish(script)
        default: script
        }
    }

    /// The words that name one.
    private static let commands = (StyleVideoCommand.commandNames + ["help"]).joined(separator: " ")

    /// The line is completed as if `paint` stood in it; a first word may be a command or a file.
    private static func bash(_ script: String) -> String {
        script.replacing(
            "complete -o filenames -F _stylevideo stylevideo",
            with: """
                _stylevideo_or_paint() {
                    local -r commands=' \(commands) '
                    if [[ "${COMP_CWORD}" -gt 1 && "${commands}" != *" ${COMP_WORDS[1]} "* ||
                        "${COMP_CWORD}" -eq 1 && "${2}" = -* ]]; then
                        COMP_WORDS=("${COMP_WORDS[0]}" paint "${COMP_WORDS[@]:1}")
                        COMP_CWORD="$((COMP_CWORD + 1))"
                        _stylevideo "${@}"
                    else
                        _stylevideo "${@}"
                        local file
                        if [[ "${COMP_CWORD}" -eq 1 ]]; then
                            while IFS='' read -r file; do COMPREPLY+=("${file}"); done < <(compgen -f -- "${2}")
                        fi
                    fi
                }

                complete -o filenames -F _stylevideo_or_paint stylevideo
                """)
    }

    private static func zsh(_ script: String) -> String {
        script.replacing(
            "    local context state state_descr line\n    local -A opt_args\n\n    local -r command_name=",
            with: """
                    if [[ "${CURRENT}" -gt 2 && " \(commands) " != *" ${words[2]} "* ||
                        "${CURRENT}" -eq 2 && "${PREFIX}" = -* ]]; then
                        words=("${words[1]}" paint "${words[@]:1}")
                        ((CURRENT++))
                    fi

                    local context state state_descr line
                    local -A opt_args

                    local -r command_name=
                """, maxReplacements: 1
        ).replacing(
            "        _describe -V subcommand subcommands && ret=0\n",
            with: "        _describe -V subcommand subcommands && ret=0\n        _files && ret=0\n")
    }

    /// Every line that completes `paint`, once more for lines that name no command.
    private static func fish(_ script: String) -> String {
        let lines = script.split(separator: "\n", omittingEmptySubsequences: false)
        let ofPaint = lines.compactMap { line in
            let condition = /complete -c '?stylevideo'? -n '__stylevideo_should_offer[^']*"stylevideo paint"[^']*'/
            return line.prefixMatch(of: condition).map {
                "complete -c stylevideo -n __stylevideo_names_no_command" + line[$0.range.upperBound...]
            }
        }
        return script + """

            function __stylevideo_names_no_command
                set -l words (commandline -opc)
                not contains -- "$words[2]" \(commands)
            end
            \(ofPaint.joined(separator: "\n"))

            """
    }
}
