internal import Glibc
package import SystemPackage

/// A file that is written under a temporary name beside its target and takes the target's name when it is complete, so
/// that what bears the name is always whole: the old file, or the new one.
package struct OutputFile {
    let target: FilePath
    package let temporary: FilePath
    /// What the target's name leads to: a link stays, and the file behind it is replaced.
    private let place: FilePath

    /// A file's bytes; nil where there is none. FoundationEssentials, all that the packages' program has of Foundation,
    /// gives them as another type than Foundation does: a cast to `Int` was nil there, and a number everywhere else.
    package static func length(of path: FilePath) -> Int? {
        var status = stat()
        return stat(path.string, &status) == 0 ? Int(status.st_size) : nil
    }

    /// Creates the temporary file, empty; an existing one is not touched.
    /// - Parameter followsLinks: false: what replaces the target replaces a link, and not the file behind it.
    /// - Throws: `OutputError` unsuitable, or failed where the disk is full.
    package init(target: FilePath, temporary: FilePath?, followsLinks: Bool = true) throws {
        self.target = target
        place = followsLinks ? OutputFile.behindLinks(target) : target
        OutputFile.removeRemains(of: target)
        self.temporary = temporary ?? OutputFile.temporaryName(for: place)
        do {
            try FileDescriptor.open(
                self.temporary, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
                permissions: [.ownerReadWrite, .groupReadWrite, .otherReadWrite]  // less the caller's umask
            ).close()
        } catch let error as Errno {
            throw OutputError.uncreated(target, code: error.rawValue)
        }
        UnfinishedFiles.add(self.temporary)
    }

    /// A name in the target's folder that no other run takes, and that tells whose it is.
    static func temporaryName(for target: FilePath) -> FilePath {
        let draw = String(UInt32.random(in: 0 ... .max), radix: 36)
        return target.removingLastComponent()
            .appending("\(temporaryStem(of: target)).\(ProcessMark.own.short)-\(draw).part")
    }

    /// The target's own name, which may be as long as the file system allows, and so is cut.
    static func temporaryStem(of target: FilePath) -> String {
        var name = target.lastComponent?.string ?? "output"
        while name.utf8.count > longestStem { name.removeLast() }
        return name
    }

    /// Bytes of a name: encrypted folders (eCryptfs) take 143, most file systems 255. A process and a draw take 40.
    private static let longestStem = 100

    /// The file that a link leads to, or the path itself where it is none, or leads to no folder.
    package static func behindLinks(_ path: FilePath) -> FilePath {
        guard isLink(path) else { return path }
        guard let real = realpath(path.string, nil) else { return notYetThere(path) ?? path }
        defer { free(real) }
        // An absolute path may lead through folders whose names a text cannot hold.
        guard String(validatingCString: real) != nil else { return path }
        return FilePath(platformString: real)
    }

    /// The file that will be there when a link is written through that leads to nothing yet.
    private static func notYetThere(_ link: FilePath) -> FilePath? {
        var path = link
        for _ in 0..<40 where isLink(path) {  // as many as the kernel follows
            var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
            guard readlink(path.string, &bytes, bytes.count - 1) > 0 else { return nil }
            let name = bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
            guard let next = String(validating: name, as: UTF8.self) else { return nil }
            path = path.removingLastComponent().pushing(FilePath(next))
        }
        let folder = path.removingLastComponent()
        return !isLink(path) && access(folder.isEmpty ? "." : folder.string, F_OK) == 0 ? path : nil
    }

    package static func isLink(_ path: FilePath) -> Bool {
        var status = stat()
        return lstat(path.string, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    /// Brings the file safely to the disk and gives it the target's name; its folder's entry is safe when this returns.
    /// - Parameter replacing: whether a file that bears the name by now is replaced.
    /// - Throws: `OutputError` failed, taken, or unsuitable. The temporary file is then still there.
    package func publish(replacing: Bool) throws {
        do {
            try OutputFile.synchronise(temporary)
            if replacing {
                try checkReplaceable()
                keepMode()
                try OutputFile.call { rename(temporary.string, place.string) }
            } else {
                try renameWithoutReplacing()
            }
            UnfinishedFiles.drop(temporary)
            try OutputFile.synchronise(nameOf: place)
        } catch let error as Errno {
            guard error == .fileExists else {
                throw OutputError.failed(operation: "complete", file: target.string, code: error.rawValue)
            }
            throw OutputError.taken(file: target.string, now: setAside()?.string)
        }
    }

    /// A device or a pipe is no file that could be replaced, though its folder's owner may.
    private func checkReplaceable() throws {
        var status = stat()
        guard lstat(place.string, &status) == 0, ![S_IFREG, S_IFLNK].contains(status.st_mode & S_IFMT) else { return }
        throw OutputError.unsuitable(file: target.string, reason: "what has that name is no regular file")
    }

    /// Gives the file, which may be hours of work, the first free name of `out.2.mp4`, `out.3.mp4`, ...
    /// - Returns: nil where that fails.
    private func setAside() -> FilePath? {
        let (stem, ending) = (place.stem ?? "output", place.extension.map { "." + $0 } ?? "")
        for number in 2..<100 {
            let other = place.removingLastComponent().appending("\(stem).\(number)\(ending)")
            do {
                try OutputFile.name(temporary, other)
                remove()
                return other
            } catch let error as Errno where error == .fileExists {
                continue
            } catch {
                return nil
            }
        }
        return nil
    }

    /// Gives a file that has one name a second, by a hard link.
    ///
    /// A network file system that has sent a request twice answers the second one, that the name is taken, though it
    /// is taken by the first: the number of names tells.
    /// - Throws: `Errno`.
    static func name(
        _ file: FilePath, _ name: FilePath, by link: (String, String) -> Int32 = { link($0, $1) }
    ) throws {
        guard link(file.string, name.string) != 0 else { return }
        let code = errno
        var status = stat()
        guard stat(file.string, &status) == 0, status.st_nlink == 2 else { throw Errno(rawValue: code) }
    }

    /// Who may read and write the file that is replaced may do so with the new one, and nobody else.
    private func keepMode() {
        var status = stat()
        guard stat(place.string, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
        chmod(temporary.string, status.st_mode & 0o777)
    }

    /// By a hard link, which fails where the name is taken, even by a run that is a moment ahead of this one.
    private func renameWithoutReplacing() throws {
        do {
            try OutputFile.name(temporary, place)
        } catch let error as Errno where error != .fileExists {
            // File systems without hard links say so in several ways (memory cards EPERM, mounted clouds ENOSYS). What
            // stops a rename too is thrown by it.
            guard access(place.string, F_OK) != 0 else { throw Errno.fileExists }
            return try OutputFile.call { rename(temporary.string, place.string) }
        }
        try OutputFile.call { unlink(temporary.string) }
    }

    /// Brings the entry of a file or folder to the disk.
    /// - Throws: `Errno`.
    package static func synchronise(nameOf path: FilePath) throws {
        let folder = path.removingLastComponent()
        do {
            try synchronise(folder.isEmpty ? "." : folder)
        } catch let error as Errno where error == .permissionDenied {
            // A folder that may be written to and not read. What is in it is there and whole.
        }
    }

    private static func synchronise(_ path: FilePath) throws {
        let descriptor = try FileDescriptor.open(path, .readOnly)
        try descriptor.closeAfter {
            do {
                try call { fsync(descriptor.rawValue) }
            } catch let error as Errno where error == .invalidArgument {
                // File systems that cannot bring a folder to the disk by itself.
            }
        }
    }

    private static func call(_ body: () -> Int32) throws {
        if body() != 0 { throw Errno(rawValue: errno) }
    }

    /// Takes the temporary file away.
    package func remove() {
        unlink(temporary.string)
        UnfinishedFiles.drop(temporary)
    }

    /// A whole file by its bytes.
    /// - Throws: `OutputError`. Nothing stays then.
    package static func write(
        to target: FilePath, replacing: Bool, _ body: (FileDescriptor) throws -> Void
    ) throws {
        let file = try OutputFile(target: target, temporary: nil)
        do {
            let descriptor = try FileDescriptor.open(file.temporary, .writeOnly)
            try descriptor.closeAfter { try body(descriptor) }
            try file.publish(replacing: replacing)
        } catch {
            file.remove()
            guard let error = error as? Errno else { throw error }
            throw OutputError.failed(operation: "write", file: target.string, code: error.rawValue)
        }
    }
}
