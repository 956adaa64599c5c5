internal import Glibc
package import SystemPackage

extension OutputFile {
    /// Removes the target's temporary files that processes have left which were killed: of this machine's that have
    /// ended; of another's after a day, in which it has written to its own.
    package static func removeRemains(of target: FilePath) {
        for (file, mark) in temporaries(of: behindLinks(target)) {
            var status = stat()
            let isOld = lstat(file.string, &status) == 0 && time(nil) - status.st_mtim.tv_sec > 86_400
            if mark.hasEnded ?? isOld { unlink(file.string) }
        }
    }

    /// The temporary files for a target, and whose they are.
    static func temporaries(of target: FilePath) -> [(file: FilePath, mark: ProcessMark)] {
        let (parent, stem) = (target.removingLastComponent(), temporaryStem(of: target))
        return names(in: parent).compactMap { name in
            guard let (found, mark) = temporary(name), found == stem else { return nil }
            return (parent.appending(name), mark)
        }
    }

    /// Whose a temporary file is by its name, and for which target; nil for any other name.
    package static func temporary(_ name: String) -> (stem: Substring, mark: ProcessMark)? {
        guard name.hasSuffix(".part"), case let parts = name.dropLast(".part".count),
            let dot = parts.lastIndex(of: "."), let draw = parts.lastIndex(of: "-"), dot < draw,
            let mark = ProcessMark(short: parts[parts.index(after: dot)..<draw])
        else { return nil }
        return (parts[..<dot], mark)
    }

    /// Of what lies in a folder.
    package static func names(in folder: FilePath) -> [String] {
        guard let stream = opendir(folder.isEmpty ? "." : folder.string) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            withUnsafePointer(to: entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { names.append(String(cString: $0)) }
            }
        }
        return names
    }
}
