internal import CKernels
internal import Glibc
public import SystemPackage

/// What can be known of an output before any work is done for it.
public enum OutputCheck {
    /// - Parameters:
    ///   - inputs: files that the output must not be, whatever name or link leads to them.
    ///   - extensions: those that the output's name may have.
    /// - Throws: `OutputError`: isInput, exists, unsuitable.
    public static func check(
        _ output: FilePath, inputs: [FilePath], extensions: [String], overwrite: Bool
    ) throws {
        guard output.string != "-" else {
            throw OutputError.unsuitable(
                file: "-", reason: "standard output will not do: an output is a file, named when it is complete")
        }
        let there = identity(output)
        guard there?.kind != S_IFDIR else {
            throw OutputError.unsuitable(file: output.string, reason: "a folder has that name; name a file in it")
        }
        guard let ending = output.extension?.lowercased(), extensions.contains(ending) else {
            let names = extensions.map { ".\($0)" }.joined(separator: " or ")
            throw OutputError.unsuitable(file: output.string, reason: "its name must end in \(names)")
        }
        if let there {
            try checkApart([output], from: inputs)
            guard there.kind == S_IFREG else {
                throw OutputError.unsuitable(file: output.string, reason: "what has that name is no regular file")
            }
            guard overwrite else { throw OutputError.exists(file: output.string) }
            guard access(output.string, W_OK) == 0 else {
                throw OutputError.unsuitable(file: output.string, reason: "the file there is write-protected")
            }
        } else if !overwrite, OutputFile.isLink(output) {
            // One that leads nowhere for now, as to a drive that is not mounted; at the end the name would be found
            // taken.
            throw OutputError.exists(file: output.string)
        }
        let folder = OutputFile.behindLinks(output).removingLastComponent()
        try checkFolder(folder, for: output)
        // Else it would be found when all is painted.
        let most = pathconf(folder.isEmpty ? "." : folder.string, Int32(_PC_NAME_MAX))
        if let name = output.lastComponent?.string, most > 0, name.utf8.count > most {
            throw OutputError.unsuitable(
                file: output.string, reason: "a name has at most \(most) bytes there, and this one \(name.utf8.count)")
        }
    }

    /// - Throws: `OutputError` isInput, of the first output that is one of the inputs, whatever leads to it.
    package static func checkApart(_ outputs: [FilePath], from inputs: [FilePath]) throws {
        let known = Dictionary(inputs.compactMap { file in identity(file).map { ($0, file) } }) { first, _ in first }
        for output in outputs {
            if let input = identity(output).flatMap({ known[$0] }) {
                throw OutputError.isInput(file: output.string, input: input.string)
            }
        }
    }

    /// Whether files can be made in a folder, as far as that can be told without making one.
    /// - Parameter output: what is to be made there.
    /// - Throws: `OutputError.unsuitable`.
    package static func checkFolder(_ folder: FilePath, for output: FilePath) throws {
        let path = folder.isEmpty ? "." : folder.string
        guard let place = identity(FilePath(path)) else {
            throw OutputError.unsuitable(file: output.string, reason: "the folder \(path) does not exist")
        }
        guard place.kind == S_IFDIR else {
            throw OutputError.unsuitable(file: output.string, reason: "\(path) is no folder")
        }
        guard access(path, W_OK | X_OK) == 0 else {
            throw OutputError.unsuitable(file: output.string, reason: "the folder \(path) is not writable")
        }
        // To root they seem writable.
        guard !stylevideo_is_kernels(path) else {
            throw OutputError.unsuitable(
                file: output.string, reason: "the folder \(path) is the kernel's, which takes no files")
        }
    }

    private struct Identity: Hashable {
        var device: UInt
        var inode: UInt
        /// The file's type, of `S_IFMT`.
        var kind: mode_t
    }

    /// Of the file that a path leads to, links followed.
    private static func identity(_ path: FilePath) -> Identity? {
        var status = stat()
        guard stat(path.string, &status) == 0 else { return nil }
        return Identity(
            device: UInt(status.st_dev), inode: UInt(status.st_ino), kind: status.st_mode & S_IFMT)
    }
}
