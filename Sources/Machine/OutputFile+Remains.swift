internal import Glibc
package import SystemPackage

extension OutputFile {
    /// Removes the target's temporary files that processes have left which were killed: of this machine's that have
    /// ended; of another's after a day, in which it has written to its own.
    package static func removeRemains(of target: FilePath) {
        let target = behindLinks(target)
        let parent = target.removingLastComponent()
        let stem = temporaryStem(of: target) + "."
        for name in names(in: parent) where name.hasPrefix(stem) && name.hasSuffix(".part") {
            let middle = name.dropFirst(stem.count).dropLast(".part".count)
            guard let draw = middle.lastIndex(of: "-"), let mark = ProcessMark(short: middle[..<draw]) else { continue }
            let file = parent.appending(name)
            var status = stat()
            let isOld = lstat(file.string, &status) == 0 && time(nil) - status.st_mtim.tv_sec > 86_400
            if mark.hasEnded ?? isOld { unlink(file.string) }
        }
    }

    /// Of what lies in a folder.
    private static func names(in folder: FilePath) -> [String] {
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
